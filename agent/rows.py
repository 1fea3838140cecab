"""Which rows of a table apply: a question's parameters compared with the condition columns, cell by cell. Pure.

"7 mm" lies in "6-8 mm", "high risk" is not "low", "TR4" is not "TR5". A row with one conflict is never quoted as the answer,
however similar its words are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from agent.asked import GENERIC, Asked, Code, cell_codes
from agent.wording import flat_tokens, occurrences, wording
from corpora.quantities import Quantity, find_quantities
from corpora.types import Passage, SourceRecord
from retrievers.words import stem, tokens, words

ANY = frozenset(("any", "all", "-", "any size", "any number", "not applicable", "n/a"))
ColumnKind = Literal["quantity", "code", "value", "text"]
_CODE_HEADERS = frozenset(
    ["category", "class", "grade", "type", "stage", "level", "zone", "group", "classification", "phenotype", "collection", "tr", "lr"]
)
_MAX_VALUE_WORDS = 4
_NEGATION = re.compile(r"\b(?:no|not|without|absent|none|non|never|negative)\b", re.IGNORECASE)


class Column(NamedTuple):
    """One column of a table with all its cells, in row order."""

    header: str
    cells: tuple[str, ...]
    kind: ColumnKind
    is_result: bool


class RowFit(NamedTuple):
    """How a row meets a question.

    `matched` and `conflicts` name columns; `open` are condition columns that decide and that the question leaves unsettled;
    `overlap` (0-1) is how much of the row's free text the question's words cover; `hard` counts matched quantities and codes.
    """

    passage: Passage
    matched: tuple[str, ...]
    conflicts: tuple[str, ...]
    open: tuple[str, ...]
    overlap: float
    hard: int = 0

    @property
    def strength(self) -> float:
        """Higher is better; below zero for any conflict."""
        return -len(self.conflicts) if self.conflicts else len(self.matched) + self.overlap


def columns(rows: Sequence[Passage]) -> list[Column]:
    """The columns of one table; `rows` share their header. Without `results` in the source, the last column is the result."""
    header = rows[0].header
    results = set(rows[0].source.results) & set(header) or {header[-1]}
    made = []
    for number, name in enumerate(header):
        cells = tuple(row.cells[number] if number < len(row.cells) else "" for row in rows)
        made.append(Column(name, cells, _kind(name, cells), name in results))
    return made


def _kind(header: str, cells: Sequence[str]) -> ColumnKind:
    decided = [cell for cell in cells if cell.lower() not in ANY]
    if not decided:
        return "text"
    header_words = set(flat_tokens(header))
    coded = [cell for cell in decided if cell_codes(cell)[1] and not _is_measured(cell)]
    if len(coded) * 2 > len(decided) and (
        header_words & _CODE_HEADERS or sum(bool(cell_codes(cell)[0]) for cell in coded) * 2 > len(decided)
    ):
        return "code"
    if sum(_is_interval(cell) for cell in decided) * 2 >= len(decided):
        return "quantity"
    if all(len(flat_tokens(value)) <= _MAX_VALUE_WORDS for cell in decided for value in values(cell)):
        return "value"
    return "text"


def _is_interval(cell: str) -> bool:
    """Whether a cell is one quantity and at most two further words."""
    main = _without_brackets(cell)
    found = find_quantities(main)
    if not found:
        return False
    rest = main
    for quantity in found:
        rest = rest.replace(quantity.text, " ")
    return len(re.findall(r"[A-Za-z]{2,}", rest)) <= 3


def _is_measured(cell: str) -> bool:
    """Whether a cell's quantities have a unit or a comparator: then its numbers are no category codes."""
    found = find_quantities(_without_brackets(cell))
    return any(q.dimension != "number" or q.low is None or q.high is None for q in found)


def _without_brackets(cell: str) -> str:
    return re.sub(r"\([^)]*\)", " ", cell).strip()


def values(cell: str) -> list[str]:
    """The alternatives a cell allows: "low or high" -> low, high; "subsolid (ground-glass or part-solid)" -> all three."""
    return [part.strip() for part in re.split(r"\bor\b|[,;()/]", cell) if part.strip()]


class Domain(NamedTuple):
    """What a whole document's tables know.

    `values`: column header -> every value (stems) that any table has in a column of that name. `named`: whether some column's
    cells carry the system's own name ("CAD-RADS 3"), so that "CAD-RADS 3" in a question means that column and not "P3".
    """

    values: dict[str, set[tuple[str, ...]]]
    named: bool


