"""Questions of an exam written with no card open: `python -m training.blind [--most N]`; JSON on stdout, nothing is learnt from them.

Each has a key: regular expressions of which every one must match a right answer, lower case. Measured are what search brings (every
expression matches somewhere in the first eight passages) and what is answered (every expression matches in the first three sentences).
A key that matches shows that the words are there, not that the sentence is right: read the list (`--list`) beside the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from agent.app import RadiologyAgent
from agent.settings import load
from agent.types import Answer, Answered
from corpora.types import Frozen, Passage

FILE = Path(__file__).parent / "data" / "exam_blind.jsonl"
FIRST = 8


class Keyed(Frozen):
    """A question with its answer in words and the expressions that a right answer matches."""

    id: str
    question: str
    answer: str
    must: tuple[str, ...] = Field(min_length=1)
    subspecialty: str
    kind: str
    manner: str
    writer: str

    @field_validator("must")
    @classmethod
    def _compiles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for expression in value:
            re.compile(expression)
        return value

    def met(self, texts: Iterable[str]) -> bool:
        """Whether every expression matches in one of the texts."""
        lowered = [text.lower() for text in texts]
        return all(any(re.search(expression, text, re.MULTILINE) for text in lowered) for expression in self.must)


def read(path: Path = FILE) -> Iterator[Keyed]:
    """The questions of a file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield Keyed.model_validate_json(line)


def carried(agent: RadiologyAgent, one: Keyed) -> bool:
    """Whether the first eight passages that search brings hold the answer, all its parts together."""
    found = asyncio.run(agent.tools["search"].use(one.question)).passages[:FIRST]
    return one.met([shown(passage) for passage in found])


def shown(passage: Passage) -> str:
    """A passage as a reader sees it: under its title."""
    return f"{passage.source.title}. {passage.section}. {passage.spoken}"


def status(one: Keyed, answer: Answer) -> str:
    """right, off (answered, the key does not match) or abstained."""
    if not isinstance(answer, Answered):
        return "abstained"
    return "right" if one.met([" ".join(claim.text for claim in answer.claims[:3])]) else "off"


def figures(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts of what was told of each question."""
    n = len(told)
    return {
        "n": n,
        "carried by the first eight": round(sum(one["carried"] for one in told) / n, 3),
        **{name: sum(one["status"] == name for one in told) for name in ("right", "off", "abstained")},
        **{
            f"{level}: right of": [sum(one["status"] == "right" for one in some), len(some)]
            for level in ("high", "moderate", "low")
            if (some := [one for one in told if one["level"] == level])
        },
    }


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="one line a question, with the first sentence")
    given = parser.parse_args(arguments)
    agent, told = RadiologyAgent(load()), []
    for one in list(read())[: given.most or None]:
        answer = agent.ask(one.question)
        level = answer.confidence.level if isinstance(answer, Answered) else ""
        said = answer.claims[0].text if isinstance(answer, Answered) else answer.reason
        told.append({"status": status(one, answer), "carried": carried(agent, one), "level": level, "kind": one.kind})
        if given.list:
            print(f"{told[-1]['status']:9} {'carried' if told[-1]['carried'] else '-':7} {one.id} {one.question[:90]} => {said[:160]}")
    print(json.dumps(figures(told), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
