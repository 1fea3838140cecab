"""A column of quantities against a question's: whose number is it, and does the cell's interval take it in? Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.reading.asked import Asked
from agent.reading.columns import ANY, Column, Judgement, is_interval, without_brackets
from agent.reading.wording import flat_tokens
from corpora.quantities import Quantity, find_quantities
from retrievers.words import stem

UNIT_SPARED = frozenset((
    "filtration (mL/min/1.73 m2)", "concentration (ng/mL)", "attenuation (HU)", "angle (degrees)", "age (years)",
    "pressure (mmHg)", "share (%)", "concentration (IU/L)",
))  # fmt: skip
"""Dimensions whose unit people leave out after the name: "eGFR of 25", "D-dimer 700"."""


def _intervals(header: str, cell: str) -> list[Quantity]:
    found = find_quantities(without_brackets(cell)) + [
        q for inner in re.findall(r"\(([^()]{0,200})\)", cell) for q in find_quantities(inner)
    ]
    return [_as_age(quantity) if "age" in flat_tokens(header) else quantity for quantity in found]


def _as_age(quantity: Quantity) -> Quantity:
    factor = {"time (days)": 1 / 365.25, "number": 1.0}.get(quantity.dimension)
    if factor is None:
        return quantity
    scaled = {side: None if bound is None else bound * factor for side, bound in (("low", quantity.low), ("high", quantity.high))}
    return quantity.model_copy(update={"dimension": "age (years)", **scaled})


def in_dimension(quantity: Quantity, interval: Quantity) -> Quantity | None:
    """The quantity in the interval's dimension; None where the two do not compare."""
    if quantity.dimension == interval.dimension:
        return quantity
    if {quantity.dimension, interval.dimension} == {"number", "points"} or (
        quantity.dimension == "number" and interval.dimension in UNIT_SPARED
    ):
        return quantity.model_copy(update={"dimension": interval.dimension})
    return None


def judge_measures(column: Column, table: Sequence[Column], asked: Asked) -> list[Judgement]:
    """A judgement for each cell of a column of quantities, by the question's quantities that are this column's."""
    cells = [_intervals(column.header, cell) for cell in column.cells]
    names = [name_stems(column.header)] * len(cells)
    if _is_mixed(cells):
        rows = [" ".join(row) for row in _row_names(column, table)]
        cells = [_intervals(row, cell) for row, cell in zip(rows, column.cells, strict=True)]
        names = [name_stems(row) for row in rows]
    rivals = [(name_stems(other.header), _dimensions(other)) for other in table if other.kind == "quantity" and other is not column]
    judged: list[Judgement] = []
    for intervals, cell, about in zip(cells, column.cells, names, strict=True):
        others = [name for name, dimensions in rivals if dimensions & {interval.dimension for interval in intervals}]
        said = [q for q in (*asked.quantities, *_none_of(column, asked)) if _comparable(q, intervals, about, asked)]
        judged.append(_meets(_own(said, about, others, asked), intervals, cell, asked))
    return judged


def _dimensions(column: Column) -> set[str]:
    return {interval.dimension for cell in column.cells for interval in _intervals(column.header, cell)}


def _is_mixed(cells: Sequence[Sequence[Quantity]]) -> bool:
    """Whether the column holds several dimensions ("threshold": years, minutes, points), so that each row says what it measures."""
    held = [{interval.dimension for interval in intervals} for intervals in cells if intervals]
    return not any(sum(dimension in there for there in held) > 0.8 * len(held) for dimension in set().union(*held))


def _row_names(column: Column, table: Sequence[Column]) -> list[tuple[str, ...]]:
    return [tuple(other.cells[number] for other in table if other.kind in ("text", "value") and not other.is_result and other is not column)
            for number in range(len(column.cells))]  # fmt: skip


def name_stems(name: str) -> frozenset[str]:
    """The stems of a name, hyphens opened."""
    return frozenset(stem(word) for word in flat_tokens(name))


def _none_of(column: Column, asked: Asked) -> list[Quantity]:
    """A zero for "no additional major feature" under the header "additional major features"."""
    wanted = name_stems(column.header)
    for match in re.finditer(r"\b(?:no|without|zero|none of the)\s{1,3}((?:[\w-]{1,40}\s{0,3}){1,4})", asked.text, re.IGNORECASE):
        if len(wanted & name_stems(match[1])) * 2 > len(wanted):
            return [Quantity(text=match[0], start=match.start(), end=match.end(), dimension="number", low=0, high=0)]
    return []


