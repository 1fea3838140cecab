"""One column of a table against a question: does each cell hold what the question says, something else, or nothing to the point? Pure.

Cells are read by kind: a quantity by comparing intervals, a category by its code, a short value by name, a description by its
words, with their negation ("spares the ascending aorta" is not "ascending") and their relations ("> liver" is not "<= liver").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from agent.asked import GENERIC, Asked, cell_codes
from agent.wording import flat_tokens, occurrences, wording
from corpora.quantities import Quantity, find_quantities
from corpora.types import SourceRecord
from retrievers.words import stem, tokens, words

ANY = frozenset(("any", "all", "-", "any size", "any number", "not applicable", "n/a"))
ColumnKind = Literal["quantity", "code", "value", "text"]
_CODE_HEADERS = frozenset("category class grade type stage level zone group classification phenotype collection tr lr".split())
_MAX_VALUE_WORDS = 4
_NEEDS_HEADER = frozenset("low high yes no present absent none positive negative normal altered".split())
_AFFIRMED, _DENIED = frozenset(("present", "yes", "positive", "definite")), frozenset(("absent", "no", "none", "negative"))
_UNIT_SPARED = frozenset((
    "filtration (mL/min/1.73 m2)", "concentration (ng/mL)", "attenuation (HU)", "angle (degrees)", "age (years)",
    "pressure (mmHg)", "share (%)", "concentration (IU/L)",
))  # fmt: skip
"""Dimensions whose unit people leave out after the name: "eGFR of 25", "D-dimer 700"."""


class Column(NamedTuple):
    """One column of a table with all its cells, in row order."""

    header: str
    cells: tuple[str, ...]
    kind: ColumnKind
    is_result: bool

    @classmethod
    def of(cls, header: str, cells: Sequence[str], *, is_result: bool) -> Column:
        """The column with its kind."""
        return cls(header, tuple(cells), _kind(header, cells), is_result)


class Domain(NamedTuple):
    """What a whole document's tables know.

    `values`: column header -> every value (stems) that any table has in a column of that name. `named`: whether some column's
    cells carry the system's own name ("CAD-RADS 3"), so that "CAD-RADS 3" in a question means that column and not "P3".
    """

    values: dict[str, set[tuple[str, ...]]]
    named: bool


Judgement = bool | float | None
"""True: the cell holds what the question says; False: something else; a share of covered words; None: the question does not say."""


def judge(column: Column, table: Sequence[Column], asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    """A judgement for each cell of the column; `table` are all columns of its table, this one among them."""
    match column.kind:
        case "code":
            return _judge_codes(column, table, asked, source, domain)
        case "quantity":
            return [None] * len(column.cells) if column.is_result else _judge_quantities(column, table, asked)
        case "value":
            return _judge_text(column, asked) if column.is_result else _judge_values(column, asked, domain)
        case "text":
            return _judge_text(column, asked)


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


def prefixes(column: Column) -> set[str]:
    """The names before the codes of a column's cells."""
    return {prefix for cell in column.cells if (prefix := cell_codes(cell)[0])}


