"""Conflicting evidence planted among what is found: texts that speak for a wrong answer, heard like any other passage."""

from __future__ import annotations

from collections.abc import Sequence

from corpora.types import Passage, SourceRecord
from evals.questions import Item
from retrievers.types import Hit, Query, Retriever
from retrievers.words import words

_NEAR = 0.3
"""Share of a query's content words from which a planted text is found."""
_PLACE = 1
"""How many passages stand before a planted one."""


def planted(items: Sequence[Item]) -> tuple[Passage, ...]:
    """The conflicting texts of the items as passages of a document each."""
    return tuple(_passage(f"planted-{item.id}-{number}", text) for item in items for number, text in enumerate(item.conflict, 1))


def _passage(name: str, text: str) -> Passage:
    record = SourceRecord(id=name, title="Note")
    return Passage(id=name, document_id=name, text=text, start=0, end=len(text), source=record)


class Planted:
    """A retriever among whose hits the nearest planted text stands second, where it is near at all."""

    def __init__(self, inner: Retriever, passages: Sequence[Passage]) -> None:
        """Take the retriever and what is planted."""
        self.name, self._inner = inner.name, inner
        self._said = [(frozenset(words(passage.text)), passage) for passage in passages]

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return self._with(query, await self._inner.retrieve(query))

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        found = await self._inner.retrieve_many(queries)
        return [self._with(query, hits) for query, hits in zip(queries, found, strict=True)]

    def _with(self, query: Query, hits: list[Hit]) -> list[Hit]:
        asked = frozenset(words(query.text))
        share, best = max(((len(asked & said) / max(1, len(asked)), passage) for said, passage in self._said), key=lambda one: one[0])
        if share < _NEAR:
            return hits
        score = hits[_PLACE - 1].score if len(hits) >= _PLACE else 1.0
        hit = Hit(passage=best, score=score, retriever=self.name, why="planted")
        return [*hits[:_PLACE], hit, *hits[_PLACE:]][: query.k]
