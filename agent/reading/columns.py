"""The columns of a table as an answer reads them: what kind of cells they hold, and which values. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from agent.reading.asked import cell_codes
from agent.reading.wording import flat_tokens
from corpora.quantities import find_quantities
from retrievers.words import stem

ANY = frozenset(("any", "all", "-", "any size", "any number", "not applicable", "n/a"))
ColumnKind = Literal["quantity", "code", "value", "text"]
CODE_HEADERS = frozenset("category class grade type stage level zone group classification phenotype collection tr lr".split())
_MAX_VALUE_WORDS = 4


class Column(NamedTuple):
    """One column of a table with all its cells, in row order."""

    header: str
    cells: tuple[str, ...]
    kind: ColumnKind
    is_result: bool

    @classmethod
    def of(cls, header: str, cells: Sequence[str], *, is_result: bool) -> Column:
        """The column with its kind; typed once for all questions."""
        return cls(header, tuple(cells), _kind(header, tuple(cells)), is_result)


class Domain(NamedTuple):
    """What a whole document's tables know.

    `values`: column header -> every value (stems) that any table has in a column of that name. `named`: whether some column's
    cells carry the system's own name ("CAD-RADS 3"), so that "CAD-RADS 3" in a question means that column and not "P3".
    """

    values: dict[str, set[tuple[str, ...]]]
    named: bool


Judgement = bool | float | None
"""True: the cell holds what the question says; False: something else; a share of covered words; None: the question does not say."""


@lru_cache(maxsize=1 << 14)
def _kind(header: str, cells: tuple[str, ...]) -> ColumnKind:
    decided = [cell for cell in cells if cell.lower() not in ANY]
    if not decided:
        return "text"
    header_words = set(flat_tokens(header))
    coded = [cell for cell in decided if cell_codes(cell)[1] and not _is_measured(cell)]
    if len(coded) * 2 > len(decided) and (
        header_words & CODE_HEADERS or sum(bool(cell_codes(cell)[0]) for cell in coded) * 2 > len(decided)
    ):
        return "code"
    if sum(is_interval(cell) for cell in decided) * 2 >= len(decided):
        return "quantity"
    if all(len(flat_tokens(value)) <= _MAX_VALUE_WORDS for cell in decided for value in values(cell)):
        return "value"
    return "text"


def is_interval(cell: str) -> bool:
    """Whether a cell is a quantity: one with a few further words, or one that begins it ("70-99% in one or two vessels")."""
    main = without_brackets(cell)
    found = find_quantities(main)
    if not found:
        return False
    if found[0].start == 0 and found[0].dimension != "number":
        return True
    rest = main
    for quantity in found:
        rest = rest.replace(quantity.text, " ")
    return len(re.findall(r"[A-Za-z]{2,}", rest)) <= 3


def _is_measured(cell: str) -> bool:
    """Whether a cell's quantities have a unit or a comparator: then its numbers are no category codes."""
    found = find_quantities(without_brackets(cell))
    return any(q.dimension != "number" or q.low is None or q.high is None for q in found)


def without_brackets(cell: str) -> str:
    """A cell without what stands in brackets."""
    return re.sub(r"\([^)]*\)", " ", cell).strip()


def values(cell: str) -> list[str]:
    """The alternatives a cell allows: "low or high" -> low, high; "subsolid (ground-glass or part-solid)" -> all three."""
    return [part.strip() for part in re.split(r"\bor\b|[,;()/]", cell) if part.strip()]


def prefixes(column: Column) -> set[str]:
    """The names before the codes of a column's cells."""
    return {prefix for cell in column.cells if (prefix := cell_codes(cell)[0])}


@lru_cache(maxsize=1 << 15)
def normal_values(cell: str) -> frozenset[tuple[str, ...]]:
    """The alternatives of a cell, each as stems."""
    return frozenset(singular(tokens) for value in values(cell) if (tokens := flat_tokens(value)))


def singular(tokens: Sequence[str]) -> tuple[str, ...]:
    """Tokens as stems."""
    return tuple(stem(token) for token in tokens)


def column_values(column: Column) -> set[tuple[str, ...]]:
    """Every value of a column, as stems."""
    return {value for cell in column.cells if cell.lower() not in ANY for value in normal_values(cell)}
