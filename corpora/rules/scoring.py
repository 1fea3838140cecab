"""A system's outcome from what is given: what is certain, what is still possible, and which missing feature decides. Pure.

A condition on a feature that is not given is neither met nor missed. A row whose conditions are not all settled is still possible, so
that what comes out is every category that some value of what is missing could give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from pydantic import Field

from corpora.quantities import Quantity, find_quantities
from corpora.rules.given import Given, given
from corpora.rules.rows import POINTS, Cited, Condition, Joined, Row, condition, joined
from corpora.rules.system import Feature, System
from corpora.types import Frozen

FINAL = ("category", "management")


class Step(Frozen):
    """One table's part: what it gives, the values still possible, and the card's rows (all that hold, or all that still could)."""

    gives: str
    values: tuple[str, ...]
    rows: tuple[Cited, ...] = ()


class Score(Frozen):
    """What a system says. `category` and `management` are empty until one value alone is possible.

    `deciding` are the missing features that would narrow what is possible, the one that narrows most first; `refused` says why the
    values given cannot be together, `uncovered` that no row of the card holds for them.
    """

    system: str
    name: str
    category: str = ""
    management: str = ""
    possible: tuple[str, ...] = ()
    managements: tuple[str, ...] = ()
    points: str = ""
    given: dict[str, str] = Field(default={})
    assumed: dict[str, str] = Field(default={})
    deciding: tuple[str, ...] = ()
    refused: str = ""
    uncovered: str = ""
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Cited | None:
        """The card's row that the last step rests on; None where none holds."""
        return next((step.rows[0] for step in reversed(self.steps) if step.rows), None)


class _State(NamedTuple):
    system: System
    given: Given
    derived: dict[str, tuple[str, ...]]


def score(system: System, said: Mapping[str, str | Sequence[str]], *, assume: bool = True, stated: str = "") -> Score:
    """What the system says of these feature values.

    Args:
        system: which one, from `corpora.rules.system.named`.
        said: feature -> value ("12 x 8 mm", "solid"), or several values; "?" or absent where it is not known.
        assume: take what the system assumes where nothing is said; the score names it.
        stated: a category that somebody gave; it is taken where the features leave it possible or say nothing.

    Raises:
        UnknownFeature: a name or value that the system does not have.
    """
    told = given(system, said)
    assumed = _assumed(system, told) if assume else {}
    held = _with(told, given(system, assumed))
    head = {"system": system.id, "name": system.name, "given": told.shown, "assumed": assumed, "notes": system.notes}
    if reason := refused(system, held):
        return Score(**head, refused=reason)
    steps = _steps(system, held, stated)
    by_name = {step.gives: step for step in steps}
    possible, managements = (by_name[name].values if name in by_name else () for name in FINAL)
    uncovered = next((step.gives for step in steps if not step.values), "")
    return Score(
        **head, category=_single(possible), management=_single(managements), possible=possible, managements=managements,
        points=_range(by_name[POINTS].values) if POINTS in by_name else "", steps=steps,
        deciding=_deciding(system, held, steps, stated) if not _settled(steps) else (),
        uncovered=f"No row of the card gives the {uncovered} for {_shown(held)}." if uncovered else "",
    )  # fmt: skip


def _assumed(system: System, held: Given) -> dict[str, str]:
    known = {*held.values, *held.quantities}
    return {feature.id: feature.assume for feature in system.features if feature.assume and feature.id not in known}


def _with(told: Given, assumed: Given) -> Given:
    return Given({**assumed.values, **told.values}, {**assumed.quantities, **told.quantities}, told.shown)


def refused(system: System, held: Given) -> str:
    """Why the values cannot be together; empty when they can."""
    state = _State(system, held, {})
    for refusal in system.refused:
        if refusal.exceeds:
            part, whole = (held.quantities.get(name) for name in refusal.exceeds)
            if part and whole and part.low is not None and whole.high is not None and part.low > whole.high:
                return refusal.because
        elif all(_holds(condition(system, name, values), state) for name, values in refusal.when.items()):
            return refusal.because
    return ""


