"""The first figures of the project: how fast an answer comes and how often it is the right one, without a model."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.report import keep

SETS = Path(__file__).parents[1] / "evals" / "datasets"
COLD_RUNS = 5


def main() -> None:
    """Cold start, opening, warm latency, memory, and the smoke, pair and unanswerable sets."""
    figures: dict[str, Any] = {"cold_ask_s": cold()}
    from agent.app import RadiologyAgent
    from agent.settings import load
    from retrievers.embedding import embedder
    from retrievers.index import PassageIndex

    agent = RadiologyAgent()
    started = time.perf_counter()
    PassageIndex.open(load().index_folder, embedder())
    figures["open_index_s"] = round(time.perf_counter() - started, 3)
    agent.warm()
    figures |= answers(agent)
    figures["memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    figures["documents"], figures["passages"] = agent.index.manifest.documents, agent.index.manifest.passages
    keep("answers", figures)


def cold() -> dict[str, float]:
    """Seconds of `radqa ask` from nothing to its answer, the index being built."""
    command = [sys.executable, "-m", "agent.cli", "ask", "Follow-up for a 7 mm solid nodule in a heavy smoker?"]
    seconds = []
    for _ in range(COLD_RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return {"median": round(statistics.median(seconds), 2), "worst": round(max(seconds), 2), "n": COLD_RUNS}


def answers(agent: Any) -> dict[str, Any]:
    """Latency over all three sets, and what came out right."""
    seconds: list[float] = []

    def ask(question: str) -> Any:
        started = time.perf_counter()
        answer = agent.ask(question)
        seconds.append(time.perf_counter() - started)
        return answer

    smoke = [(row, ask(row["question"])) for row in _rows("smoke")]
    pairs = [[(half, ask(half["question"])) for half in row["questions"]] for row in _rows("pairs")]
    without = [ask(row["question"]) for row in _rows("unanswerable")]
    cited = sum(row["meta"]["relevant_docs"][0] in {source.id for source in answer.sources if source.cited} for row, answer in smoke)
    said = sum(_said(row["meta"]["accept"][0], answer) for row, answer in smoke)
    both = sum(all(_said(half["answer"], answer) for half, answer in pair) for pair in pairs)
    ordered = sorted(seconds)
    return {
        "warm_ask_s": {"p50": round(ordered[len(ordered) // 2], 3), "p95": round(ordered[int(len(ordered) * 0.95)], 3), "n": len(ordered)},
        "smoke_right_card": f"{cited}/{len(smoke)}",
        "smoke_first_sentence_right": f"{said}/{len(smoke)}",
        "smoke_abstained": f"{sum(answer.kind == 'abstained' for _, answer in smoke)}/{len(smoke)}",
        "pairs_both_right": f"{both}/{len(pairs)}",
        "unanswerable_abstained": f"{sum(answer.kind == 'abstained' for answer in without)}/{len(without)}",
    }


def _said(wanted: list[str], answer: Any) -> bool:
    return answer.kind == "answered" and any(words in answer.claims[0].text for words in wanted)


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
