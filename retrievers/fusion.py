"""Fusion of several voices: per-query z-scores of each voice's best 100, added with fixed weights. Pure.

Equal-weight reciprocal rank lost to BM25 alone where one voice was weak; z-scores keep how far ahead a voice puts its first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Protocol, runtime_checkable

from retrievers.types import Hit, Query, Rank, Retriever

DEPTH = 100
WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 1.0, "concept": 0.6, "web": 0.75}


def fuse(
    voices: Mapping[str, Sequence[Hit]], weights: Mapping[str, float] = WEIGHTS, name: str = "hybrid", most: int | None = None
) -> list[Hit]:
    """One ranking of several voices' hits, best first, at most `most`; each hit keeps its rank and score per voice.

    A voice says nothing of a passage it did not find: the passage gets that voice's lowest z-score. Ties go by passage id, so
    that the order of the voices never matters.
    """
    scaled = {voice: _standardised(hits[:DEPTH]) for voice, hits in sorted(voices.items()) if hits}
    floors = {voice: min(scores.values()) for voice, scores in scaled.items()}
    found: dict[str, Hit] = {}
    for voice in scaled:
        for hit in voices[voice][:DEPTH]:
            found.setdefault(hit.passage.id, hit)
    totals = {
        passage_id: sum(weights.get(voice, 0.5) * scores.get(passage_id, floors[voice]) for voice, scores in scaled.items())
        for passage_id in found
    }
    order = sorted(found, key=lambda passage_id: (-totals[passage_id], passage_id))[:most]
    ranks: dict[str, list[Rank]] = {passage_id: [] for passage_id in order}
    for voice in scaled:
        for position, hit in enumerate(voices[voice][:DEPTH], 1):
            if hit.passage.id in ranks:
                ranks[hit.passage.id].append(Rank(retriever=voice, rank=position, score=hit.score))
    return [
        Hit(passage=hit.passage, score=totals[hit.passage.id], retriever=name, ranks=tuple(ranks[hit.passage.id]), why=hit.why)
        for hit in map(found.__getitem__, order)
    ]


def _standardised(hits: Sequence[Hit]) -> dict[str, float]:
    scores = [hit.score for hit in hits]
    mean = fsum(scores) / len(scores)
    spread = sqrt(fsum((score - mean) ** 2 for score in scores) / len(scores))
    if spread < 1e-9:
        return {hit.passage.id: 0.0 for hit in hits}
    return {hit.passage.id: (hit.score - mean) / spread for hit in hits}


@runtime_checkable
class Gated(Protocol):
    """A voice that knows when a query is not for it."""

    def trust(self, query: Query) -> float:
        """How much of the query the voice understood, 0-1."""
        ...


class FusedRetriever:
    """Several retrievers as one."""

    name = "hybrid"

    def __init__(self, retrievers: Sequence[Retriever], weights: Mapping[str, float] = WEIGHTS) -> None:
        """Take the voices and their weights by name."""
        self._retrievers, self._weights = tuple(retrievers), weights

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`; each voice is asked for its best 100."""
        deep = [query.model_copy(update={"k": max(DEPTH, query.k)}) for query in queries]
        answers = await asyncio.gather(*(retriever.retrieve_many(deep) for retriever in self._retrievers))
        names = [retriever.name for retriever in self._retrievers]
        return [
            fuse({name: answer[number] for name, answer in zip(names, answers, strict=True)}, self._weighted(query), most=query.k)
            for number, query in enumerate(queries)
        ]

    def _weighted(self, query: Query) -> Mapping[str, float]:
        """The weights for one query: a voice that can tell how much of it it understood speaks that much softer."""
        heard = {retriever.name: retriever.trust(query) for retriever in self._retrievers if isinstance(retriever, Gated)}
        return {**self._weights, **{name: self._weights.get(name, 0.5) * trust for name, trust in heard.items()}}
