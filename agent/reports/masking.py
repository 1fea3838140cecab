"""A report that was read, with patient identifiers masked in everything that it returns; what was found stays as it was read.

The report is read as it stands, so that a word which is masked for safety's sake takes no finding away; then its text, its sentences
and every string that quotes them are masked, and the places of the sentences are those in the masked text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from agent.reports.types import ReadReport
from corpora.privacy.identifiers import Identifier, find

_LEAST = 3
"""Characters of an identifier that is looked for in strings that only quote the report."""


def masked(read: ReadReport) -> ReadReport:
    """The report without identifiers; how many there were is told."""
    found = find(read.text)
    if not found:
        return read
    places = _Places(read.text, found)
    made = _walked(read.model_dump(mode="python"), places, _quoting(found))
    return ReadReport.model_validate({**made, "text": places.text, "masked": len(found)})


class _Places:
    """The masked text, and where the places of the old one are in it."""

    def __init__(self, text: str, found: Sequence[Identifier]) -> None:
        pieces, position = [], 0
        self._starts: list[int] = []
        self._spans: list[tuple[int, int, int, int]] = []
        length = 0
        for item in found:
            pieces.append(text[position : item.start])
            length += item.start - position
            shown = f"[{item.kind}]"
            self._starts.append(item.start)
            self._spans.append((item.start, item.end, length, length + len(shown)))
            pieces.append(shown)
            length += len(shown)
            position = item.end
        pieces.append(text[position:])
        self.text = "".join(pieces)

    def at(self, place: int, *, end: bool = False) -> int:
        """A place of the old text in the masked one; one inside an identifier is at its edge."""
        number = bisect_right(self._starts, place - end) - 1
        if number < 0:
            return place
        _, last, new, new_last = self._spans[number]
        if place < last or (end and place == last):
            return new_last if end else new
        return new_last + place - last


def _quoting(found: Sequence[Identifier]) -> re.Pattern[str] | None:
    texts = sorted({item.text for item in found if len(item.text) >= _LEAST}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts)) if texts else None


def _walked(value: Any, places: _Places, quoting: re.Pattern[str] | None) -> Any:
    """The value with sentences taken from the masked text, and identifiers replaced in every other string."""
    if isinstance(value, dict):
        if {"start", "end", "section", "role"} <= value.keys():
            start, end = places.at(value["start"]), places.at(value["end"], end=True)
            return {**value, "start": start, "end": end, "text": places.text[start:end]}
        return {key: _walked(item, places, quoting) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_walked(item, places, quoting) for item in value]
    return quoting.sub("[masked]", value) if isinstance(value, str) and quoting is not None else value