_NO_DOMAIN = Domain({}, named=False)


def fit_document(passages: Sequence[Passage], asked: Asked) -> list[RowFit]:
    """How every table row of one document meets the question; "part-solid" speaks against a row of another table that says "solid"."""
    grouped = tables(passages)
    known: dict[str, set[tuple[str, ...]]] = {}
    named = False
    for rows in grouped:
        aliases = {alias.lower() for alias in rows[0].source.aliases}
        for column in columns(rows):
            named = named or (column.kind == "code" and bool(_prefixes(column) & aliases))
            if not column.is_result:
                known.setdefault(column.header, set()).update(_column_values(column))
    domain = Domain(known, named)
    return [fit for rows in grouped for fit in fit_table(rows, asked, domain)]


def _prefixes(column: Column) -> set[str]:
    return {prefix for cell in column.cells if (prefix := cell_codes(cell)[0])}


def fit_table(rows: Sequence[Passage], asked: Asked, domain: Domain = _NO_DOMAIN) -> list[RowFit]:
    """How each row of one table meets the question, in row order."""
    made = columns(rows)
    verdicts = [_judge(column, asked, rows[0].source, domain) for column in made]
    fits = []
    for number, row in enumerate(rows):
        matched, conflicts, undecided, overlaps = [], [], [], []
        for column, verdict in zip(made, verdicts, strict=True):
            value = verdict[number]
            if value is True:
                matched.append(column.header)
            elif value is False:
                conflicts.append(column.header)
            elif isinstance(value, float):
                overlaps.append(value)
            elif not column.is_result and column.cells[number].lower() not in ANY and len(set(column.cells)) > 1:
                undecided.append(column.header)
        hard = sum(column.kind in ("quantity", "code") for column in made if column.header in matched)
        fits.append(RowFit(row, tuple(matched), tuple(conflicts), tuple(undecided), max(overlaps, default=0.0), hard))
    return fits


Judgement = bool | float | None
"""True: the cell holds what the question says; False: something else; a share of covered words; None: the question does not say."""


