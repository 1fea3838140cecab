"""Abbreviations that a text defines itself: "pulmonary embolism (PE)". The letters are checked as Schwartz and Hearst do (PSB 2003)."""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"\s\((?P<short>[A-Z][A-Za-z0-9-]{1,7})\)")
_BEFORE = re.compile(r"[\w'’-][\w\s'’/-]{3,80}\Z")
"""What may stand before the bracket, with the long form at its end."""
_LONGEST = 82


def definitions(text: str) -> list[tuple[str, int, int]]:
    """Each defined abbreviation with the span of its long form, in order: the words before the bracket that spell its letters."""
    found, behind = [], 0
    for match in _BRACKETED.finditer(text):
        floor = max(behind, match.start() - _LONGEST)
        words = _BEFORE.search(text[floor : match.start()])
        if words is None:
            continue
        behind = match.end()
        short = match["short"].removesuffix("s")
        end = match.start("short") - 2
        start = _long_form(short, text, max(0, floor + words.start() - 1), end)
        if start is not None and sum(letter.isupper() for letter in short) > 1:
            found.append((short, start, end))
    return found


def long_forms(text: str) -> dict[str, str]:
    """Short form -> long form in lower case, as the text defines them; the first definition counts."""
    found: dict[str, str] = {}
    for short, start, end in definitions(text):
        found.setdefault(short, text[start:end].lower())
    return found


def _long_form(short: str, text: str, floor: int, end: int) -> int | None:
    """Where the shortest long form that ends at `end` begins, or None if the letters are not all there in order."""
    place = end - 1
    for number in range(len(short) - 1, -1, -1):
        letter = short[number].lower()
        if not letter.isalnum():
            continue
        while place >= floor and (text[place].lower() != letter or (number == 0 and place > 0 and text[place - 1].isalnum())):
            place -= 1
        if place < floor:
            return None
        place -= 1
    return place + 1
