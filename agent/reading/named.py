"""Which modalities, procedures and anatomical sites a text names, from `data/named.toml`.

A sentence names a thing by its words; a passage tells of more: of what a name implies ("hepatocellular": the liver), of what the
thing is a kind or part of (the lung: the chest), and, for a site, of what its linked concepts are kinds of.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from corpora.types import Frozen

FILE = Path(__file__).parents[1] / "data" / "named.toml"

Kind = Literal["modality", "procedure", "anatomy"]
_NEAR = 3
"""Words between a modality and the word that states that it was used."""
_STEPS = 2
"""How far up the concepts that a passage's concepts are kinds of still tell of its site."""
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_PIECE = re.compile(r"[^.?!\n]+(?:\.(?=\d)[^.?!\n]+)*[.?!\n]?")
_BREAK = re.compile(r"[,:;]")
_WORD = re.compile(r"(?:\*?[A-Za-z0-9]+\*?|[a-z]+-[a-z]+)(?: \*?[A-Za-z0-9]+\*?)*")


class Thing(Frozen):
    """How a modality, a procedure or a site is named, and what it is within; see the head of the file."""

    words: tuple[str, ...] = Field(min_length=1)
    told_by: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    @field_validator("words", "told_by")
    @classmethod
    def _words_can_be_matched(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if not _WORD.fullmatch(word):
                raise ValueError(f"{word!r} is not one or more words, each with a star at its beginning or end at most")
        return value


class Given(Frozen):
    """Words by which an asking sentence states what was done, and those that set alternatives side by side."""

    after: frozenset[str]
    before: frozenset[str]
    alternatives: frozenset[str]


class Naming(Frozen):
    """The file, checked: a name is used once, and everything is within things that there are, never within itself."""

    given: Given
    modality: dict[str, Thing]
    procedure: dict[str, Thing]
    anatomy: dict[str, Thing]

    @property
    def things(self) -> Mapping[str, Thing]:
        """Every thing by its name."""
        return self.modality | self.procedure | self.anatomy

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        things = self.things
        if len(things) != len(self.modality) + len(self.procedure) + len(self.anatomy):
            raise ValueError("a name stands under two kinds")
        for name, thing in things.items():
            if unknown := [other for other in thing.within if other not in things]:
                raise ValueError(f"{name!r} is within {unknown[0]!r}, which is not in the file")
            if name in _above(things, name):
                raise ValueError(f"{name!r} is within itself")
        return self


def _above(things: Mapping[str, Thing], name: str) -> frozenset[str]:
    """All that a thing is within, step by step."""
    found: set[str] = set()
    level = set(things[name].within)
    while level:
        found |= level
        level = {above for one in level for above in things[one].within} - found
    return frozenset(found)


class _Pattern(NamedTuple):
    """The rest of a word after its first token, and the thing that it names; `tells` only: it does not name it by itself."""

    rest: tuple[str, ...]
    thing: str
    tells: bool


@cache
def naming() -> Naming:
    """The file, loaded once."""
    return Naming.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


@cache
def _kinds() -> dict[str, Kind]:
    read = naming()
    return {name: kind for kind in ("modality", "procedure", "anatomy") for name in getattr(read, kind)}


@cache
def _upwards() -> dict[str, frozenset[str]]:
    things = naming().things
    return {name: _above(things, name) | {name} for name in things}


@cache
def _patterns() -> dict[str, list[tuple[str, _Pattern]]]:
    """First token -> patterns, under its first two letters; those that begin with a star stand under the empty string."""
    found: dict[str, list[tuple[str, _Pattern]]] = {}
    for name, thing in naming().things.items():
        for tells, words in ((False, thing.words), (True, thing.told_by)):
            for word in words:
                first, *rest = word.replace("-", " ").split()
                place = "" if first.startswith("*") else first[:2].lower()
                found.setdefault(place, []).append((first, _Pattern(tuple(rest), name, tells)))
    return found


@lru_cache(maxsize=1 << 15)
def _starting(token: str) -> tuple[_Pattern, ...]:
    """The patterns whose first token this is."""
    held = (*_patterns().get(token[:2].lower(), ()), *_patterns().get("", ()))
    return tuple(pattern for first, pattern in held if _is(first, token))


def _is(word: str, token: str) -> bool:
    """Whether a token is the word: as written where it has capitals, in any case otherwise; plurals and stars count."""
    bare = word.strip("*")
    if bare != bare.lower():
        return token in (bare, f"{bare}s")
    token = token.lower()
    match word[0] == "*", word[-1] == "*":
        case True, True:
            return bare in token
        case True, False:
            return token.endswith((bare, f"{bare}s"))
        case False, True:
            return token.startswith(bare)
    return token in (bare, f"{bare}s", f"{bare}es")


def _found(tokens: list[str]) -> Iterator[tuple[int, _Pattern]]:
    """Every pattern with the number of the token at which it begins."""
    for place, token in enumerate(tokens):
        for pattern in _starting(token):
            after = tokens[place + 1 : place + 1 + len(pattern.rest)]
            if len(after) == len(pattern.rest) and all(_is(word, other) for word, other in zip(pattern.rest, after, strict=True)):
                yield place, pattern


def kind_of(name: str) -> Kind:
    """The kind of a thing."""
    return _kinds()[name]


@lru_cache(maxsize=1 << 14)
def named(text: str) -> frozenset[str]:
    """The things that a text names by their words."""
    return frozenset(pattern.thing for _, pattern in _found(_TOKEN.findall(text)) if not pattern.tells)


@lru_cache(maxsize=1 << 14)
def told(text: str) -> frozenset[str]:
    """The things that a text names or implies, with all that they are within."""
    return _with_above(pattern.thing for _, pattern in _found(_TOKEN.findall(text)))


def _with_above(names: Iterator[str]) -> frozenset[str]:
    return frozenset().union(*(_upwards()[name] for name in set(names)))


@lru_cache(maxsize=1 << 12)
def linked(text: str) -> frozenset[str]:
    """The sites that a text's concepts, and what they are kinds of, tell of: "cirrhosis" is a liver disease."""
    from corpora.concepts.linker import linker

    known = linker()
    concepts = {mention.cui for mention in known.link(text)}
    concepts |= {above for cui in concepts for above, steps in known.vocabulary.ancestors(cui).items() if steps <= _STEPS}
    sites = (name for cui in concepts for name in named(known.vocabulary.name(cui)) if kind_of(name) == "anatomy")
    return _with_above(sites)


@lru_cache(maxsize=1 << 10)
def given(question: str) -> frozenset[str]:
    """The things that a question states, so that a sentence may repeat them without proof.

    Sites always. A modality or procedure where a sentence that asks nothing names it, or the asking one states that it was done
    ("on CT", "MRI shows"): what is asked about ("is biopsy needed?", "CT or MRI?") the evidence must name.
    """
    stated = (pattern.thing for piece in _PIECE.findall(question) for pattern in _stated(piece))
    return _with_above(stated)


def _stated(piece: str) -> Iterator[_Pattern]:
    """What one sentence of a question states, read clause by clause."""
    for clause in _BREAK.split(piece):
        yield from _stated_in(clause, asks=piece.endswith("?"))


def _stated_in(clause: str, *, asks: bool) -> Iterator[_Pattern]:
    tokens, words = _TOKEN.findall(clause), naming().given
    for place, pattern in _found(tokens):
        end = place + 1 + len(pattern.rest)
        before, after = ({token.lower() for token in part} for part in (tokens[max(0, place - _NEAR) : place], tokens[end : end + _NEAR]))
        done = (before & words.after or after & words.before) and not (before | after) & words.alternatives
        if not asks or kind_of(pattern.thing) == "anatomy" or done:
            yield pattern
