"""The table of a verifier: how often it calls a claim supported with the right evidence, without it, with another topic's, and flipped.

    python -m evals.judging [--verifier concepts|model|FOLDER] [--limit N] [--seed 7]

Two columns: the judge of entailment alone, and after the rules that no judge can overrule (numbers, sides, categories, negation,
names), which is how the agent uses it. The chat model is that of the settings (RADQA_MODEL, RADQA_BASE_URL); `--limit` takes so many
items of each condition, drawn under the seed, since a local model reads each of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Sequence

from scipy.stats import binomtest

from agent.chat.budget import Budget
from agent.chat.providers import chat_model
from agent.chat.structured import StructuredModel
from agent.judging.entailment import Entailment, Pair, entailment
from agent.judging.verify import readable, ruled_out
from agent.settings import load
from agent.types import Evidence
from corpora.types import Frozen
from evals.verification import Item, items

CONDITIONS = ("right", "removed", "other topic", "flipped")
GOALS = {"right": 0.90, "removed": 0.05, "other topic": 0.05, "flipped": 0.05}
_AT_ONCE = 16


class Row(Frozen):
    """One condition, or one kind of flip: the claims called supported by the judge alone, and with the rules before it."""

    name: str
    n: int
    alone: int
    ruled: int


async def table(made: Sequence[Item], judge: Entailment) -> list[Row]:
    """The counts over all items, conditions first, kinds of flip after them."""
    counts: dict[str, list[int]] = {}
    for start in range(0, len(made), _AT_ONCE):
        block = made[start : start + _AT_ONCE]
        evidence = [[Evidence.of(passage, passage.text, facet_id="f", relevance=1.0) for passage in item.passages] for item in block]
        verdicts = await judge.judge([Pair(readable(held), item.claim) for item, held in zip(block, evidence, strict=True)])
        for item, held, verdict in zip(block, evidence, verdicts, strict=True):
            alone = verdict.verdict == "supported"
            ruled = alone and ruled_out(item.claim, held) is None
            for name in (item.condition, f"flipped: {item.flip}") if item.flip else (item.condition,):
                row = counts.setdefault(name, [0, 0, 0])
                row[0], row[1], row[2] = row[0] + 1, row[1] + alone, row[2] + ruled
    ordered = [*CONDITIONS, *sorted(set(counts) - set(CONDITIONS))]
    return [Row(name=name, n=counts[name][0], alone=counts[name][1], ruled=counts[name][2]) for name in ordered if name in counts]


def sampled(made: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """At most so many items of each condition, drawn under the seed."""
    if limit is None:
        return list(made)
    chance = random.Random(seed)
    held = [[item for item in made if item.condition == name] for name in CONDITIONS]
    return [item for group in held for item in chance.sample(group, min(limit, len(group)))]


def as_text(rows: Sequence[Row], name: str) -> str:
    """The table, each share with its n and its 95 % interval."""
    lines = [f"supported, judged by {name}", f"{'':24}{'n':>5}  {'judge alone':24}{'after the rules':24}goal"]
    for row in rows:
        goal = GOALS.get(row.name)
        wanted = "" if goal is None else f"{'>=' if row.name == 'right' else '<='} {goal:.0%}"
        lines.append(f"{row.name:24}{row.n:5}  {_share(row.alone, row.n):24}{_share(row.ruled, row.n):24}{wanted}")
    return "\n".join(lines)


def _share(yes: int, n: int) -> str:
    made = binomtest(yes, n).proportion_ci(method="wilson")
    return f"{yes / n:.1%} ({made.low:.1%}-{made.high:.1%})"


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when a goal is missed after the rules."""
    parser = argparse.ArgumentParser(prog="python -m evals.judging", description="Does a verifier depend on the evidence?")
    parser.add_argument("--verifier", default="concepts", help="concepts, model, or the folder of a cross-encoder")
    parser.add_argument("--limit", type=int, default=None, help="items of each condition")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    chosen = parser.parse_args(arguments)
    if chosen.limit is not None and chosen.limit < 1:
        parser.error("--limit takes 1 or more")
    settings = load(verifier=chosen.verifier).model_copy(update={"calls": 10**6, "tokens": 10**9, "seconds": 10.0**7, "money": 10.0**9})
    model = StructuredModel(chat_model(settings), settings) if chosen.verifier == "model" else None
    judge = entailment(settings, model, Budget(settings))
    rows = asyncio.run(table(sampled(items(chosen.seed), chosen.limit, chosen.seed), judge))
    told = json.dumps([row.model_dump() for row in rows]) if chosen.json else as_text(rows, judge.name)
    sys.stdout.write(f"{told}\n")
    missed = [
        row
        for row in rows
        if (goal := GOALS.get(row.name)) and (row.ruled / row.n < goal if row.name == "right" else row.ruled / row.n > goal)
    ]
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
