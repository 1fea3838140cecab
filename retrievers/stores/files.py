"""The index's files as a store: what radqa uses by itself, exact and in memory. A change builds the next generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from pathlib import Path

from corpora.errors import MissingCorpus
from corpora.types import Document, Passage
from retrievers.dense import DenseRetriever
from retrievers.embedding import Embedder, Matrix
from retrievers.index import PassageIndex, build
from retrievers.lexical import LexicalRetriever
from retrievers.stores.types import Held
from retrievers.types import Hit, Query
from retrievers.vectors import VectorCache


class FilesStore:
    """A folder with an index for each collection. What was embedded before is not embedded again."""

    name = "files"

    def __init__(self, folder: Path, model: Embedder, collection: str = "library", cache: VectorCache | None = None) -> None:
        """Take the folder, which need not exist, and the embedding model."""
        self.collection, self._folder, self._model, self._cache = collection, folder / collection, model, cache

    def put(self, documents: Iterable[Document]) -> int:
        """See `Store.put`."""
        given = list(documents)
        fresh = {document.id: document for document in given}
        if len(fresh) < len(given):
            raise MissingCorpus("Two documents have the same id.", "Rename one of them, or give one a `doc_id` of its own.")
        self._build({**self._documents, **fresh})
        return sum(len(self.passages(name)) for name in fresh)

    def remove(self, document_ids: Collection[str]) -> int:
        """See `Store.remove`."""
        gone = sum(len(self.passages(name)) for name in set(document_ids))
        if gone:
            self._build({name: document for name, document in self._documents.items() if name not in document_ids})
        return gone

    def held(self) -> Held:
        """See `Store.held`."""
        return Held(documents=len(self._documents), passages=len(self._index.passages) if self._index else 0)

    def dense(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """See `Store.dense`."""
        if self._index is None:
            return [[] for _ in queries]
        return DenseRetriever(self._index.dense, self._index.passages, self._model).search(queries, vectors)

    def lexical(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Store.lexical`."""
        if self._index is None:
            return [[] for _ in queries]
        voice = LexicalRetriever(self._index.lexical, self._index.passages)
        return [voice.search(query) for query in queries]

    def passages(self, document_id: str) -> list[Passage]:
        """See `Store.passages`."""
        return self._index.of_document.get(document_id, []) if self._index else []

    def close(self) -> None:
        """See `Store.close`."""
        self.__dict__.pop("_index", None)

    @cached_property
    def _index(self) -> PassageIndex | None:
        if not (self._folder / "current").exists():
            return None
        return PassageIndex.open(self._folder, self._model)

    @property
    def _documents(self) -> dict[str, Document]:
        return self._index.documents if self._index else {}

    def _build(self, documents: dict[str, Document]) -> None:
        if documents:
            build(documents.values(), self._folder, self._model, cache=self._cache)
        else:
            (self._folder / "current").unlink(missing_ok=True)
        self.close()