def _judge(column: Column, asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    match column.kind:
        case "code":
            return _judge_codes(column, asked, source, domain)
        case "quantity":
            return [None] * len(column.cells) if column.is_result else _judge_quantities(column, asked)
        case "value":
            return _judge_text(column, asked) if column.is_result else _judge_values(column, asked, domain)
        case "text":
            return _judge_text(column, asked)


def _judge_codes(column: Column, asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    named = _names_of(column, source, domain)
    mentioned = {code.code for code in asked.codes if code.prefix in named}
    if not mentioned:
        return [None] * len(column.cells)
    held = [cell_codes(cell)[1] for cell in column.cells]
    known = set().union(*held)
    if not mentioned & known:  # "BI-RADS 4" where the table has 4A, 4B, 4C: all of them
        parents = {code for code in known if any(code.startswith(wanted) and code[len(wanted) :].isalpha() for wanted in mentioned)}
        mentioned = mentioned | parents
        if not parents:
            return [None] * len(column.cells)
    return [None if cell.lower() in ANY or not codes else bool(codes & mentioned) for cell, codes in zip(column.cells, held, strict=True)]


def _names_of(column: Column, source: SourceRecord, domain: Domain) -> set[str]:
    """What may stand before a code of this column: the header's words, the cells' own prefix, and the system's names where they mean it."""
    own = _prefixes(column)
    headed = bool(set(flat_tokens(column.header)) & _CODE_HEADERS)
    main = bool(own & {alias.lower() for alias in source.aliases}) if domain.named else headed
    phrases = {column.header, *own, *(source.aliases if main else ())}
    names = {phrase.lower() for phrase in phrases} | {flat[-1] for phrase in phrases if (flat := flat_tokens(phrase))}
    names |= {name.replace("rads", "-rads") for name in names if name.endswith("rads") and "-" not in name}
    return names | (set(GENERIC) if main or (headed and not own) or not column.is_result else set()) - {""}


def _judge_quantities(column: Column, asked: Asked) -> list[Judgement]:
    cells = [_intervals(column.header, cell) for cell in column.cells]
    dimensions = {interval.dimension for intervals in cells for interval in intervals}
    said = [quantity for quantity in asked.quantities if _comparable(quantity, dimensions, column.header, cells, asked)]
    said = _closest(said, column.header, asked)
    if not said:
        return _judge_text(column, asked)
    return [_meets(said, intervals, cell) for intervals, cell in zip(cells, column.cells, strict=True)]


def _intervals(header: str, cell: str) -> list[Quantity]:
    found = find_quantities(_without_brackets(cell)) + [q for inner in re.findall(r"\(([^)]*)\)", cell) for q in find_quantities(inner)]
    return [_as_age(quantity) if "age" in flat_tokens(header) else quantity for quantity in found]


def _as_age(quantity: Quantity) -> Quantity:
    factor = {"time (days)": 1 / 365.25, "number": 1.0}.get(quantity.dimension)
    if factor is None:
        return quantity
    scaled = {side: None if bound is None else bound * factor for side, bound in (("low", quantity.low), ("high", quantity.high))}
    return quantity.model_copy(update={"dimension": "age (years)", **scaled})


_UNIT_SPARED = frozenset((
    "filtration (mL/min/1.73 m2)", "concentration (ng/mL)", "attenuation (HU)", "angle (degrees)", "age (years)",
    "pressure (mmHg)", "share (%)",
))  # fmt: skip
"""Dimensions whose unit people leave out after the name: "eGFR of 25", "D-dimer 700"."""


def _comparable(quantity: Quantity, dimensions: set[str], header: str, cells: list[list[Quantity]], asked: Asked) -> bool:
    if quantity.dimension in dimensions and quantity.dimension != "number":
        return True
    if quantity.dimension == "number" and dimensions & _UNIT_SPARED:
        return bool({stem(quantity.label)} & {stem(word) for word in flat_tokens(header)} or quantity.label in tokens(header))
    if not dimensions & {"number", "points"} or quantity.dimension not in ("number", "points"):
        return False
    about = {stem(word) for word in flat_tokens(header)} | ({"point", "score"} if quantity.dimension == "points" else set())
    near = {stem(word) for word in flat_tokens(asked.text[max(0, quantity.start - 40) : quantity.end + 25])}
    return bool(about & near) or ({stem(quantity.label)} & about != set()) or (quantity.dimension == "points" and "points" in dimensions)


def _closest(said: list[Quantity], header: str, asked: Asked) -> list[Quantity]:
    """Of several quantities of one dimension, those whose surroundings name the column; all of them if none does."""
    if len(said) < 2:
        return said
    about = {stem(word) for word in flat_tokens(header)}
    near = [q for q in said if about & {stem(word) for word in flat_tokens(asked.text[max(0, q.start - 25) : q.end + 25])}]
    return near or said


def _meets(said: Sequence[Quantity], intervals: Sequence[Quantity], cell: str) -> Judgement:
    if cell.lower() in ANY or not intervals or not _is_interval(cell):
        return None
    verdict: Judgement = None
    for quantity in said:
        for interval in intervals:
            quantity_there = _in_dimension(quantity, interval)
            if quantity_there is None:
                continue
            if interval.contains(quantity_there):
                return True
            verdict = (verdict if verdict is not None else False) if not interval.overlaps(quantity_there) else 0.5
    return verdict


def _in_dimension(quantity: Quantity, interval: Quantity) -> Quantity | None:
    if quantity.dimension == interval.dimension:
        return quantity
    if {quantity.dimension, interval.dimension} == {"number", "points"} or (
        quantity.dimension == "number" and interval.dimension in _UNIT_SPARED
    ):
        return quantity.model_copy(update={"dimension": interval.dimension})
    return None


def _judge_values(column: Column, asked: Asked, domain: Domain) -> list[Judgement]:
    mentioned = _mentioned(column, asked, domain.values.get(column.header, set()) | _column_values(column))
    if not mentioned:
        return _judge_text(column, asked)
    return [None if cell.lower() in ANY else bool(_normal_values(cell) & mentioned) for cell in column.cells]


def _normal_values(cell: str) -> set[tuple[str, ...]]:
    return {_singular(tokens) for value in values(cell) if (tokens := flat_tokens(value))}


def _singular(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(stem(token) for token in tokens)


def _column_values(column: Column) -> set[tuple[str, ...]]:
    return {value for cell in column.cells if cell.lower() not in ANY for value in _normal_values(cell)}


def _mentioned(column: Column, asked: Asked, all_values: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The values that the question names or implies for this column; a longer value hides the shorter ones inside it."""
    header = [stem(word) for word in flat_tokens(column.header)]
    sequence = [stem(token) for token in asked.tokens]
    taken: set[int] = set()
    found: set[tuple[str, ...]] = set()
    for value in sorted(all_values, key=lambda value: (-len(value), value)):
        needs_header = (
            value[0] in ("low", "high", "mild", "moderate", "severe", "yes", "no", "present", "absent", "none") and len(value) == 1
        )
        for span in occurrences(value, sequence, taken):
            around = sequence[max(0, span.start - 3) : span.stop + 3]
            if needs_header and not (set(header) & set(around)) and value[0] not in ("mild", "moderate", "severe"):
                continue
            taken |= set(span)
            found.add(value)
    if not found:
        for name, implied in asked.implied.items():
            if set(flat_tokens(name)) & set(flat_tokens(column.header)):
                found |= {_singular(flat_tokens(value)) for value in implied} & all_values
    return found


def _judge_text(column: Column, asked: Asked) -> list[Judgement]:
    """Share of a cell's distinctive words that the question has; words that every cell has tell nothing."""
    bags = [set(words(cell)) for cell in column.cells]
    common = set.intersection(*bags) if len(bags) > 1 else set()
    judged: list[Judgement] = []
    for cell, bag in zip(column.cells, bags, strict=True):
        distinctive = bag - common or bag
        if cell.lower() in ANY or not distinctive:
            judged.append(None)
            continue
        share = len(distinctive & asked.stems) / len(distinctive)
        judged.append(_with_quantities(share, cell, column, asked) if share else None)
    return judged


def _with_quantities(share: float, cell: str, column: Column, asked: Asked) -> Judgement:
    """A described finding with a measure in it ("wall >= 4 mm, enhancing"): the measure decides when the words already fit."""
    if column.is_result:
        return share * 0.5
    inside = [q for q in find_quantities(cell) if q.dimension != "number"]
    said = [q for q in asked.quantities if any(q.dimension == interval.dimension for interval in inside)]
    verdicts = [any(interval.contains(q) for q in said if q.dimension == interval.dimension) for interval in inside
                if any(q.dimension == interval.dimension for q in said)]  # fmt: skip
    if verdicts:
        return min(1.0, share + 0.3) if all(verdicts) else (False if not any(verdicts) else share * 0.5)
    return share


def tables(passages: Sequence[Passage]) -> list[list[Passage]]:
    """A document's rows grouped by table: same section and header, in order."""
    grouped: dict[tuple[str, tuple[str, ...]], list[Passage]] = {}
    for passage in passages:
        if passage.is_row:
            grouped.setdefault((passage.section, passage.header), []).append(passage)
    return list(grouped.values())


def fits_intent(row: Passage, asked: Asked) -> bool:
    """Whether one of the row's result columns is of the kind that is asked for first; True when nothing tells what is asked."""
    if not asked.intents:
        return True
    wanted = {stem(word.lower()) for word in wording().columns[asked.intents[0]]}
    return any({stem(word) for word in flat_tokens(name)} & wanted for name in row.header if name in row.source.results)


def unmet(row: Passage, asked: Asked) -> list[Quantity]:
    """The question's measured values (times aside) that no interval of the row takes in."""
    there = [quantity for cell in row.cells for quantity in find_quantities(cell)]
    return [
        said
        for said in asked.quantities
        if said.dimension not in ("number", "time (days)", "age (years)") and not any(other.contains(said) for other in there)
    ]


def answer_columns(row: Passage, asked: Asked) -> list[str]:
    """The columns of a row that answer what is asked, best first: by intent, else the source's result columns in order."""
    header = row.header
    results = [name for name in header if name in row.source.results] or [header[-1]]
    chosen: list[str] = []
    for intent in asked.intents:
        wanted = {stem(word.lower()) for word in wording().columns[intent]}
        hits = [name for name in header if {stem(word) for word in flat_tokens(name)} & wanted]
        free = [name for name in hits if not set(words(row.row.get(name, ""))) & asked.stems]
        pool = [name for name in hits if name in results] or ([] if intent in ("next step", "meaning") else free)
        chosen += [name for name in pool if name not in chosen]
    return chosen or results[-1:]


__all__ = ["Code", "Column", "RowFit", "answer_columns", "columns", "fit_document", "fit_table", "fits_intent", "tables", "unmet", "values"]
