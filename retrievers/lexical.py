"""The lexical voice: BM25 over stems and neighbour pairs, with a squared inverse document frequency and a weighted title.

Settings as measured in docs/decisions/0002-retrieval.md: k1 1.5, b 0.75, title x4, query term frequency under a square root.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from corpora.types import Passage
from retrievers.types import Hit, Query
from retrievers.words import terms

K1, B, TITLE_WEIGHT, SECTION_WEIGHT = 1.5, 0.75, 4.0, 1.0
FILES = ("lexical.npz", "lexical-terms.json")


class LexicalIndex:
    """BM25 weights of every passage, ready to add up: a (terms, passages) matrix."""

    def __init__(self, vocabulary: dict[str, int], weights: sparse.csr_matrix) -> None:
        """Take term -> row, and the float32 weights in CSR form (terms x passages)."""
        self.vocabulary, self.weights = vocabulary, weights

    @classmethod
    def build(cls, passages: Sequence[Passage], said: Sequence[str] | None = None) -> LexicalIndex:
        """Count, weigh and transpose. One pass over the passages; `said` is what of each counts, by default its text as it is read."""
        terms, counts = _counted(passages, said or [p.spoken for p in passages])
        number = counts.shape[0]
        frequency = np.bincount(counts.indices, minlength=len(terms))
        rarity = np.array([_idf(number, int(count)) ** 2 for count in frequency])
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if number else 1.0, 1e-9))
        columns = np.repeat(np.arange(number), np.diff(counts.indptr))
        values = rarity[counts.indices] * counts.data * (K1 + 1) / (counts.data + norms[columns])
        order = sorted(range(len(terms)), key=terms.__getitem__)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        matrix = sparse.csr_matrix((values.astype(np.float32), (place[counts.indices], columns)), shape=(len(order), number))
        return cls({terms[one]: row for row, one in enumerate(order)}, matrix)

    def scores(self, text: str) -> NDArray[np.float32]:
        """One score per passage, 0 where no term is shared; higher is better."""
        counted = {term: count for term, count in terms(text, boilerplate=True).items() if term in self.vocabulary}
        if not counted:
            counted = {term: count for term, count in terms(text).items() if term in self.vocabulary}
        total = np.zeros(self.weights.shape[1], dtype=np.float32)
        for term, count in counted.items():
            row = self.vocabulary[term]
            span = slice(self.weights.indptr[row], self.weights.indptr[row + 1])
            total[self.weights.indices[span]] += self.weights.data[span] * np.float32(np.sqrt(count))
        return total

    def save(self, folder: Path) -> None:
        """Write `FILES` into the folder."""
        sparse.save_npz(folder / FILES[0], self.weights, compressed=False)
        (folder / FILES[1]).write_text(json.dumps(list(self.vocabulary)), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Read what `save` wrote."""
        names = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
        return cls({term: row for row, term in enumerate(names)}, sparse.csr_matrix(sparse.load_npz(folder / FILES[0])))


class _Numbers(dict[str, int]):
    """The number of each different term, in the order in which they come."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


def _counted(passages: Sequence[Passage], said: Sequence[str]) -> tuple[list[str], sparse.csr_matrix]:
    """The different terms, and how often each passage has each: (passages, terms) float64.

    What the passages of a section share is numbered once; a term that a passage has of its own too is added up.
    """
    numbers, ends = _Numbers(), array("q", [0])
    rows, counts = array("q"), array("d")
    frames: dict[tuple[int, str], tuple[array[int], array[float]]] = {}
    for passage, text in zip(passages, said, strict=True):
        about = (id(passage.source), passage.section)
        if about not in frames:
            shared = _shared(passage)
            frames[about] = array("q", map(numbers.__getitem__, shared)), array("d", shared.values())
        own = terms(text)
        for of, many in (frames[about], (map(numbers.__getitem__, own), own.values())):
            rows.extend(of)
            counts.extend(many)
        ends.append(len(rows))
    parts = (np.frombuffer(part, dtype=kind) for part, kind in ((counts, np.float64), (rows, np.int64), (ends, np.int64)))
    matrix = sparse.csr_matrix(tuple(parts), shape=(len(said), len(numbers)), copy=True)
    matrix.sum_duplicates()
    return list(numbers), matrix


def passage_terms(passage: Passage, said: str) -> dict[str, float]:
    """Weighted terms of a passage: title and aliases, section, then what it says."""
    bag = dict(_shared(passage))
    for term, count in terms(said).items():
        bag[term] = bag.get(term, 0.0) + count
    return bag


def _shared(passage: Passage) -> dict[str, float]:
    source = passage.source
    return _frame(". ".join((source.title, *source.aliases)), ". ".join(source.topics), passage.section)


@lru_cache(maxsize=1024)
def _frame(names: str, topics: str, section: str) -> dict[str, float]:
    """Weighted terms of what the passages of a section share."""
    bag = dict(_names(names, topics))
    for term, count in terms(section).items():
        bag[term] = bag.get(term, 0.0) + SECTION_WEIGHT * count
    return bag


@lru_cache(maxsize=64)
def _names(names: str, topics: str) -> dict[str, float]:
    """Weighted terms of what the sections of a document share."""
    bag: dict[str, float] = {}
    for text, weight in ((names, TITLE_WEIGHT), (topics, TITLE_WEIGHT / 2)):
        for term, count in terms(text).items():
            bag[term] = bag.get(term, 0.0) + weight * count
    return bag


def _idf(count: int, frequency: int) -> float:
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


class LexicalRetriever:
    """Passages by their words."""

    name = "lexical"

    def __init__(self, index: LexicalIndex, passages: Sequence[Passage]) -> None:
        """Take the weights and the passages in the same order."""
        self._index, self._passages = index, passages

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`; passages that share no word are not hits."""
        return self.search(query)

    def search(self, query: Query) -> list[Hit]:
        """As `retrieve`, for callers without an event loop."""
        return top_hits(self._index.scores(query.text), self._passages, query, self.name, above=0.0)

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return [await self.retrieve(query) for query in queries]


def top_hits(scores: NDArray[np.float32], passages: Sequence[Passage], query: Query, name: str, above: float | None = None) -> list[Hit]:
    """The best `query.k` passages that its filters allow, in the order of score, ties in passage order."""
    hits: list[Hit] = []
    for position in np.argsort(-scores, kind="stable"):
        score = float(scores[position])
        if len(hits) == query.k or (above is not None and score <= above):
            break
        if query.filters.allow(passages[position]):
            hits.append(Hit(passage=passages[position], score=score, retriever=name))
    return hits
