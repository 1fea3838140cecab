"""Which rows of a table apply, and which of their columns answer: a question's parameters compared cell by cell. Pure.

"7 mm" lies in "6-8 mm", "high risk" is not "low", "TR4" is not "TR5". A row with one conflict is never quoted as the answer,
however similar its words are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from agent.reading.asked import Asked, cell_codes
from agent.reading.cells import judge
from agent.reading.columns import ANY, Column, Domain, column_values, is_interval, prefixes
from agent.reading.polarity import polarity
from agent.reading.wording import flat_tokens, wording
from corpora.quantities import Quantity, find_quantities
from corpora.types import Passage
from retrievers.words import stem

_NO_DOMAIN = Domain({}, named=False)
_GIVEN = 0.6
"""A result cell whose words the question has to this share is not what is asked for: the question gives it."""


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
    return [
        Column.of(name, [row.cells[number] if number < len(row.cells) else "" for row in rows], is_result=name in results)
        for number, name in enumerate(header)
    ]


def fit_document(passages: Sequence[Passage], asked: Asked) -> list[RowFit]:
    """How every table row of one document meets the question; "part-solid" speaks against a row of another table that says "solid"."""
    grouped = tables(passages)
    known: dict[str, set[tuple[str, ...]]] = {}
    named = False
    for rows in grouped:
        aliases = {alias.lower() for alias in rows[0].source.aliases}
        for column in columns(rows):
            named = named or (column.kind == "code" and bool(prefixes(column) & aliases))
            if not column.is_result:
                known.setdefault(column.header, set()).update(column_values(column))
    domain = Domain(known, named)
    return [fit for rows in grouped for fit in fit_table(rows, asked, domain)]


def fit_table(rows: Sequence[Passage], asked: Asked, domain: Domain = _NO_DOMAIN) -> list[RowFit]:
    """How each row of one table meets the question, in row order."""
    made = columns(rows)
    verdicts = [judge(column, made, asked, rows[0].source, domain) for column in made]
    found = [_fit(row, number, made, [verdict[number] for verdict in verdicts]) for number, row in enumerate(rows)]
    return [_yielding(fit, found) for fit in found]


def _yielding(fit: RowFit, table: Sequence[RowFit]) -> RowFit:
    """The fit without a value that a row of the same table meets more narrowly: "> 2% to < 95%" yields to "> 10% to <= 50%"."""
    narrower = [other for other in table if not other.conflicts and set(other.open) <= set(fit.open) and other.overlap >= fit.overlap]
    wide = {name for name in fit.matched for other in narrower
            if name in other.matched and _takes_in(fit.passage.row[name], other.passage.row[name])}  # fmt: skip
    if not wide:
        return fit
    return fit._replace(matched=tuple(name for name in fit.matched if name not in wide), open=(*fit.open, *wide), hard=fit.hard - len(wide))


def _takes_in(cell: str, other: str) -> bool:
    """Whether the one value that a cell gives holds another cell's value and more."""
    if cell == other:
        return False
    wide, narrow = find_quantities(cell), find_quantities(other)
    return len(wide) == len(narrow) == 1 and wide[0].contains(narrow[0]) and not narrow[0].contains(wide[0])


def _fit(row: Passage, number: int, made: Sequence[Column], verdicts: Sequence[bool | float | None]) -> RowFit:
    matched, conflicts, undecided, overlaps = [], [], [], []
    for column, value in zip(made, verdicts, strict=True):
        if value is True:
            matched.append(column.header)
        elif value is False:
            conflicts.append(column.header)
        elif isinstance(value, float):
            overlaps.append(value)
        elif not column.is_result and column.cells[number].lower() not in ANY and len(set(column.cells)) > 1:
            undecided.append(column.header)
    hard = sum(column.kind != "value" for column in made if column.header in matched)
    return RowFit(row, tuple(matched), tuple(conflicts), tuple(undecided), max(overlaps, default=0.0), hard)


def tables(passages: Sequence[Passage]) -> list[list[Passage]]:
    """A document's rows grouped by table: same section and header, in order."""
    grouped: dict[tuple[str, tuple[str, ...]], list[Passage]] = {}
    for passage in passages:
        if passage.is_row:
            grouped.setdefault((passage.section, passage.header), []).append(passage)
    return list(grouped.values())


