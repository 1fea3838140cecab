"""What a concept of the vocabulary is to the reader of a report: its kind of finding, its organ, or nothing that an image shows.

The concept's own words say it first, then its nearest ancestor that `data/concepts.toml` names: a myocarditis is an inflammation, because
the vocabulary calls it one, and it is of the heart, because the vocabulary calls it a disorder of the myocardium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import Field

from agent.reports.vocabulary import FOLDER, checked, kind_words, kinds, organ_words
from corpora.concepts.vocabulary import vocabulary
from corpora.errors import MalformedDocument
from corpora.types import Frozen

_ITIS = re.compile(r"(?i)itis\b")
_FAR = 4
"""Steps up the vocabulary beyond which an ancestor tells no organ: everything ends as a disorder of some system."""


class Names(Frozen):
    """Names of concepts."""

    names: tuple[str, ...]


class Ancestors(Frozen):
    """Kind of finding -> the concepts whose kinds are such findings; and concepts that no image shows."""

    kinds: dict[str, tuple[str, ...]] = Field(min_length=1)
    unseen: Names


@cache
def _ancestors() -> tuple[Mapping[str, str], frozenset[str]]:
    """Concept name -> kind, and the names of what is unseen. Raises `MalformedDocument` for a name or kind that nothing has."""
    read = checked(Ancestors, "concepts.toml")
    meant = {name: kind for kind, names in read.kinds.items() for name in names}
    known = {vocabulary().name(cui) for cui in vocabulary()}
    if stray := (set(meant) | set(read.unseen.names)) - known:
        raise MalformedDocument(str(FOLDER / "concepts.toml"), f"the vocabulary has no concept {min(stray)!r}")
    if strange := set(read.kinds) - set(kinds()):
        raise MalformedDocument(str(FOLDER / "concepts.toml"), f"kinds.toml has no kind {min(strange)!r}")
    return meant, frozenset(read.unseen.names)


@cache
def kind_of(cui: str) -> str:
    """The kind of finding that a concept is; empty where neither its words nor its ancestors tell."""
    known = vocabulary()
    for words in (known.name(cui), *known.terms(cui)):
        if named := kind_words().find(words):
            return named[-1].meaning
    if _ITIS.search(known.name(cui)):
        return "inflammation"
    meant, _ = _ancestors()
    return next((meant[name] for name in _upwards(cui) if name in meant), "")


@cache
def organ_of(cui: str) -> str:
    """The organ that a concept is of, by its own words or those of its nearest ancestors; empty where they name none or several."""
    known = vocabulary()
    for name in (known.name(cui), *known.terms(cui)):
        if (organs := {one.meaning for one in organ_words().find(name)} - {"node"}) and len(organs) == 1:
            return organs.pop()
    above = known.ancestors(cui)
    for far in range(1, _FAR):
        organs = {one.meaning for other, steps in above.items() if steps == far for one in organ_words().find(known.name(other))}
        if len(organs) == 1:
            return organs.pop()
        if organs:
            return ""
    return ""


@cache
def is_unseen(cui: str) -> bool:
    """Whether a concept is felt, measured in blood or lived with, and no finding of an image."""
    meant, unseen = _ancestors()
    for name in _upwards(cui):
        if name in meant:
            return False
        if name in unseen:
            return True
    return False


def _upwards(cui: str) -> Iterator[str]:
    """The names of a concept and its ancestors, the nearest first."""
    known = vocabulary()
    yield known.name(cui)
    yield from (known.name(other) for other, _ in sorted(known.ancestors(cui).items(), key=lambda pair: (pair[1], pair[0])))
