"""What every store promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, runtime_checkable

from corpora.types import Document, Frozen, Passage
from retrievers.embedding import Matrix
from retrievers.types import Hit, Query


class Held(Frozen):
    """How much a collection holds."""

    documents: int
    passages: int


@runtime_checkable
class Store(Protocol):
    """One collection of passages with their vectors and words. Collections of one store know nothing of each other.

    All methods are blocking and safe to call from several threads. What cannot be reached raises `SourceUnavailable`.
    """

    name: str
    """files, milvus or postgres."""
    collection: str

    def put(self, documents: Iterable[Document]) -> int:
        """How many passages these documents have, now that they are searched; a document that was there is replaced whole.

        Raises:
            MissingCorpus: two of the documents have the same id.
        """
        ...

    def remove(self, document_ids: Collection[str]) -> int:
        """How many passages went with these documents; ids that are not there are passed over."""
        ...

    def held(self) -> Held:
        """How much the collection holds."""
        ...

    def dense(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """For each query at most `k` allowed passages by cosine, best first; (n, d) vectors as the model gives them."""
        ...

    def lexical(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """For each query at most `k` allowed passages by BM25, best first; what shares no word is no hit."""
        ...

    def passages(self, document_id: str) -> list[Passage]:
        """All passages of a document in order; empty for one that is not there."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
