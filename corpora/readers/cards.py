"""Guideline cards: Markdown with checked front matter, see CONTRIBUTING.md ("A new guideline card").

`python -m corpora.readers.cards FILE ...` checks cards and names every problem.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers.markdown import first_problem, front_matter, headed_sections
from corpora.types import Document, Frozen, SourceRecord, split_row

FOLDER = Path(__file__).parents[1] / "guidelines"
Subspecialty = Literal[
    "neuro", "head-neck", "chest", "cardiovascular", "abdominal", "genitourinary", "womens", "musculoskeletal", "paediatric",
    "nuclear", "emergency", "general",
]  # fmt: skip
Modality = Literal["CT", "MRI", "US", "XR", "NM", "PET", "MG", "DSA", "FL"]
SCOPE, CHANGES, URGENT = "Who it is for", "What changes the advice", "Time-critical"
"""Headings that every card has (the last one where delay harms); the answer's scope and caution sentences come from them."""


class FrontMatter(Frozen):
    """A card's front matter; `results` names the table columns that hold an answer."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=5)
    organisation: str = Field(min_length=2)
    year: int = Field(ge=1950, le=2100)
    version: str
    citation: str = ""
    doi: str = Field(default="", pattern=r"^$|^10\.\d{4,9}/\S+$")
    url: str = Field(default="", pattern=r"^$|^https?://\S+$")
    kind: Literal["guideline"]
    subspecialty: Subspecialty
    modality: tuple[Modality, ...]
    topics: tuple[str, ...] = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()

    @field_validator("version", mode="before")
    @classmethod
    def _version_is_text(cls, value: Any) -> str:
        return str(value)

    @field_validator("checked")
    @classmethod
    def _checked_are_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [url for url in value if not re.match(r"https?://\S+$", url)]:
            raise ValueError(f"not an address: {bad[0]}")
        return value


def read_all(folder: Path = FOLDER) -> Iterator[Document]:
    """All cards of a folder in name order. Raises `MalformedDocument` for the first broken one."""
    for path in sorted(folder.glob("*.md")):
        yield card(path)


@cache
def _line_of_key() -> re.Pattern[str]:
    return re.compile(r"^(\w+)\s*:")


def card(path: Path) -> Document:
    """One card as a document. Raises `MalformedDocument` naming file and line."""
    front, body, first_line = front_matter(path)
    try:
        matter = FrontMatter.model_validate(front)
    except ValidationError as error:
        raise MalformedDocument(
            str(path), f"front matter: {first_problem(error)}", _line(path, str(error.errors()[0]["loc"][0]))
        ) from error
    if not (matter.doi or matter.url or matter.citation):
        raise MalformedDocument(str(path), "front matter: one of doi, url or citation is needed", 1)
    source = SourceRecord(**matter.model_dump())
    document = Document(id=matter.id, text=body, source=source, sections=headed_sections(body))
    for problem, offset in _problems(document, path):
        raise MalformedDocument(str(path), problem, first_line + body.count("\n", 0, offset))
    return document


def _line(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if (m := _line_of_key().match(line)) and m[1] == key), 1)


def _problems(document: Document, path: Path) -> Iterator[tuple[str, int]]:
    """What the form of a card forbids, each with its offset in the body."""
    if document.id != path.stem:
        yield f"id is {document.id!r}, the file is named {path.stem!r}", 0
    headings = [section.heading for section in document.sections]
    for wanted in (SCOPE, CHANGES):
        if wanted not in headings:
            yield f"section {wanted!r} is missing", 0
    used: set[str] = set()
    for passage in split(document):
        used |= set(passage.header)
        if not passage.is_row:
            if passage.text.lstrip().startswith("|"):
                yield "table lines without header and delimiter", passage.start
            continue
        if len(split_row(passage.text)) != len(passage.header):
            yield f"row has {len(split_row(passage.text))} cells, its header {len(passage.header)}", passage.start
        if not all(passage.cells):
            yield "row has an empty cell; write `any` where a parameter does not matter", passage.start
        if not set(passage.header) & set(document.source.results):
            yield f"none of the columns {passage.header} is named in `results`", passage.start
    if unknown := set(document.source.results) - used:
        yield f"`results` names columns that no table has: {sorted(unknown)}", 0


def main(paths: list[str]) -> int:
    """Check the named cards; print each problem; 1 if there was one."""
    bad = 0
    for path in paths:
        try:
            document = card(Path(path))
            print(f"{path}: fine, {len(split(document))} passages, {len(document.text.split())} words")  # noqa: T201
        except MalformedDocument as error:
            bad += 1
            print(error)  # noqa: T201
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
