"""Follow-ups made to stand alone: "and if it is 5 mm?" after a question about 7 mm becomes that question with 5 mm. Pure."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from agent.asked import codes
from agent.wording import wording
from corpora.quantities import Quantity, find_quantities
from retrievers.words import words


class Exchange(NamedTuple):
    """One turn of a dialogue: what was asked, what was answered, and the report that it was about."""

    question: str
    answer: str
    report: str = ""


Dialogue = tuple[Exchange, ...]
"""The turns before a question, the earliest first."""
_OPENING = re.compile(r"^\s*(?:and|but|or|so|then|ok(?:ay)?|now|what about|how about|what if|if|same|instead)\b[\s,]*", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|they|them|those|these|the (?:same|nodule|lesion|cyst|mass|patient)|instead|he|she)\b", re.IGNORECASE
)
_FEW_WORDS = 6
"""A follow-up with at most so many content words cannot stand alone when it opens or points back like one."""


def is_follow_up(text: str) -> bool:
    """Whether a text leans on the question before it."""
    short = len(words(text, boilerplate=True)) <= _FEW_WORDS
    return short and bool(_OPENING.search(text) or _POINTS_BACK.search(text) or len(words(text, boilerplate=True)) <= 2)


def standalone(text: str, earlier: str) -> str:
    """The follow-up as a question of its own, given the (standalone) question before it; a text that stands alone is left as it is.

    What the follow-up changes takes the place of what it changes: a quantity of the same dimension, a category of the same
    system, a value of the same column. What has no place is added at the end.
    """
    if not earlier or not is_follow_up(text):
        return text.strip()
    changed = _with_quantities(earlier, text)
    changed = _with_categories(changed, text)
    changed = _with_values(changed, text)
    if changed != earlier:
        return changed
    return f"{earlier.rstrip(' ?.')}: {_OPENING.sub('', text).strip()}"


def _with_quantities(earlier: str, text: str) -> str:
    for new in find_quantities(text):
        old = next((q for q in find_quantities(earlier) if _replaces(new, q)), None)
        if old is not None:
            earlier = f"{earlier[: old.start]}{new.text}{earlier[old.end :]}"
    return earlier


def _replaces(new: Quantity, old: Quantity) -> bool:
    same_label = not new.label or not old.label or new.label == old.label
    return new.dimension == old.dimension and (new.dimension != "number" or same_label)


def _with_categories(earlier: str, text: str) -> str:
    for new in codes(text):
        pattern = re.compile(rf"\b({re.escape(new.prefix)})([\s-]?)(?:\d{{1,2}}[A-Za-z]?|[IVX]{{1,4}}[A-Fa-f]?)\b", re.IGNORECASE)
        said = pattern.search(text)
        if said and (old := pattern.search(earlier)):
            earlier = f"{earlier[: old.start()]}{said[0]}{earlier[old.end() :]}"
    return earlier


def _with_values(earlier: str, text: str) -> str:
    """One value of a family ("solid", "part-solid", "ground-glass") in the place of another."""
    for family in (*wording().siblings, *_implied_families()):
        ordered = sorted(family, key=len, reverse=True)
        new = next((value for value in ordered if _word(value).search(text)), "")
        old = next((found for value in ordered if (found := _word(value).search(earlier))), None)
        if new and old and old[0].lower() != new.lower():
            return f"{earlier[: old.start()]}{new}{earlier[old.end() :]}"
    return earlier


@cache
def _implied_families() -> tuple[tuple[str, ...], ...]:
    """Phrases that imply a value of the same column: "heavy smoker" and "never smoker" for the risk."""
    columns: dict[str, list[str]] = {}
    for phrase, pair in wording().implies.items():
        columns.setdefault(pair.split("=")[0], []).append(phrase)
    return tuple(tuple(phrases) for phrases in columns.values())


@lru_cache(maxsize=1024)
def _word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(value).replace(chr(92) + ' ', '[ -]')}(?![\w])", re.IGNORECASE)
