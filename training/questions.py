"""Questions that are tied to the passages that answer them: what the reader learns from and is measured on.

    python -m training.questions show CARD-ID ...            a card's passages, numbered as a question writer names them
    python -m training.questions add FILE --writer NAME      keep a writer's lines; refuses the file whole if one line is wrong
    python -m training.questions check                       questions whose card or passage is no longer there
    python -m training.questions count                       how many there are, by register, writer and kind of card

A writer's line is `CARD-ID | NUMBERS | REGISTER | QUESTION`, NUMBERS being the passages that answer, `3` or `3,5,6`, or `-` where
the card does not hold the fact (a near miss). Kept as JSON Lines in `training/data/questions/WRITER.jsonl`.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError

from corpora import embedded
from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers import cards, cases, topics
from corpora.types import Document, Frozen, Passage

FOLDER = Path(__file__).parent / "data" / "questions"
ALSO = FOLDER.parent / "also.jsonl"
"""Passages that answer a question beside those it was written for, by another reader: a line an id of a question, with ids of passages."""
Register = Literal["ward", "exam", "keyword", "patient", "vignette", "yes", "no", "comparison", "number", "list", "plain"]
"""How a question is put; "yes" and "no" are yes/no questions with that answer."""


class Tied(Frozen):
    """A question and what answers it: ids of passages of one document; none for a near miss."""

    id: str
    question: str = Field(min_length=3, max_length=2000)
    document: str
    passages: tuple[str, ...] = ()
    manner: Register
    writer: str = Field(pattern=r"^[a-z0-9-]+$")

    @property
    def answers(self) -> tuple[str, ...]:
        """Ids of all passages that are known to answer, those of other cards among them; none where no card does."""
        return (*self.passages, *also().get(self.id, ()))


@cache
def also() -> dict[str, tuple[str, ...]]:
    """Question id -> passages that answer it beside its own."""
    kept = (json.loads(line) for line in ALSO.read_text(encoding="utf-8").splitlines())
    return {one["id"]: tuple(one["passages"]) for one in kept}


@cache
def library() -> dict[str, tuple[Document, list[Passage]]]:
    """Every sound embedded document with its passages, by id; a card that is being written takes no other down."""
    found: dict[str, tuple[Document, list[Passage]]] = {}
    for path in embedded.files():
        try:
            found |= {document.id: (document, split(document)) for document in _documents(path)}
        except MalformedDocument as error:
            print(f"left out: {error}", file=sys.stderr)
    return found


@cache
def card_of(name: str) -> tuple[Document, list[Passage]] | None:
    """One document with its passages, read alone where a file bears its name: a whole library for one card would be slow."""
    for path in embedded.files():
        if path.stem == name and path.suffix != ".jsonl":
            return next((document, split(document)) for document in _documents(path))
    return library().get(name)


def _documents(path: Path) -> Iterator[Document]:
    if path.suffix == ".jsonl":
        yield from cases.read(path)
    else:
        yield topics.topic(path) if path.is_relative_to(topics.FOLDER) else cards.card(path)


def read_all(folder: Path = FOLDER) -> Iterator[Tied]:
    """All kept questions, in order of file and line."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Tied.model_validate_json(line)


def parse(line: str, writer: str) -> Tied:
    """One writer's line. Raises `ValueError` saying what is wrong."""
    parts = [part.strip() for part in line.split("|", 3)]
    if len(parts) != 4:
        raise ValueError("a line is CARD-ID | NUMBERS | REGISTER | QUESTION")
    card, numbers, register, question = parts
    found = card_of(card)
    if found is None:
        raise ValueError(f"there is no card {card!r}")
    if register not in get_args(Register):
        raise ValueError(f"register {register!r} is none of {', '.join(get_args(Register))}")
    passages = found[1]
    try:
        wanted = [] if numbers == "-" else [int(number) for number in numbers.split(",")]
    except ValueError:
        raise ValueError(f"{numbers!r} is no list of passage numbers") from None
    if bad := [number for number in wanted if not 1 <= number <= len(passages)]:
        raise ValueError(f"{card} has no passage {bad[0]}")
    name = hashlib.sha256(f"{card}\x1f{question}".encode()).hexdigest()[:12]
    ids = tuple(passages[number - 1].id for number in wanted)
    return Tied(id=name, question=question, document=card, passages=ids, manner=register, writer=writer)  # type: ignore[arg-type]


def add(path: Path, writer: str, folder: Path = FOLDER) -> tuple[int, list[str]]:
    """Keep a file's questions; how many are new, and what is wrong with which line (then nothing is kept)."""
    made, wrong = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                made.append(parse(line, writer))
            except (ValueError, ValidationError) as error:
                wrong.append(f"{path}:{number}: {error}")
    if wrong:
        return 0, wrong
    target = folder / f"{writer}.jsonl"
    known = {Tied.model_validate_json(line).id for line in target.read_text(encoding="utf-8").splitlines()} if target.exists() else set()
    fresh = {one.id: one for one in made if one.id not in known}
    folder.mkdir(parents=True, exist_ok=True)
    with target.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one.model_dump(), ensure_ascii=False) + "\n" for one in fresh.values())
    return len(fresh), []


def show(card: str) -> str:
    """A card's passages, numbered from 1. Raises `KeyError` for a card that is not there."""
    found = card_of(card)
    if found is None:
        raise KeyError(card)
    document, passages = found
    lines = [f"=== {card}: {document.source.title} ({document.source.topic_kind or document.source.kind})"]
    section = None
    for number, passage in enumerate(passages, 1):
        if passage.section != section:
            section = passage.section
            lines.append(f"## {section}" + (f"  [{' | '.join(passage.header)}]" if passage.header else ""))
        lines.append(f"{number}. {' | '.join(passage.cells) if passage.is_row else passage.text}")
    return "\n".join(lines)


def lost() -> list[str]:
    """Questions whose card or passage is no longer there, a line each."""
    there = {passage.id for _, passages in library().values() for passage in passages}
    return [
        f"{one.writer} {one.id}: {one.document} {[name for name in one.answers if name not in there]}"
        for one in read_all()
        if one.document not in library() or any(name not in there for name in one.answers)
    ]


def count() -> dict[str, dict[str, int]]:
    """How many questions there are, by register, writer, kind of card and whether they are answerable."""
    ways: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for one in read_all():
        source = library()[one.document][0].source if one.document in library() else None
        ways["manner"][one.manner] += 1
        ways["writer"][one.writer] += 1
        ways["kind"][(source.topic_kind or source.kind) if source else "gone"] += 1
        ways["answerable"]["yes" if one.answers else "near miss"] += 1
    return {name: dict(counter) for name, counter in ways.items()}


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show").add_argument("cards", nargs="+")
    adding = commands.add_parser("add")
    adding.add_argument("file", type=Path)
    adding.add_argument("--writer", required=True)
    commands.add_parser("check")
    commands.add_parser("count")
    given = parser.parse_args(arguments)
    match given.command:
        case "show":
            if unknown := [card for card in given.cards if card_of(card) is None]:
                print(f"there is no card {unknown[0]!r}", file=sys.stderr)
                return 2
            print("\n\n".join(map(show, given.cards)))
        case "add":
            kept, wrong = add(given.file, given.writer)
            print("\n".join(wrong) or f"{kept} new questions kept")
            return int(bool(wrong))
        case "check":
            gone = lost()
            print("\n".join(gone) or "every question finds its passages")
            return int(bool(gone))
        case "count":
            print(json.dumps(count(), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
