"""A system's tables joined to their cards: every row with its conditions and the words of the card that it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.quantities import Quantity, find_quantities
from corpora.readers.cards import FOLDER, card
from corpora.rules.system import Feature, Part, System, Table, Written
from corpora.types import Document, Frozen, Passage

POINTS = "points"
ANY = ("any", "any size", "not assessed")


class Cited(Frozen):
    """What a row rests on: the card's row or sentence as it stands there, spoken, and whose it is."""

    card: str
    title: str
    year: int | None
    link: str
    quote: str
    spoken: str


class Condition(NamedTuple):
    """What a row asks of one feature: one of `values`, or to lie in one of `intervals`; `text` is how the row says it."""

    feature: str
    values: frozenset[str]
    intervals: tuple[Quantity, ...]
    text: str


class Row(NamedTuple):
    """Conditions that must all hold, what then holds, and the words it rests on."""

    conditions: tuple[Condition, ...]
    then: str
    cited: Cited
    instead: bool = False


class Joined(NamedTuple):
    """A table with its rows."""

    table: Table
    rows: tuple[Row, ...]


@cache
def joined(system: System) -> tuple[Joined, ...]:
    """The system's tables with the rows of their cards.

    Raises:
        MalformedDocument: a section, column, row or sentence is not in the card, or a cell is none of a feature's values.
    """
    return tuple(Joined(table, tuple(_rows(system, table))) for table in system.tables)


def _rows(system: System, table: Table) -> Iterator[Row]:
    given = {other.gives: other.way == "sum" for other in system.tables}
    for written in table.rows:
        yield _as_written(system, written, given, table)
    for part in table.parts:
        found = [one for one in _passages(part.card or system.card) if one.is_row and one.section == part.section]
        if not found:
            raise MalformedDocument(_where(system), f"card {part.card or system.card!r} has no table under {part.section!r}")
        for passage in found:
            if not set(part.leave) & set(passage.cells):
                yield _of_card(system, table, part, passage, given)


def _of_card(system: System, table: Table, part: Part, passage: Passage, given: Mapping[str, bool]) -> Row:
    row = passage.row
    columns = {row[part.value_in]: part.names.get(row[part.feature_in], row[part.feature_in])} if part.feature_in else {}
    pairs = [(feature, cell) for cell, feature in columns.items()]
    for column, feature in part.columns.items():
        if column not in row:
            raise MalformedDocument(_where(system), f"the table under {part.section!r} has no column {column!r}")
        pairs.append((feature, row[column]))
    asked: dict[str, str | tuple[str, ...]] = {}
    for feature, cell in pairs:
        asked |= part.cells.get(cell, {} if cell.lower() in ANY else {feature: cell})
    conditions = [condition(system, feature, told, given) for feature, told in asked.items()]
    return Row(tuple(conditions), _outcome(row[part.result], table), _cited(passage))


def _outcome(cell: str, table: Table) -> str:
    """A category without what stands in brackets behind it; advice as it is."""
    return plain(cell) if table.gives not in ("management", "meaning") else cell


def plain(cell: str) -> str:
    """A category's name alone: "Lung-RADS 3 (probably benign)" is "Lung-RADS 3"."""
    return " ".join(re.sub(r"\([^()]{0,200}\)", "", cell).split())


def _as_written(system: System, written: Written, given: Mapping[str, bool], table: Table) -> Row:
    name = written.card or system.card
    wanted = _cells(written.row) if written.row else ()
    for passage in _passages(name):
        if (passage.is_row and wanted == passage.cells) or (written.said and written.said in passage.text and not passage.is_row):
            cited = _cited(passage, written.said)
            break
    else:
        raise MalformedDocument(_where(system), f"card {name!r} does not say {written.row or written.said!r}")
    conditions = []
    for feature, values in written.when.items():
        one = condition(system, feature, values, given)
        held = find_quantities(cited.quote)
        measures = [interval for interval in one.intervals if interval.dimension != "number"]  # a score or count may be written out
        if stray := [interval for interval in measures if not any(_same_limits(interval, other) for other in held)]:
            raise MalformedDocument(_where(system), f"{stray[0].text!r} does not stand in {cited.quote!r} of card {name!r}")
        conditions.append(one)
    return Row(tuple(conditions), written.then, cited, instead=written.instead)


def _same_limits(one: Quantity, other: Quantity) -> bool:
    """Whether the limits of one interval are among the other's, "15 mm" of "5 to < 15 mm"."""
    limits = {round(value, 3) for value in (one.low, one.high) if value is not None}
    return one.dimension == other.dimension and limits <= {round(value, 3) for value in (other.low, other.high) if value is not None}


def _cells(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.split(" | "))


def condition(system: System, name: str, said: str | tuple[str, ...], given: Mapping[str, bool] = MappingProxyType({})) -> Condition:
    """A cell or a written value as a condition on a feature, or on what an earlier table gives (`given`: is it a sum?)."""
    feature = system.feature(name)
    told = (said,) if isinstance(said, str) else said
    text = " or ".join(told)
    if feature is None and name not in given:
        raise MalformedDocument(_where(system), f"a table names the feature {name!r}, which there is not")
    if feature is None and not given[name]:
        return Condition(name, frozenset(map(plain, told)), (), text)
    if feature is None or feature.dimension:
        intervals = tuple(_as(quantity, feature) for one in told for quantity in find_quantities(plain(one))[:2])
        if not intervals:
            raise MalformedDocument(_where(system), f"{text!r} is no {name}")
        return Condition(name, frozenset(), intervals, text)
    return Condition(name, frozenset(value for one in told for value in _values(system, feature, one)), (), text)


def _as(quantity: Quantity, feature: Feature | None) -> Quantity:
    wanted = feature.dimension if feature else POINTS
    factor = 1.0
    if wanted == "age (years)" and quantity.dimension == "time (days)":
        factor = 1 / 365.25
    if quantity.dimension not in (wanted, "number") and factor == 1.0:
        return quantity
    low, high = (None if bound is None else round(bound * factor, 6) for bound in (quantity.low, quantity.high))
    return quantity.model_copy(update={"dimension": wanted, "low": low, "high": high})


def _values(system: System, feature: Feature, cell: str) -> tuple[str, ...]:
    """The values that a cell names: itself, or its parts between commas and "or".

    Raises:
        MalformedDocument: a part is none.
    """
    if whole := feature.value(cell):
        return (whole,)
    parts = [part for part in re.split(r",\s{0,3}(?:or\s{1,3})?|\s{1,3}or\s{1,3}", cell) if part]
    found = tuple(feature.value(part) for part in parts)
    if not all(found):
        raise MalformedDocument(_where(system), f"{cell!r} is none of the values of {feature.id!r}")
    return found


@cache
def _card(name: str) -> Document:
    path = FOLDER / f"{name}.md"
    if not path.is_file():
        raise MalformedDocument(str(path), "a scoring system names this card, and there is none")
    return card(path)


@cache
def _passages(name: str) -> tuple[Passage, ...]:
    return tuple(split(_card(name)))


def _cited(passage: Passage, said: str = "") -> Cited:
    source = passage.source
    quote = said or " | ".join(passage.cells) or passage.text
    spoken = said or passage.spoken
    return Cited(card=source.id, title=source.title, year=source.year, link=source.link, quote=quote, spoken=spoken)


def _where(system: System) -> str:
    return f"corpora/rules/{system.id}.toml"
