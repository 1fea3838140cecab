"""The words of reports, as data checked on load: organs and their parts, kinds of findings, descriptors, change, what is normal."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import ahocorasick_rs
from pydantic import Field, ValidationError

from corpora.errors import MalformedDocument
from corpora.types import Frozen

FOLDER = Path(__file__).parent / "data"


class Organ(Frozen):
    """Words that name an organ, and those of its parts."""

    words: tuple[str, ...] = Field(min_length=1)
    parts: dict[str, tuple[str, ...]] = Field(default={})


class Anatomy(Frozen):
    """Organs with their parts, parts that any organ may have, and sides."""

    titles: dict[str, tuple[str, ...]]
    sides: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]
    organs: dict[str, Organ]


class Kind(Frozen):
    """What a finding is: the words that say it, where it is by default or by a word (`at`), and whether it is one measured thing.

    `only` names words that say it in some organs and elsewhere no finding.
    """

    words: tuple[str, ...] = Field(min_length=1)
    organ: str = ""
    focal: bool = False
    at: dict[str, str] = Field(default={})
    only: dict[str, tuple[str, ...]] = Field(default={})


class Words(Frozen):
    """Some words that say one thing."""

    words: tuple[str, ...]


class Previously(Frozen):
    """Words before or behind a size that make it an earlier one."""

    before: tuple[str, ...]
    after: tuple[str, ...]


class Wording(Frozen):
    """How reports say change, normality, technique, advice, and that a sentence goes on about what was described before."""

    change: dict[str, tuple[str, ...]]
    normal: Words
    technique: Words
    recommendation: Words
    clerical: Words
    previously: Previously
    backwards: Words
    reads: Words
    unsure: Words
    opening: Words


class Said(NamedTuple):
    """A word of the vocabulary in a text: what it means and where it stands; `concept` where the big vocabulary knew it."""

    meaning: str
    start: int
    end: int
    text: str
    concept: str = ""


class Matcher:
    """Finds the words of some meanings in a text: whole words in any case, the longest first, never overlapping."""

    def __init__(self, meanings: Mapping[str, Iterable[str]]) -> None:
        """Take meaning -> the words that say it; a word belongs to the first meaning that has it."""
        meaning: dict[str, str] = {}
        for name, words in meanings.items():
            for word in words:
                meaning.setdefault(flat(word), name)
        self._meanings = list(meaning.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(meaning), store_patterns=False) if meaning else None

    def find(self, text: str) -> list[Said]:
        """The words in order of place."""
        if self._automaton is None:
            return []
        low = flat(text)
        found = [
            (start, end, pattern)
            for pattern, start, end in self._automaton.find_matches_as_indexes(low, overlapping=True)
            if not (start and _joins(low[start - 1], low[start])) and not (end < len(low) and _joins(low[end], low[end - 1], behind=True))
        ]
        kept: list[tuple[int, int, int]] = []
        for start, end, pattern in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
            if all(end <= other[0] or start >= other[1] for other in kept):
                kept.append((start, end, pattern))
        return [Said(self._meanings[pattern], start, end, text[start:end]) for start, end, pattern in sorted(kept)]

    def has(self, text: str) -> bool:
        """Whether any of the words stands in the text."""
        return bool(self.find(text))


def flat(text: str) -> str:
    """The text in lower case with plain spaces and hyphens, character by character, so that places stay."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(one if len(one) == 1 else sign for sign in text if (one := sign.lower()) is not None)
    return low.translate(_PLAIN)


_PLAIN = str.maketrans({"\n": " ", "\t": " ", "\r": " ", "\xa0": " ", "\u2013": "-", "\u2010": "-", "\u2011": "-", "\u2019": "'"})


def _joins(outside: str, inside: str, *, behind: bool = False) -> bool:
    """Whether the character outside goes on with the word inside; a hyphen before it does ("non-enhancing"), one behind it does not."""
    if not (inside.isalnum()):
        return False
    return outside.isalnum() or outside == "_" or (outside == "-" and not behind)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def anatomy() -> Anatomy:
    """The organs of `data/anatomy.toml`. Raises `MalformedDocument` where the file breaks its form."""
    return checked(Anatomy, "anatomy.toml")


@cache
def wording() -> Wording:
    """The words of `data/wording.toml`. Raises `MalformedDocument` where the file breaks its form."""
    return checked(Wording, "wording.toml")


@cache
def kinds() -> dict[str, Kind]:
    """The kinds of findings of `data/kinds.toml`; each default organ is one that `anatomy` knows."""
    try:
        found = {name: Kind.model_validate(entry) for name, entry in _read("kinds.toml").items()}
    except ValidationError as error:
        raise MalformedDocument(str(FOLDER / "kinds.toml"), str(error)) from error
    named = {
        organ
        for kind in found.values()
        for organ in (kind.organ, *kind.at.values(), *(place for places in kind.only.values() for place in places))
        if organ
    }
    if stray := named - set(anatomy().organs):
        raise MalformedDocument(str(FOLDER / "kinds.toml"), f"there is no organ {stray.pop()!r}")
    return found


Form = TypeVar("Form", bound=Frozen)


def checked(form: type[Form], name: str) -> Form:
    """A data file as its form. Raises `MalformedDocument` where the file breaks it."""
    try:
        return form.model_validate(_read(name))
    except ValidationError as error:
        raise MalformedDocument(str(FOLDER / name), str(error)) from error


@cache
def kind_words() -> Matcher:
    """Finds findings."""
    return Matcher({name: kind.words for name, kind in kinds().items()})


@cache
def organ_words() -> Matcher:
    """Finds organs."""
    return Matcher({name: organ.words for name, organ in anatomy().organs.items()})


@cache
def title_words() -> Matcher:
    """Finds what a title says that the study is of."""
    return Matcher({**anatomy().titles, **{name: organ.words for name, organ in anatomy().organs.items()}})


@cache
def side_words() -> Matcher:
    """Finds sides."""
    return Matcher(anatomy().sides)


@cache
def part_words(organ: str) -> Matcher:
    """Finds the parts of an organ, its own before those that any organ has."""
    own = anatomy().organs[organ].parts if organ in anatomy().organs else {}
    return Matcher({**own, **anatomy().parts})


@cache
def part_organs() -> Matcher:
    """Finds parts that only one organ has ("RUL"), meaning the organ."""
    owners: dict[str, set[str]] = {}
    for name, organ in anatomy().organs.items():
        for words in organ.parts.values():
            for word in words:
                owners.setdefault(word, set()).add(name)
    return Matcher(
        {
            name: [word for word, of in owners.items() if of == {name} and (len(word) < 4 or " " in word or name == "lung")]
            for name in anatomy().organs
        }
    )


@cache
def change_words() -> Matcher:
    """Finds what is said about change."""
    return Matcher(wording().change)


@cache
def descriptor_words() -> Matcher:
    """Finds descriptors, each meaning itself."""
    return Matcher({word: (word,) for word in _read("descriptors.toml")["words"]})


@cache
def words_of(name: str) -> Matcher:
    """Finds the words of one entry of the wording: normal, technique, recommendation, clerical, backwards, reads, unsure, opening."""
    entry: Words = getattr(wording(), name)
    return Matcher({name: entry.words})
