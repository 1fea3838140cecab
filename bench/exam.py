"""What is left of what a strong model knows: 24 questions as in an exam, answered by a script that knows them and cites honestly.

    python -m bench.exam [--index FOLDER] [--conditions NAME ...]

The script chooses the right option before it reads, reads the passages that the agent found for it, and says true sentences, cited
where a shown passage says so and marked as its own elsewhere. Conditions: `knows` (forced choice), `strict` (proven sentences only),
`moved` (wrong before reading, right after it, with the same sentences), `misled` (right before reading, wrong after it, with
sentences that do not say so). Beside it the same questions without options, for calls, tokens and the time outside the model.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent.app import RadiologyAgent
from agent.chat.packing import SAFETY, tokens
from agent.fakes import Reply, chat_server
from agent.settings import load
from agent.types import Answered
from bench.overhead import Stub
from bench.report import RESULTS, commit, keep
from evals.loading import load as items_of
from evals.questions import Item

_SET = Path(__file__).parents[1] / "evals" / "datasets" / "radqa_harm.jsonl"
_REPLIES = Path(__file__).parent / "data" / "exam.toml"
CONDITIONS = ("knows", "open", "misled", "moved", "strict")
GOALS = {"calls_most": 3, "tokens_in_median": 4500, "outside_p95_s": 0.6, "kept": 0.9}


class Known(NamedTuple):
    """A question and what the model says of it: sentences with their basis and words of the passages meant."""

    item: Item
    says: tuple[tuple[str, ...], ...]


def known() -> list[Known]:
    """Every question with its sentences."""
    said = {one["id"]: one["says"] for one in tomllib.loads(_REPLIES.read_text(encoding="utf-8"))["reply"]}
    return [Known(item, tuple(map(tuple, said[item.id]))) for item in items_of(_SET)]


class Script(Stub):
    """The model: what it says of the question that is asked, before and after reading."""

    def __init__(self) -> None:
        """Answer at once."""
        super().__init__(0.0)
        self.known: Known | None = None
        self.before = self.after = ""
        self.tokens_in: list[int] = []

    def __call__(self, request: dict[str, Any]) -> Reply:
        """The answer in the schema that is asked for."""
        begun = time.perf_counter()
        self.tokens_in.append(sum(tokens(message["content"]) for message in request["messages"]))
        content = json.dumps(self._said(request["response_format"]["json_schema"]["name"], request["messages"][-1]["content"]))
        self.held.append((begun, time.perf_counter()))
        return Reply(content)

    def _said(self, schema: str, prompt: str) -> dict[str, Any]:
        assert self.known is not None
        right = (self.known.item.options or {})[self.known.item.gold]
        match schema:
            case "Choice":
                return {"reason": "It is known", "letter": self.before, "sure": 85, "queries": [right]}
            case "Study":
                return {"core": self.known.item.question[:280], "facets": [{"label": "Answer", "queries": [right]}]}
            case "Repair":
                return {"sentences": []}
        sentences = [_line(prompt, *said) for said in self.known.says]
        return {"sentences": sentences, "option": self.after, "sure": 90, "open": [], "search": []}


def _line(prompt: str, text: str, basis: str, *words: str) -> dict[str, Any]:
    """A sentence with the numbers of the passages that hold the words; own knowledge where none does."""
    block = re.search(r"<evidence>\n(.*?)\n</evidence>", prompt, re.DOTALL)
    rows = re.findall(r"^\[(\d+)\](.*)$", block[1], re.MULTILINE) if block else []
    numbers = [int(number) for one in words for number, row in rows if one in row][:4]
    return {"text": text, "basis": basis if numbers or basis != "evidence" else "own", "evidence": numbers}


def measure(condition: str, asked: Sequence[Known], make: Callable[[bool], RadiologyAgent], script: Script) -> dict[str, float]:
    """Figures of one condition: right, wrong and abstained of n, sentences said and kept, calls, tokens and seconds."""
    counted = {"n": len(asked), "right": 0, "wrong": 0, "abstained": 0, "said": 0, "kept": 0, "proven": 0, "own": 0}
    calls: list[int] = []
    spent, outside, busy = [], [], []
    agent = make(condition == "strict")
    for one in asked:
        item = one.item
        wrong = next(label for label in item.options or {} if label != item.gold)
        script.known, script.before, script.after = one, item.gold, item.gold
        if condition == "moved":
            script.before = wrong
        if condition == "misled":
            script.after = wrong
        script.held.clear()
        script.tokens_in.clear()
        begun, used = time.perf_counter(), time.process_time()
        answer = agent.ask(item.question, None if condition == "open" else item.options)
        outside.append(time.perf_counter() - begun - script.seconds())
        busy.append(time.process_time() - used)
        calls.append(len(script.tokens_in))
        spent.append(sum(script.tokens_in) / SAFETY)
        claims = answer.claims if isinstance(answer, Answered) else ()
        counted["said"] += len(one.says)
        counted["kept"] += len(claims)
        counted["proven"] += sum(claim.proven for claim in claims)
        counted["own"] += sum(not claim.proven for claim in claims)
        right = bool(claims) if condition == "open" else answer.option == item.gold
        counted["right" if right else "wrong" if isinstance(answer, Answered) else "abstained"] += 1
    return counted | {
        "calls_most": max(calls), "calls_mean": round(statistics.mean(calls), 2), "tokens_in_median": round(statistics.median(spent)),
        "outside_p50_s": _quantile(outside, 0.5), "outside_p95_s": _quantile(outside, 0.95), "processor_p95_s": _quantile(busy, 0.95),
    }  # fmt: skip


def _quantile(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[int(share * (len(values) - 1) + 0.5)], 3)


def main(index: str = "", conditions: Sequence[str] = CONDITIONS) -> int:
    """Print the figures and keep them in `bench/results/exam.json`; 1 when a goal is missed."""
    script = Script()
    with chat_server(script) as server:
        base = RadiologyAgent(load(index=index or None, model="", base_url=""))
        base.warm()

        def make(strict: bool) -> RadiologyAgent:
            settings = load(index=index or None, base_url=server.url, reuse=False, role="reason", strict=strict)
            return RadiologyAgent(settings, index=base.index)

        asked = known()
        script.known, script.before, script.after = asked[0], asked[0].item.gold, asked[0].item.gold
        make(False).ask(asked[0].item.question, asked[0].item.options)
        made: dict[str, dict[str, Any]] = {name: found for name, found in _kept().items() if name in CONDITIONS}
        for condition in conditions:
            told = {"load_average": round(os.getloadavg()[0], 1), "commit": commit()}
            made[condition] = measure(condition, asked, make, script) | told
            met = {name: _met(name, found) for name, found in made.items()}
            keep("exam", {**made, "goals": GOALS, "goals_met": met, "tokens": "counted by the packaged WordPiece tokenizer"})
    return int(not all(met.values()))


def _kept() -> dict[str, Any]:
    """The figures of conditions that were measured before, each with its commit."""
    path = RESULTS / "exam.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["figures"]) if path.is_file() else {}


def _met(condition: str, found: dict[str, Any]) -> bool:
    """Whether calls, tokens, time and the sentences kept are within the goals, and no answer was lost that was known."""
    within = found["calls_most"] <= GOALS["calls_most"] and found["tokens_in_median"] <= GOALS["tokens_in_median"]
    lost = found["right"] < found["n"] if condition != "strict" else found["wrong"] > 0
    kept = condition in ("strict", "misled") or found["kept"] >= GOALS["kept"] * found["said"]
    return within and found["outside_p95_s"] <= GOALS["outside_p95_s"] and not lost and kept


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--index", default="")
    given.add_argument("--conditions", nargs="*", default=CONDITIONS)
    told = given.parse_args()
    sys.exit(main(told.index, told.conditions))
