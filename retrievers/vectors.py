"""Embeddings by content hash: the packaged corpus's vectors ship as data, everything else is embedded once and cached.

One file for each folder of the corpus, so that a change rewrites one: int8 with a scale a vector, which costs some 0.0001 of cosine.
`python -m retrievers.vectors rebuild` makes what changed anew, `... check` embeds a sample again and compares.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.disk import cache_folder, set_aside
from retrievers.dense import embedding_text
from retrievers.embedding import PACKAGED, Embedder, Matrix, embedder

PACKAGED_FOLDER = Path(__file__).parent / "data" / "vectors"
_BLOCK = 64
MOST_MB = 2_000
"""Megabytes of the kept vectors, some two million passages."""
Progress = Callable[[int, int], None]


def key(text: str, fingerprint: str) -> bytes:
    """16 bytes that name a text's vector under one model."""
    return hashlib.blake2b(f"{fingerprint}\x1f{text}".encode(), digest_size=16).digest()


class VectorCache:
    """Vectors kept over builds, float16, in one SQLite file per cache folder; safe between processes.

    A file that is damaged is set aside and begun anew; one that cannot be written (disk full, read-only) costs time, not the build.
    """

    def __init__(self, folder: Path | None = None, most_mb: int = MOST_MB) -> None:
        """Use the given folder, by default the user's cache; the file holds at most so many megabytes."""
        self.path, self._most = (folder or cache_folder()) / "vectors.sqlite", most_mb << 20

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        return connection

    @contextmanager
    def _used(self) -> Iterator[None]:
        """Whatever the file refuses is passed over; a damaged one is set aside."""
        try:
            yield
        except (sqlite3.OperationalError, OSError):
            return
        except sqlite3.DatabaseError:
            set_aside(self.path)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float16]]:
        """Those that are known."""
        wanted, found = list(keys), dict[bytes, NDArray[np.float16]]()
        if not self.path.exists():
            return found
        with self._used(), closing(self._connect()) as connection:
            for start in range(0, len(wanted), 500):
                block = wanted[start : start + 500]
                marks = ",".join("?" * len(block))
                rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block)
                found.update({bytes(name): np.frombuffer(vector, dtype=np.float16) for name, vector in rows})
        return found

    def put(self, vectors: dict[bytes, NDArray[np.float16]]) -> None:
        """Keep these; when the file has grown too large it is begun anew."""
        with self._used():
            if self.path.exists() and self.path.stat().st_size > self._most:
                self.path.unlink()
            with closing(self._connect()) as connection, connection:
                rows = [(name, vector.tobytes()) for name, vector in vectors.items()]
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


@cache
def packaged_vectors(folder: Path = PACKAGED_FOLDER) -> dict[bytes, NDArray[np.float16]]:
    """The vectors that ship with the package, as eight bits hold them; empty when the folder is not there."""
    found: dict[bytes, NDArray[np.float16]] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            names, vectors = arrays["keys"], arrays["vectors"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        found |= {name.tobytes(): vector for name, vector in zip(names, vectors.astype(np.float16), strict=True)}
    return found


def quantised(matrix: Matrix) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(n, d) int8 and (n,) float32 scales whose product is the matrix to 1/254 of each row's largest value."""
    scales = np.maximum(np.abs(matrix).max(axis=1), 1e-8) / 127
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def embed_all(
    texts: Sequence[str], model: Embedder, store: VectorCache | None = None, progress: Progress | None = None
) -> tuple[Matrix, int]:
    """One unit vector per text, (n, d) float32, and how many had to be embedded now rather than found.

    Vectors pass through float16 whether fresh or found, so that both give the same index. Fresh ones are kept block by
    block: a build that is killed has lost no more than the last block.
    """
    store = store or VectorCache()
    names = [key(text, model.fingerprint) for text in texts]
    known = {name: vector for name in names if (vector := packaged_vectors().get(name)) is not None}
    known |= store.get(name for name in names if name not in known)
    missing = [(name, text) for name, text in dict(zip(names, texts, strict=True)).items() if name not in known]
    missing.sort(key=lambda item: len(item[1]))  # equal lengths together: less padding
    for start in range(0, len(missing), _BLOCK):
        block = missing[start : start + _BLOCK]
        vectors = model.embed([text for _, text in block]).astype(np.float16)
        fresh = {name: vector for (name, _), vector in zip(block, vectors, strict=True)}
        store.put(fresh)
        known |= fresh
        if progress:
            progress(min(start + _BLOCK, len(missing)), len(missing))
    if not names:
        return np.zeros((0, model.dimensions), dtype=np.float32), 0
    matrix = np.stack([known[name] for name in names]).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True), len(missing)


