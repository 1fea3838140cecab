"""What a question may cost: counted exactly, from many threads too, and each limit named when it is reached."""

import threading
import time

import pytest

from agent.chat.budget import Budget
from agent.errors import BudgetExceeded
from agent.settings import load


def budget(**limits):
    return Budget(load(**limits))


def test_a_fresh_budget_has_everything_left():
    made = budget()
    made.check()
    assert made.left
    assert (made.calls, made.tokens_in, made.tokens_out, made.cost, made.stages) == (0, 0, 0, 0.0, {})


def test_spending_adds_up():
    made = budget()
    made.spend(tokens_in=10, tokens_out=3, seconds=0.5, cost=0.01)
    made.spend(tokens_in=1, tokens_out=2, seconds=0.25, cost=0.02, calls=2)
    assert (made.calls, made.tokens_in, made.tokens_out) == (3, 11, 5)
    assert made.model_seconds == pytest.approx(0.5, abs=0.02)  # the shorter call ran while the longer one did
    assert made.cost == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("limits", "spent", "named"),
    [
        ({"calls": 2}, {"calls": 2}, "calls"),
        ({"tokens": 1_000}, {"tokens_in": 600, "tokens_out": 400}, "tokens"),
        ({"calls": 1, "tokens": 1_000}, {"tokens_in": 5_000}, "calls"),
        ({"price_in": 2.0, "price_out": 10.0, "money": 0.01}, {"tokens_in": 1_000, "tokens_out": 900}, "money"),
    ],
)
def test_a_reached_limit_is_named_with_what_was_spent(limits, spent, named):
    made = budget(**limits)
    made.spend(**spent)
    assert not made.left
    with pytest.raises(BudgetExceeded, match=f"budget {named} exceeded") as caught:
        made.check()
    assert caught.value.limit == named
    assert caught.value.spent >= limits[named]


def test_one_below_the_limit_is_still_left():
    made = budget(calls=2, tokens=1_000)
    made.spend(tokens_in=999)
    assert made.left


def test_time_is_counted_from_the_question():
    made = Budget(load(seconds=30), started=time.monotonic() - 31)
    assert made.seconds >= 31
    with pytest.raises(BudgetExceeded, match="seconds"):
        made.check()


def test_stages_of_parallel_branches_add_up():
    made = budget()
    for stage, seconds in (("retrieve", 0.1), ("grade", 0.2), ("retrieve", 0.3)):
        made.staged(stage, seconds)
    assert made.stages == {"retrieve": pytest.approx(0.4), "grade": pytest.approx(0.2)}


def test_nothing_is_lost_when_threads_spend_at_once():
    made = budget(calls=100_000, tokens=10_000_000)

    def run():
        for _ in range(500):
            made.spend(tokens_in=2, tokens_out=1, cost=1.0)
            made.staged("model", 1.0)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (made.calls, made.tokens_in, made.tokens_out, made.cost, made.stages) == (4_000, 8_000, 4_000, 4_000.0, {"model": 4_000.0})


def test_a_question_that_runs_out_of_time_still_concludes(small_index_folder):
    """Without a model nothing is cut off: no further round is taken, and what was found is answered from."""
    from agent.app import RadiologyAgent

    made = RadiologyAgent(load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3, seconds=1e-9))
    answer = made.ask("What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?")
    assert answer.provenance.rounds == 1
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."


@pytest.mark.parametrize(("calls", "seconds"), [
    ((), 0.0), (((1.0, 1.0),), 1.0), (((1.0, 1.0), (3.0, 1.5)), 2.5), (((1.0, 1.0), (1.5, 1.0)), 1.5), (((4.0, 1.0), (5.0, 5.0)), 5.0),
    (((1.0, 1.0), (3.0, 1.0), (4.0, 3.5)), 4.0),
])  # fmt: skip
def test_the_models_time_is_when_any_call_was_under_way(monkeypatch, calls, seconds):
    made = Budget(load(preset="offline"))
    for ended, lasted in calls:
        monkeypatch.setattr("agent.chat.budget.time.monotonic", lambda now=ended: now)
        made.spend(seconds=lasted)
    assert made.model_seconds == pytest.approx(seconds)