def _comparable(quantity: Quantity, intervals: Sequence[Quantity], about: frozenset[str], asked: Asked) -> bool:
    dimensions = {interval.dimension for interval in intervals}
    if quantity.dimension in dimensions and quantity.dimension != "number":
        return True
    if quantity.dimension == "number" and dimensions & UNIT_SPARED:
        return bool(quantity.label) and (stem(quantity.label.lower()) in about or bool(name_stems(quantity.label) & about))
    if not dimensions & {"number", "points"} or quantity.dimension not in ("number", "points"):
        return False
    if quantity.dimension == "points" and "points" in dimensions:
        return True
    if "number" in about and _counts_things(quantity, asked):
        return True
    near = name_stems(asked.clause(quantity) if asked.has_several_numbers else asked.text[max(0, quantity.start - 40) : quantity.end + 25])
    return bool((about | ({"point", "score"} if quantity.dimension == "points" else set())) & near)


_THINGS = re.compile(r"\s(?:[a-z-]+\s){0,2}[a-z]{3,}s\b", re.IGNORECASE)


def _counts_things(quantity: Quantity, asked: Asked) -> bool:
    """Whether a bare number counts what follows it: "three polyps", "2 small nodules"."""
    return quantity.dimension == "number" and bool(_THINGS.match(asked.text, quantity.end))


def _own(said: list[Quantity], about: frozenset[str], others: Sequence[frozenset[str]], asked: Asked) -> list[Quantity]:
    """Of several quantities those that are this column's: their own clause names it, or at least no other column.

    "T2W score 3, DWI score 5" gives 3 to "T2W score" and 5 to "DWI score"; "2 cm with a 6 mm solid component" keeps 6 mm away
    from "total size".
    """
    if len(said) < 2 and not others:
        return said
    distinctive = about - frozenset().union(*others)
    none = [quantity for quantity in said if quantity.text.lower().startswith(("no ", "without ", "zero ", "none "))]
    mine = [*_naming(said, distinctive, asked), *none]
    claimed = [quantity for other in others for quantity in _naming(said, other - about, asked)]
    return _largest(mine or [quantity for quantity in said if quantity not in claimed])


def _largest(said: list[Quantity]) -> list[Quantity]:
    """Of several lengths that could all be meant the largest: guidelines go by the largest nodule, and by the largest diameter."""
    lengths = [quantity for quantity in said if quantity.dimension == "length (mm)" and quantity.low is not None]
    if len(lengths) < 2 or len(lengths) < len(said):
        return said
    return [max(lengths, key=lambda quantity: quantity.low or 0.0)]


def _naming(said: Sequence[Quantity], name: frozenset[str], asked: Asked) -> list[Quantity]:
    """The quantities whose clause has most of a column's words, so that "part-solid" does not count beside "solid component"."""
    shared = [len(name_stems(asked.clause(quantity)) & name) for quantity in said]
    most = max(shared, default=0)
    return [quantity for quantity, count in zip(said, shared, strict=True) if count == most > 0]


def _of_its_kind(quantity: Quantity, intervals: Sequence[Quantity], cell: str, asked: Asked) -> Sequence[Quantity]:
    """Of a cell's several intervals those with the word that follows the quantity: "5 cm deep" is not measured by "<= 10 cm long"."""
    word = _NEXT_WORD.match(asked.text, quantity.end)
    main = without_brackets(cell)
    same = [one for one in intervals if word and (next_ := _NEXT_WORD.match(main, one.end)) and next_[1].lower() == word[1].lower()]
    return same or intervals


_NEXT_WORD = re.compile(r"\s{0,3}([A-Za-z]{3,60})")


def _meets(said: Sequence[Quantity], intervals: Sequence[Quantity], cell: str, asked: Asked) -> Judgement:
    if cell.lower() in ANY or not intervals or not is_interval(cell):
        return None
    verdict: Judgement = None
    for quantity in said:
        for interval in _of_its_kind(quantity, intervals, cell, asked):
            there = in_dimension(quantity, interval)
            if there is None:
                continue
            if interval.contains(there):
                return True
            verdict = (verdict if verdict is not None else False) if not _shares(interval, there) else 0.5
    return verdict


def _shares(one: Quantity, other: Quantity) -> bool:
    """Whether two intervals have more than one end in common: "within 6 h" is not "6-24 h"."""
    touching = (one.high is not None and one.high == other.low) or (other.high is not None and other.high == one.low)
    return one.overlaps(other) and not (touching and not one.is_point and not other.is_point)