def rebuild(folder: Path = PACKAGED_FOLDER) -> tuple[int, int]:
    """Write the packaged vectors of each folder of the corpus whose texts changed; how many there are, and how many were embedded now."""
    groups, model = _embedded_texts(), embedder(PACKAGED)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.npz"):
        if stale.stem not in groups:
            stale.unlink()
    total = fresh = 0
    for name, texts in groups.items():
        path, names = folder / f"{name}.npz", np.array([np.frombuffer(key(text, model.fingerprint), dtype=np.uint8) for text in texts])
        total += len(texts)
        if path.exists():
            with np.load(path) as arrays:
                if np.array_equal(arrays["keys"], names):
                    continue
        matrix, now = embed_all(texts, model)
        fresh += now
        vectors, scales = quantised(matrix)
        beside = path.with_suffix(".partial.npz")
        np.savez_compressed(beside, keys=names, vectors=vectors, scales=scales)
        beside.rename(path)
    packaged_vectors.cache_clear()
    return total, fresh


def drift(sample: int = 48) -> tuple[int, float]:
    """How many embedded passages have no packaged vector, and the lowest cosine between packaged and fresh ones of a sample."""
    texts = [text for group in _embedded_texts().values() for text in group]
    model, vectors = embedder(PACKAGED), packaged_vectors()
    names = [key(text, model.fingerprint) for text in texts]
    missing = sum(name not in vectors for name in names)
    kept = [(text, vectors[name]) for text, name in zip(texts, names, strict=True) if name in vectors]
    chosen = kept[:: max(1, len(kept) // sample)]
    if not chosen:
        return missing, 0.0
    fresh = model.embed([text for text, _ in chosen])
    packaged = np.stack([vector for _, vector in chosen]).astype(np.float32)
    packaged /= np.linalg.norm(packaged, axis=1, keepdims=True)
    return missing, float((fresh * packaged).sum(axis=1).min())


def _embedded_texts() -> dict[str, list[str]]:
    """The texts that are embedded of each folder of the corpus, sorted: `guidelines`, `cases`, `topics-neuro`, ..."""
    from corpora import embedded
    from corpora.passages import split

    groups: dict[str, set[str]] = {}
    for document in embedded.documents():
        folder = {"guideline": "guidelines", "topic": f"topics-{document.source.subspecialty}"}.get(document.source.kind, "cases")
        groups.setdefault(folder, set()).update(map(embedding_text, split(document)))
    return {name: sorted(texts) for name, texts in sorted(groups.items())}


def main(arguments: list[str]) -> int:
    """`rebuild` or `check`; 0 when all is well."""
    if arguments == ["rebuild"]:
        count, fresh = rebuild()
        print(f"{count} vectors in {PACKAGED_FOLDER.name}, {fresh} embedded now")  # noqa: T201
        return 0
    if arguments == ["check"]:
        missing, cosine = drift()
        print(f"{missing} passages without a packaged vector; lowest cosine to a fresh one {cosine:.5f}")  # noqa: T201
        return int(missing > 0 or cosine < 0.999)
    print("usage: python -m retrievers.vectors rebuild|check")  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
