"""Radiology reports: split by their parts (indication, technique, comparison, findings, impression, ...).

The words by which reports name their parts are data: `data/report-headings.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field

from corpora.readers.text import decode, document_id, title_of
from corpora.types import Document, Frozen, Section, SourceRecord

HEADINGS = Path(__file__).parent / "data" / "report-headings.toml"


_LONG = 9
"""Letters of a word that is a heading inside a line without being in capitals; shorter ones are said in sentences."""


class Headings(Frozen):
    """Part name -> the words reports use for it, and the words that say a part is empty."""

    parts: dict[str, tuple[str, ...]] = Field(min_length=5)
    empty: frozenset[str]

    def named(self, word: str) -> str:
        """The part's name for a word of a report, e.g. "Impression" for "CONCLUSION"; empty when it is none."""
        low = " ".join(word.lower().split())
        return next((part for part, words in self.parts.items() if low in words), "")

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds headings: alone on a line, or before a colon at a line's start or (in capitals; an impression's with one) inside it."""
        words = sorted((word for words in self.parts.values() for word in words), key=len, reverse=True)
        inline = [*map(str.upper, words), *(word.capitalize() for word in self.parts["Impression"] if len(word) >= _LONG)]
        either, capitals = ("|".join(r"[ \t]+".join(map(re.escape, word.split())) for word in form) for form in (words, inline))
        return re.compile(
            rf"^[ \t#*]*(?P<word>(?i:{either}))[ \t]*(?:\*\*)?(?::(?:[ \t]*\*\*)?|[ \t]*$)|(?<=[.\s])(?P<capitals>{capitals}):",
            re.MULTILINE,
        )


@cache
def headings() -> Headings:
    """The shipped words, checked."""
    data = tomllib.loads(HEADINGS.read_text(encoding="utf-8"))
    return Headings(parts=data["headings"], empty=data["empty"]["words"])


@cache
def _pattern() -> re.Pattern[str]:
    return headings().pattern


def read(path: Path) -> Iterator[Document]:
    """One document, its parts as sections. Raises `MalformedDocument` when it is not UTF-8 text or empty."""
    text, name = decode(path), document_id(path)
    source = SourceRecord(id=name, title=title_of(path), licence="user's own")
    yield Document(id=name, text=text, source=source, sections=sections(text))


def is_report(text: str) -> bool:
    """Whether this reads like a report: findings or an impression beside at least one other part."""
    named = {headings().named(match["word"] or match["capitals"]) for match in _pattern().finditer(text)}
    return len(named) > 1 and not named.isdisjoint({"Findings", "Impression"})


def sections(text: str, *, empty: bool = False) -> tuple[Section, ...]:
    """One section per part, from behind its heading to the next; parts that say nothing ("None.") only where `empty` asks for them.

    What stands before the first heading has an empty heading.
    """
    found = list(_pattern().finditer(text))
    names = ["", *(headings().named(match["word"] or match["capitals"]) for match in found)]
    starts = [0, *(match.end() for match in found)]
    ends = [*(match.start() for match in found), len(text)]
    made = (_trimmed(text, name, start, end) for name, start, end in zip(names, starts, ends, strict=True))
    return tuple(section for section in made if (empty and section.end > section.start) or worth_keeping(text[section.start : section.end]))


def worth_keeping(body: str) -> bool:
    """Whether a part says anything."""
    return body.strip(" \t\n.-:;").lower() not in headings().empty | {""}


def _trimmed(text: str, name: str, start: int, end: int) -> Section:
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    return Section(heading=name, start=start, end=start + len(body.strip()))
