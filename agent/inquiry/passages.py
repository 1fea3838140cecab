"""What a model gets to read: distinct passages of several documents, each part of the question heard in turn. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from agent.types import Evidence
from corpora.types import Passage
from retrievers.types import Hit
from retrievers.words import words

READ = 26
"""Passages that are kept at most; the window decides how many of them are shown."""
PER_DOCUMENT = 3
_OF_A_HIT = 60.0
"""What a rank is added to, as in reciprocal rank fusion: the first of one list weighs little more than the second."""
_ALIKE = 0.9
"""Share of words from which two passages say the same."""


def fused(lists: Iterable[Sequence[Hit]]) -> list[Passage]:
    """The passages of several queries' hits, the best first by reciprocal rank."""
    scores: dict[str, float] = {}
    held: dict[str, Passage] = {}
    for hits in lists:
        for rank, hit in enumerate(hits, 1):
            held[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (_OF_A_HIT + rank)
    return [held[name] for name in sorted(scores, key=lambda name: (-scores[name], name))]


def in_turn(parts: Iterable[Sequence[Passage]]) -> list[Passage]:
    """The parts' passages, one of each in turn."""
    return [passage for row in zip_longest(*parts) for passage in row if passage is not None]


def distinct(passages: Iterable[Passage], most: int = READ, per_document: int = PER_DOCUMENT) -> list[Passage]:
    """At most `most` passages that differ, at most `per_document` of a document, none of a retracted work, in their given order."""
    kept: list[Passage] = []
    said: list[frozenset[str]] = []
    count: dict[str, int] = {}
    for passage in passages:
        name = passage.document_id
        own = frozenset(words(passage.shown))
        if passage.source.retracted or count.get(name, 0) >= per_document or not own or any(_same(own, other) for other in said):
            continue
        count[name] = count.get(name, 0) + 1
        kept.append(passage)
        said.append(own)
        if len(kept) == most:
            break
    return kept


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)


def as_evidence(passages: Sequence[Passage], ruled: Sequence[Evidence], scores: Mapping[str, float]) -> tuple[Evidence, ...]:
    """The passages as evidence, whole; relevance is the learned reader's where it read them, else the rules'."""
    graded = {item.passage.id: item.relevance for item in ruled}
    return tuple(
        Evidence.of(passage, passage.text, facet_id="answer", relevance=scores.get(passage.id, graded.get(passage.id, 0.0)))
        for passage in passages
    )
