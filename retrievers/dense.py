"""The dense voice: sentence embeddings, mapped into `retrievers.space`, in a FAISS inner-product index."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpora.types import Passage
from retrievers.embedding import Embedder, Matrix
from retrievers.space import Space, learnt
from retrievers.types import Filters, Hit, Query
from retrievers.words import unframed

FILES = ("faiss.index", "space.npz")


def embedding_text(passage: Passage, said: str | None = None) -> str:
    """What of a passage is embedded: title, section and the text as it is read, or `said` of it; provenance stays out."""
    parts = (passage.source.subject, passage.section, passage.spoken if said is None else said)
    return ". ".join(part.rstrip(".") for part in parts if part)


class DenseIndex:
    """FAISS vectors in passage order, with the space that queries need too."""

    def __init__(self, flat: Any, space: Space) -> None:
        """Take an opened FAISS index and its space."""
        self.flat, self.space = flat, space

    @classmethod
    def build(cls, vectors: Matrix, fingerprint: str = "") -> DenseIndex:
        """From (n, d) unit rows, one per passage, in passage order, made by the model of this fingerprint."""
        import faiss

        space = learnt(fingerprint) or Space.fit(vectors)
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(space.of_passages(vectors))
        return cls(flat, space)

    def search(self, vectors: Matrix, k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and passage positions, both (n, k), best first, for (n, d) query vectors as the model gives them; -1 pads."""
        import faiss

        faiss.omp_set_num_threads(1)
        scores, positions = self.flat.search(self.space.of_queries(vectors), min(k, self.flat.ntotal))
        return scores, positions

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self.flat.ntotal)

    def vectors(self, positions: Sequence[int]) -> Matrix:
        """(n, d) rows at these positions, as they are compared."""
        return np.asarray(self.flat.reconstruct_batch(np.array(positions, dtype=np.int64)), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write `FILES` into the folder."""
        import faiss

        faiss.write_index(self.flat, str(folder / FILES[0]))
        self.space.save(folder / FILES[1])

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """Read what `save` wrote."""
        import faiss

        return cls(faiss.read_index(str(folder / FILES[0])), Space.open(folder / FILES[1]))


class DenseRetriever:
    """Passages by meaning."""

    name = "dense"

    def __init__(self, index: DenseIndex, passages: Sequence[Passage], embedder: Embedder) -> None:
        """Take the vectors, the passages in the same order, and the model that made the vectors."""
        self._index, self._passages, self._embedder = index, passages, embedder

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`: all queries go through the model in one batch, off the event loop."""
        if not queries or not self._passages:
            return [[] for _ in queries]
        return await asyncio.to_thread(self._embedded_search, queries)

    def _embedded_search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        return self.search(queries, self._embedder.embed([unframed(query.text) for query in queries]))

    def search(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """One list per query; (n, d) query vectors as the model gives them."""
        wanted = max(query.k for query in queries)
        if any(query.filters != Filters() for query in queries):
            wanted = len(self._passages)  # FAISS knows no filters: fetch all, keep what is allowed
        scores, positions = self._index.search(vectors, wanted)
        return [self._hits(query, row, order) for query, row, order in zip(queries, scores, positions, strict=True)]

    def _hits(self, query: Query, scores: NDArray[np.float32], positions: NDArray[np.int64]) -> list[Hit]:
        found = ((self._passages[position], float(score)) for score, position in zip(scores, positions, strict=True) if position >= 0)
        allowed = [Hit(passage=passage, score=score, retriever=self.name) for passage, score in found if query.filters.allow(passage)]
        return allowed[: query.k]
