"""Fit what turns an answer's raw confidence into a probability, on a run that was scored; cross-validated.

    python -m evals.calibration evals/results/core

Reads the run's `items.csv`, undoes the map that is in use (`agent/data/relevance.toml`, [calibration]), fits a logistic of the raw
confidence's log odds and of the kind of question, and prints the expected calibration error and the Brier score before and after,
the latter on folds that the fit has not seen. The printed lines go into the data file by hand: a map is changed on purpose.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from agent.relevance import Calibration, calibration
from evals.curves import BINS

SYSTEM, FOLDS, REPEATS, RIDGE = "extractive", 10, 20, 1.0
NAMES = ("bias", "slope", "choice", "polar")
Column = NDArray[np.float64]


class Scored(NamedTuple):
    """Answers of a run: raw log odds of the confidence, whether with options and whether these are yes and no, and whether right."""

    features: NDArray[np.float64]
    right: Column


def read(folder: Path, used: Calibration) -> Scored:
    """The answered items of the run; confidences as they were before the map that is in use."""
    with (folder / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["system"] == SYSTEM and row["reply"] == "answered" and row["correct"]]
    kinds = [row["kind"] for row in rows]
    choice, polar = (np.array([kind == name for kind in kinds], dtype=float) for name in ("choice", "polar"))
    said = np.clip(np.array([float(row["confidence"]) for row in rows]), 0.02, 0.97)
    raw = (logit(said) - used.bias - used.choice * choice - used.polar * polar) / used.slope
    return Scored(
        np.column_stack([np.ones(len(rows)), raw, choice, polar]), np.array([float(row["correct"]) >= 1 for row in rows], dtype=float)
    )


def fitted(scored: Scored) -> Column:
    """Weights of the logistic, in the order of `NAMES`; all but the bias are held small (ridge)."""

    def loss(weights: Column) -> float:
        chance = np.clip(expit(scored.features @ weights), 1e-9, 1 - 1e-9)
        told = scored.right * np.log(chance) + (1 - scored.right) * np.log(1 - chance)
        return float(-told.sum() + 0.5 * RIDGE * (weights[1:] ** 2).sum())

    return np.asarray(minimize(loss, np.zeros(len(NAMES)), method="BFGS").x)


def held_out(scored: Scored, seed: int) -> Column:
    """Each answer's probability by weights that were fitted without its fold."""
    order = np.random.default_rng(seed).permutation(len(scored.right))
    made = np.zeros(len(order))
    for fold in np.array_split(order, FOLDS):
        rest = np.setdiff1d(order, fold)
        made[fold] = expit(scored.features[fold] @ fitted(Scored(scored.features[rest], scored.right[rest])))
    return made


def error(chance: Column, right: Column) -> float:
    """Expected calibration error over ten equal bins."""
    places = np.minimum((chance * BINS).astype(int), BINS - 1)
    return float(sum(abs((chance - right)[places == place].sum()) for place in range(BINS)) / len(right))


def main(arguments: Sequence[str]) -> int:
    """Print the errors before and after, and the lines of the map; 2 for misuse."""
    if len(arguments) != 1:
        print("usage: python -m evals.calibration RUN_FOLDER")  # noqa: T201
        return 2
    scored = read(Path(arguments[0]), calibration())
    raw = expit(scored.features[:, 1])
    unseen = [held_out(scored, seed) for seed in range(REPEATS)]
    before, after = error(raw, scored.right), float(np.mean([error(chance, scored.right) for chance in unseen]))
    brier = [float(((chance - scored.right) ** 2).mean()) for chance in (raw, *unseen)]
    print(f"answers {len(scored.right)}, right {scored.right.mean():.3f}")  # noqa: T201
    print(f"calibration error {before:.3f} raw, {after:.3f} on held-out folds (mean of {REPEATS})")  # noqa: T201
    print(f"Brier score {brier[0]:.3f} raw, {np.mean(brier[1:]):.3f} on held-out folds")  # noqa: T201
    print("[calibration]", *(f"{name} = {value:.3f}" for name, value in zip(NAMES, fitted(scored), strict=True)), sep="\n")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
