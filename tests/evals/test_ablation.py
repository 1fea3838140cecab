import pytest

from evals.ablation import ablations, whole_of
from evals.stats import Interval, Paired


def share(value, n=20):
    return Interval(value=value, low=value - 0.1, high=value + 0.1, n=n)


def compared(first, second, difference, metric="correct"):
    return Paired(first=first, second=second, metric=metric, n=20, difference=share(difference), only_first=4, only_second=1,
                  test="McNemar, exact", p=0.4, adjusted=0.5, detectable=0.3)  # fmt: skip


SYSTEMS = {
    name: {"correct": share(value), "seconds_p50": share(seconds), "tokens": Interval(value=None, n=0)}
    for name, value, seconds in (
        ("agent@m1", 0.8, 3.0), ("agent:no-verification@m1", 0.7, 2.0), ("agent:no-verification@m2", 0.6, 2.0), ("closed-book@m1", 0.5, 1.0)
    )
}  # fmt: skip


@pytest.mark.parametrize(("name", "whole", "part"), [
    ("agent:no-option-plan", "agent", "option-plan"), ("run/agent:no-concepts@openai:x", "run/agent@openai:x", "concepts"),
    ("agent:no-a:no-b", "agent", "a, b"), ("agent@m:1", "agent@m:1", ""), ("closed-book", "closed-book", ""),
])  # fmt: skip
def test_the_whole_system_of_a_name(name, whole, part):
    assert whole_of(name) == (whole, part)


def test_a_system_without_a_part_is_held_against_the_whole_one_of_its_model():
    pairs = (compared("agent@m1", "agent:no-verification@m1", -0.1), compared("agent@m1", "agent:no-verification@m2", -0.2),
             compared("agent@m1", "agent:no-verification@m1", 0.3, "citation_recall"), compared("closed-book@m1", "agent@m1", 0.3))  # fmt: skip
    (found,) = ablations(SYSTEMS, pairs)
    assert (found.system, found.whole, found.part) == ("agent:no-verification@m1", "agent@m1", "verification")
    assert (found.right.value, found.change.value, found.lost, found.won) == (0.7, -0.1, 4, 1)
    assert found.beside == {"seconds_p50": (3.0, 2.0)}


def test_the_change_is_without_minus_with_whichever_came_first():
    (found,) = ablations(SYSTEMS, (compared("agent:no-verification@m1", "agent@m1", 0.1),))
    assert (found.change.value, found.lost, found.won) == (-0.1, 1, 4)
    assert (found.change.low, found.change.high) == pytest.approx((-0.2, 0.0))
