"""The fit of confidence on a run's answers: made-up runs whose truth is known."""

import csv

import numpy as np
import pytest

from agent.relevance import Calibration
from evals.calibration import error, fitted, held_out, main, read

PLAIN = Calibration(bias=0.0, slope=1.0, choice=0.0, polar=0.0)


def run_of(folder, rows):
    """A run's folder; rows are (kind, confidence, correct)."""
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("system", "id", "kind", "reply", "correct", "confidence"))
        writer.writeheader()
        for number, (kind, confidence, correct) in enumerate(rows):
            writer.writerow(
                {"system": "extractive", "id": number, "kind": kind, "reply": "answered", "correct": correct, "confidence": confidence}
            )
        writer.writerow({"system": "extractive", "id": "x", "kind": "open", "reply": "abstained", "correct": 0.0, "confidence": ""})
        writer.writerow({"system": "agent", "id": "y", "kind": "open", "reply": "answered", "correct": 0.0, "confidence": 0.5})
    return folder


@pytest.fixture
def overconfident(tmp_path):
    """Says 0.9 and is right in 6 of 10, says 0.6 and is right in 5 of 10; yes and no are a coin."""
    chance = np.random.default_rng(1)
    rows = [("open", said, float(chance.random() < true)) for said, true in ((0.9, 0.6), (0.6, 0.5)) for _ in range(200)]
    return run_of(tmp_path, [*rows, *(("polar", 0.9, float(number % 2)) for number in range(100))])


def test_only_answers_of_the_rules_system_are_read(tmp_path):
    scored = read(run_of(tmp_path, [("open", 0.7, 1.0), ("choice", 0.6, 0.0)]), PLAIN)
    assert scored.right.tolist() == [1.0, 0.0]
    assert scored.features[:, 2].tolist() == [0.0, 1.0]


def test_the_map_in_use_is_undone_before_fitting(tmp_path):
    folder = run_of(tmp_path, [("open", 0.7, 1.0), ("polar", 0.5, 0.0)])
    plain, mapped = read(folder, PLAIN), read(folder, Calibration(bias=0.5, slope=0.5, choice=0.0, polar=-1.0))
    assert mapped.features[0, 1] == pytest.approx((plain.features[0, 1] - 0.5) / 0.5)
    assert mapped.features[1, 1] == pytest.approx((plain.features[1, 1] + 0.5) / 0.5)


def test_an_overconfident_run_is_calibrated_on_folds_it_has_not_seen(overconfident):
    scored = read(overconfident, PLAIN)
    raw = 1 / (1 + np.exp(-scored.features[:, 1]))
    unseen = held_out(scored, seed=0)
    assert error(raw, scored.right) > 0.15
    assert error(unseen, scored.right) < 0.08
    assert fitted(scored)[3] < 0  # yes and no are less sure than they say


def test_error_is_nothing_for_what_is_right_as_often_as_it_says():
    assert error(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == 0.0
    assert error(np.array([0.9, 0.9]), np.array([0.0, 0.0])) == pytest.approx(0.9)


def test_the_command_prints_the_map(overconfident, capsys):
    assert main([str(overconfident)]) == 0
    told = capsys.readouterr().out
    assert "answers 500" in told
    assert all(f"{name} = " in told for name in ("bias", "slope", "choice", "polar"))
    assert main([]) == 2
