"""Statistics of evaluations: bootstrap intervals, paired tests, correction for several comparisons, what a set of this size can show.

One bootstrap serves every figure of a run: items are drawn once per resample, and all columns (systems, metrics, subgroups) are
weighted by that draw, so that differences between systems stay paired. Everything is deterministic under the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import special

from corpora.types import Frozen

RESAMPLES = 10_000
LEVEL = 0.95
_CHUNK_CELLS = 400_000
"""Draws held at once: few enough for a processor's cache, which is three times as fast as 4,000,000."""

Column = NDArray[np.float64]
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""(m, n) weights of n items to a value of each of m resamples, (m,), or to several, (m, k)."""


class Interval(Frozen):
    """A figure with its interval (95 %) over `n` scored items; `low` and `high` are None where nothing could be resampled."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = Field(ge=0)


class Paired(Frozen):
    """Two systems on the items that both were scored on; `difference` is second minus first."""

    first: str
    second: str
    metric: str
    n: int
    difference: Interval
    only_first: int | None = Field(default=None, description="right with the first alone")
    only_second: int | None = Field(default=None, description="right with the second alone")
    test: str
    p: float
    adjusted: float | None = Field(default=None, description="p after Benjamini-Hochberg over all comparisons of the report")
    detectable: float | None = Field(default=None, description="smallest difference that this n shows in four of five such studies")


class Pair(NamedTuple):
    """A score of two systems over the same items."""

    first: str
    second: str
    metric: str
    a: Column
    b: Column

    @property
    def difference(self) -> Column:
        """Second minus first; NaN where either has no score."""
        return self.b - self.a