def _judge_codes(column: Column, table: Sequence[Column], asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    named = _names_of(column, source, domain)
    elsewhere = frozenset().union(*(_about(other.header) for other in table if other is not column))  # "DWI score 3" is no PI-RADS 3
    mentioned = {code.code for code in asked.codes if code.prefix in named and stem(code.owner) not in elsewhere}
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
    own = prefixes(column)
    headed = bool(set(flat_tokens(column.header)) & _CODE_HEADERS)
    main = bool(own & {alias.lower() for alias in source.aliases}) if domain.named else headed
    phrases = {column.header, *own, *(source.aliases if main else ())}
    names = {phrase.lower() for phrase in phrases} | {flat[-1] for phrase in phrases if (flat := flat_tokens(phrase))}
    names |= {name.replace("rads", "-rads") for name in names if name.endswith("rads") and "-" not in name}
    return names | (set(GENERIC) if main or (headed and not own) or not column.is_result else set()) - {""}


def _intervals(header: str, cell: str) -> list[Quantity]:
    found = find_quantities(_without_brackets(cell)) + [q for inner in re.findall(r"\(([^)]*)\)", cell) for q in find_quantities(inner)]
    return [_as_age(quantity) if "age" in flat_tokens(header) else quantity for quantity in found]


def _as_age(quantity: Quantity) -> Quantity:
    factor = {"time (days)": 1 / 365.25, "number": 1.0}.get(quantity.dimension)
    if factor is None:
        return quantity
    scaled = {side: None if bound is None else bound * factor for side, bound in (("low", quantity.low), ("high", quantity.high))}
    return quantity.model_copy(update={"dimension": "age (years)", **scaled})


def _in_dimension(quantity: Quantity, interval: Quantity) -> Quantity | None:
    if quantity.dimension == interval.dimension:
        return quantity
    if {quantity.dimension, interval.dimension} == {"number", "points"} or (
        quantity.dimension == "number" and interval.dimension in _UNIT_SPARED
    ):
        return quantity.model_copy(update={"dimension": interval.dimension})
    return None


def _normal_values(cell: str) -> set[tuple[str, ...]]:
    return {_singular(tokens) for value in values(cell) if (tokens := flat_tokens(value))}


def _singular(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(stem(token) for token in tokens)


def column_values(column: Column) -> set[tuple[str, ...]]:
    """Every value of a column, as stems."""
    return {value for cell in column.cells if cell.lower() not in ANY for value in _normal_values(cell)}


def _judge_quantities(column: Column, table: Sequence[Column], asked: Asked) -> list[Judgement]:
    cells = [_intervals(column.header, cell) for cell in column.cells]
    names = [_about(column.header)] * len(cells)
    if _is_mixed(cells):
        rows = [" ".join(row) for row in _row_names(column, table)]
        cells = [_intervals(row, cell) for row, cell in zip(rows, column.cells, strict=True)]
        names = [_about(row) for row in rows]
    rivals = [(_about(other.header), _dimensions(other)) for other in table if other.kind == "quantity" and other is not column]
    judged: list[Judgement] = []
    for intervals, cell, about in zip(cells, column.cells, names, strict=True):
        others = [name for name, dimensions in rivals if dimensions & {interval.dimension for interval in intervals}]
        said = [q for q in (*asked.quantities, *_none_of(column, asked)) if _comparable(q, intervals, about, asked)]
        judged.append(_meets(_own(said, about, others, asked), intervals, cell))
    return judged if any(verdict is not None for verdict in judged) else _judge_text(column, asked)


def _dimensions(column: Column) -> set[str]:
    return {interval.dimension for cell in column.cells for interval in _intervals(column.header, cell)}


def _is_mixed(cells: Sequence[Sequence[Quantity]]) -> bool:
    """Whether the column holds several dimensions ("threshold": years, minutes, points), so that each row says what it measures."""
    held = [{interval.dimension for interval in intervals} for intervals in cells if intervals]
    return not any(sum(dimension in there for there in held) > 0.8 * len(held) for dimension in set().union(*held))


def _row_names(column: Column, table: Sequence[Column]) -> list[tuple[str, ...]]:
    return [tuple(other.cells[number] for other in table if other.kind in ("text", "value") and not other.is_result and other is not column)
            for number in range(len(column.cells))]  # fmt: skip


def _about(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in flat_tokens(name))


def _none_of(column: Column, asked: Asked) -> list[Quantity]:
    """A zero for "no additional major feature" under the header "additional major features"."""
    wanted = _about(column.header)
    for match in re.finditer(r"\b(?:no|without|zero|none of the)\s+((?:[\w-]+\s*){1,4})", asked.text, re.IGNORECASE):
        if len(wanted & _about(match[1])) * 2 > len(wanted):
            return [Quantity(text=match[0], start=match.start(), end=match.end(), dimension="number", low=0, high=0)]
    return []


def _comparable(quantity: Quantity, intervals: Sequence[Quantity], about: frozenset[str], asked: Asked) -> bool:
    dimensions = {interval.dimension for interval in intervals}
    if quantity.dimension in dimensions and quantity.dimension != "number":
        return True
    if quantity.dimension == "number" and dimensions & _UNIT_SPARED:
        return bool(quantity.label) and (stem(quantity.label.lower()) in about or bool(_about(quantity.label) & about))
    if not dimensions & {"number", "points"} or quantity.dimension not in ("number", "points"):
        return False
    if quantity.dimension == "points" and "points" in dimensions:
        return True
    near = _about(asked.text[max(0, quantity.start - 40) : quantity.end + 25])
    return bool((about | ({"point", "score"} if quantity.dimension == "points" else set())) & near)


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
    return mine or [quantity for quantity in said if quantity not in claimed]


def _naming(said: Sequence[Quantity], name: frozenset[str], asked: Asked) -> list[Quantity]:
    """The quantities whose clause has most of a column's words, so that "part-solid" does not count beside "solid component"."""
    shared = [len(_about(_clause(quantity, asked)) & name) for quantity in said]
    most = max(shared, default=0)
    return [quantity for quantity, count in zip(said, shared, strict=True) if count == most > 0]


_BOUNDARY = re.compile(r"[,;:?()]|[.]\s")


def _clause(quantity: Quantity, asked: Asked) -> str:
    """The words around a quantity up to the next comma, bracket or other quantity."""
    start = max((other.end for other in asked.quantities if other.end <= quantity.start), default=0)
    end = min((other.start for other in asked.quantities if other.start >= quantity.end), default=len(asked.text))
    before, after = asked.text[start : quantity.start], asked.text[quantity.end : end]
    return f"{_BOUNDARY.split(before)[-1]} {_BOUNDARY.split(after)[0]}"


def _meets(said: Sequence[Quantity], intervals: Sequence[Quantity], cell: str) -> Judgement:
    if cell.lower() in ANY or not intervals or not _is_interval(cell):
        return None
    verdict: Judgement = None
    for quantity in said:
        for interval in intervals:
            there = _in_dimension(quantity, interval)
            if there is None:
                continue
            if interval.contains(there):
                return True
            verdict = (verdict if verdict is not None else False) if not interval.overlaps(there) else 0.5
    return verdict


def _judge_values(column: Column, asked: Asked, domain: Domain) -> list[Judgement]:
    mentioned = _mentioned(column, asked, domain.values.get(column.header, set()) | column_values(column))
    if mentioned:
        return [None if cell.lower() in ANY else bool(_normal_values(cell) & mentioned) for cell in column.cells]
    return _judge_presence(column, asked) or _judge_text(column, asked)


def _mentioned(column: Column, asked: Asked, all_values: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The values that the question names or implies for this column; a longer value hides the shorter ones inside it."""
    header = [stem(word) for word in flat_tokens(column.header)]
    sequence = [stem(token) for token in asked.tokens]
    taken: set[int] = set()
    found: set[tuple[str, ...]] = set()
    for value in sorted(all_values, key=lambda value: (-len(value), value)):
        for span in occurrences(value, sequence, taken):
            around = sequence[max(0, span.start - 3) : span.stop + 3]
            if len(value) == 1 and value[0] in _STEMMED_NEEDS_HEADER and not (set(header) & set(around)):
                continue
            taken |= set(span)
            found.add(value)
    if not found:
        for name, implied in asked.implied.items():
            if set(flat_tokens(name)) & set(flat_tokens(column.header)):
                found |= {_singular(flat_tokens(value)) for value in implied} & all_values
    return found


_STEMMED_NEEDS_HEADER = frozenset(stem(word) for word in _NEEDS_HEADER)


def _judge_presence(column: Column, asked: Asked) -> list[Judgement] | None:
    """A column of present/absent whose header the question names, affirmed or denied; None when it is no such column or not named."""
    decided = [cell.lower() for cell in column.cells if cell.lower() not in ANY]
    if not decided or not all({*values(cell)} & (_AFFIRMED | _DENIED) for cell in decided):
        return None
    header, (said, denied) = frozenset(words(column.header)), polarity(asked.text)
    if not header or not header <= said | denied:
        return None
    affirmed = header <= said
    wanted = _AFFIRMED if affirmed else _DENIED
    return [None if cell.lower() in ANY else bool({part.lower() for part in values(cell)} & wanted) for cell in column.cells]


def _judge_text(column: Column, asked: Asked) -> list[Judgement]:
    """Share of a cell's distinctive words that the question has; words that every cell has tell nothing."""
    bags = [frozenset().union(*polarity(cell)) for cell in column.cells]
    common = frozenset.intersection(*bags) if len(bags) > 1 else frozenset()
    return [_describe(cell, common, column, asked) for cell in column.cells]


def _describe(cell: str, common: frozenset[str], column: Column, asked: Asked) -> Judgement:
    said, denied = polarity(cell)
    distinctive = (said | denied) - common or said | denied
    if cell.lower() in ANY or not distinctive:
        return None
    if column.is_result:
        return 0.5 * len(distinctive & asked.stems) / len(distinctive) or None
    measured = _measured(cell, column, asked)
    related = _related(cell, asked.text)
    if measured is False or related is False or denies(cell, asked.text):
        return False
    asked_said, asked_denied = polarity(asked.text)
    covered = {word for word in said if word in asked_said or word in asked.stems}
    covered |= {word for word in denied if word in asked_denied or _opposites().get(word, frozenset()) & asked_said}
    share = len(covered & distinctive) / len(distinctive)
    return (measured is True or related is True) or share if share else None


def _measured(cell: str, column: Column, asked: Asked) -> bool | None:
    """A description with a measure in it ("wall >= 4 mm, enhancing"): whether the question's value meets it; None when it has none."""
    inside = find_quantities(cell)
    about = _about(f"{column.header} {cell}")
    verdicts = []
    for interval in inside:
        said = [q for q in asked.quantities if q.dimension == interval.dimension != "number" or _named_number(q, interval, about)]
        if said:
            verdicts.append(any((there := _in_dimension(q, interval)) is not None and interval.overlaps(there) for q in said))
    return all(verdicts) if verdicts and (all(verdicts) or not any(verdicts)) else None


def _named_number(quantity: Quantity, interval: Quantity, about: frozenset[str]) -> bool:
    """Whether a bare number is the interval's: "GCS 14" for a cell about the GCS, "eGFR 50" for one about the eGFR."""
    named = bool(quantity.label) and bool(_about(quantity.label) & about - {"score", "of"})
    return quantity.dimension == "number" and named and (interval.dimension == "number" or interval.dimension in _UNIT_SPARED)


@lru_cache(maxsize=4096)
def polarity(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that a text affirms and those that stand in the scope of a negator ("no", "without", "spares")."""
    said: set[str] = set()
    denied: set[str] = set()
    for clause in re.split(r"[;:.?!]\s|[,()]|\bbut\b|\band\b(?=\s(?:no|not|without)\b)", _signed(text)):
        left = 0
        for token in tokens(clause):
            if token in wording().negators:
                left = 5
                continue
            for word in words(token):
                (denied if left > 0 else said).add(word)
            left -= 1
    return frozenset(said), frozenset(denied - said)


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    pairs = [[stem(word) for word in pair.split("/")] for pair in wording().opposites]
    return {word: frozenset(other for pair in pairs if word in pair for other in pair if other != word) for pair in pairs for word in pair}


def denies(cell: str, question: str) -> bool:
    """Whether a cell (or sentence) and a question speak against each other: one affirms what the other denies, or its opposite."""
    said, denied = polarity(cell)
    asked_said, asked_denied = polarity(question)
    if denied & asked_said or (said & asked_denied) - asked_said:
        return True
    for word in said - asked_said:
        against = _opposites().get(word, frozenset())
        if against & asked_said and not against & said:
            return True
    return False


_RELATION_WORDS = (
    (r"not (?:above|exceeding|higher than|greater than|more than)|no more than|up to|at most|less than or equal to|not over", "<="),
    (r"not below|at least|no less than|greater than or equal to", ">="),
    (r"above|exceeds|exceeding|more than|greater than|higher than|hotter than", ">"),
    (r"below|less than|lower than|under", "<"),
)
_RELATION = re.compile(
    r"(<=|>=|<|>)\s*(?:the\s|that of\s|of\s)*([a-z][\w -]*?)"
    r"(?=\s(?:and|but|or|in|on|with|of|at|for|by|than)\b|[,;.?!:()]|<|>|$)"
)


@lru_cache(maxsize=4096)
def _relations(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Comparisons with things rather than numbers: "> liver" as (">", {"liver"}); names are cut to six letters."""
    return tuple((sign, frozenset(word[:6] for word in words(name))) for sign, name in _RELATION.findall(_signed(text)))


def _signed(text: str) -> str:
    """Lower case, with comparisons in words as signs: "not above" is "<="."""
    lowered = text.lower().replace("≥", ">=").replace("≤", "<=")
    for pattern, sign in _RELATION_WORDS:
        lowered = re.sub(rf"\b(?:{pattern})\b", sign, lowered)
    return lowered


def _related(cell: str, question: str) -> bool | None:
    """Whether the comparisons of cell and question agree on the things both name; None when they share none."""
    verdicts = [one[0] == other[0] for one, names in _relations(cell) for other, asked in _relations(question) if names & asked]
    return all(verdicts) if verdicts else None
