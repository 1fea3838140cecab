"""How long a question takes beside its model: everything outside the model's own time, over an index of 10,000 passages.

    RADQA_SHARED_DATA=FOLDER python -m bench overhead

The chat model is a stub server on loopback that answers each schema after a fixed delay, four calls at once. Overhead is the time of
the whole question less the time in which the stub held at least one of its calls. The index holds the embedded corpus with its own
vectors, and real texts of `FOLDER/corpus_*.jsonl` up to 10,000 passages with random unit vectors: searching them costs the same,
embedding them would take minutes and change nothing that is measured here. Questions are embedded by the packaged model.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agent.app import RadiologyAgent
from agent.fakes import Reply, chat_server
from agent.settings import load
from bench.index import documents
from bench.report import keep
from corpora import embedded
from corpora.passages import split
from retrievers.embedding import Embedder, Matrix, embedder
from retrievers.index import PassageIndex, build
from retrievers.vectors import VectorCache

PASSAGES, QUESTIONS, DELAY_S, FACETS = 10_000, 40, 0.2, 4
GOALS = {"overhead_p95_s": 0.5, "longest_options_s": 6.0}
_SET = Path(__file__).parents[1] / "evals" / "datasets" / "radqa_core.jsonl"


class RandomVectors:
    """Unit vectors that mean nothing, under another model's name; the same ones in every run."""

    def __init__(self, model: Embedder) -> None:
        """Take the model whose place it takes."""
        self.name, self.fingerprint, self.dimensions = model.name, model.fingerprint, model.dimensions
        self._chance = np.random.default_rng(7)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """See `Embedder.embed`."""
        drawn = self._chance.standard_normal((len(texts), self.dimensions)).astype(np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


class Stub:
    """What the stub server says to each schema, and when it held a call."""

    def __init__(self, delay_s: float) -> None:
        """Take the delay of every answer, seconds."""
        self.delay_s, self.held = delay_s, list[tuple[float, float]]()

    def __call__(self, request: dict[str, Any]) -> Reply:
        """The answer, after the delay."""
        begun = time.perf_counter()
        content = json.dumps(_ANSWERS[request["response_format"]["json_schema"]["name"]])
        time.sleep(self.delay_s)
        self.held.append((begun, time.perf_counter()))
        return Reply(content)

    def seconds(self) -> float:
        """Time in which at least one call was held."""
        total, end = 0.0, 0.0
        for start, stop in sorted(self.held):
            total += max(0.0, stop - max(start, end))
            end = max(end, stop)
        return total


_STRANDS = [{"label": f"Strand {n}", "queries": [f"guideline category {n}", f"follow-up interval {n}"]} for n in range(3)]
_ANSWERS: dict[str, dict[str, Any]] = {
    "Study": {"task": "next step", "core": "follow-up", "facets": _STRANDS},
    "OptionStudy": {
        "task": "next step", "core": "follow-up",
        "options": [{"letter": letter, "true_if": "size above the threshold", "false_if": "benign features"} for letter in "ABCD"],
    },
    "Queries": {"queries": ["management recommendation", "classification table"]},
    "Choice": {"reason": "known", "letter": "B", "evidence": []},
    "Composition": {"sentences": [{"text": "Follow-up as the evidence says", "evidence": [1, 2]}]},
}  # fmt: skip


def index(folder: Path, passages: int) -> tuple[PassageIndex, int]:
    """An index of at least so many passages in the folder, and how many of their vectors are random."""
    own = list(embedded.documents())
    held = sum(len(split(document)) for document in own)
    texts = documents(Path(os.environ["RADQA_SHARED_DATA"]), max(0, passages - held))
    made = build([*own, *texts], folder / "index", RandomVectors(embedder()), cache=VectorCache(folder / "vectors"))
    return PassageIndex.open(folder / "index", embedder()), made.embedded_now


def questions(count: int) -> list[tuple[str, dict[str, str] | None]]:
    """Questions of the packaged set with four options, and the same questions without them, in turn."""
    rows = [json.loads(line) for line in _SET.read_text(encoding="utf-8").splitlines()]
    four = [row for row in rows if len(row.get("options") or {}) == FACETS][: count // 2]
    return [pair for row in four for pair in ((row["question"], row["options"]), (row["question"], None))]


def measure(opened: PassageIndex, asked: Sequence[tuple[str, dict[str, str] | None]], delay_s: float) -> list[dict[str, float]]:
    """For each question: seconds of the whole, of the model, outside of it, and of the processor; facets and model calls."""
    stub = Stub(delay_s)
    found = []
    with chat_server(stub) as server:
        settings = load(base_url=server.url, reuse=False, facets=FACETS)
        agent = RadiologyAgent(settings, index=opened)
        agent.warm()
        agent.ask(*asked[0])
        for text, options in asked:
            stub.held.clear()
            begun, busy = time.perf_counter(), time.process_time()
            answer = agent.ask(text, options)
            whole = time.perf_counter() - begun
            found.append({
                "options": float(bool(options)), "whole_s": whole, "model_s": stub.seconds(), "outside_s": whole - stub.seconds(),
                "processor_s": time.process_time() - busy, "calls": float(answer.provenance.model_calls),
            })  # fmt: skip
    return found


def figures(found: Sequence[dict[str, float]]) -> dict[str, float]:
    """Medians, p95 and the longest over the questions."""
    outside = sorted(one["outside_s"] for one in found)
    return {
        "questions": len(found),
        "overhead_p50_s": statistics.median(outside),
        "overhead_p95_s": outside[int(0.95 * (len(outside) - 1) + 0.5)],
        "processor_p50_s": statistics.median(one["processor_s"] for one in found),
        "processor_p95_s": sorted(one["processor_s"] for one in found)[int(0.95 * (len(found) - 1) + 0.5)],
        "longest_options_s": max(one["whole_s"] for one in found if one["options"]),
        "longest_open_s": max((one["whole_s"] for one in found if not one["options"]), default=0.0),
        "model_calls_mean": statistics.mean(one["calls"] for one in found),
    }


def main(passages: int = PASSAGES, count: int = QUESTIONS) -> int:
    """Print the figures and keep them in `bench/results/overhead.json`; 1 when a goal is missed."""
    if not os.environ.get("RADQA_SHARED_DATA"):
        sys.exit("Set RADQA_SHARED_DATA to a folder with real text (corpus_*.jsonl).")
    with tempfile.TemporaryDirectory(prefix="radqa-bench-") as place:
        opened, random = index(Path(place), passages)
        made = figures(measure(opened, questions(count), DELAY_S))
        load_ = os.getloadavg()[0]
    goals = all(made[name] <= goal for name, goal in GOALS.items())
    about = {
        "passages": opened.manifest.passages,
        "random_vectors": random,
        "stub_delay_s": DELAY_S,
        "facets": FACETS,
        "load_average": load_,
    }
    keep("overhead", {**about, **{name: round(value, 3) for name, value in made.items()}, "goals": GOALS, "goals_met": goals})
    return int(not goals)


if __name__ == "__main__":
    sys.exit(main())
