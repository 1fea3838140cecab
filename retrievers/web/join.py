"""The index's voices and the web's, heard together: what the index says keeps its scores and order, the web's hits join in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import pstdev

from corpora.passages import split
from corpora.types import Document
from retrievers.fusion import WEIGHTS
from retrievers.index import PassageIndex
from retrievers.types import Hit, Query, Rank, Retriever
from retrievers.web.found import same_work
from retrievers.web.voice import WebVoice


class JoinedRetriever:
    """A retriever over the index, and the web beside it. The index is asked at the same time, never later."""

    name = "hybrid"

    def __init__(self, local: Retriever, web: WebVoice, weight: float = WEIGHTS["web"]) -> None:
        """Take both, and the weight of the web's voice."""
        self._local, self._web, self._weight = local, web, weight

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`; of each query's `k`, places up to `WebVoice.places` are kept for the web."""
        fewer = [query.model_copy(update={"k": max(1, query.k - self._web.places)}) for query in queries]
        local, live = await asyncio.gather(self._local.retrieve_many(fewer), self._web.retrieve_many(queries))
        joined = [join(ours, theirs, self._weight)[: query.k] for ours, theirs, query in zip(local, live, queries, strict=True)]
        return [marked(found, self._web.retracted) for found in joined]


def join(local: Sequence[Hit], live: Sequence[Hit], weight: float = WEIGHTS["web"]) -> list[Hit]:
    """Both rankings as one, best first.

    A voice that did not find a passage adds nothing to it, one that did adds its weight times how far the passage stands above
    that voice's last. So the index's hits keep scores and order unless the web found the same passage; what only the web found
    starts from the index's last score.
    """
    floor = min((hit.score for hit in local), default=0.0)
    found = {hit.passage.id: hit for hit in local}
    for place, (hit, lead) in enumerate(zip(live, _above_last(live), strict=True), 1):
        known = found.get(hit.passage.id)
        rank = Rank(retriever="web", rank=place, score=hit.score)
        score = (known.score if known else floor) + weight * lead
        ranks = (*(known.ranks if known else ()), rank)
        found[hit.passage.id] = (known or hit).model_copy(update={"score": score, "retriever": JoinedRetriever.name, "ranks": ranks})
    return sorted(found.values(), key=lambda hit: (-hit.score, hit.passage.id))


def marked(found: Sequence[Hit], retracted: Mapping[str, Document]) -> list[Hit]:
    """The hits, those of retracted works marked so; the index's own copy of one is named last where it is not among them.

    So whoever reads a document beyond its hits learns of it too.
    """
    seen = {hit.passage.document_id for hit in found}
    unseen = [document for name, document in retracted.items() if name not in seen and "live" not in document.source.metadata]
    others = [passage for document in unseen for passage in split(document)[:1]]
    last = min((hit.score for hit in found), default=0.0)
    named = [*found, *(Hit(passage=passage, score=last, retriever=JoinedRetriever.name, why="retracted") for passage in others)]
    return [
        hit.model_copy(update={"passage": hit.passage.model_copy(update={"source": retracted[name].source})})
        if (name := hit.passage.document_id) in retracted
        else hit
        for hit in named
    ]


def _above_last(hits: Sequence[Hit]) -> list[float]:
    """How many standard deviations each hit stands above the last one."""
    if not hits:
        return []
    scores = [hit.score for hit in hits]
    spread = pstdev(scores)
    return [(score - min(scores)) / spread if spread > 1e-9 else 0.0 for score in scores]


class Twins:
    """Finds the index's own copy of a work that the web found."""

    def __init__(self, index: PassageIndex) -> None:
        """Take the index; its works are looked through at the first question to the web."""
        self._index = index

    @cached_property
    def _known(self) -> dict[str, str]:
        return {key: name for name, document in self._index.documents.items() for key in same_work(document)}

    def __call__(self, document: Document) -> Document | None:
        """The index's document of the same work, or None."""
        name = next((self._known[key] for key in sorted(same_work(document)) if key in self._known), None)
        return self._index.documents[name] if name else None
