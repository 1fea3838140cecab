"""Points that a report states, summed by a guideline's own points table: ACR TI-RADS, CTSI, Spetzler-Martin, TLICS. Pure.

A points table has a column that names the feature group, one that describes the finding, and a result column "points". A group
counts when exactly one of its findings is stated; a sum is only given when every group counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.reading.columns import values
from agent.reading.polarity import polarity
from agent.reading.rows import tables
from agent.reading.wording import flat_tokens, occurrences
from corpora.quantities import Quantity, find_quantities
from corpora.types import Frozen, Passage
from retrievers.words import words

POINTS = "points"
_LEAST_GROUPS = 3


class Sum(Frozen):
    """A sum of points with the rows it was made of, and the groups the text says nothing about."""

    total: float
    rows: tuple[Passage, ...]
    missing: tuple[str, ...]

    @property
    def quantity(self) -> Quantity:
        """The sum as a value that rows can be compared with."""
        return Quantity(text=f"{self.total:g} points", start=0, end=0, dimension=POINTS, low=self.total, high=self.total)


def summed(passages: Sequence[Passage], text: str) -> Sum | None:
    """The points of the first points table whose groups the text states; None when no table has two of its groups stated."""
    for rows in tables(passages):
        groups = _groups(rows)
        if len(groups) < _LEAST_GROUPS:
            continue
        chosen = {name: _stated(held, text) for name, held in groups.items()}
        found = tuple(row for row in chosen.values() if row is not None)
        if len(found) >= 2:
            missing = tuple(name for name, row in chosen.items() if row is None)
            return Sum(total=sum(_points(row) for row in found), rows=found, missing=missing)
    return None


def _groups(rows: Sequence[Passage]) -> dict[str, list[Passage]]:
    """Feature group -> its rows, for a points table; empty for any other."""
    header = rows[0].header
    if POINTS not in header or POINTS not in rows[0].source.results or len(header) < 3:
        return {}
    groups: dict[str, list[Passage]] = {}
    for row in rows:
        groups.setdefault(row.cells[0], []).append(row)
    return groups if all(len(held) > 1 for held in groups.values()) else {}


def _points(row: Passage) -> float:
    found = find_quantities(row.row[POINTS])
    return found[0].low or 0.0 if found else 0.0


def _stated(rows: Sequence[Passage], text: str) -> Passage | None:
    """The row whose finding the text states in the most words; None when none or two equally."""
    strengths = [(max((_matched(part, row, text) for part in values(row.cells[1])), default=0.0), row) for row in rows]
    best = max(strength for strength, _ in strengths)
    told = [row for strength, row in strengths if strength == best]
    return told[0] if best > 0 and len(told) == 1 else None


def _matched(part: str, row: Passage, text: str) -> float:
    """How many words of a finding the text has, all of them or none; "none" is stated by denying the group itself."""
    said, denied = polarity(text)
    wanted = set(words(part))
    if part.strip().lower() in ("none", "no", "absent") or not wanted:
        group = set(words(row.cells[0]))
        return float(len(group)) if group and group <= denied else 0.0
    spelled = flat_tokens(part)
    if not wanted <= said:
        return 0.0
    if occurrences(spelled, flat_tokens(text), set()):
        return float(len(spelled))
    qualified = len(spelled) > len(wanted)  # "very hypoechoic" is not said by "hypoechoic"
    return 0.0 if qualified else len(wanted) - 0.5
