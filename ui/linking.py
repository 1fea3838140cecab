"""Concepts as the pages need them: what a text mentions, and which passages speak of a concept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from corpora.types import Concept, Frozen, Passage

if TYPE_CHECKING:
    from corpora.types import ConceptMention
    from retrievers.index import PassageIndex


class Spoken(Frozen):
    """A passage that speaks of a concept; `denied` where it says that it is absent."""

    passage: Passage
    denied: bool
    share: float


@lru_cache(maxsize=256)
def mentions(text: str) -> tuple[ConceptMention, ...]:
    """The concepts in a text with what is said of them; the last 256 texts are kept."""
    from corpora.concepts.linker import linker

    return tuple(linker().link(text))


def concept(cui: str) -> Concept | None:
    """The concept with this identifier, or None where the vocabulary has none."""
    from corpora.concepts.vocabulary import vocabulary

    known = vocabulary()
    return known.concept(cui) if cui in known else None


def named(cuis: Sequence[str]) -> tuple[Concept, ...]:
    """Those of the identifiers that the vocabulary knows."""
    return tuple(found for cui in cuis if (found := concept(cui)) is not None)


def spoken(index: PassageIndex, cui: str) -> tuple[Spoken, ...]:
    """The passages of an index that assert or deny a concept, those that assert it most first."""
    held = index.concepts
    row = held.row.get(cui)
    if row is None:
        return ()
    found = [(float(share), int(at), False) for share, at in _row(held.asserted, row)]
    found += [(float(share), int(at), True) for share, at in _row(held.denied, row)]
    ordered = sorted((one for one in found if one[0] > 0), key=lambda one: (one[2], -one[0], one[1]))
    return tuple(Spoken(passage=index.passages[at], denied=denied, share=share) for share, at, denied in ordered)


def _row(matrix: object, row: int) -> list[tuple[float, int]]:
    start, end = matrix.indptr[row], matrix.indptr[row + 1]  # type: ignore[attr-defined]
    return list(zip(matrix.data[start:end], matrix.indices[start:end], strict=True))  # type: ignore[attr-defined]
