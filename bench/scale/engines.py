"""One engine at one size: built, measured, and its answers compared with FAISS flat's. Runs in a process of its own.

Latency is of single queries one after another, as a person asks; the load average is told with it, since other work on the machine
slows them. Memory is this process's peak, vectors that are only read from the disk (`vectors.f32`) not counted where the engine keeps
its own copy. `cpu_p50_ms` is processor time, which other work moves little.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.scale.made import BLOCK, Real, real
from retrievers.embedding import PACKAGED, Matrix, embedder
from retrievers.stores.address import Address
from retrievers.stores.entries import Entry, ServerStore

K = 10
NLIST, NPROBES = 1024, (8, 16, 32, 64, 128)
M, CONSTRUCTION, EFS = 24, 60, (64, 128, 256)
RECALL, SPOKEN = 0.95, 20
Search = Callable[[Matrix], NDArray[np.int64]]
"""(1, d) query vectors to (1, K) positions."""


class Given:
    """What a measurement works on: vectors of made passages by position, and real questions' vectors."""

    def __init__(self, work: Path, size: int) -> None:
        """Take the folder of `bench.scale.__main__` and how many of its vectors count."""
        self.work, self.size = work, size
        self.queries: Matrix = np.load(work / "queries.npy")
        self.dimensions = self.queries.shape[1]
        self._file = work / "vectors.f32"

    def blocks(self) -> Iterator[Matrix]:
        """The vectors, a block at a time, read and let go."""
        with self._file.open("rb") as file:
            for _ in range(self.size // BLOCK):
                yield np.frombuffer(file.read(BLOCK * self.dimensions * 4), dtype=np.float32).reshape(BLOCK, self.dimensions)

    def kept(self, engine: str) -> dict[str, float]:
        """What building took, of a measurement whose index is still there and whose searches are measured again."""
        told = json.loads((self.work / f"{engine}-{self.size}.json").read_text(encoding="utf-8"))
        return {name: told[name] for name in ("build_s", "build_cpu_s", "build_load_average", "memory_gb")}

    def base(self) -> Real:
        """The real passages that the others are made of."""
        return real(Path(os.environ["RADQA_SHARED_DATA"]), self.work, int((self.work / "base.txt").read_text(encoding="utf-8")))

    @property
    def exact(self) -> NDArray[np.int64]:
        """FAISS flat's best for each query."""
        return np.asarray(np.load(self.work / f"exact-{self.size}.npy"))


def flat(given: Given) -> dict[str, Any]:
    """FAISS flat, what radqa's own files use; its answers are what the others are compared with."""
    import faiss

    faiss.omp_set_num_threads(1)
    index, begun = faiss.IndexFlatIP(given.dimensions), _Clock()
    for block in given.blocks():
        index.add(block)
    built = begun.told()
    found, times = timed(lambda query: np.asarray(index.search(query, K)[1]), given.queries)
    np.save(given.work / f"exact-{given.size}.npy", found)
    return built | times | {"recall": 1.0, "disk_mb": given.size * given.dimensions * 4 / 1e6}


def ivf(given: Given) -> dict[str, Any]:
    """IVF-SQ8: a quarter of the memory; the fewest lists looked into that reach the recall."""
    import faiss

    faiss.omp_set_num_threads(1)
    lists = min(NLIST, given.size // 100)
    quantiser = faiss.IndexFlatIP(given.dimensions)
    index = faiss.IndexIVFScalarQuantizer(quantiser, given.dimensions, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 8
    path = given.work / f"ivf-{given.size}.index"
    if path.exists():
        index, built = faiss.read_index(str(path)), given.kept("ivf")
    else:
        built = _trained_and_filled(given, index, lists)
        faiss.write_index(index, str(path))

    def probing(lists: int) -> Search:
        index.nprobe = lists
        return lambda query: np.asarray(index.search(query, K)[1])

    best = tuned(given, {f"nprobe {number}": (lambda number=number: probing(number)) for number in NPROBES if number <= lists})
    return built | best | {"disk_mb": path.stat().st_size / 1e6, "lists": lists}


def _trained_and_filled(given: Given, index: Any, lists: int) -> dict[str, float]:
    """Train on 40 vectors a list, from ten blocks at most, and add all; what that took."""
    begun = _Clock()
    chosen = range(0, given.size // BLOCK, max(1, given.size // BLOCK // 10))
    each = min(BLOCK, 40 * lists // len(chosen))
    index.train(np.vstack([block[:each] for number, block in enumerate(given.blocks()) if number in chosen]))
    for block in given.blocks():
        index.add(block)
    return begun.told()


def hnsw(given: Given) -> dict[str, Any]:
    """HNSW over 8-bit vectors: the fastest to search, the slowest to build."""
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexHNSWSQ(given.dimensions, faiss.ScalarQuantizer.QT_8bit, M, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = CONSTRUCTION
    begun = _Clock()
    for number, block in enumerate(given.blocks()):
        if number == 0:
            index.train(block)
        index.add(block)
    built = begun.told()
    path = given.work / f"hnsw-{given.size}.index"
    faiss.write_index(index, str(path))

    def deep(ef: int) -> Search:
        index.hnsw.efSearch = ef
        return lambda query: np.asarray(index.search(query, K)[1])

    best = tuned(given, {f"ef {number}": (lambda number=number: deep(number)) for number in EFS})
    return built | best | {"disk_mb": path.stat().st_size / 1e6}


def lite(given: Given) -> dict[str, Any]:
    """Milvus Lite through radqa's own store, vectors, words and passages."""
    return server(given, f"milvus://{given.work}/lite-{given.size}.db", given.work / f"lite-{given.size}.db")


def postgres(given: Given) -> dict[str, Any]:
    """Postgres with pgvector through radqa's own store; a trial server of the package `pgserver`."""
    import pgserver

    folder = given.work / f"postgres-{given.size}"
    running = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        return server(given, running.get_uri(), folder)
    finally:
        running.cleanup()


def server(given: Given, address: str, disk: Path) -> dict[str, Any]:
    """A store filled with made passages as `put` fills it, but that their vectors are made and their concepts not linked.

    Filling goes on after the blocks that are there; what it took is added up in `*.filled` beside the store.
    """
    from retrievers.stores.opening import open_store
    from retrievers.types import Query

    store = open_store(Address.of(address), embedder(PACKAGED))
    assert store is not None
    taken = _filled(given, store, disk.with_suffix(".filled"))
    asked = Query(text="nodule", k=K)
    same = np.eye(given.dimensions, dtype=np.float32)
    store.space = type(store.space)(np.zeros(given.dimensions, dtype=np.float32), same, same)  # the queries are mapped already
    found, times = timed(lambda query: np.array([[_position(hit.passage.id) for hit in store.dense([asked], query)[0]]]), given.queries)
    texts = json.loads((given.work / "queries.json").read_text(encoding="utf-8"))[:SPOKEN]
    words = []
    for text in texts:
        asking = time.perf_counter()
        store.lexical([Query(text=text, k=K)])
        words.append(1000 * (time.perf_counter() - asking))
    size = sum(path.stat().st_size for path in disk.rglob("*") if path.is_file())
    store.close()
    lexical = {f"lexical_p{share}_ms": float(np.percentile(words, share)) for share in (50, 95)} | {"lexical_n": len(words)}
    return taken | times | lexical | {"recall": recall(found, given.exact), "disk_mb": size / 1e6}


def _filled(given: Given, store: ServerStore, record: Path) -> dict[str, float]:
    """Fill as far as it is not; seconds of all blocks, empty where they are not known of each."""
    from retrievers.lexical import passage_terms

    told = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    there, wanted = store.held().passages // BLOCK, given.size // BLOCK
    base = given.base() if there < wanted else None
    for number in range(there, wanted):
        passages, vectors = base.block(number) if base else ([], given.queries[:0])
        entries = [Entry(one, row, passage_terms(one, one.spoken)) for one, row in zip(passages, vectors, strict=True)]
        begun = _Clock()
        store.write(entries)
        if number == wanted - 1:
            store.settle()
        told[str(number)] = begun.told()
        record.write_text(json.dumps(told), encoding="utf-8")
    if len(told) < wanted:
        return {}
    return {name: sum(block[name] for block in told.values()) for name in ("build_s", "build_cpu_s")}


def _position(name: str) -> int:
    """Where a made passage stands among all, from its id "made-BLOCK-DOCUMENT#PLACE"."""
    return int(name.split("-")[1]) * BLOCK + int(name.partition("#")[2])


ENGINES: dict[str, Callable[[Given], dict[str, Any]]] = {"flat": flat, "ivf": ivf, "hnsw": hnsw, "lite": lite, "postgres": postgres}


def recall(found: NDArray[np.int64], exact: NDArray[np.int64]) -> float:
    """Share of the exact ten that are among the found, over all queries (0-1)."""
    return float(np.mean([len(set(ours.tolist()) & set(theirs.tolist())) / K for ours, theirs in zip(found, exact, strict=True)]))


def tuned(given: Given, ways: dict[str, Callable[[], Search]]) -> dict[str, Any]:
    """The figures of the first way, from the cheapest on, that reaches the recall; else of the last."""
    told: dict[str, Any] = {}
    for name, way in ways.items():
        search = way()
        found = np.vstack([search(query[None]) for query in given.queries])
        told = {"way": name, "recall": recall(found, given.exact)}
        if told["recall"] >= RECALL:
            break
    return told | timed(search, given.queries)[1]


def timed(search: Search, queries: Matrix) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """What was found for each query, and milliseconds of each query on its own."""
    search(queries[:1])
    found, wall, cpu = [], [], []
    for query in queries:
        began, used = time.perf_counter(), time.process_time()
        found.append(search(query[None])[0])
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - used))
    figures = {"p50_ms": wall, "p95_ms": wall, "cpu_p50_ms": cpu, "cpu_p95_ms": cpu}
    told = {name: float(np.percentile(values, 95 if "p95" in name else 50)) for name, values in figures.items()}
    return np.vstack(found), told | {"n": len(queries), "load_average": os.getloadavg()[0]}


class _Clock:
    """Seconds and processor seconds of building."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def told(self, without_s: float = 0.0) -> dict[str, float]:
        """Seconds since the beginning, without those that made the passages."""
        return {
            "build_s": time.perf_counter() - self._wall - without_s, "build_cpu_s": time.process_time() - self._cpu,
            "build_load_average": os.getloadavg()[0],
        }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure ENGINE at SIZE in WORK and keep the figures there."""
    work, engine, size = Path(arguments[0]), arguments[1], int(arguments[2])
    figures = ENGINES[engine](Given(work, size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    figures |= {"memory_gb": max(peak, figures.get("memory_gb", 0.0)), "passages": size}
    (work / f"{engine}-{size}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
