"""How fast an index is built, against plain `SentenceTransformer.encode` in the same run; peak memory; how long opening takes.

    RADQA_SHARED_DATA=FOLDER python -m bench.index [--limit 10000] [--every 5] [--json]

The passages are those of real texts (`FOLDER/corpus_*.jsonl`), taken in turn from each file until the limit is reached. Building
covers all that `radqa index build` does after reading: splitting, embedding with an empty cache, both search structures, hashes,
writing. The baseline runs between the build's own blocks: every so many blocks, the same texts are encoded once more by a second
copy of the model with nothing around it, on a clock of its own. Other work on the machine slows both alike that way. Two ratios are
told, by the clock and by processor time; the second one is not moved by other work at all.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path

from bench.report import keep
from corpora.passages import split
from corpora.readers import read_path
from corpora.types import Document
from retrievers.embedding import PACKAGED, Matrix, PackagedEmbedder, embedder
from retrievers.index import PassageIndex, build
from retrievers.vectors import VectorCache

GOALS = {"rate_ratio": 0.9, "peak_memory_gb": 2.0}
FULL = 10_000
_OPENINGS = 5


def documents(folder: Path, limit: int) -> list[Document]:
    """Documents that have at least `limit` passages together, from all files in turn."""
    chosen: list[Document] = []
    passages = 0
    for document in _in_turn(folder):
        if passages >= limit:
            break
        chosen.append(document)
        passages += len(split(document))
    return chosen


def _in_turn(folder: Path) -> Iterator[Document]:
    files = sorted(folder.glob("corpus_*.jsonl"))
    if not files:
        sys.exit(f"{folder} holds no corpus_*.jsonl; set RADQA_SHARED_DATA to a folder with real text.")
    rounds = zip_longest(*(read_path(file) for file in files))
    return (document for document in chain.from_iterable(rounds) if document is not None)


class Paired:
    """The packaged model, each call timed; every so many calls a bare copy encodes the same texts after it, timed apart."""

    def __init__(self, every: int) -> None:
        """Load both, and warm them up."""
        from sentence_transformers import SentenceTransformer

        model = embedder(PACKAGED)
        assert isinstance(model, PackagedEmbedder)
        self.model, self.every, self.calls = model, every, 0
        self.name, self.fingerprint, self.dimensions = model.name, model.fingerprint, model.dimensions
        self.plain = SentenceTransformer(str(model.folder), device="cpu", local_files_only=True)
        self.encoded = 0
        self.wall_s, self.cpu_s = 0.0, 0.0
        for _ in range(2):
            model.embed(["warming up"] * 32)
            self.plain.encode(["warming up"] * 32, show_progress_bar=False)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """The model's vectors."""
        vectors = self.model.embed(texts)
        if self.calls % self.every == 0:
            wall, cpu = time.perf_counter(), time.process_time()
            self.plain.encode(list(texts), show_progress_bar=False)
            self.wall_s += time.perf_counter() - wall
            self.cpu_s += time.process_time() - cpu
            self.encoded += len(texts)
        self.calls += 1
        return vectors


def measure(folder: Path, limit: int, every: int) -> dict[str, float]:
    """All figures of one run: seconds, passages a second, bytes."""
    chosen = documents(folder, limit)
    model = Paired(every)
    with tempfile.TemporaryDirectory(prefix="radqa-bench-") as place:
        wall, cpu = time.perf_counter(), time.process_time()
        manifest = build(chosen, Path(place) / "index", model, cache=VectorCache(Path(place) / "vectors"))
        wall, cpu = time.perf_counter() - wall - model.wall_s, time.process_time() - cpu - model.cpu_s
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        n = manifest.embedded_now
        return {
            "documents": manifest.documents,
            "passages": manifest.passages,
            "embedded": n,
            "index_mb": sum(stamp.size for stamp in manifest.files.values()) / 1e6,
            "build_s": wall,
            "build_per_s": n / wall,
            "encoded": model.encoded,
            "encode_per_s": model.encoded / model.wall_s,
            "rate_ratio": (n / wall) / (model.encoded / model.wall_s),
            "cpu_ratio": (n / cpu) / (model.encoded / model.cpu_s),
            "peak_memory_gb": peak / 1e9,
            "open_s": statistics.median(_opening(Path(place) / "index") for _ in range(_OPENINGS)),
        }


def _opening(folder: Path) -> float:
    """Seconds until an index is ready for both kinds of search."""
    begun = time.perf_counter()
    index = PassageIndex.open(folder, embedder(PACKAGED))
    _ = index.dense, index.lexical
    return time.perf_counter() - begun


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures, keep those of a full run in `bench/results/index.json`; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.index", description="Index build rate, memory and opening time on real text.")
    parser.add_argument("--limit", type=int, default=FULL, help=f"passages (default {FULL})")
    parser.add_argument("--every", type=int, default=5, help="plain encode runs on one block of so many (default 5)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    chosen = parser.parse_args(arguments)
    if chosen.limit < 1 or chosen.every < 1:
        parser.error("--limit and --every take 1 or more")
    if not os.environ.get("RADQA_SHARED_DATA"):
        sys.exit("Set RADQA_SHARED_DATA to a folder with real text (corpus_*.jsonl).")
    figures = measure(Path(os.environ["RADQA_SHARED_DATA"]), chosen.limit, chosen.every)
    good = figures["rate_ratio"] >= GOALS["rate_ratio"] and figures["peak_memory_gb"] <= GOALS["peak_memory_gb"]
    print(json.dumps(figures | {"goals_met": good}) if chosen.json else as_text(figures))
    if figures["passages"] >= FULL and not chosen.json:
        keep("index", {name: round(value, 3) for name, value in figures.items()})
    return int(not good)


def as_text(figures: dict[str, float]) -> str:
    """The figures as lines, each with its n and its goal."""
    return "\n".join(
        (
            f"model           {PACKAGED}",
            f"index           {figures['passages']:.0f} passages of {figures['documents']:.0f} documents, {figures['index_mb']:.1f} MB",
            f"build           {figures['build_s']:.1f} s for {figures['embedded']:.0f} embedded: {figures['build_per_s']:.1f} a second",
            f"plain encode    {figures['encode_per_s']:.1f} a second (n = {figures['encoded']:.0f} of the same texts, in between)",
            f"build / encode  {figures['rate_ratio']:.3f} by the clock (goal: {GOALS['rate_ratio']} or more), "
            f"{figures['cpu_ratio']:.3f} by processor time",
            f"peak memory     {figures['peak_memory_gb']:.2f} GB  (goal: {GOALS['peak_memory_gb']} or less)",
            f"opening         {figures['open_s']:.2f} s, median of {_OPENINGS}",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
