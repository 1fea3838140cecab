"""Topic cards: what a radiologist looks up. Markdown by kind, in `corpora/topics/SUBSPECIALTY/ID.md`; the form is `docs/topics.md`.

A card says in sentences and rows that stand alone what a disease looks like, what a sign means, what tells two things apart. Every
table carries one sentence pattern, `say:`, that speaks its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers.cards import YEAR_AND_MONTH, Modality, Subspecialty, is_unpublished, line_of_key
from corpora.readers.front import first_problem, front_matter, headed_sections
from corpora.speaking import FIELD
from corpora.types import Document, Frozen, Passage, SourceRecord, TopicKind, split_row

FOLDER = Path(__file__).parents[1] / "topics"
ORGANISATION = "radqa reference topic"
SECTIONS: dict[TopicKind, tuple[str, ...]] = {
    "disease": (
        "Essentials", "Findings", "Signs", "Differential", "Associations and complications", "First study and next step", "Numbers",
        "Pitfalls",
    ),
    "sign": ("What is seen", "Means", "Also seen in", "Pitfalls"),
    "differential": ("Essentials", "Differential", "How to narrow it", "Pitfalls"),
    "anatomy": ("Essentials", "Structures", "Normal values", "Variants", "Pitfalls"),
    "normal": ("Essentials", "Structures", "Normal values", "Variants", "Pitfalls"),
    "technique": ("Principle", "Formula", "What raises and lowers it", "Typical values", "Artefacts and remedies", "Pitfalls"),
    "safety": ("Principle", "Formula", "What raises and lowers it", "Typical values", "Artefacts and remedies", "What to do", "Pitfalls"),
    "procedure": ("Essentials", "Indications", "Contraindications and thresholds", "Steps", "Complications", "Aftercare", "Pitfalls"),
    "performance": ("Essentials", "Numbers", "What they depend on", "Pitfalls"),
}  # fmt: skip
"""Sections a card of a kind may have, in this order."""
REQUIRED: dict[TopicKind, tuple[str, ...]] = {
    "disease": ("Essentials", "Findings", "Differential"),
    "sign": ("What is seen", "Means"),
    "differential": ("Differential",),
    "anatomy": ("Essentials",),
    "normal": ("Normal values",),
    "technique": ("Principle",),
    "safety": ("Principle",),
    "procedure": ("Indications", "Steps", "Complications"),
    "performance": ("Numbers",),
}
"""Sections that a card of a kind must have."""
_LEANING = re.compile(r"(?:It|Its|This|These|Those|They|Their|He|She|Such|The latter|The former|Here)\b")
"""Beginnings of a sentence that lean on the sentence before."""


class Reference(Frozen):
    """One work that a card rests on."""

    citation: str = Field(min_length=10, description="authors or organisation, title, journal, year")
    doi: str = Field(default="", pattern=r"^$|^10\.\d{4,9}/\S+$")
    url: str = Field(default="", pattern=r"^$|^https?://\S+$")


class TopicMatter(Frozen):
    """A topic card's front matter."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=3)
    kind: TopicKind
    concepts: tuple[str, ...] | None = Field(default=None, description="the subject's concepts in the vocabulary; empty: it has none")
    subspecialty: Subspecialty
    modality: tuple[Modality, ...] = ()
    names: tuple[str, ...] = Field(min_length=1, description="as people type it, short forms and American spellings too")
    covers: tuple[str, ...] = Field(default=(), description="titles of the list of topics that the card carries, whole or in part")
    related: tuple[str, ...] = ()
    sources: tuple[Reference, ...] = Field(default=(), max_length=4)
    checked: tuple[str, ...] = ()
    current: str = Field(pattern=YEAR_AND_MONTH)

    @field_validator("current", mode="before")
    @classmethod
    def _current_is_text(cls, value: Any) -> str:
        return str(value)

    @field_validator("concepts", mode="before")
    @classmethod
    def _none_is_said(cls, value: Any) -> Any:
        """`none` says that the vocabulary was searched; a card that says nothing was never linked."""
        return () if value == "none" else value

    @field_validator("names", "covers", "related", mode="before")
    @classmethod
    def _words_are_text(cls, value: Any) -> Any:
        return [str(one) for one in value] if isinstance(value, list) else value

    @field_validator("checked")
    @classmethod
    def _checked_are_public(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [url for url in value if not re.match(r"https?://\S+$", url) or is_unpublished(url)]:
            raise ValueError(f"not a public address: {bad[0]}")
        return value

    @property
    def year(self) -> int | None:
        """The newest year named in the sources."""
        years = [int(year) for one in self.sources for year in re.findall(r"\b(?:19|20)\d\d\b", one.citation)]
        return max(years, default=None)


def read_all(folder: Path = FOLDER) -> Iterator[Document]:
    """All topic cards of a folder in name order. Raises `MalformedDocument` for the first broken one."""
    for path in sorted(folder.glob("*/*.md")):
        yield topic(path)


def topic(path: Path) -> Document:
    """One topic card as a document. Raises `MalformedDocument` naming file and line."""
    matter, body, first_line = read_matter(path)
    document = Document(id=matter.id, text=body, source=_source(matter), sections=headed_sections(body))
    for problem, offset in problems(document, matter.kind, path):
        raise MalformedDocument(str(path), problem, first_line + body.count("\n", 0, offset))
    return document


def read_matter(path: Path) -> tuple[TopicMatter, str, int]:
    """A card's front matter, its body, and the file line the body starts on. Raises `MalformedDocument`."""
    front, body, first_line = front_matter(path)
    try:
        return TopicMatter.model_validate(front), body, first_line
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        raise MalformedDocument(str(path), f"front matter: {first_problem(error)}", line_of_key(path, key)) from error


def _source(matter: TopicMatter) -> SourceRecord:
    lead = matter.sources[0] if matter.sources else None
    return SourceRecord(
        id=matter.id, title=matter.title, organisation=ORGANISATION, year=matter.year, version=matter.current,
        citation="; ".join(one.citation.rstrip(".") for one in matter.sources), doi=lead.doi if lead else "", url=lead.url if lead else "",
        kind="topic", topic_kind=matter.kind, subspecialty=matter.subspecialty, modality=matter.modality, topics=matter.related,
        aliases=matter.names, checked=matter.checked, current=matter.current, concepts=matter.concepts,
    )  # fmt: skip


def problems(document: Document, kind: TopicKind, path: Path) -> Iterator[tuple[str, int]]:
    """What the form of a topic card forbids, each with its offset in the body."""
    if document.id != path.stem:
        yield f"id is {document.id!r}, the file is named {path.stem!r}", 0
    if document.source.subspecialty != path.parent.name:
        yield f"subspecialty is {document.source.subspecialty!r}, the folder is named {path.parent.name!r}", 0
    headings = [section.heading for section in document.sections if section.heading]
    if unknown := [heading for heading in headings if heading not in SECTIONS[kind]]:
        yield f"a {kind} card has no section {unknown[0]!r}; it may have {', '.join(SECTIONS[kind])}", 0
    if missing := [wanted for wanted in REQUIRED[kind] if wanted not in headings]:
        yield f"section {missing[0]!r} is missing", 0
    if len(set(headings)) < len(headings):
        yield "a section stands twice", 0
    for passage in split(document):
        yield from ((problem, passage.start) for problem in (_row_problems if passage.is_row else _prose_problems)(passage))


def _row_problems(passage: Passage) -> Iterator[str]:
    if len(split_row(passage.text)) != len(passage.header):
        yield f"row has {len(split_row(passage.text))} cells, its header {len(passage.header)}"
    elif not all(passage.cells):
        yield "row has an empty cell; write `any` where a parameter does not matter"
    if not passage.say:
        yield "the table has no `say:` line before it"
    elif unknown := [name for name in FIELD.findall(passage.say) if name not in passage.header]:
        yield f"`say:` names {{{unknown[0]}}}, the table has {', '.join(passage.header)}"
    elif not FIELD.search(passage.say) or passage.say[-1] not in ".!":
        yield "`say:` is a sentence with {column} fields and a full stop"


def _prose_problems(passage: Passage) -> Iterator[str]:
    if passage.text.lstrip().startswith(("|", "say:")):
        yield "table lines without header and delimiter, or a `say:` line without its table"
    elif leaning := _LEANING.match(passage.text):
        yield f"a sentence begins with {leaning[0]!r} and does not stand alone"


@cache
def covered(folder: Path = FOLDER) -> frozenset[str]:
    """Titles of the list of topics that some card says it carries."""
    return frozenset(title for path in sorted(folder.glob("*/*.md")) for title in read_matter(path)[0].covers)
