"""How questions put things, from `data/wording.toml`: the intent behind a phrase, and the column values that words imply."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, field_validator

from corpora.types import Frozen
from retrievers.words import tokens

FILE = Path(__file__).parents[1] / "data" / "wording.toml"


class Wording(Frozen):
    """The file, checked: every intent that is asked has columns, every implication names a column and a value."""

    columns: dict[str, tuple[str, ...]] = Field(min_length=1)
    asks: dict[str, tuple[str, ...]]
    emergencies: tuple[str, ...] = Field(description="words of a question that make the time-critical point come first")
    siblings: tuple[tuple[str, ...], ...] = Field(description="values that take each other's place in a follow-up")
    aspects: tuple[str, ...] = Field(description="words that ask for an aspect of something and name nothing themselves")
    implies: dict[str, str]
    implies_by_pattern: dict[str, str] = Field(description="regular expression -> column=value")
    systems: tuple[str, ...] = Field(description="names of classification systems, lower case")
    negators: tuple[str, ...] = Field(description="words that deny what follows them")
    opposites: tuple[str, ...] = Field(description="pairs, `one/other`")
    relating: tuple[str, ...] = Field(description="words that relate findings and diagnoses in a sentence, and state neither")
    groups_of_people: tuple[tuple[str, ...], ...] = Field(description="words for a group that most patients are not in")
    opposites_in_sentences: tuple[str, ...] = Field(description="further pairs, too common in questions to judge cells by")

    @field_validator("implies", "implies_by_pattern")
    @classmethod
    def _implications_are_pairs(cls, value: dict[str, str]) -> dict[str, str]:
        for phrase, pair in value.items():
            if not re.fullmatch(r"[^=]+=[^=]+", pair):
                raise ValueError(f"{phrase!r} implies {pair!r}, which is not column=value")
        return value


@cache
def wording() -> Wording:
    """The wording file, loaded once."""
    return Wording.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def intents(question: str) -> tuple[str, ...]:
    """What the question asks for, the longest matching phrase first; empty when nothing tells."""
    lowered = f" {re.sub(r'[^a-z0-9%<>=/.-]+', ' ', question.lower())} "
    matched: dict[str, int] = {}
    for intent, phrases in wording().asks.items():
        for phrase in phrases:
            if f" {phrase} " in lowered or (len(phrase) > 8 and f" {phrase}" in lowered):
                matched[intent] = max(matched.get(intent, 0), len(phrase))
    if asks_for_class(question):
        matched["classification"] = max(matched.get("classification", 0), _CLASS_WEIGHT)
    return tuple(sorted(matched, key=lambda intent: -matched[intent]))


_CLASS_WEIGHT = 12
"""How long a phrase "which ... category?" counts as, against other phrases of the question."""


@cache
def _class_patterns() -> tuple[re.Pattern[str], ...]:
    systems = "|".join(re.escape(name) for name in sorted(wording().systems, key=len, reverse=True))
    word = r"(?:category|class|grade|type|stage|level|points|zone|group|score)"
    not_code = r"(?![\s-]*(?:[\d<>]|[ivx]+\b|[a-f]\b))"
    return (
        re.compile(rf"\b(?:which|what|overall|how many)\s(?:[\w-]+\s){{0,2}}{word}\b{not_code}", re.IGNORECASE),
        re.compile(rf"\b(?:which|what|overall)\s(?:{systems})\b{not_code}", re.IGNORECASE),
        re.compile(rf"\b(?:(?:{systems})(?:\s{word})?|{word})\s*\?\s*$", re.IGNORECASE),
        re.compile(rf"\b(?:{systems})\s{word}\b{not_code}", re.IGNORECASE),
        re.compile(rf"^(?:{systems})\s(?:for|of|in|when|with|if)\b", re.IGNORECASE),
    )


def asks_for_class(question: str) -> bool:
    """Whether the question asks for a category: "which Bosniak class", "overall PI-RADS?", but not "DWI score 3"."""
    return any(pattern.search(question) for pattern in _class_patterns())


class Implied(NamedTuple):
    """A value of a column that words of the question imply: "heavy smoker", risk, high."""

    column: str
    value: str
    said: str


def implied(question: str) -> list[Implied]:
    """What the question's words imply, the longest phrase winning over those inside it."""
    sequence = flat_tokens(question)
    taken: set[int] = set()
    found = []
    for pattern, pair in wording().implies_by_pattern.items():
        if match := re.search(pattern, question, re.IGNORECASE):
            found.append(_implied(pair, match[0]))
    for phrase in sorted(wording().implies, key=lambda phrase: -len(phrase)):
        for position in occurrences(flat_tokens(phrase), sequence, taken):
            taken |= set(position)
            found.append(_implied(wording().implies[phrase], phrase))
    return found


def _implied(pair: str, said: str) -> Implied:
    column, value = pair.split("=")
    return Implied(column.strip(), value.strip(), said)


def flat_tokens(text: str) -> list[str]:
    """Tokens with hyphens opened: "part-solid" is "part", "solid"."""
    return list(_flat(text))


@lru_cache(maxsize=1 << 15)
def _flat(text: str) -> tuple[str, ...]:
    opened: list[str] = []
    for token in tokens(text):
        if "-" in token and not any(map(str.isdigit, token)):
            opened += filter(None, token.split("-"))
        else:
            opened.append(token)
    return tuple(opened)


def occurrences(needle: Sequence[str], haystack: Sequence[str], taken: set[int]) -> list[range]:
    """Where the token sequence stands in the other one, leaving out positions already taken; singular and plural are alike."""
    if not needle:
        return []
    width, first = len(needle), needle[0]
    return [
        range(start, start + width)
        for start, token in enumerate(haystack[: max(0, len(haystack) - width + 1)])
        if _alike(first, token)
        and all(_alike(a, b) for a, b in zip(needle, haystack[start : start + width], strict=True))
        and taken.isdisjoint(range(start, start + width))
    ]


def _alike(a: str, b: str) -> bool:
    return a == b or (len(a) > 3 and len(b) > 3 and a.rstrip("s") == b.rstrip("s"))
