"""Statistics of evaluations: bootstrap intervals, paired tests, correction for several comparisons, what a set of this size can show.

One bootstrap serves every figure of a run: items are drawn once per resample, and all columns (systems, metrics, subgroups) are
weighted by that draw, so that differences between systems stay paired. Everything is deterministic under the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import optimize, stats

from corpora.types import Frozen

RESAMPLES = 10_000
LEVEL = 0.95
_CHUNK_CELLS = 4_000_000
"""Draws held at once: keeps memory flat however large the set is."""

Column = NDArray[np.float64]


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


def resamples(n: int, seed: int, size: int = RESAMPLES) -> Iterator[NDArray[np.float64]]:
    """How often each of `n` items is drawn, (m, n) at a time, `size` rows in all; the same for the same seed."""
    random = np.random.default_rng(seed)
    rows = max(1, min(size, _CHUNK_CELLS // max(1, n)))
    for start in range(0, size, rows):
        count = min(rows, size - start)
        drawn = random.integers(0, n, size=(count, n), dtype=np.int64)
        drawn += np.arange(count, dtype=np.int64)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def means(columns: NDArray[np.float64], seed: int, size: int = RESAMPLES) -> list[Interval]:
    """The mean of each column of an (items, columns) table with its percentile interval; NaN is an item without a score."""
    drawn = resampled_means(columns, seed, size)
    return [_interval(column, drawn[:, place]) for place, column in enumerate(columns.T)]


def resampled_means(columns: NDArray[np.float64], seed: int, size: int = RESAMPLES) -> NDArray[np.float64]:
    """(size, columns): each column's mean in each resample; NaN where a resample drew no scored item."""
    if not len(columns):
        return np.full((size, columns.shape[1]), np.nan)
    scored = (~np.isnan(columns)).astype(np.float64)
    filled = np.nan_to_num(columns)
    parts = []
    for weights in resamples(len(columns), seed, size):
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append((weights @ filled) / (weights @ scored))
    return np.concatenate(parts)


def _interval(column: Column, drawn: Column) -> Interval:
    known = column[~np.isnan(column)]
    if not len(known):
        return Interval(value=None, n=0)
    low, high = _bounds(drawn)
    return Interval(value=float(known.mean()), low=low, high=high, n=len(known))


def _bounds(drawn: Column) -> tuple[float | None, float | None]:
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return None, None
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def of_statistic(
    statistic: Callable[[NDArray[np.float64]], Column], value: float | None, n: int, seed: int, size: int = RESAMPLES
) -> Interval:
    """The interval of any statistic that takes (m, n) weights to m values."""
    if value is None or not n:
        return Interval(value=None, n=n)
    low, high = _bounds(np.concatenate([statistic(weights) for weights in resamples(n, seed, size)]))
    return Interval(value=value, low=low, high=high, n=n)


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
    at_most = stats.binom.sf(rank - 1, n, np.arange(1, n + 1) / n)
    low, high = (ordered[min(n - 1, int(np.searchsorted(at_most, bound)))] for bound in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(value=float(ordered[rank - 1]), low=float(low), high=float(high), n=n)


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test: are the discordant items split evenly? 1 where there are none."""
    discordant = only_first + only_second
    return float(stats.binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0


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


def compare(first: str, second: str, metric: str, a: Column, b: Column, seed: int, size: int = RESAMPLES) -> Paired | None:
    """Second against first on the items that both have; exact McNemar where scores are 0 or 1, else the paired bootstrap."""
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    n = len(a)
    if not n:
        return None
    difference = b - a
    drawn = resampled_means(difference[:, None], seed, size)[:, 0]
    common = {"first": first, "second": second, "metric": metric, "n": n, "difference": _interval(difference, drawn)}
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
    values = stats.false_discovery_control([comparison.p for comparison in comparisons], method="bh")
    return [comparison.model_copy(update={"adjusted": float(value)}) for comparison, value in zip(comparisons, values, strict=True)]


def detectable_share(n: int, discordant: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest difference of two paired shares that McNemar's test shows with this power, given the share of discordant items.

    Connor 1987 (Biometrics 43:207), solved for the difference; None where even all discordant items on one side would not do.
    """
    if n < 1 or discordant <= 0:
        return None
    z_alpha, z_power = stats.norm.ppf(1 - alpha / 2), stats.norm.ppf(power)

    def lacking(difference: float) -> float:
        spread = max(0.0, discordant - difference**2)
        return float((z_alpha * np.sqrt(discordant) + z_power * np.sqrt(spread)) - difference * np.sqrt(n))

    return float(optimize.brentq(lacking, 0.0, discordant)) if lacking(discordant) <= 0 else None


def detectable_mean(n: int, spread: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest mean difference that a paired test shows with this power, given the standard deviation of the differences."""
    if n < 2 or spread <= 0:
        return None
    return float((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) * spread / np.sqrt(n))
