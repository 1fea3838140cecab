"""Organs whose size alone is a finding: a spleen of 15 cm is enlarged, whether or not the report says so. The limits are a card's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import Field

from agent.reports.measuring import sizes
from agent.reports.vocabulary import FOLDER, Matcher, Said, checked, kinds
from corpora.errors import MalformedDocument
from corpora.types import Frozen

_CARDS = Path(__file__).parents[2] / "corpora"
_BETWEEN = 60
"""Characters between an organ's word and the size that is its own."""


class Limit(Frozen):
    """An organ that is a finding of a kind above a size in mm; `quote` stands in the card."""

    words: tuple[str, ...] = Field(min_length=1)
    organ: str
    kind: str
    above: float = Field(gt=0)
    card: str
    quote: str = Field(min_length=10)


class Limits(Frozen):
    """The organs."""

    organs: tuple[Limit, ...]


@cache
def limits() -> tuple[Limit, ...]:
    """The limits of `data/measured.toml`.

    Raises:
        MalformedDocument: a kind is none, or a card does not have its quote.
    """
    read = checked(Limits, "measured.toml").organs
    for one in read:
        card = next(_CARDS.rglob(f"{one.card}.md"), None)
        if one.kind not in kinds() or card is None or one.quote not in card.read_text(encoding="utf-8"):
            raise MalformedDocument(
                str(FOLDER / "measured.toml"), f"{one.words[0]}: no kind {one.kind!r}, or not in the card: {one.quote!r}"
            )
    return read


@cache
def _words() -> Matcher:
    return Matcher({str(number): one.words for number, one in enumerate(limits())})


def oversized(text: str, label: str, held: Sequence[Said]) -> Iterator[tuple[Said, str]]:
    """The organs of a sentence that are above their limit, each with its place; none where the sentence calls it something itself."""
    measured = [one for one in sizes(text) if not one.size.earlier]
    named = [(word, word.start, word.end) for word in _words().find(text)]
    labelled = [(word, 0, 0) for word in _words().find(label)][-1:] if not named else []
    for word, start, end in (*named, *labelled):
        own = next((one for one in measured if 0 <= one.start - end <= _BETWEEN), None)
        limit = limits()[int(word.meaning)]
        if own is None or own.size.largest <= limit.above or re.search(r"[.;]\s|,", text[end : own.start]):
            continue
        piece = re.search(r"[.;]\s|$", text[own.end :])
        stop = own.end + (piece.start() if piece else 0)
        if not any(one.start < stop and start <= one.end for one in held):
            yield Said(limit.kind, start, end if named else own.end, text[start:end] or word.text), limit.organ
