"""The concept voice: passages by the concepts they assert, compared with the query's by a weighted Tversky index.

After "Ontology-Based Concept Distillation for Radiology Report Retrieval": a concept weighs its inverse document frequency, a
synonym counts fully (it has the same identifier), a more general or special kind less with every is-a step, and a concept that
the passage denies while the query asserts it (or the other way round) counts against the passage.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from corpora.concepts.linker import Linker, linker
from corpora.concepts.vocabulary import Vocabulary
from corpora.types import Assertion, ConceptMention, Passage
from retrievers.asserted import Links
from retrievers.types import Hit, Query
from retrievers.words import words

FILES = ("concepts.npz", "concepts.json")
ASSERTED: Mapping[Assertion, float] = {"present": 1.0, "uncertain": 0.7, "historical": 0.6, "family": 0.2, "absent": 0.0}
"""How much of a concept a text asserts."""
MISSING, EXTRA, CONTRADICTED = 0.6, 0.03, 0.5
"""Tversky's weights of what only the query has and of what only the passage has, and of what one asserts and the other denies."""
DENIED = -1.0
"""What stands for a concept that a passage denies and nowhere asserts."""
TITLE_SHARE = 0.8
"""What a concept of a document's title counts in each of its passages."""
GENERAL, SPECIAL, STEPS = 0.4, 0.7, 3
"""What is left of a match after each is-a step up to a more general concept, and down to a more special one; steps at most."""

ENOUGH = 3
"""Concepts that say what a text is about, however long it is."""

Scores = NDArray[np.float32]


class Match(NamedTuple):
    """A concept of the query in a passage: how much of it matches (0-1), through which concept, or that the passage contradicts."""

    name: str
    share: float
    through: str
    contradicts: bool