def resamples(n: int, seed: int, size: int = RESAMPLES) -> Iterator[NDArray[np.float64]]:
    """How often each of `n` items is drawn, (m, n) at a time, `size` rows in all; the same for the same seed."""
    random = np.random.default_rng(seed)
    rows = max(1, min(size, _CHUNK_CELLS // max(1, n)))
    for start in range(0, size, rows):
        count = min(rows, size - start)
        drawn = random.integers(0, n, size=(count, n), dtype=np.int64)
        drawn += np.arange(count, dtype=np.int64)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def resampled(n: int, seed: int, statistics: Sequence[Statistic], size: int = RESAMPLES) -> list[NDArray[np.float64]]:
    """Each statistic in every resample of `n` items, which are drawn once for all of them."""
    if not n:
        return [np.full((size, 0), np.nan) for _ in statistics]
    parts: list[list[NDArray[np.float64]]] = [[] for _ in statistics]
    for weights in resamples(n, seed, size):
        for gathered, statistic in zip(parts, statistics, strict=True):
            gathered.append(statistic(weights))
    return [np.concatenate(gathered) for gathered in parts]


def means_of(columns: NDArray[np.float64]) -> Statistic:
    """The mean of each column of an (items, k) table; NaN is an item without a score, or a resample that drew no scored item."""
    rows = np.flatnonzero(~np.isnan(columns).all(axis=1))
    scored = (~np.isnan(columns[rows])).astype(np.float64)
    masks, which = np.unique(scored, axis=1, return_inverse=True)
    filled = np.nan_to_num(columns[rows])

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = weights if len(rows) == len(columns) else weights[:, rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((drawn @ filled) / (drawn @ masks)[:, which.ravel()])

    return statistic


def over(rows: NDArray[np.bool_], statistic: Statistic) -> Statistic:
    """A statistic of some of the items as one of all of them."""
    places = np.flatnonzero(rows)
    return lambda weights: statistic(weights[:, places])


def means(columns: NDArray[np.float64], seed: int, size: int = RESAMPLES) -> list[Interval]:
    """The mean of each column of an (items, k) table with its percentile interval; NaN is an item without a score."""
    (drawn,) = resampled(len(columns), seed, [means_of(columns)], size)
    return intervals(columns, drawn)


def intervals(columns: NDArray[np.float64], drawn: NDArray[np.float64]) -> list[Interval]:
    """The mean of each column with the interval that its resampled means give."""
    return [_interval(column, drawn[:, place]) for place, column in enumerate(columns.T)]


def _interval(column: Column, drawn: Column) -> Interval:
    known = column[~np.isnan(column)]
    return interval(float(known.mean()) if len(known) else None, len(known), drawn)


def interval(value: float | None, n: int, drawn: Column) -> Interval:
    """A figure over `n` items with the interval of its resampled values; resamples without a value are left out."""
    drawn = drawn[~np.isnan(drawn)]
    if value is None or not n or not len(drawn):
        return Interval(value=value if n else None, n=n)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value=value, low=float(low), high=float(high), n=n)


def quantile(values: Column, share: float) -> Interval:
    """A quantile with the interval that bootstrapping it tends to.

    The k-th smallest of a resample is at most the j-th smallest of the values with probability P(Binomial(n, j/n) >= k)
    (Efron 1979), so that nothing need be drawn.
    """
    ordered = np.sort(values[~np.isnan(values)])
    n = len(ordered)
    if not n:
        return Interval(value=None, n=0)
    rank = max(1, int(np.ceil(share * n)))
    at_most = special.bdtrc(rank - 1, n, np.arange(1, n + 1) / n)
    low, high = (ordered[min(n - 1, int(np.searchsorted(at_most, bound)))] for bound in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(value=float(ordered[rank - 1]), low=float(low), high=float(high), n=n)


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test: are the discordant items split evenly? 1 where there are none."""
    discordant = only_first + only_second
    return min(1.0, 2 * float(special.bdtr(min(only_first, only_second), discordant, 0.5))) if discordant else 1.0


def paired_bootstrap(difference: Column, drawn: Column) -> float:
    """Two-sided p that the mean difference is 0, from its resampled means: twice the smaller tail.

    Never below what turning the signs of so many differences could show at best: resamples of two items never change sign.
    """
    if not np.any(difference):
        return 1.0
    least = 2.0 ** (1 - int(np.count_nonzero(difference)))
    drawn = drawn[~np.isnan(drawn)]
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    return float(min(1.0, max(least, 2 * (tail + 1) / (len(drawn) + 1))))


def compare(pairs: Sequence[Pair], seed: int, size: int = RESAMPLES) -> list[Paired]:
    """Every pair compared as in `compared`, from one bootstrap of their items."""
    if not pairs:
        return []
    differences = np.column_stack([pair.difference for pair in pairs])
    (drawn,) = resampled(len(differences), seed, [means_of(differences)], size)
    return compared(pairs, drawn)


def compared(pairs: Sequence[Pair], drawn: NDArray[np.float64]) -> list[Paired]:
    """Second against first on the items that both have, with Benjamini-Hochberg-adjusted p over all pairs that share an item.

    Args:
        pairs: what is compared.
        drawn: (resamples, pairs) mean differences. Exact McNemar where scores are 0 or 1, else the paired bootstrap.
    """
    made = [_paired(pair, drawn[:, place]) for place, pair in enumerate(pairs) if not np.isnan(pair.difference).all()]
    return adjusted(made)


def _paired(pair: Pair, drawn: Column) -> Paired:
    both = ~np.isnan(pair.difference)
    a, b, difference = pair.a[both], pair.b[both], pair.difference[both]
    n = len(difference)
    common = {"first": pair.first, "second": pair.second, "metric": pair.metric, "n": n, "difference": _interval(difference, drawn)}
    if set(np.unique(np.concatenate((a, b)))) <= {0.0, 1.0}:
        lost, won = int(np.sum(difference < 0)), int(np.sum(difference > 0))
        return Paired(**common, only_first=lost, only_second=won, test="McNemar, exact", p=mcnemar(lost, won),
                      detectable=detectable_share(n, (lost + won) / n))  # fmt: skip
    spread = float(difference.std(ddof=1)) if n > 1 else 0.0
    return Paired(**common, test="paired bootstrap", p=paired_bootstrap(difference, drawn), detectable=detectable_mean(n, spread))


def adjusted(comparisons: Sequence[Paired]) -> list[Paired]:
    """The comparisons with Benjamini-Hochberg-adjusted p over all of them."""
    if not comparisons:
        return []
    p = np.array([comparison.p for comparison in comparisons])
    order = np.argsort(-p)
    values = np.empty_like(p)
    values[order] = np.minimum(1.0, np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1)))
    return [comparison.model_copy(update={"adjusted": float(value)}) for comparison, value in zip(comparisons, values, strict=True)]


def detectable_share(n: int, discordant: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest difference of two paired shares that McNemar's test shows with this power, given the share of discordant items.

    Connor 1987 (Biometrics 43:207), solved for the difference. Where fewer items are discordant than such a difference needs, it is
    the one that would show if every discordant item were on one side. None where all `n` items on one side would still be chance.
    """
    fewest = int(np.ceil(1 - np.log2(alpha)))
    if n < fewest:
        return None
    z_alpha, z_power = special.ndtri(1 - alpha / 2), special.ndtri(power)
    root = n * z_alpha**2 - (n + z_power**2) * (z_alpha**2 - z_power**2)
    least = float((np.sqrt(n) * z_alpha + np.sqrt(max(0.0, root))) / (n + z_power**2))
    return min(1.0, max(fewest / n, least * max(float(np.sqrt(discordant)), least)))


def detectable_mean(n: int, spread: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest mean difference that a paired test shows with this power, given the standard deviation of the differences."""
    if n < 2 or spread <= 0:
        return None
    return float((special.ndtri(1 - alpha / 2) + special.ndtri(power)) * spread / np.sqrt(n))
