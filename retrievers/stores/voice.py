"""The dense and the lexical voice of a store: the server searches, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from retrievers.embedding import Embedder
from retrievers.stores.types import Store
from retrievers.types import Hit, Query
from retrievers.words import unframed


class StoredDense:
    """Passages by meaning."""

    name = "dense"

    def __init__(self, store: Store, embedder: Embedder) -> None:
        """Take the store and the model that made its vectors."""
        self._store, self._embedder = store, embedder

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return await asyncio.to_thread(self._search, queries) if queries else []

    def _search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        return self._store.dense(queries, self._embedder.embed([unframed(query.text) for query in queries]))


class StoredLexical:
    """Passages by their words."""

    name = "lexical"

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return await asyncio.to_thread(self._store.lexical, queries) if queries else []