class ConceptIndex:
    """Which concepts each passage asserts and which it denies: two (concepts, passages) matrices."""

    def __init__(self, cuis: Sequence[str], asserted: sparse.csr_matrix, denied: sparse.csr_matrix) -> None:
        """Take the identifiers of the rows, the shares asserted (0-1) and the concepts denied (1)."""
        self.cuis, self.asserted, self.denied = list(cuis), asserted, denied
        self.row = {cui: number for number, cui in enumerate(self.cuis)}
        count = asserted.shape[1]
        frequency = np.diff(asserted.indptr) + np.diff(denied.indptr)
        self.weights = np.log(1 + (count - frequency + 0.5) / (frequency + 0.5)).clip(min=0.05).astype(np.float32)
        self.mass = np.asarray(self.weights @ asserted, dtype=np.float32)

    @classmethod
    def build(cls, links: Sequence[Links]) -> ConceptIndex:
        """From the links of every passage, in passage order."""
        rows: dict[str, int] = {}
        titles: dict[int, dict[int, float]] = {}
        places: tuple[tuple[array[int], array[int], array[float]], ...] = tuple((array("q"), array("q"), array("d")) for _ in range(2))
        for column, (title, section, text) in enumerate(links):
            if id(title) not in titles:  # the passages of a document share it
                titles[id(title)] = _shares(title, TITLE_SHARE, rows)
            said = dict(titles[id(title)])
            for row, share in _shares((*section, *text), 1.0, rows).items():
                said[row] = max(said.get(row, DENIED), share)
            for row, share in said.items():
                row_of, column_of, values = places[share < 0]
                row_of.append(row)
                column_of.append(column)
                values.append(abs(share))
        asserted, denied = (_matrix(*parts, shape=(len(rows), len(links))) for parts in places)
        return cls(list(rows), asserted, denied)

    @cached_property
    def _by_passage(self) -> tuple[sparse.csc_matrix, sparse.csc_matrix]:
        return sparse.csc_matrix(self.asserted), sparse.csc_matrix(self.denied)

    def said(self, position: int) -> tuple[dict[int, float], dict[int, float]]:
        """Rows that one passage asserts, with their shares, and rows that it denies."""
        columns = []
        for matrix in self._by_passage:
            span = slice(matrix.indptr[position], matrix.indptr[position + 1])
            columns.append(dict(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True)))
        return columns[0], columns[1]

    def save(self, folder: Path) -> None:
        """Write `FILES` into the folder."""
        parts = {"asserted": self.asserted, "denied": self.denied}
        arrays = {f"{name}_{part}": getattr(matrix, part) for name, matrix in parts.items() for part in ("data", "indices", "indptr")}
        np.savez(folder / FILES[0], **arrays)
        (folder / FILES[1]).write_text(json.dumps({"cuis": self.cuis, "passages": self.asserted.shape[1]}), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> ConceptIndex:
        """Read what `save` wrote."""
        about = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
        shape = (len(about["cuis"]), about["passages"])
        with np.load(folder / FILES[0]) as arrays:
            asserted, denied = (
                sparse.csr_matrix(tuple(arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr")), shape=shape)
                for name in ("asserted", "denied")
            )
        return cls(about["cuis"], asserted, denied)


def _shares(mentions: Iterable[ConceptMention], share: float, rows: dict[str, int]) -> dict[int, float]:
    """Row -> how much of its concept the mentions assert; `DENIED` where they only deny it. New concepts get the next row."""
    found: dict[int, float] = {}
    for mention in mentions:
        row = rows.setdefault(mention.cui, len(rows))
        found[row] = max(found.get(row, DENIED), DENIED if mention.assertion == "absent" else share * ASSERTED[mention.assertion])
    return found


def _matrix(rows: array[int], columns: array[int], values: array[float], shape: tuple[int, int]) -> sparse.csr_matrix:
    entries = (
        np.frombuffer(values, dtype=np.float64).astype(np.float32),
        (np.frombuffer(rows, np.int64), np.frombuffer(columns, np.int64)),
    )
    return sparse.csr_matrix(entries, shape=shape, dtype=np.float32)


class Comparison:
    """One query's concepts against every passage of an index."""

    def __init__(self, index: ConceptIndex, kinds: Kinds, mentions: Iterable[ConceptMention]) -> None:
        """Take the index, its hierarchy and the concepts linked in the query."""
        self._index, self._kinds = index, kinds
        self.wanted: dict[str, float] = {}
        self.unwanted: dict[str, str] = {}
        self.names: dict[str, str] = {}
        for mention in mentions:
            self.names[mention.cui] = mention.name
            share = ASSERTED[mention.assertion]
            if share:
                self.wanted[mention.cui] = max(share, self.wanted.get(mention.cui, 0.0))
            else:
                self.unwanted[mention.cui] = mention.name

    def weight(self, cui: str) -> float:
        """How telling a concept is; one that no passage has weighs as much as the rarest."""
        row = self._index.row.get(cui)
        heaviest = float(np.log(1 + (self._index.asserted.shape[1] + 0.5) / 0.5))
        return float(self._index.weights[row]) if row is not None else heaviest

    def scores(self) -> Scores:
        """One score per passage, 0 where nothing is shared or more is contradicted than shared; at most 1, higher is better."""
        count = self._index.asserted.shape[1]
        shared, against, total = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32), 0.0
        for cui, share in self.wanted.items():
            weight = self.weight(cui) * share
            total += weight
            shared += weight * self._held(cui)
            against += weight * self._denies(cui)
        for cui in self.unwanted.keys() - self.wanted.keys():
            against += self.weight(cui) * self._held(cui, kinds=False)
        rest = np.maximum(total - shared, 0.0)
        extra = np.maximum(self._index.mass - shared, 0.0)
        bottom = shared + MISSING * rest + EXTRA * extra
        return np.asarray(np.maximum(shared - CONTRADICTED * against, 0.0) / np.maximum(bottom, 1e-6), dtype=np.float32)

    def _held(self, cui: str, *, kinds: bool = True) -> Scores:
        """How much of a concept each passage asserts (0-1), kinds of it counting by their distance."""
        held = np.zeros(self._index.asserted.shape[1], dtype=np.float32)
        for row, share in self._kinds.near(cui) if kinds else self._kinds.itself(cui):
            span = slice(self._index.asserted.indptr[row], self._index.asserted.indptr[row + 1])
            columns = self._index.asserted.indices[span]
            held[columns] = np.maximum(held[columns], share * self._index.asserted.data[span])
        return held

    def _denies(self, cui: str) -> Scores:
        """1 for each passage that denies a concept, 0 for the others."""
        denies = np.zeros(self._index.asserted.shape[1], dtype=np.float32)
        for row, _ in self._kinds.itself(cui):
            denies[self._index.denied.indices[self._index.denied.indptr[row] : self._index.denied.indptr[row + 1]]] = 1.0
        return denies

    def explain(self, position: int) -> list[Match]:
        """What a passage shares with the query and what it contradicts, the weightiest first."""
        found: list[tuple[float, Match]] = []
        asserted, denied = self._index.said(position)
        for cui in self.wanted:
            near = [(share * asserted[row], row) for row, share in self._kinds.near(cui) if row in asserted]
            if near:
                share, row = max(near)
                found.append((share * self.weight(cui), Match(self.names[cui], share, self._index.cuis[row], False)))
            elif any(row in denied for row, _ in self._kinds.itself(cui)):
                found.append((self.weight(cui), Match(self.names[cui], 0.0, cui, True)))
        against = [cui for cui in self.unwanted.keys() - self.wanted.keys() if any(row in asserted for row, _ in self._kinds.itself(cui))]
        found += [(self.weight(cui), Match(self.names[cui], 0.0, cui, True)) for cui in against]
        return [match for _, match in sorted(found, key=lambda item: (-item[0], item[1].name))]


class Kinds:
    """The hierarchy as far as an index needs it: which of its rows lie near a concept."""

    def __init__(self, index: ConceptIndex, known: Vocabulary) -> None:
        """Turn the is-a links of the index's concepts round."""
        self._index, self._known = index, known
        self._below: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for cui, row in index.row.items():
            if cui in known:
                for above, steps in known.ancestors(cui).items():
                    if steps <= STEPS:
                        self._below[above].append((row, steps))

    def itself(self, cui: str) -> list[tuple[int, float]]:
        """The concept's own row, if the index has one."""
        return [(self._index.row[cui], 1.0)] if cui in self._index.row else []

    def near(self, cui: str) -> list[tuple[int, float]]:
        """Rows of the concept, of its kinds and of what it is a kind of, each with what a match is worth (0-1)."""
        rows = self.itself(cui)
        rows += [(row, SPECIAL**steps) for row, steps in self._below.get(cui, ())]
        if cui in self._known:
            above = self._known.ancestors(cui)
            rows += [(self._index.row[name], GENERAL**steps) for name, steps in above.items() if steps <= STEPS and name in self._index.row]
        return rows


class ConceptRetriever:
    """Passages by the concepts they assert; says why."""

    name = "concept"

    def __init__(self, index: ConceptIndex, passages: Sequence[Passage], made: Linker | None = None) -> None:
        """Take the links, the passages in the same order, and the linker that made them."""
        self._index, self._passages = index, passages
        self._linker = made or linker()
        self._kinds = Kinds(index, self._linker.vocabulary)

    def concepts(self, query: Query) -> Sequence[ConceptMention]:
        """The concepts linked in the query's text."""
        return self._linker.link(query.text)

    def trust(self, query: Query) -> float:
        """How far this voice is to be heard (0-1): the share of the query's content words that it linked, or fully from three concepts.

        One concept in a long question says little of what is asked; several in a case description say what it is about.
        """
        mentions = self.concepts(query)
        content = len(words(query.text, boilerplate=True))
        linked = sum(len(words(mention.text, boilerplate=True)) for mention in mentions)
        several = len({mention.cui for mention in mentions}) / ENOUGH
        return min(1.0, max(linked / content, several)) if content else 0.0

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`; a query without concepts finds nothing."""
        comparison = Comparison(self._index, self._kinds, self.concepts(query))
        if not comparison.wanted or not self._passages:
            return []
        hits: list[Hit] = []
        scores = comparison.scores()
        for position in np.argsort(-scores, kind="stable"):
            if len(hits) == query.k or scores[position] <= 0:
                break
            if query.filters.allow(passage := self._passages[position]):
                why = explained(comparison.explain(int(position)), self._linker.vocabulary) if len(hits) < EXPLAINED else ""
                hits.append(Hit(passage=passage, score=float(scores[position]), retriever=self.name, why=why))
        return hits

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return [await self.retrieve(query) for query in queries]


EXPLAINED = 20
"""Hits that say why they were found; nobody reads further."""


def explained(matches: Sequence[Match], known: Vocabulary) -> str:
    """A hit's reasons in a line: "matched Pulmonary embolism, Neoplasm (as Hepatocellular carcinoma); contradicted Pneumothorax"."""
    matched = [match for match in matches if not match.contradicts]
    against = [match.name for match in matches if match.contradicts]
    said = [
        match.name if known.name(match.through) == match.name else f"{match.name} (as {known.name(match.through)})" for match in matched
    ]
    parts = [("matched", said), ("contradicted", against)]
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names)
