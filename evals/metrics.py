"""Runs become figures: every score of every system as one column over the items, then intervals, subgroups and comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from corpora.types import Frozen
from evals import curves, stats
from evals.folder import RunFolder, UnusableRun
from evals.manifest import Manifest
from evals.questions import Item
from evals.stats import Interval, Pair, Paired, Statistic
from evals.systems import System
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


class Source(NamedTuple):
    """What a column is of: the run, the system in it, and its model."""

    run: Path
    system: System
    model: tuple[str, str]


class Table:
    """Scores as columns; NaN where an item has none."""

    def __init__(self, items: Sequence[Item]) -> None:
        """Take the items that rows stand for."""
        self.items = list(items)
        self._row = {item.id: number for number, item in enumerate(self.items)}
        self.columns: dict[str, dict[str, Column]] = {}
        self.sources: dict[str, Source] = {}
        self.confidence: dict[str, Column] = {}
        self.answered: Counter[str] = Counter()
        self.failures: dict[str, Counter[str]] = {}

    def open(self, system: str, source: Source) -> None:
        """Add a system, so that it is shown even if nothing ended."""
        self.sources[system] = source
        self.columns[system], self.confidence[system], self.failures[system] = {}, self._empty(), Counter()

    def add(self, system: str, record: Record) -> None:
        """Take in one record of a system that was added."""
        if record.id not in self._row:
            return
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
    """All records of the runs; where two runs have a system of the same name, as much of the folder is put before it as tells them apart.

    Raises:
        UnusableRun: two runs give one id to different items.
    """
    items: dict[str, tuple[Item, RunFolder]] = {}
    for folder in folders:
        for item in folder.items():
            known, first = items.setdefault(item.id, (item, folder))
            if known != item:
                told = f"{first.path} and {folder.path} have different items of the id {item.id!r}"
                raise UnusableRun(f"{told}: their figures cannot stand side by side. Report on each alone.")
    made, names = Table([item for item, _ in items.values()]), shown_names(folders)
    for folder in folders:
        kept = folder.manifest()
        for system in kept.systems:
            made.open(names[folder.path, system.name], Source(folder.path, system, _model(system, kept)))
        for record in folder.records():
            made.add(names[folder.path, record.system], record)
    return made


def shown_names(folders: Sequence[RunFolder]) -> dict[tuple[Path, str], str]:
    """Folder and system -> the system's name in a report: after the shortest distinct end of the folder where several runs have one."""
    counted = Counter(system.name for folder in folders for system in folder.manifest().systems)
    paths = [folder.path.resolve() for folder in folders]
    most = max(len(path.parts) for path in paths)
    size = next((size for size in range(1, most) if len({path.parts[-size:] for path in paths}) == len(set(paths))), most)
    return {
        (folder.path, system.name): "/".join((*path.parts[-size:], system.name)) if counted[system.name] > 1 else system.name
        for folder, path in zip(folders, paths, strict=True)
        for system in folder.manifest().systems
    }


def _model(system: System, kept: Manifest) -> tuple[str, str]:
    """Model and server that a system asks; the same for two systems only if their models are."""
    return system.model or str(kept.settings.get("model") or ""), str(kept.settings.get("base_url") or "")


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
        baseline = _baseline(made, system)
        if baseline is None or "correct" not in columns:
            continue
        before, after = made.columns[baseline].get("correct"), columns["correct"]
        if before is not None:
            both = ~np.isnan(before) & ~np.isnan(after)
            silent = columns.get("coverage", np.ones_like(after)) == 0
            columns["right_to_wrong"] = np.where(both, (before >= 1) & (after < 1) & ~silent, np.nan)
            columns["right_to_abstained"] = np.where(both, (before >= 1) & (after < 1) & silent, np.nan)
            columns["wrong_to_right"] = np.where(both, (before < 1) & (after >= 1), np.nan)


def _baseline(made: Table, system: str) -> str | None:
    """The closed-book system of the same model: of the same run, else of the first run that has one; none for what has no model."""
    own = made.sources[system]
    if own.system.kind in ("closed-book", "extractive"):
        return None
    same = [name for name, other in made.sources.items() if other.system.kind == "closed-book" and other.model == own.model]
    return min(same, key=lambda name: made.sources[name].run != own.run, default=None)


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
            found += [(system, "coverage_at_5", rows, curves.coverage_at(sure, right)),
                      (system, "ece", rows, curves.calibration_error(sure, right)),
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
