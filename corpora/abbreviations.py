"""Abbreviations that a text defines: "pulmonary embolism (PE)" gives PE -> pulmonary embolism."""

from __future__ import annotations

import re

_PAIR = re.compile(r"((?:[A-Za-z][\w'-]*[\s/-]+){0,7}[A-Za-z][\w'-]*)\s\(([A-Z][A-Za-z0-9-]{1,9})(?:[,;][^)]*)?\)")


def abbreviations(text: str) -> dict[str, str]:
    """Short form -> long form as the text defines them, lower-case long forms; the first definition counts.

    After Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions in biomedical text": the
    letters of the short form are found from right to left in the words before the bracket, the first one at a word's start.
    """
    found: dict[str, str] = {}
    for match in _PAIR.finditer(text):
        long = _long_form(match[2], match[1])
        if long:
            found.setdefault(match[2], long.lower())
    return found


def _long_form(short: str, before: str) -> str:
    """The end of `before` that spells the short form out, or nothing."""
    letters = [letter.lower() for letter in short if letter.isalnum()]
    if letters and letters[-1] == "s" and short[-1] == "s":
        letters.pop()  # a plural, "GBCAs"
    at = len(before)
    for number in range(len(letters) - 1, -1, -1):
        at = before.lower().rfind(letters[number], 0, at)
        while number == 0 and at > 0 and before[at - 1].isalnum():
            at = before.lower().rfind(letters[0], 0, at)
        if at < 0:
            return ""
    long = before[at:]
    enough = len(long) > len(short) and len(long.split()) <= min(len(short) + 5, 2 * len(short))
    return long if enough and short.lower() not in long.lower().split() else ""
