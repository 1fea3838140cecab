"""What tests of the evals share: a tiny set, replies from a function, a run folder, a chat model on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.fakes import Reply
from agent.settings import Settings, load
from evals import verification
from evals.folder import RunFolder
from evals.manifest import manifest
from evals.questions import Item, Posed
from evals.systems import System
from evals.types import Response


class Scripted:
    """A solver whose replies are given by a function; counts what it is asked."""

    def __init__(self, name: str, reply: Callable[[Posed], Response]) -> None:
        self.name, self._reply = name, reply
        self.asked: list[str] = []

    async def solve(self, posed: Posed) -> Response:
        self.asked.append(posed.item.id)
        return self._reply(posed)


def item(number: int, **fields: object) -> Item:
    options = {"A": "one", "B": "two", "C": "three", "D": "four"}
    return Item.model_validate({"id": f"q{number:04d}", "question": f"Question {number}?", "options": options, "answer": "B"} | fields)


def chose(label: str, **more: object) -> Response:
    return Response(kind="answered", option=label, text=label, **more)


def right(posed: Posed) -> Response:
    return chose("B", confidence=0.9)


def right_on_even(posed: Posed) -> Response:
    even = int(posed.item.id[1:]) % 2 == 0
    return chose("B" if even else "C", confidence=0.8 if even else 0.4)


@pytest.fixture(scope="session")
def claims() -> list[verification.Item]:
    """The verifier's items under the usual seed."""
    return verification.items(7)


@pytest.fixture
def offline() -> Settings:
    return load(preset="offline")


@pytest.fixture
def begun(tmp_path, small_index, offline):
    """A folder with a manifest over these items and systems."""

    def make(items, systems=("extractive",), path: Path | None = None) -> RunFolder:
        folder = RunFolder(path or tmp_path / "run")
        named = [System.parse(name) for name in systems]
        folder.begin(manifest(items, "set.jsonl", named, offline, small_index, seed=0, concurrency=4), items)
        return folder

    return make


def chosen_by_text(request: dict) -> Reply:
    """A chat model that answers in the asked schema and picks the option "two"."""
    schema = request["response_format"]["json_schema"]["name"]
    asked = request["messages"][-1]["content"]
    letter = next((line[0] for line in asked.splitlines() if line[1:] == ". two"), "A")
    replies = {
        "KeyPhrases": {"phrases": ["solid lung nodule"]},
        "Queries": {"queries": ["solid lung nodule"]},
        "Sourced": {"sentences": [{"text": "A single solid nodule of 6-8 mm needs CT.", "evidence": [1]}]},
        "Composition": {"sentences": [{"text": "A single solid nodule of 6-8 mm needs CT.", "evidence": [1]}]},
        "Unsourced": {"sentences": ["CT at 6-12 months."]},
        "Verdict": {"reason": "same", "agrees": True, "relevant": False},
        "Relevance": {"reason": "it says so", "relevant": True},
        "Carried": {"reason": "it says so", "carried": True},
    }
    content = replies.get(schema, {"reason": "because", "letter": letter, "evidence": [1]})
    return Reply(json.dumps(content))