def _steps(system: System, held: Given, stated: str = "") -> tuple[Step, ...]:
    state = _State(system, held, {})
    steps = []
    for one in joined(system):
        values, rows = _summed(one, state) if one.table.way == "sum" else _matched(one, state)
        if stated and one.table.gives == FINAL[0] and (stated in values or not values):
            values, rows = (stated,), tuple(row for row in one.rows if row.then == stated)[:1]
        state.derived[one.table.gives] = values
        steps.append(Step(gives=one.table.gives, values=values, rows=tuple(row.cited for row in rows)))
    return tuple(steps)


def _matched(one: Joined, state: _State) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The outcomes still possible with their rows: of the first row that holds and those before it that might, or of the highest."""
    certain: Row | None = None
    might: list[Row] = []
    rank = {value: place for place, value in enumerate(one.table.scale)}
    for row in one.rows:
        verdict = _all_hold(row, state)
        if verdict and one.table.way == "first":
            certain = row
            break
        if verdict and (certain is None or rank[row.then] > rank[certain.then]):
            certain = row
        elif verdict is None:
            might.append(row)
    if certain is not None and one.table.way == "highest":
        might = [row for row in might if rank[row.then] > rank[certain.then]]
    rows = [*might, certain] if certain else might
    return tuple(dict.fromkeys(row.then for row in rows)), tuple({row.cited: row for row in rows}.values())


def _summed(one: Joined, state: _State) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The sums still possible: one row of each feature, or all that hold of a feature that may have several."""
    instead = [(row, _all_hold(row, state)) for row in one.rows if row.instead]
    if certain := [row for row, verdict in instead if verdict]:
        return (certain[0].then,), (certain[0],)
    groups: dict[str, list[Row]] = {}
    for row in one.rows:
        if not row.instead:
            groups.setdefault(row.conditions[0].feature, []).append(row)
    used: list[Row] = []
    options = []
    for name, rows in groups.items():
        holding = [row for row in rows if _all_hold(row, state)]
        used += holding
        unknown = any(_all_hold(row, state) is None for row in rows)
        options.append(_sums(rows, state.system.feature(name)) if unknown else {sum(_points(row.then) for row in holding)})
    totals = {float(sum(some)) for some in product(*options)}
    totals |= {_points(row.then) for row, verdict in instead if verdict is None}
    return tuple(_say_points(total) for total in sorted(totals)), tuple(used)


def _sums(rows: Sequence[Row], feature: Feature | None) -> set[float]:
    """Every sum that a feature's rows can have: one value's each, or those of several findings together."""
    if feature is None or not feature.values:
        return {_points(row.then) for row in rows}
    of_value = [sum(_points(row.then) for row in rows if value in row.conditions[0].values) for value in feature.values]
    if not feature.several:
        return set(of_value)
    sums = {0.0}
    for points in of_value:
        sums |= {total + points for total in sums}
    return sums


def _points(text: str) -> float:
    found = find_quantities(text)
    return float(found[0].low or 0.0) if found else 0.0


def _say_points(total: float) -> str:
    return f"{total:g} point{'' if total == 1 else 's'}"


