"""The vocabulary: concepts with their terms, semantic group and is-a links, loaded at the first use.

A concept's identifier is its UMLS CUI; a class that the open ontologies give none keeps its own identifier ("HP:0025179").
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from corpora.concepts.overrides import Overrides
from corpora.concepts.table import FILE, Row, Table
from corpora.errors import MissingCorpus
from corpora.types import Concept


class Vocabulary:
    """Concepts by identifier. Read-only and safe to share between threads."""

    def __init__(self, table: Table, overrides: Overrides | None = None) -> None:
        """Take the concepts and, if any, what corrects them."""
        self._rows = {row.cui: row for row in table.rows}
        self._also = table.also
        self.overrides = (overrides or Overrides()).within(self._rows)
        self.blocked = (*table.blocked, *self.overrides.blocked)
        self._ancestors: dict[str, dict[str, int]] = {}

    @classmethod
    def open(cls, path: Path = FILE) -> Vocabulary:
        """The vocabulary of an artefact, corrected by the packaged overrides."""
        return cls(Table.open(path), Overrides.packaged())

    def __len__(self) -> int:
        """How many concepts there are."""
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        """Their identifiers."""
        return iter(self._rows)

    def __contains__(self, cui: object) -> bool:
        """Whether an identifier names a concept, by itself or as a further CUI of one."""
        return cui in self._rows or cui in self._also

    def resolve(self, cui: str) -> str:
        """The identifier under which a concept is kept: a further CUI gives the chosen one.

        Raises:
            KeyError: there is no such concept.
        """
        if cui in self._rows:
            return cui
        return self._also[cui]

    def _row(self, cui: str) -> Row:
        return self._rows[self.resolve(cui)]

    def name(self, cui: str) -> str:
        """The preferred name."""
        return self._row(cui).name

    def group(self, cui: str) -> str:
        """The semantic group: "disorder", "finding", ..."""
        return self._row(cui).group

    def weighted_terms(self, cui: str) -> dict[str, int]:
        """Every term with its weight in tenths: how firmly it means this concept and not another that has it too."""
        return self.overrides.corrected(self._row(cui))

    def terms(self, cui: str) -> tuple[str, ...]:
        """Every term, curated ones included."""
        return tuple(self.weighted_terms(cui))

    def parents(self, cui: str) -> tuple[str, ...]:
        """The concepts that it is a direct kind of."""
        return tuple(parent for parent in self._row(cui).parents if parent in self._rows)

    def ancestors(self, cui: str) -> Mapping[str, int]:
        """Every concept that it is a kind of, with the number of is-a steps (1 or more); nearest first."""
        cui = self.resolve(cui)
        known = self._ancestors.get(cui)
        if known is None:
            known, level, steps = {}, self.parents(cui), 1
            while level:
                fresh = [name for name in dict.fromkeys(level) if name not in known and name != cui]
                known |= dict.fromkeys(fresh, steps)
                level, steps = tuple(parent for name in fresh for parent in self.parents(name)), steps + 1
            self._ancestors[cui] = known
        return known

    def distance(self, first: str, second: str) -> int | None:
        """Fewest is-a steps from one concept up to a common ancestor and down to the other; None where they share none."""
        above, beside = ({self.resolve(cui): 0} | dict(self.ancestors(cui)) for cui in (first, second))
        return min((above[name] + beside[name] for name in above.keys() & beside.keys()), default=None)

    def concept(self, cui: str) -> Concept:
        """All of a concept as one value."""
        row = self._row(cui)
        return Concept(cui=row.cui, name=row.name, group=row.group, terms=self.terms(cui), parents=self.parents(row.cui))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary in use, loaded once per process: the file that RADQA_VOCABULARY names, by default the packaged one."""
    return Vocabulary.open(_in_use())


def _in_use() -> Path:
    return Path(os.environ.get("RADQA_VOCABULARY") or FILE)


def stamp() -> str:
    """Hash of the vocabulary in use and of the rules that linking reads beside it: tells whether an index was linked with them.

    Raises:
        MissingCorpus: there is no such vocabulary.
    """
    digest = hashlib.sha256()
    for path in (_in_use(), *sorted(FILE.parent.glob("*.toml"))):
        if not path.is_file():
            raise MissingCorpus(f"There is no vocabulary at {path}.", "Set RADQA_VOCABULARY to a file that `radqa corpus umls` wrote.")
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
