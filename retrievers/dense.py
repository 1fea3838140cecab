"""The dense voice: half-whitened sentence embeddings in a FAISS inner-product index, through LlamaIndex's vector store.

Half-whitening (subtract the corpus mean, scale the principal axes by eigenvalue**-1/4, renormalise) spreads what a general
model packs together in one field; it is fitted on the corpus at build time and kept with the index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpora.types import Passage
from retrievers.embedding import Embedder, Matrix
from retrievers.types import Filters, Hit, Query
from retrievers.words import unframed

if TYPE_CHECKING:
    from llama_index.vector_stores.faiss import FaissVectorStore

FILES = ("faiss.index", "whitening.npz")
_FLOOR = 0.05
"""Eigenvalues below this share of the largest are raised to it, so that noise axes are not blown up."""


class Whitening:
    """A fitted half-whitening: centre, then `matrix`, then unit length."""

    def __init__(self, mean: Matrix, matrix: Matrix) -> None:
        """Take the mean (d,) and the symmetric matrix (d, d), float32."""
        self.mean, self.matrix = mean, matrix

    @classmethod
    def fit(cls, vectors: Matrix) -> Whitening:
        """Fit on (n, d) unit rows; with fewer rows than four times d there is too little to learn from, and it stays the identity."""
        dimensions = vectors.shape[1]
        if len(vectors) < 4 * dimensions:
            return cls(np.zeros(dimensions, dtype=np.float32), np.eye(dimensions, dtype=np.float32))
        mean = vectors.mean(axis=0)
        values, axes = np.linalg.eigh(np.cov((vectors - mean).T))
        scale = np.maximum(values, values.max() * _FLOOR * 0.02) ** -0.25
        return cls(mean.astype(np.float32), (axes * scale @ axes.T).astype(np.float32))

    def apply(self, vectors: Matrix) -> Matrix:
        """(n, d) -> (n, d), rows of unit length."""
        moved = (vectors - self.mean) @ self.matrix
        norms = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        return np.ascontiguousarray(moved / norms, dtype=np.float32)


def embedding_text(passage: Passage, said: str | None = None) -> str:
    """What of a passage is embedded: title, section and the text as it is read, or `said` of it; provenance stays out."""
    parts = (passage.source.subject, passage.section, passage.spoken if said is None else said)
    return ". ".join(part.rstrip(".") for part in parts if part)


class DenseIndex:
    """FAISS vectors in passage order, behind LlamaIndex's store, with the whitening that queries need too."""

    def __init__(self, store: FaissVectorStore, whitening: Whitening) -> None:
        """Take an opened store and its whitening."""
        self.store, self.whitening = store, whitening

    @classmethod
    def build(cls, vectors: Matrix) -> DenseIndex:
        """From (n, d) unit rows, one per passage, in passage order."""
        import faiss
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.faiss import FaissVectorStore

        whitening = Whitening.fit(vectors)
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(vectors.shape[1]))
        rows = whitening.apply(vectors)
        if len(rows):
            store.add([TextNode(id_=str(number), embedding=row) for number, row in enumerate(rows.tolist())])
        return cls(store, whitening)

    def search(self, vectors: Matrix, k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and passage positions, both (n, k), best first, for (n, d) unwhitened query vectors; -1 pads."""
        import faiss

        faiss.omp_set_num_threads(1)
        index = self.store.client
        scores, positions = index.search(self.whitening.apply(vectors), min(k, index.ntotal))
        return scores, positions

    def save(self, folder: Path) -> None:
        """Write `FILES` into the folder."""
        self.store.persist(str(folder / FILES[0]))
        np.savez(folder / FILES[1], mean=self.whitening.mean, matrix=self.whitening.matrix)

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """Read what `save` wrote."""
        from llama_index.vector_stores.faiss import FaissVectorStore

        with np.load(folder / FILES[1]) as arrays:
            whitening = Whitening(arrays["mean"], arrays["matrix"])
        return cls(FaissVectorStore.from_persist_path(str(folder / FILES[0])), whitening)


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
        return await asyncio.to_thread(self._search, queries)

    def _search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        wanted = max(query.k for query in queries)
        if any(query.filters != Filters() for query in queries):
            wanted = len(self._passages)  # FAISS knows no filters: fetch all, keep what is allowed
        vectors = self._embedder.embed([unframed(query.text) for query in queries])
        scores, positions = self._index.search(vectors, wanted)
        return [self._hits(query, row, order) for query, row, order in zip(queries, scores, positions, strict=True)]

    def _hits(self, query: Query, scores: NDArray[np.float32], positions: NDArray[np.int64]) -> list[Hit]:
        found = ((self._passages[position], float(score)) for score, position in zip(scores, positions, strict=True) if position >= 0)
        allowed = [Hit(passage=passage, score=score, retriever=self.name) for passage, score in found if query.filters.allow(passage)]
        return allowed[: query.k]
