"""Curated corrections of a vocabulary, from data/overrides.toml: radiology's own terms, wrong merges, terms to leave alone.

Every entry names its concept by identifier and by name; loading checks neither against memory but both against the vocabulary.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Mapping
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field, ValidationError

from corpora.concepts.table import Row
from corpora.errors import MalformedDocument
from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "overrides.toml"
CURATED_WEIGHT = 90
"""Weight in tenths of a curated term: no ontology's word outweighs it."""


class Curated(Frozen):
    """Terms that mean a concept."""

    cui: str
    name: str
    terms: tuple[str, ...] = Field(min_length=1)


class Scoped(Frozen):
    """A term that means a concept only in a text that also has one of the cue words."""

    cui: str
    name: str
    terms: tuple[str, ...] = Field(min_length=1)
    cues: tuple[str, ...] = Field(min_length=1)


class Overrides(Frozen):
    """What corrects a vocabulary."""

    curated: tuple[Curated, ...] = ()
    scoped: tuple[Scoped, ...] = ()
    wrong: tuple[Curated, ...] = Field(default=(), description="terms that an ontology gives a concept and that mean something else")
    ignored: tuple[str, ...] = Field(default=(), description="terms too general to say anything of a patient")
    blocked: tuple[str, ...] = Field(default=(), description="phrases that hold a term and mean something else")

    @classmethod
    @cache
    def packaged(cls, path: Path = FILE) -> Overrides:
        """The packaged file, checked.

        Raises:
            MalformedDocument: the file breaks its form.
        """
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            for name in ("ignored", "blocked"):
                raw[name] = tuple(term.strip() for term in raw.get(name, "").replace("\n", ";").split(";") if term.strip())
            return cls.model_validate(raw)
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise MalformedDocument(str(path), str(error)) from error

    def within(self, known: Container[str]) -> Overrides:
        """Those whose concept a vocabulary has; a user's own may lack some."""
        return self.model_copy(
            update={name: tuple(item for item in getattr(self, name) if item.cui in known) for name in ("curated", "scoped", "wrong")}
        )

    def corrected(self, row: Row) -> dict[str, int]:
        """A concept's terms with their weights after correction."""
        terms = dict(row.terms)
        dropped = self._dropped.get(row.cui, frozenset())
        if dropped:
            terms = {term: weight for term, weight in terms.items() if term.lower() not in dropped}
        return terms | dict.fromkeys(self._added.get(row.cui, ()), CURATED_WEIGHT)

    @cached_property
    def _dropped(self) -> Mapping[str, frozenset[str]]:
        return _grouped(self.wrong, lower=True)

    @cached_property
    def _added(self) -> Mapping[str, frozenset[str]]:
        return _grouped(self.curated, lower=False)


def _grouped(items: tuple[Curated, ...], *, lower: bool) -> Mapping[str, frozenset[str]]:
    """Concept -> terms."""
    grouped: dict[str, set[str]] = {}
    for item in items:
        grouped.setdefault(item.cui, set()).update(term.lower() if lower else term for term in item.terms)
    return {cui: frozenset(terms) for cui, terms in grouped.items()}
