"""Fitting the gate: the regression finds a known model, the bounds keep their promise."""

import numpy as np
import pytest

from training.gate import PROMISE, bounds, figures, listwise_fit, logistic_fit


def drawn(count=4000, seed=0):
    """Rows and labels of a known model: log odds 0.5 + 2 a - 1 b, b in the hundreds."""
    dice = np.random.default_rng(seed)
    a, b = dice.normal(size=count), 100 * dice.normal(size=count)
    labels = dice.random(count) < 1 / (1 + np.exp(-(0.5 + 2 * a - 0.01 * b)))
    return [{"a": float(x), "b": float(y)} for x, y in zip(a, b, strict=True)], labels.astype(float).tolist()


def test_the_regression_recovers_a_known_model_in_its_own_scale():
    made = logistic_fit(*drawn())
    assert made.bias == pytest.approx(0.5, abs=0.15)
    assert made.weights["a"] == pytest.approx(2.0, abs=0.2)
    assert made.weights["b"] == pytest.approx(-0.01, abs=0.002)


def test_more_ridge_means_smaller_weights():
    rows, labels = drawn(400)
    assert abs(logistic_fit(rows, labels, ridge=500.0).weights["a"]) < abs(logistic_fit(rows, labels).weights["a"])


def test_a_feature_that_never_varies_and_labels_that_are_all_one_do_no_harm():
    rows = [{"a": 1.0, "b": float(number)} for number in range(40)]
    made = logistic_fit(rows, [1.0] * 40)
    assert all(np.isfinite([made.bias, *made.weights.values()]))
    assert made.of({"a": 1.0, "b": 20.0}) > 0.9


def told(count=3000, seed=1):
    """Probabilities and outcomes of a calibrated model."""
    dice = np.random.default_rng(seed)
    return [
        {"id": str(number), "answerable": True, "sure": float(sure), "right": bool(dice.random() < sure), "leads": True}
        for number, sure in enumerate(dice.random(count))
    ]


def share(some):
    return sum(one["right"] for one in some) / len(some)


def test_the_bounds_keep_their_promise():
    seen = told()
    at = bounds(seen)
    assert at["answer"] < at["moderate"] < at["high"]
    high = [one for one in seen if one["sure"] >= at["high"]]
    moderate = [one for one in seen if at["moderate"] <= one["sure"] < at["high"]]
    last = [one for one in seen if at["answer"] <= one["sure"] < at["moderate"]]
    for name, some in (("high", high), ("moderate", moderate), ("answer", last)):
        assert share(some) >= PROMISE[name] - 0.02, name  # the bounds are rounded to three places


def test_a_model_that_is_never_right_calls_nothing_high():
    at = bounds([{**one, "right": False} for one in told(200)])
    assert at["high"] >= 0.98
    assert at["answer"] < at["moderate"] < at["high"]


def test_figures_count_what_is_answered_and_what_is_refused():
    seen = [
        {"id": "1", "answerable": True, "sure": 0.9, "right": True, "leads": True},
        {"id": "2", "answerable": True, "sure": 0.1, "right": False, "leads": False},
        {"id": "3", "answerable": False, "sure": 0.1, "right": False, "leads": False},
        {"id": "4", "answerable": False, "sure": 0.9, "right": False, "leads": False},
    ]
    made = figures(seen, {"answer": 0.5, "moderate": 0.6, "high": 0.8})
    assert made["near misses refused"] == 0.5
    assert made["right when high"] == [0.5, 2]


def test_the_order_within_groups_is_learnt_whatever_lies_between_groups():
    dice = np.random.default_rng(3)
    rows, labels, groups = [], [], []
    for group in range(400):
        shift = 5 * dice.normal()  # a hard question lowers all of its candidates alike
        clear = dice.normal(size=6)
        right = int(np.argmax(clear + 0.3 * dice.normal(size=6)))
        rows += [{"clear": float(value), "shifted": float(value + shift)} for value in clear]
        labels += [float(number == right) for number in range(6)]
        groups += [group] * 6
    made = listwise_fit(rows, labels, groups)
    scores = np.array([made.of(row) for row in rows]).reshape(-1, 6)
    assert (scores.argmax(1) == np.array(labels).reshape(-1, 6).argmax(1)).mean() > 0.75
    assert scores.mean() == pytest.approx(1 / 6, abs=0.02)


def test_a_feature_that_may_only_speak_for_is_left_out_where_it_speaks_against():
    rows = [{"said": float(number % 2), "case": float(number % 3 == 0)} for number in range(60)]
    made = listwise_fit(rows, [1.0 - row["said"] for row in rows], [number // 6 for number in range(60)])
    assert made.weights["said"] == 0.0
