"""Whether a document says of itself that it is not for what is asked: "does not apply to known cancer or immunosuppression". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from agent.asked import Asked
from agent.polarity import polarity
from agent.wording import wording
from corpora.passages import sentences
from corpora.quantities import Quantity, find_quantities
from corpora.readers.cards import SCOPE
from corpora.types import Passage, SourceRecord
from retrievers.words import words

_EXCLUDES = re.compile(r"\b(?:do(?:es)? not apply|is not|are not|not meant) (?:to|for) (?P<what>.+)", re.IGNORECASE)
_RELATIVE = re.compile(r",? (?:which|where|who|whom|whose|for which|in whom|unless|because|and they|and it)\b.*|;.*")
_ITEMS = re.compile(r",\s*(?:and |or )?|\s(?:or|nor)\s|\sand to\s")
_MET = 0.6
"""Share of an excluded item's telling words that the question must have: one of one, two of three."""


def exclusion(passages: Sequence[Passage], asked: Asked) -> tuple[Passage, str] | None:
    """The passage and the sentence by which a document excludes what is asked; None when it does not."""
    said, _ = polarity(asked.text)
    for passage in passages:
        if passage.section != SCOPE or passage.is_row:
            continue
        own = frozenset(words(" ".join((passage.source.title, *passage.source.topics, *passage.source.aliases))))
        for sentence in sentences(passage):
            if any(_meant(item, own, said, asked.quantities) for item in _excluded(sentence)):
                return passage, sentence
    return None


@cache
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(stem for name in names for stem in words(name)) for names in wording().groups_of_people)


_AGE = "age (years)"
_GROWN = 18.0


def unnamed_groups(asked: Asked, source: SourceRecord) -> tuple[frozenset[str], ...]:
    """The groups of people (the pregnant, children, ...) that neither the question nor the document's title and topics name."""
    named = asked.stems | frozenset(words(asked.text)) | frozenset(words(f"{source.title} {' '.join(source.topics)}"))
    young = any(said.dimension == _AGE and said.high is not None and said.high < _GROWN for said in asked.quantities)
    return tuple(group for group in _groups() if not named & group and not (young and _CHILD in group))


def is_special(row: Passage, groups: Sequence[frozenset[str]]) -> bool:
    """Whether a row's conditions name one of the groups."""
    stated = frozenset(stem for name in row.header if name not in row.source.results for stem in words(row.row[name]))
    return any(stated & group for group in groups)


_CHILD = "child"


def _excluded(sentence: str) -> list[str]:
    """What a sentence excludes, item by item."""
    found = _EXCLUDES.search(sentence)
    return [item for item in _ITEMS.split(_RELATIVE.sub("", found["what"])) if item.strip()] if found else []


def _meant(item: str, own: frozenset[str], said: frozenset[str], given: Sequence[Quantity]) -> bool:
    """Whether the question names the item, by the words that do not belong to the document's own topic, and by its values."""
    telling = frozenset(words(item, boilerplate=True)) - own
    limits = find_quantities(item)
    met = all(any(limit.contains(value) and _alike(limit, value) for value in given) for limit in limits)
    return bool(telling) and met and len(telling & said) >= _MET * len(telling)


def _alike(limit: Quantity, value: Quantity) -> bool:
    return limit.dimension != "number" or limit.label == value.label
