"""Guideline cards: Markdown with checked front matter, see CONTRIBUTING.md ("A new guideline card").

`python -m corpora.readers.cards FILE ...` checks cards, also against each other, and names every problem.

A card's `doi` belongs to what the card names first: the first organisation, the year, and the first reference of `citation`
(both lists are divided by "; "). One DOI stands for one source and one source has one DOI; several cards that rest on the same
source hold different parts of it, so their titles differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers.front import first_problem, front_matter, headed_sections
from corpora.types import Document, Frozen, SourceRecord, split_row

FOLDER = Path(__file__).parents[1] / "guidelines"
Subspecialty = Literal[
    "neuro", "head-neck", "chest", "cardiovascular", "abdominal", "genitourinary", "womens", "musculoskeletal", "paediatric",
    "nuclear", "emergency", "general",
]  # fmt: skip
Modality = Literal["CT", "MRI", "US", "XR", "NM", "PET", "MG", "DSA", "FL"]
SCOPE, CHANGES, URGENT = "Who it is for", "What changes the advice", "Time-critical"
"""Headings that every card has (the last one where delay harms); the answer's scope and caution sentences come from them."""
YEAR_AND_MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"
_UNPUBLISHED = frozenset({"dev", "stg", "staging", "test"})


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
    current: str = Field(default="", pattern=rf"^$|{YEAR_AND_MONTH}", description="year and month of the last look at the `checked` pages")
    superseded_by: str = Field(default="", pattern=r"^$|\b(?:19|20)\d\d\b", description="the newer version, with its year")

    @field_validator("version", "current", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> str:
        return str(value)

    @field_validator("checked")
    @classmethod
    def _checked_are_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [url for url in value if not re.match(r"https?://\S+$", url)]:
            raise ValueError(f"not an address: {bad[0]}")
        if bad := [url for url in value if is_unpublished(url)]:
            raise ValueError(f"a staging copy, name the public page: {bad[0]}")
        return value


def is_unpublished(url: str) -> bool:
    """Whether the host is a site's own trial copy, such as staging.example.org, which readers cannot rely on."""
    host = urlsplit(url).hostname or ""
    words = {word for label in host.split(".")[:-1] for word in label.split("-")}
    return bool(words & _UNPUBLISHED) or "stage" in host or "preview" in host


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
            str(path), f"front matter: {first_problem(error)}", line_of_key(path, str(error.errors()[0]["loc"][0]))
        ) from error
    if not (matter.doi or matter.url or matter.citation):
        raise MalformedDocument(str(path), "front matter: one of doi, url or citation is needed", 1)
    source = SourceRecord(**matter.model_dump())
    document = Document(id=matter.id, text=body, source=source, sections=headed_sections(body))
    for problem, offset in _problems(document, path):
        raise MalformedDocument(str(path), problem, first_line + body.count("\n", 0, offset))
    return document


def line_of_key(path: Path, key: str) -> int:
    """The file line on which a key of the front matter stands; 1 where it does not."""
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


def source_conflicts(sources: Iterable[tuple[Path, SourceRecord]]) -> Iterator[MalformedDocument]:
    """Where two cards disagree on what a DOI stands for, or on the DOI of one source; each problem names both files."""
    by_doi: dict[str, tuple[Path, SourceRecord]] = {}
    by_reference: dict[str, tuple[Path, SourceRecord]] = {}
    for path, source in sources:
        if source.doi:
            other, known = by_doi.setdefault(source.doi.lower(), (path, source))
            for name, here, there in _identity(source, known):
                if here != there:
                    reason = f"doi {source.doi} stands for {name} {here!r} here and for {there!r} in {other}"
                    yield MalformedDocument(str(path), reason, line_of_key(path, name))
            if other != path and source.title == known.title:
                reason = f"same doi and same title as {other}; cards on one source hold different parts of it"
                yield MalformedDocument(str(path), reason, line_of_key(path, "title"))
        if source.citation:
            other, known = by_reference.setdefault(_lead(source.citation), (path, source))
            if source.doi.lower() != known.doi.lower():
                reason = f"one reference, but doi {source.doi!r} here and {known.doi!r} in {other}"
                yield MalformedDocument(str(path), reason, line_of_key(path, "citation"))


def _identity(one: SourceRecord, other: SourceRecord) -> Iterator[tuple[str, str, str]]:
    """Each field that says which source a DOI stands for, with both cards' values."""
    yield "organisation", _lead(one.organisation), _lead(other.organisation)
    yield "year", str(one.year), str(other.year)
    yield "citation", _lead(one.citation), _lead(other.citation)


def _lead(listed: str) -> str:
    """What stands first in a list divided by "; "."""
    return listed.split("; ")[0]


def main(paths: list[str]) -> int:
    """Check the named cards, each alone and then against each other; print each problem; 1 if there was one."""
    problems: list[MalformedDocument] = []
    read: list[tuple[Path, SourceRecord]] = []
    for path in map(Path, paths):
        try:
            document = card(path)
        except MalformedDocument as error:
            problems.append(error)
            continue
        read.append((path, document.source))
        print(f"{path}: fine, {len(split(document))} passages, {len(document.text.split())} words")  # noqa: T201
    problems += source_conflicts(read)
    for problem in problems:
        print(problem)  # noqa: T201
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
