"""Documents as a server takes them: passages, each with its vector and its words, read as the index of files reads them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpora.errors import MissingCorpus
from corpora.passages import split_all
from corpora.types import Document, Passage
from retrievers.asserted import asserted_sentences, asserted_words, link_all
from retrievers.dense import embedding_text
from retrievers.embedding import Embedder, Matrix
from retrievers.lexical import passage_terms
from retrievers.space import Space, learnt, stamp
from retrievers.stores.types import Held
from retrievers.types import Hit, Query
from retrievers.vectors import VectorCache, embed_all

T = TypeVar("T")
BATCH = 64
"""Documents that are read and written together."""


class Entry(NamedTuple):
    """A passage as it is written: its vector in the index's space, unit length, and its weighted terms.

    `first` tells the passage that its document begins with; `origin` is the document's hash where the collection follows a library,
    empty where the document was put in by itself.
    """

    passage: Passage
    vector: NDArray[np.float32]
    terms: Mapping[str, float]
    first: bool = False
    origin: str = ""


class About(NamedTuple):
    """What a collection was made with; queries must be made with the same."""

    model: str
    dimensions: int
    space: str


class ServerStore(ABC):
    """What both servers share: how documents become entries, which space vectors live in, and how a library is followed."""

    name: str

    def __init__(self, collection: str, model: Embedder, cache: VectorCache | None = None) -> None:
        """Take the collection and the embedding model of documents and queries."""
        self.collection, self.model, self._cache = collection, model, cache
        learned = learnt(model.fingerprint)
        self.space = learned or Space.fit(np.zeros((0, model.dimensions), dtype=np.float32))
        self.about = About(model.fingerprint, model.dimensions, stamp() if learned else "")
        self.known: Mapping[str, Passage] = {}
        """Passages that need not be read again, by id."""

    def put(self, documents: Iterable[Document], *, followed: bool = False) -> int:
        """See `Store.put`; what is `followed` goes when the library that it is of no longer has it."""
        written, seen = 0, set[str]()
        rest = iter(documents)
        while batch := list(islice(rest, BATCH)):
            names = [document.id for document in batch]
            if again := sorted({name for name in names if name in seen or names.count(name) > 1}):
                raise MissingCorpus(f"Two documents are called {again[0]!r}.", "Rename one of them, or give one a `doc_id` of its own.")
            seen.update(names)
            made = list(self.entries(batch, followed=followed))
            stale = self.ids(names) - {entry.passage.id for entry in made}
            self.write(made)
            self.drop(stale)
            written += len(made)
        self.settle()
        return written

    def entries(self, documents: Sequence[Document], *, followed: bool = False) -> Iterator[Entry]:
        """The documents' passages as they are written."""
        passages = list(split_all(documents))
        links = link_all(passages)
        said = map(asserted_sentences, passages, links)
        vectors, _ = embed_all([embedding_text(*pair) for pair in zip(passages, said, strict=True)], self.model, self._cache)
        mapped = self.space.of_passages(vectors) if passages else vectors
        words = map(asserted_words, passages, links)
        origins = {document.id: hash_of(document) if followed else "" for document in documents}
        before = ""
        for passage, vector, text in zip(passages, mapped, words, strict=True):
            yield Entry(passage, vector, passage_terms(passage, text), passage.document_id != before, origins[passage.document_id])
            before = passage.document_id

    def passage(self, name: str, stored: str) -> Passage:
        """The passage of this id, from what the store keeps of it."""
        return self.known.get(name) or Passage.model_validate_json(stored)

    @abstractmethod
    def write(self, entries: Sequence[Entry]) -> None:
        """Put entries in; one whose passage is there replaces it."""

    @abstractmethod
    def ids(self, document_ids: Collection[str]) -> set[str]:
        """The ids of the passages that are there of these documents."""

    @abstractmethod
    def drop(self, ids: Collection[str]) -> None:
        """Take passages out."""

    @abstractmethod
    def settle(self) -> None:
        """Called when many entries were written: flush, refresh statistics."""

    @abstractmethod
    def state(self) -> str:
        """The library that the collection follows, as `follow` noted it; empty where it follows none."""

    @abstractmethod
    def note(self, state: str) -> None:
        """Keep the library that the collection now follows."""

    @abstractmethod
    def followed(self) -> dict[str, str]:
        """The documents that are there because a library has them: id -> hash."""

    @abstractmethod
    def held(self) -> Held:
        """See `Store.held`."""

    @abstractmethod
    def dense(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """See `Store.dense`."""

    @abstractmethod
    def lexical(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Store.lexical`."""

    @abstractmethod
    def passages(self, document_id: str) -> list[Passage]:
        """See `Store.passages`."""

    @abstractmethod
    def close(self) -> None:
        """See `Store.close`."""

    def remove(self, document_ids: Collection[str]) -> int:
        """See `Store.remove`."""
        gone = self.ids(document_ids)
        self.drop(gone)
        return len(gone)


def hash_of(document: Document) -> str:
    """Changes when anything of the document does."""
    return document.content_hash[:32]


def pieces(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in order, so many at a time."""
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def literal(values: Iterable[str]) -> str:
    """Strings as a list in a filter's text, quoted so that none can end it."""
    return json.dumps(list(values), ensure_ascii=False)