def fits_intent(row: Passage, asked: Asked) -> bool:
    """Whether the column that answers is of the kind that is asked for first; True when nothing tells what is asked."""
    if not asked.intents:
        return True
    wanted = _wanted(asked.intents[0])
    return any(_stems(name) & wanted for name in answer_columns(row, asked))


def follow_on(lead: Passage, passages: Sequence[Passage], asked: Asked) -> Passage | None:
    """The row of another table that says what to do about the category that `lead` gives, where that is asked for and `lead` does not say.

    "Graf IIa" in one table is followed by "Graf IIa: follow-up ultrasound" in the next. None where several rows say different things.
    """
    if "next step" not in asked.intents or not lead.is_row or _acts(lead, lead.header):
        return None
    given_ = [cell for name in answer_columns(lead, asked) if (cell := lead.row[name])]
    found = [row for rows in tables(passages) if rows[0].header != lead.header for row in rows if _takes_up(row, given_)]
    fits = {fit.passage.id: fit for fit in fit_document(passages, asked)}
    best = [row for row in found if len(fits[row.id].conflicts) <= 1]
    return best[0] if len(best) == 1 else None


def _acts(row: Passage, names: Sequence[str]) -> bool:
    return any(_stems(name) & _wanted("next step") and row.row[name].lower() not in ANY for name in names)


def _takes_up(row: Passage, cells: Sequence[str]) -> bool:
    """Whether a row of actions has one of these cells, category or name, as its condition."""
    conditions = [name for name in row.header if name not in row.source.results]
    if not _acts(row, [name for name in row.header if name not in conditions]):
        return False
    for cell in cells:
        name, held = cell_codes(cell)
        for condition in conditions:
            there, codes = cell_codes(row.row[condition])
            if (held and held <= codes and there == name) or _bare(cell) == _bare(row.row[condition]):
                return True
    return False


def _bare(cell: str) -> str:
    """A cell in lower case without what stands in brackets."""
    return " ".join(re.sub(r"\([^)]*\)", " ", cell).lower().split())


def unmet(row: Passage, asked: Asked) -> list[Quantity]:
    """The question's measured values (times aside) that no interval of the row takes in; of prose, no interval of its text."""
    there = [quantity for piece in row.cells or (row.text,) for quantity in find_quantities(piece)]
    return [
        said
        for said in asked.quantities
        if said.dimension not in ("number", "time (days)", "age (years)") and not any(other.contains(said) for other in there)
    ]


def answer_columns(row: Passage, asked: Asked) -> list[str]:
    """The columns of a row that answer what is asked, best first.

    A column that the question names, then those of the kind it asks for, then the source's result columns; what the question
    itself gives is no answer: "which score makes PE likely?" is answered by the score, "what does 5 points mean?" by the meaning.
    """
    header = row.header
    results = [name for name in header if name in row.source.results] or [header[-1]]
    free = [name for name in header if not given(row, name, asked) and row.row[name].lower() not in ANY]
    said = {stem(token) for token in asked.tokens}
    chosen = [name for name in free if (name in results or (asked.is_wh and _is_measure(row, name))) and _stems(name) <= said]
    for intent in asked.intents:
        hits = [name for name in free if _stems(name) & _wanted(intent)]
        pool = [name for name in hits if name in results] or ([] if intent in ("next step", "meaning") else hits)
        chosen += [name for name in pool if name not in chosen]
    open_results = [name for name in results if name in free]
    return chosen or open_results[-1:] or [name for name in free if name not in results][:2] or results[-1:]


def _is_measure(row: Passage, name: str) -> bool:
    """Whether a condition is a measure with a name of its own: "what is the alpha angle of type I?" asks for it, "the size" does not."""
    return len(_stems(name)) > 1 and bool(find_quantities(row.row[name]))


def given(row: Passage, name: str, asked: Asked) -> bool:
    """Whether the question itself says what this cell says."""
    cell = row.row[name]
    held = cell_codes(cell)[1]
    if held:
        return bool(held & {code.code for code in asked.codes})
    inside = find_quantities(cell) if is_interval(cell) else []  # a regimen is more than the hour that the question names
    if any(there.contains(said) for there in inside for said in asked.quantities if said.dimension == there.dimension):
        return True
    bag = frozenset().union(*polarity(cell))
    return asked.is_wh and bool(bag) and len(bag & asked.stems) >= _GIVEN * len(bag)


def _wanted(intent: str) -> set[str]:
    return {stem(word.lower()) for word in wording().columns[intent]}


def _stems(name: str) -> set[str]:
    return {stem(word) for word in flat_tokens(name)}