def _range(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{values[0].split()[0]}-{values[-1]}" if values else ""


def _all_hold(row: Row, state: _State) -> bool | None:
    verdicts = [_holds(condition, state) for condition in row.conditions]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _holds(condition: Condition, state: _State) -> bool | None:
    """Whether a condition is met; None where what it asks of is not given, or given too vaguely."""
    name = condition.feature
    if name in state.derived:
        return _derived_holds(condition, state.derived[name])
    if (quantity := state.given.quantities.get(name)) is not None:
        return _within(quantity, condition.intervals)
    values = state.given.values.get(name)
    if values is None:
        feature = state.system.feature(name)
        return False if feature and condition.values and condition.values <= set(feature.rare) else None
    return bool(values & condition.values)


def _derived_holds(condition: Condition, values: tuple[str, ...]) -> bool | None:
    if not values:
        return False
    if condition.intervals:
        verdicts = {any(_contains(i, q) for i in condition.intervals for q in _as_points(value, i.dimension)) for value in values}
    else:
        verdicts = {value in condition.values for value in values}
    return verdicts.pop() if len(verdicts) == 1 else None


def _as_points(value: str, dimension: str) -> list[Quantity]:
    return [quantity.model_copy(update={"dimension": dimension}) for quantity in find_quantities(value)[:1]]


def _within(quantity: Quantity, intervals: Sequence[Quantity]) -> bool | None:
    if any(_contains(interval, quantity) for interval in intervals):
        return True
    return None if any(_overlaps(interval, quantity) for interval in intervals) else False


def _contains(interval: Quantity, other: Quantity) -> bool:
    """Whether all of `other` lies in the interval; exact, since 29.9 mm is below 30 mm."""
    strictly_low, strictly_high = interval.low_open and not other.low_open, interval.high_open and not other.high_open
    low = interval.low is None or (other.low is not None and _above(other.low, interval.low, strictly_low))
    high = interval.high is None or (other.high is not None and _above(interval.high, other.high, strictly_high))
    return low and high


def _overlaps(one: Quantity, other: Quantity) -> bool:
    return all(a.high is None or b.low is None or _above(a.high, b.low, a.high_open or b.low_open) for a, b in ((one, other), (other, one)))


def _above(high: float, low: float, strictly: bool) -> bool:
    return high > low + _NEAR or (not strictly and high > low - _NEAR)


_NEAR = 1e-6


def _single(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else ""


def _settled(steps: Sequence[Step]) -> bool:
    return all(len(step.values) == 1 for step in steps if step.gives in FINAL)


def _deciding(system: System, held: Given, steps: Sequence[Step], stated: str) -> tuple[str, ...]:
    """The missing features of which some value would narrow what is possible; first the one after which least is left."""
    before = {step.gives: set(step.values) for step in steps}
    left: dict[str, float] = {}
    for feature in system.features:
        vague = feature.id in held.quantities and not held.quantities[feature.id].is_point
        if (feature.id in held.values or feature.id in held.quantities) and not vague:
            continue
        sizes = []
        for trial in _trials(system, feature, held):
            after = {step.gives: set(step.values) for step in _steps(system, trial, stated)}
            sizes.append(sum(len(after[name] & before[name]) or len(before[name]) for name in FINAL if name in before))
        now = sum(len(before[name]) for name in FINAL if name in before)
        if sizes and min(sizes) < now:
            left[feature.id] = sum(sizes) / len(sizes)
    return tuple(sorted(left, key=lambda name: left[name]))


def _trials(system: System, feature: Feature, held: Given) -> Iterator[Given]:
    """What is given, with each value that the missing feature could have."""
    if feature.values:
        for value in (value for value in feature.values if value not in feature.rare):
            yield held._replace(values={**held.values, feature.id: frozenset((value,))})
        return
    limits = {limit for one in joined(system) for row in one.rows for condition in row.conditions if condition.feature == feature.id
              for interval in condition.intervals for limit in (interval.low, interval.high) if limit is not None}  # fmt: skip
    step = 1.0 if feature.whole else 0.01
    vague = held.quantities.get(feature.id)
    least = -1000.0 if feature.dimension == "attenuation (HU)" else 0.0
    for size in sorted({limit + shift for limit in limits for shift in (-step, 0.0, step)}):
        point = Quantity(text=f"{size:g}", start=0, end=0, dimension=feature.dimension, low=size, high=size)
        if size >= least and (vague is None or _contains(vague, point)):
            yield held._replace(quantities={**held.quantities, feature.id: point})


def _shown(held: Given) -> str:
    return ", ".join(f"{name} {value}" for name, value in held.shown.items()) or "nothing given"
