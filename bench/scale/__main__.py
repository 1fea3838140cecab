"""The command of `bench.scale`: prepares, measures what is not measured yet, keeps figures and plot."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.report import RESULTS, keep
from bench.scale.made import BLOCK, real, vectors_of
from bench.scale.page import plot, written

SIZES, ENGINES = (10_000, 100_000, 1_000_000), ("flat", "ivf", "hnsw", "lite", "postgres")
QUESTIONS = 200
GOALS = {"p95_ms": 100.0, "recall": 0.95, "memory_gb": 4.0, "lite_p95_ms": 150.0}


def prepare(work: Path, size: int, base: int) -> None:
    """Write real questions' vectors and made passages' vectors, as far as they are not there; goes on where it was stopped."""
    from retrievers.embedding import PACKAGED, embedder
    from retrievers.space import learnt
    from retrievers.words import unframed

    work.mkdir(parents=True, exist_ok=True)
    folder = Path(os.environ["RADQA_SHARED_DATA"])
    if not (work / "base.npy").exists():
        np.save(work / "base.npy", real(folder, work, base).vectors)
        (work / "base.txt").write_text(str(base), encoding="utf-8")
    vectors = np.load(work / "base.npy")
    if not (work / "queries.npy").exists():
        lines = [line for name in ("reader_questions", "strangers_open") for line in (folder / f"{name}.jsonl").open(encoding="utf-8")]
        texts = [json.loads(line)["question"] for line in lines]
        texts = [texts[place] for place in np.random.default_rng(0).permutation(len(texts))[:QUESTIONS]]
        model = embedder(PACKAGED)
        space = learnt(model.fingerprint)
        asked = model.embed([unframed(text) for text in texts])
        (work / "queries.json").write_text(json.dumps(texts), encoding="utf-8")
        np.save(work / "queries.npy", space.of_queries(asked) if space else asked)
    path, row = work / "vectors.f32", vectors.shape[1] * 4
    there = path.stat().st_size // (BLOCK * row) if path.exists() else 0
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(there * BLOCK * row)
        for number in range(there, size // BLOCK):
            file.write(vectors_of(vectors, number).tobytes())


def measured(work: Path) -> dict[str, Any]:
    """All figures that are in the folder, by engine and size."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(work.glob("*-*.json"))}
    return {
        name: {key: round(value, 3) if isinstance(value, float) else value for key, value in told.items()} for name, told in found.items()
    }


def main(arguments: Sequence[str] = ()) -> int:
    """Measure what is missing and print; 1 when the largest size misses a goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="Search from 10,000 to 1,000,000 passages.")
    parser.add_argument("--work", type=Path, help="folder for what is made; some 4 GB for a million")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="passages, whole blocks of 10,000")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which of " + ", ".join(ENGINES))
    parser.add_argument("--base", type=int, default=2_000, help="passages of the folder that are embedded beside the packaged ones")
    parser.add_argument("--again", action="store_true", help="measure searches again in the IVF indexes that are there")
    parser.add_argument("--plot", action="store_true", help="write docs/scale.md and .svg from bench/results/scale.json, measure nothing")
    chosen = parser.parse_args(arguments)
    if chosen.plot:
        figures = json.loads((RESULTS / "scale.json").read_text(encoding="utf-8"))["figures"]
        written(figures)
        plot(figures)
        return 0
    if chosen.work is None or not os.environ.get("RADQA_SHARED_DATA"):
        parser.error("give --work DIR, and set RADQA_SHARED_DATA to a folder with real text (corpus_*.jsonl)")
    sizes = [int(size) for size in chosen.sizes.split(",")]
    prepare(chosen.work, max(sizes), chosen.base)
    for size in sizes:
        for engine in dict.fromkeys(("flat", *chosen.engines.split(","))):  # flat's answers are what the others are compared with
            there = (chosen.work / f"{engine}-{size}.json").exists()
            if not there or (chosen.again and engine == "ivf"):
                alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
                subprocess.run([sys.executable, "-m", "bench.scale.engines", str(chosen.work), engine, str(size)], check=False, env=alone)
    figures = measured(chosen.work)
    keep("scale", figures)
    written(figures)
    plot(figures)
    return int(not met(figures))


def met(figures: dict[str, Any]) -> bool:
    """Whether an engine reaches time, recall and memory together at a million passages, and Milvus Lite its time."""
    largest = {name.partition("-")[0]: told for name, told in figures.items() if told["passages"] == max(SIZES)}
    fast = any(
        told["p95_ms"] <= GOALS["p95_ms"] and told["recall"] >= GOALS["recall"] and told["memory_gb"] <= GOALS["memory_gb"]
        for told in largest.values()
    )
    return fast and "lite" in largest and largest["lite"]["p95_ms"] <= GOALS["lite_p95_ms"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
