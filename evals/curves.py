"""Confidence against correctness: reliability diagram, expected calibration error, risk-coverage curve and its area. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.stats import Statistic

BINS = 10
_POINTS = 200
"""Points of a curve that a plot gets; more cannot be seen."""

Column = NDArray[np.float64]


class Bin(NamedTuple):
    """A bin of the reliability diagram."""

    low: float
    high: float
    confidence: float
    accuracy: float
    n: int


class Point(NamedTuple):
    """A point of the risk-coverage curve: answering only so sure gives this coverage at this risk."""

    coverage: float
    risk: float
    threshold: float


def reliability(confidence: Column, right: Column) -> list[Bin]:
    """Ten equal bins; empty ones are left out."""
    places = _places(confidence)
    bins = []
    for place in range(BINS):
        inside = places == place
        if inside.any():
            mean = float(confidence[inside].mean())
            bins.append(Bin(place / BINS, (place + 1) / BINS, mean, float(right[inside].mean()), int(inside.sum())))
    return bins


def _places(confidence: Column) -> NDArray[np.int64]:
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def calibration_error(confidence: Column, right: Column) -> Statistic:
    """Expected calibration error (Naeini 2015) over ten equal bins, 0 is best."""
    members = np.zeros((len(confidence), BINS))
    members[np.arange(len(confidence)), _places(confidence)] = 1.0
    gaps = members * (confidence - right)[:, None]

    def error(weights: NDArray[np.float64]) -> Column:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1))

    return error


def plain(statistic: Statistic, n: int) -> float:
    """The statistic of the items as they are."""
    return float(statistic(np.ones((1, n)))[0])


def risk_coverage(confidence: Column, right: Column, answerable: int) -> list[Point]:
    """The curve over `answerable` items, from the surest answer on; it ends at the coverage that abstaining left."""
    order = np.argsort(-confidence, kind="stable")
    risks = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    kept = spread(len(order), _POINTS)
    return [Point((place + 1) / answerable, float(risks[place]), float(confidence[order][place])) for place in kept]


def coverage_at(confidence: Column, right: Column, risk: float = 0.05) -> Statistic:
    """The largest share of the answers that can be given, the surest first, with at most that risk; 0 where none can."""
    order = np.argsort(-confidence, kind="stable")
    wrong = 1 - right[order]
    ends = np.append(np.diff(confidence[order]) != 0, True)  # equal confidences go together

    def share(weights: NDArray[np.float64]) -> Column:
        weights = weights[:, order]
        covered, lost = np.cumsum(weights, axis=1), np.cumsum(weights * wrong, axis=1)
        within = (lost <= risk * covered) & ends & (covered > 0)
        with np.errstate(invalid="ignore"):
            return np.asarray((covered * within).max(axis=1) / covered[:, -1])

    return share


def spread(n: int, most: int) -> list[int]:
    """At most so many of the places 0 to n - 1, evenly, first and last among them."""
    return [int(place) for place in np.unique(np.linspace(0, n - 1, min(most, n)).astype(np.int64))] if n else []


def area_under_risk(confidence: Column, right: Column) -> Statistic:
    """Mean risk over all coverages that the answers reach (Geifman 2017, AURC), 0 is best; equal confidences share their risk."""
    order = np.argsort(-confidence, kind="stable")
    wrong = 1 - right[order]
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))

    def area(weights: NDArray[np.float64]) -> Column:
        weights = weights[:, order]
        covered, lost = np.cumsum(weights, axis=1), np.cumsum(weights * wrong, axis=1)
        if len(ends) < len(order):
            covered, lost = covered[:, ends], lost[:, ends]
            steps = np.diff(covered, axis=1, prepend=0.0)
        else:
            steps = weights
        lost /= np.maximum(covered, 1.0)  # nothing covered, nothing lost
        with np.errstate(invalid="ignore"):
            return np.asarray(np.einsum("ij,ij->i", lost, steps) / covered[:, -1])

    return area
