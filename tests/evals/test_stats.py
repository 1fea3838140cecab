"""Known answers from scipy and statsmodels."""

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

from evals import stats


def right(n: int, share: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(n) < share).astype(float)


def compared(metric: str, first: np.ndarray, second: np.ndarray, seed: int = 0, size: int = stats.RESAMPLES) -> stats.Paired:
    (made,) = stats.compare([stats.Pair("a", "b", metric, first, second)], seed, size)
    return made


def drawn_means(values: np.ndarray, seed: int, size: int = stats.RESAMPLES) -> np.ndarray:
    return stats.resampled(len(values), seed, [stats.means_of(values)], size)[0]


def test_the_bootstrap_of_a_mean_agrees_with_scipy():
    values = np.random.default_rng(1).gamma(2.0, 1.5, 300)
    (ours,) = stats.means(values[:, None], seed=3)
    theirs = scipy_stats.bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(5))
    assert ours.value == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.03)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.03)
    assert ours.n == 300


def test_intervals_repeat_under_the_seed_and_move_with_it():
    values = right(120, 0.6)[:, None]
    assert stats.means(values, seed=1) == stats.means(values, seed=1)
    drawn = [drawn_means(values, seed)[:, 0] for seed in (1, 2)]
    assert not np.array_equal(*drawn)


def test_items_without_a_score_are_left_out_of_the_mean():
    columns = np.array([[1.0, np.nan], [0.0, np.nan], [np.nan, np.nan], [1.0, np.nan]])
    scored, never = stats.means(columns, seed=0)
    assert (scored.value, scored.n) == (pytest.approx(2 / 3), 3)
    assert (never.value, never.low, never.n) == (None, None, 0)


def test_one_draw_serves_every_statistic():
    values = np.column_stack([right(60, 0.5), right(60, 0.7, 1)])
    apart = [drawn_means(values[:, [place]], 9)[:, 0] for place in (0, 1)]
    assert np.allclose(drawn_means(values, 9), np.column_stack(apart))
    some = np.arange(60) < 25
    whole, part = stats.resampled(60, 9, [stats.means_of(np.where(some[:, None], values, np.nan)),
                                          stats.over(some, stats.means_of(values[some]))])  # fmt: skip
    assert np.allclose(whole, part)


def test_chunks_change_nothing(monkeypatch):
    values = right(50, 0.5)[:, None]
    whole = drawn_means(values, 4, 500)
    monkeypatch.setattr(stats, "_CHUNK_CELLS", 50 * 7)
    assert np.allclose(whole, drawn_means(values, 4, 500))


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (3, 10), (10, 3), (1, 0), (25, 26), (0, 12)])
def test_mcnemar_agrees_with_statsmodels(lost, won):
    theirs = statsmodels_mcnemar([[40, lost], [won, 9]], exact=True).pvalue
    assert stats.mcnemar(lost, won) == pytest.approx(min(1.0, theirs))


def test_benjamini_hochberg_agrees_with_statsmodels():
    values = [0.001, 0.2, 0.03, 0.04, 0.04, 0.9]
    made = [compared("m", right(40, 0.5, 1), right(40, 0.6, 2)).model_copy(update={"p": value}) for value in values]
    theirs = multipletests(values, method="fdr_bh")[1]
    assert [item.adjusted for item in stats.adjusted(made)] == pytest.approx(list(theirs))
    assert stats.adjusted([]) == []


def test_right_and_wrong_are_compared_by_mcnemar_on_what_both_have():
    first = np.array([1.0, 1, 0, 0, 1, np.nan])
    second = np.array([1.0, 0, 1, 1, np.nan, 1])
    made = compared("accuracy", first, second, seed=0)
    assert (made.n, made.only_first, made.only_second, made.test) == (4, 1, 2, "McNemar, exact")
    assert made.difference.value == pytest.approx(0.25)
    assert stats.compare([stats.Pair("a", "b", "accuracy", first, np.full(6, np.nan))], seed=0) == []
    assert stats.compare([], seed=0) == []


def test_graded_scores_are_compared_by_the_paired_bootstrap():
    random = np.random.default_rng(0)
    first = random.random(200)
    better = np.clip(first + 0.1 + random.normal(0, 0.05, 200), 0, 1)
    made = compared("f1", first, better, seed=0)
    theirs = scipy_stats.permutation_test((better - first,), np.mean, permutation_type="samples", n_resamples=2000, rng=random)
    assert made.test == "paired bootstrap"
    assert made.p < 0.001
    assert theirs.pvalue < 0.001
    same = compared("f1", first, first, seed=0)
    assert same.p == 1.0


def test_the_paired_bootstrap_keeps_its_level():
    random = np.random.default_rng(7)
    refused = 0
    for seed in range(200):
        first, second = random.random(60), random.random(60)
        refused += compared("f1", first, second, seed, size=400).p < 0.05
    assert refused / 200 < 0.11


def test_the_detectable_difference_is_found_about_four_times_in_five():
    n, discordant = 250, 0.3
    difference = stats.detectable_share(n, discordant)
    random = np.random.default_rng(0)
    won, lost = (discordant + difference) / 2, (discordant - difference) / 2
    counts = random.multinomial(n, [won, lost, 1 - discordant], size=1500)
    found = np.mean([stats.mcnemar(int(b), int(c)) < 0.05 for b, c, _ in counts])
    assert 0.70 < found < 0.86  # the exact test is somewhat conservative


@pytest.mark.parametrize("n", [12, 40, 300])
def test_without_discordant_items_the_detectable_difference_is_what_one_side_alone_would_show(n):
    difference = stats.detectable_share(n, 0.0)
    assert stats.detectable_share(n, difference / 2) == difference
    assert 0 < difference <= 1
    z = scipy_stats.norm.ppf([0.975, 0.8])
    assert z[0] * difference**0.5 + z[1] * (difference - difference**2) ** 0.5 == pytest.approx(difference * n**0.5)
    assert stats.detectable_share(n, 1.0) > difference


def test_what_the_exact_test_can_never_show_is_not_called_detectable():
    assert stats.mcnemar(0, 5) > 0.05 > stats.mcnemar(0, 6)
    assert stats.detectable_share(5, 1.0) is None
    assert stats.detectable_share(6, 0.0) == 1
    assert stats.detectable_share(7, 0.0) >= 6 / 7


def test_the_detectable_mean_agrees_with_statsmodels():
    ours = stats.detectable_mean(120, 0.4)
    theirs = NormalIndPower(ddof=0).solve_power(nobs1=120, alpha=0.05, power=0.8, ratio=0) * 0.4
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_a_quantile_has_the_interval_that_its_bootstrap_tends_to():
    values = np.random.default_rng(2).lognormal(0, 1, 400)
    ours = stats.quantile(values, 0.5)
    drawn = np.random.default_rng(3).choice(values, size=(20_000, 400))
    ranked = np.sort(drawn, axis=1)[:, 199]
    assert ours.low == pytest.approx(np.quantile(ranked, 0.025), rel=0.02)
    assert ours.high == pytest.approx(np.quantile(ranked, 0.975), rel=0.02)
    assert stats.quantile(np.array([np.nan]), 0.5).value is None


def test_a_handful_of_items_is_never_called_significant():
    made = compared("f1", np.array([0.1, 0.2]), np.array([0.6, 0.95]), seed=0)
    assert made.p == 0.5
    six = compared("f1", np.linspace(0, 0.1, 6), np.linspace(0.5, 0.7, 6), seed=0)
    assert six.p == pytest.approx(2 / 64)
