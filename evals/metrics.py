"""Runs become figures: every score of every system as one column over the items, then intervals, subgroups and comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from corpora.types import Frozen
from evals import curves, stats
from evals.folder import RunFolder
from evals.questions import Item
from evals.stats import Interval, Pair, Paired, Statistic
from evals.types import Record

Column = NDArray[np.float64]
COMPARED = ("correct", "accuracy", "said", "diagnosis_concept", "list_f1", "citation_recall", "judged")
GROUPED = ("correct", "coverage", "gold_cited")
_QUANTILES = {"seconds": (0.5, 0.95), "seconds_outside_model": (0.5, 0.95)}
_MOST_GROUPS, _MOST_SECONDS = 30, 400


class Curves(Frozen):
    """What the plots of one system show."""

    reliability: tuple[curves.Bin, ...] = ()
    risk_coverage: tuple[curves.Point, ...] = ()
    seconds: tuple[float, ...] = Field(default=(), description="every item's seconds, ascending, at most 400 of them")


class Subgroup(Frozen):
    """One system's figures over the items of one topic or source."""

    by: str
    group: str
    system: str
    n: int
    figures: dict[str, Interval]


class Figures(Frozen):
    """Everything that a report says of one or several runs."""

    n: int
    seed: int
    systems: dict[str, dict[str, Interval]]
    failed: dict[str, int]
    failures: dict[str, dict[str, int]] = Field(default_factory=dict, description="system -> error type -> count")
    missing: dict[str, int] = Field(default_factory=dict, description="items that were never asked, by system")
    paired: tuple[Paired, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    curves: dict[str, Curves] = Field(default_factory=dict)


class Table:
    """Scores as columns; NaN where an item has none."""

    def __init__(self, items: Sequence[Item]) -> None:
        """Take the items that rows stand for."""
        self.items = list(items)
        self._row = {item.id: number for number, item in enumerate(self.items)}
        self.columns: dict[str, dict[str, Column]] = {}
        self.confidence: dict[str, Column] = {}
        self.answered: Counter[str] = Counter()
        self.failures: dict[str, Counter[str]] = {}

    def open(self, system: str) -> None:
        """Add a system, so that it is shown even if nothing ended."""
        self.columns.setdefault(system, {})
        self.confidence.setdefault(system, self._empty())
        self.failures.setdefault(system, Counter())

    def add(self, system: str, record: Record) -> None:
        """Take in one record."""
        if record.id not in self._row:
            return
        self.open(system)
        if record.failure is not None:
            self.failures[system][record.failure.type] += 1
            return
        self.answered[system] += 1
        row = self._row[record.id]
        for name, score in record.scores.items():
            if score.value is not None:
                self.columns[system].setdefault(name, self._empty())[row] = score.value
        if record.response is not None and record.response.answered and record.response.confidence is not None:
            self.confidence[system][row] = record.response.confidence

    def _empty(self) -> Column:
        return np.full(len(self.items), np.nan)


def table(folders: Sequence[RunFolder]) -> Table:
    """All records of the runs; where two runs have a system of the same name, the folder's name is put before it."""
    items: dict[str, Item] = {}
    for folder in folders:
        items |= {item.id: item for item in folder.items() if item.id not in items}
    made = Table(list(items.values()))
    counted = Counter(system.name for folder in folders for system in folder.manifest().systems)
    for folder in folders:
        for system in folder.manifest().systems:
            made.open(shown_name(folder, system.name, counted))
        for record in folder.records():
            made.add(shown_name(folder, record.system, counted), record)
    return made


def shown_name(folder: RunFolder, system: str, counted: Counter[str]) -> str:
    """The system's name in a report: with its folder's before it where several runs have one of that name."""
    return f"{folder.path.name}/{system}" if counted[system] > 1 else system


def figures(made: Table, seed: int) -> Figures:
    """All figures of a table, every one with its interval; the same for the same seed. Items are drawn once for all of them."""
    _add_flips(made)
    named = [(system, name) for system, columns in made.columns.items() for name in sorted(columns)]
    whole = np.column_stack([np.empty((len(made.items), 0)), *(made.columns[system][name] for system, name in named)])
    groups, sure, pairs = list(_groups(made)), _sure(made), _pairs(made)
    differences = np.column_stack([np.empty((len(made.items), 0)), *(pair.difference for pair in pairs)])
    wanted = [stats.means_of(whole), stats.means_of(differences), *(stats.means_of(group.columns) for group in groups),
              *(stats.over(rows, statistic) for *_, rows, statistic in sure)]  # fmt: skip
    drawn = stats.resampled(len(made.items), seed, wanted)
    systems: dict[str, dict[str, Interval]] = {system: {} for system in made.columns}
    for (system, name), interval in zip(named, stats.intervals(whole, drawn[0]), strict=True):
        systems[system][name] = interval
    for (system, name, rows, statistic), values in zip(sure, drawn[2 + len(groups) :], strict=True):
        count = int(rows.sum())
        systems[system][name] = stats.interval(curves.plain(statistic, count), count, values)
    _add_costs(made, systems)
    failed = {system: sum(kinds.values()) for system, kinds in made.failures.items()}
    return Figures(
        n=len(made.items), seed=seed, systems=systems, failed=failed,
        failures={system: dict(kinds) for system, kinds in made.failures.items() if kinds},
        missing={system: left for system in made.columns if (left := len(made.items) - made.answered[system] - failed[system])},
        paired=tuple(stats.compared(pairs, drawn[1])), curves={system: _curves(made, system) for system in made.columns},
        subgroups=tuple(found for group, values in zip(groups, drawn[2:], strict=False) for found in group.figures(values)),
    )  # fmt: skip


def _add_flips(made: Table) -> None:
    """What became of right and wrong replies of the closed-book system of the same model, over the items that both were scored on.

    Abstaining where the model alone was right is no harm: it is counted as `right_to_abstained`, beside `right_to_wrong`.
    """
    for system, columns in made.columns.items():
        model = system.partition("@")[2]
        baseline = next((name for name in made.columns if name.partition("@")[2] == model and "closed-book" in name), None)
        if baseline is None or baseline == system or "extractive" in system or "correct" not in columns:
            continue
        before, after = made.columns[baseline].get("correct"), columns["correct"]
        if before is not None:
            both = ~np.isnan(before) & ~np.isnan(after)
            silent = columns.get("coverage", np.ones_like(after)) == 0
            columns["right_to_wrong"] = np.where(both, (before >= 1) & (after < 1) & ~silent, np.nan)
            columns["right_to_abstained"] = np.where(both, (before >= 1) & (after < 1) & silent, np.nan)
            columns["wrong_to_right"] = np.where(both, (before < 1) & (after >= 1), np.nan)


def _add_costs(made: Table, systems: dict[str, dict[str, Interval]]) -> None:
    for system, columns in made.columns.items():
        for name, shares in _QUANTILES.items():
            if name in columns:
                systems[system] |= {f"{name}_p{share * 100:.0f}": stats.quantile(columns[name], share) for share in shares}


def _known(made: Table, system: str) -> NDArray[np.bool_]:
    """The answers that were scored and say how sure they are."""
    empty = np.full(len(made.items), np.nan)
    return np.asarray(~np.isnan(made.columns[system].get("selective_accuracy", empty)) & ~np.isnan(made.confidence[system]))


def _sure(made: Table) -> list[tuple[str, str, NDArray[np.bool_], Statistic]]:
    """What confidence is worth, by system: name, the items it is of, and the statistic."""
    found = []
    for system, columns in made.columns.items():
        rows = _known(made, system)
        if rows.any():
            sure, right = made.confidence[system][rows], columns["selective_accuracy"][rows]
            found += [(system, "ece", rows, curves.calibration_error(sure, right)),
                      (system, "aurc", rows, curves.area_under_risk(sure, right))]  # fmt: skip
    return found


def _curves(made: Table, system: str) -> Curves:
    empty = np.full(len(made.items), np.nan)
    right, covered, seconds = (made.columns[system].get(name, empty) for name in ("selective_accuracy", "coverage", "seconds"))
    rows, answerable = _known(made, system), int(np.sum(~np.isnan(covered)))
    sure, right = made.confidence[system][rows], right[rows]
    ordered = np.sort(seconds[~np.isnan(seconds)])
    return Curves(
        reliability=tuple(curves.reliability(sure, right)),
        risk_coverage=tuple(curves.risk_coverage(sure, right, max(1, answerable))),
        seconds=tuple(round(float(ordered[place]), 4) for place in curves.spread(len(ordered), _MOST_SECONDS)),
    )


def _pairs(made: Table) -> list[Pair]:
    return [
        Pair(first, second, name, made.columns[first][name], made.columns[second][name])
        for first, second in combinations(made.columns, 2)
        if not (":no-" in first and ":no-" in second)  # a missing part is compared with what has it, not with another missing part
        for name in COMPARED
        if name in made.columns[first] and name in made.columns[second] and not _repeats(made, first, second, name)
    ]


def _repeats(made: Table, first: str, second: str, name: str) -> bool:
    """Whether a metric says only what `correct` says already: comparing it again would only dilute the correction."""
    if name == "correct":
        return False
    same = [np.array_equal(made.columns[s][name], made.columns[s].get("correct", np.empty(0)), equal_nan=True) for s in (first, second)]
    return all(same)


class _Group(NamedTuple):
    """The scores of every system over the items of one group; NaN elsewhere."""

    by: str
    group: str
    names: list[tuple[str, str]]
    columns: NDArray[np.float64]

    def figures(self, drawn: NDArray[np.float64]) -> Iterator[Subgroup]:
        """A subgroup for each system that has a score in it."""
        gathered: dict[str, dict[str, Interval]] = {}
        for (system, name), interval in zip(self.names, stats.intervals(self.columns, drawn), strict=True):
            if interval.n:
                gathered.setdefault(system, {})[name] = interval
        for system, found in gathered.items():
            yield Subgroup(by=self.by, group=self.group, system=system, n=max(interval.n for interval in found.values()), figures=found)


def _groups(made: Table) -> Iterator[_Group]:
    """Topics, sources and kinds with more than one value, the largest first."""
    names = [(system, name) for system, columns in made.columns.items() for name in GROUPED if name in columns]
    if not names:
        return
    whole = np.column_stack([made.columns[system][name] for system, name in names])
    for by in ("topic", "source", "kind"):
        values = np.array([str(getattr(item, by)) for item in made.items])
        counted = Counter(value for value in values.tolist() if value)
        for group, _ in counted.most_common(_MOST_GROUPS) if len(counted) > 1 else ():
            yield _Group(by, group, names, np.where((values == group)[:, None], whole, np.nan))
