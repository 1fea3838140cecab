"""Reading in the index: how much of a question each document covers, and how near each of a document's passages lies."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from corpora.concepts.abbreviations import long_forms
from corpora.concepts.linker import linker
from corpora.types import ConceptMention, Document, Passage, SourceRecord
from retrievers.embedding import Embedder
from retrievers.index import PassageIndex
from retrievers.stores.types import Store
from retrievers.words import words

UNKNOWN_WORD = 1.0
"""What a question's word that no document has weighs, as a share of the rarest known word's weight."""
STORED = 256
"""Documents of a store whose passages are kept in memory."""
_LONGEST_NAME = 7
"""Words of a title or alias that are looked for in a text."""


class Library:
    """The documents of an index as a reader sees them. Read-only and safe to share between threads."""

    def __init__(self, index: PassageIndex, embedder: Embedder, store: Store | None = None) -> None:
        """Take the opened index, the model of its vectors, and the store that holds more documents, if there is one."""
        self.index, self._embedder, self._store = index, embedder, store
        self._stored: dict[str, list[Passage]] = {}
        self.document_ids = list(index.documents)
        self._row = {name: number for number, name in enumerate(self.document_ids)}
        self._abbreviations: dict[str, dict[str, str]] = {}
        self._contexts: dict[str, frozenset[str]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._position = {passage.id: number for number, passage in enumerate(index.passages)}

    @staticmethod
    def concepts(text: str) -> tuple[ConceptMention, ...]:
        """The concepts linked in a text."""
        return tuple(linker().link(text))

    @staticmethod
    def other_names(mention: ConceptMention, most: int = 2) -> tuple[str, ...]:
        """Names of a concept in other words than the text used, the firmest first."""
        held = linker().vocabulary.weighted_terms(mention.cui)
        said, found = set(words(mention.text)), list[str]()
        for name in (mention.name, *sorted(held, key=lambda term: (-held[term], term))):
            if len(found) < most and set(words(name)) - said and name.lower() not in (one.lower() for one in found):
                found.append(name)
        return tuple(found)

    def passages(self, document_id: str) -> list[Passage]:
        """All passages of a document, in order; empty for a document that is neither in the index nor in the store."""
        found = self.index.of_document.get(document_id)
        return self._from_store(document_id) if found is None else found

    def _from_store(self, document_id: str) -> list[Passage]:
        """What the store has of a document, kept for the next question about it."""
        if self._store is None:
            return []
        if document_id not in self._stored:
            while len(self._stored) >= STORED:
                self._stored.pop(next(iter(self._stored)), None)
            self._stored[document_id] = self._store.passages(document_id)
        return self._stored[document_id]

    def source(self, document_id: str) -> SourceRecord | None:
        """The source record of a document, or None when it is neither in the index nor in the store."""
        document = self.index.documents.get(document_id)
        if document is None:
            return next((passage.source for passage in self._from_store(document_id)), None)
        return document.source

    def document(self, document_id: str) -> Document | None:
        """A whole document, or None when it is not in the index."""
        return self.index.documents.get(document_id)

    def abbreviations(self, document_id: str) -> dict[str, str]:
        """Short -> long forms that the document defines; empty for one that is not in the index."""
        if document_id not in self._abbreviations:
            document = self.index.documents.get(document_id)
            self._abbreviations[document_id] = long_forms(f"{document.source.title}. {document.text}") if document else {}
        return self._abbreviations[document_id]

    @cached_property
    def _holds(self) -> sparse.csr_matrix:
        """(terms, documents), 1 where the document has the term."""
        count = len(self.index.passages)
        columns = [self._row[passage.document_id] for passage in self.index.passages]
        membership = sparse.csr_matrix((np.ones(count, dtype=np.float32), (range(count), columns)), shape=(count, len(self.document_ids)))
        held = sparse.csr_matrix(self.index.lexical.weights @ membership)
        held.data[:] = 1.0
        return held

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        """Inverse document frequency of each term, 0 or above."""
        documents = len(self.document_ids)
        frequency = np.diff(self._holds.indptr)
        return np.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))

    def weight(self, stem: str) -> float:
        """How telling a stem is: its inverse document frequency; an unknown one weighs as much as the rarest."""
        row = self.index.lexical.vocabulary.get(stem)
        heaviest = float(np.log(1 + (len(self.document_ids) + 0.5) / 1.5))
        return heaviest * UNKNOWN_WORD if row is None else float(self._weights[row])

    def knows(self, stem: str) -> bool:
        """Whether any document has the stem."""
        return stem in self.index.lexical.vocabulary

    def holds(self, document_id: str, stem: str) -> bool:
        """Whether a document has the stem in a passage, its title, aliases or topics; False for one that is not in the index."""
        return any(stem in self._context(passage) for passage in self.passages(document_id))

    def _context(self, passage: Passage) -> frozenset[str]:
        """`context_stems`, kept for the passages of the index."""
        if passage.id not in self._position:
            return context_stems(passage)
        known = self._contexts.get(passage.id)
        if known is None:
            known = self._contexts[passage.id] = frozenset(map(sys.intern, context_stems(passage)))
        return known

    def names(self, source: SourceRecord) -> frozenset[str]:
        """Stems of a source's title, aliases and topics; kept for those of the index."""
        if source.id not in self._row:
            return name_stems(source)
        known = self._names.get(source.id)
        if known is None:
            known = self._names[source.id] = name_stems(source)
        return known

    def subjects(self, text: str) -> frozenset[str]:
        """Ids of the documents that a text names by their title or an alias, word for word but for endings; cases are not named."""
        said = words(text)
        spans = (tuple(said[a:b]) for a in range(len(said)) for b in range(a + 1, min(len(said), a + _LONGEST_NAME) + 1))
        return frozenset(name for span in spans for name in self._named.get(span, ()))

    @cached_property
    def _named(self) -> dict[tuple[str, ...], set[str]]:
        """The stems of each title and alias -> documents."""
        found: dict[tuple[str, ...], set[str]] = {}
        for name, document in self.index.documents.items():
            if document.source.kind in ("guideline", "topic"):
                for said in (document.source.title, *document.source.aliases):
                    found.setdefault(tuple(words(said)), set()).add(name)
        return found

    def coverage(self, stems: Iterable[str]) -> dict[str, float]:
        """Document id -> share (0-1) of the stems' weight that the document has; documents with none are left out."""
        wanted = sorted(set(stems))
        total = sum(self.weight(stem) for stem in wanted)
        shares = np.zeros(len(self.document_ids))
        for stem in wanted:
            row = self.index.lexical.vocabulary.get(stem)
            if row is not None:
                shares[self._holds.indices[self._holds.indptr[row] : self._holds.indptr[row + 1]]] += self.weight(stem)
        return {self.document_ids[number]: float(shares[number] / total) for number in np.flatnonzero(shares)} if total else {}

    def covered(self, stems: Iterable[str], passage: Passage) -> float:
        """Share (0-1) of the stems' weight that a passage has, its title and section read with it."""
        wanted = frozenset(stems)
        total = sum(self.weight(stem) for stem in wanted)
        return sum(self.weight(stem) for stem in self.held(wanted, passage)) / total if total else 0.0

    def held(self, stems: frozenset[str], passage: Passage) -> frozenset[str]:
        """Those of the stems that a passage has, its title, aliases, topics and section read with it."""
        return stems & self._context(passage)

    def vector(self, text: str) -> NDArray[np.float32]:
        """A question's vector in the index's space, unit length."""
        return np.asarray(self.index.dense.space.of_queries(self._embedder.embed([text]))[0], dtype=np.float32)

    def embedded(self, text: str) -> NDArray[np.float32]:
        """A text's vector as the embedding model gives it, whatever index it is compared with; unit length."""
        return np.asarray(self._embedder.embed([text])[0], dtype=np.float32)

    def nearness(self, vector: NDArray[np.float32], passages: Sequence[Passage]) -> list[float]:
        """Cosine of a vector of this index's space with each passage; 0 for passages that are not in the index."""
        known = [(number, self._position[p.id]) for number, p in enumerate(passages) if p.id in self._position]
        found = [0.0] * len(passages)
        if known:
            rows = self.index.dense.vectors([position for _, position in known])
            for (number, _), cosine in zip(known, rows @ vector, strict=True):
                found[number] = float(cosine)
        return found


def name_stems(source: SourceRecord) -> frozenset[str]:
    """Stems of a source's title, aliases and topics."""
    return frozenset(words(". ".join((source.title, *source.aliases, *source.topics))))


def context_stems(passage: Passage) -> frozenset[str]:
    """Stems of a passage with its title, aliases, topics and section: what a reader knows when reading it."""
    source = passage.source
    text = ". ".join((source.title, *source.aliases, *source.topics, passage.section, passage.shown))
    return frozenset(words(text))
