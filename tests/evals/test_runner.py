import asyncio

import pytest

from agent.errors import BudgetExceeded, MalformedModelOutput, ModelRefused, ModelTimeout, ModelUnavailable
from corpora.errors import FolderBusy, SetupError
from evals import outage
from evals.journal import Journal
from evals.outage import Gate, RunStopped
from evals.runner import Asked, Runner
from tests.evals.conftest import Scripted, chose, item, right, right_on_even

ITEMS = [item(number) for number in range(20)]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(outage, "FIRST_WAIT_S", 0.01)


def runner(folder, *solvers, items=ITEMS, **more):
    more.setdefault("patience_s", 5.0)
    return Runner(folder, items, solvers, Asked(seed=0, text_of={}.get), **more)


async def test_every_item_is_asked_of_every_system_once(begun):
    folder = begun(ITEMS)
    one, two = Scripted("one", right), Scripted("two", right_on_even)
    seen = []
    await runner(folder, one, two, on_record=seen.append).run()
    assert sorted(one.asked) == sorted(two.asked) == [item.id for item in ITEMS]
    assert len(seen) == len(list(folder.records())) == 40
    values = {(record.system, record.id): record.scores["accuracy"].value for record in folder.records()}
    assert values["one", "q0001"] == 1
    assert values["two", "q0001"] == 0


async def test_a_second_run_asks_only_what_is_left(begun):
    folder = begun(ITEMS)
    await runner(folder, Scripted("one", right), items=ITEMS[:7]).run()
    again = Scripted("one", right)
    await runner(folder, again).run()
    assert sorted(again.asked) == [item.id for item in ITEMS[7:]]
    idle = Scripted("one", right)
    await runner(folder, idle).run()
    assert idle.asked == []


@pytest.mark.parametrize("error", [MalformedModelOutput("no JSON"), BudgetExceeded("seconds", 3.0), ModelRefused("filtered")])
async def test_an_item_that_fails_is_counted_apart_and_not_asked_again(begun, error):
    def reply(posed):
        if posed.item.id == "q0003":
            raise error
        return right(posed)

    folder = begun(ITEMS)
    await runner(folder, Scripted("one", reply)).run()
    failed = [record for record in folder.records() if record.failure]
    assert [(record.id, record.failure.type, record.scores) for record in failed] == [("q0003", type(error).__name__, {})]
    idle = Scripted("one", right)
    await runner(folder, idle).run()
    assert idle.asked == []


async def test_an_outage_is_waited_out_and_nothing_is_lost(begun):
    left = [6]

    def reply(posed):
        if left[0] and posed.item.id >= "q0004":
            left[0] -= 1
            raise ModelUnavailable("the server is down")
        return right(posed)

    folder, told = begun(ITEMS), []
    await runner(folder, Scripted("one", reply), tell=told.append).run()
    assert all(record.response for record in folder.records())
    assert told
    assert "waiting" in told[0]


async def test_a_lasting_outage_stops_cleanly_and_a_resumed_run_goes_on(begun):
    up = [True]

    def reply(posed):
        if posed.item.id >= "q0010" and up[0]:
            raise ModelUnavailable("the server is down")
        return right(posed)

    folder = begun(ITEMS)
    with pytest.raises(RunStopped, match="--resume"):
        await runner(folder, Scripted("one", reply), patience_s=0.05).run()
    assert {record.id for record in folder.records()} == {item.id for item in ITEMS[:10]}
    up[0] = False
    again = Scripted("one", reply)
    await runner(folder, again).run()
    assert sorted(again.asked) == [item.id for item in ITEMS[10:]]
    assert len(list(folder.records())) == 20


async def test_one_item_that_always_times_out_fails_alone(begun):
    def reply(posed):
        if posed.item.id == "q0005":
            raise ModelTimeout("too slow")
        return right(posed)

    folder = begun(ITEMS)
    await runner(folder, Scripted("one", reply), concurrency=1).run()
    assert [record.id for record in folder.records() if record.failure] == ["q0005"]
    assert len(list(folder.records())) == 20
    mended = Scripted("one", right)
    await runner(folder, mended).run()
    assert mended.asked == ["q0005"]
    assert not [record for record in folder.records() if record.failure]


async def test_a_model_that_refuses_everything_stops_the_run_soon(begun):
    def refuse(posed):
        error = ModelUnavailable("refuses the key")
        error.retryable = False
        raise error

    refused = Scripted("one", refuse)
    with pytest.raises(RunStopped, match="refuses the key"):
        await runner(begun(ITEMS), refused, concurrency=1).run()
    assert len(refused.asked) == 5


async def test_items_that_are_refused_each_for_itself_do_not_stop_the_run(begun):
    def refuse(posed):
        raise ModelRefused("content filter")

    refused = Scripted("one", refuse)
    await runner(begun(ITEMS), refused, concurrency=1).run()
    assert len(refused.asked) == len(ITEMS)


async def test_a_wrong_setup_ends_the_run_at_once(begun):
    def misses(posed):
        raise SetupError("no model", "set one")

    with pytest.raises(SetupError):
        await runner(begun(ITEMS), Scripted("one", misses)).run()


async def test_what_ended_before_a_cancellation_is_kept(begun):
    class Slow(Scripted):
        async def solve(self, posed):
            await asyncio.sleep(0.02)
            return await super().solve(posed)

    folder = begun(ITEMS)
    task = asyncio.create_task(runner(folder, Slow("one", right), concurrency=2).run())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = len(list(folder.records()))
    assert 0 < kept < 20
    again = Scripted("one", right)
    await runner(folder, again).run()
    assert len(again.asked) == 20 - kept


async def test_what_another_process_writes_is_not_asked_again(begun):
    folder = begun(ITEMS)
    other, one = Journal(folder.answers_file), Scripted("one", right)
    with pytest.raises(FolderBusy):
        await runner(folder, one).run()
    assert one.asked == []
    await other.close()
    await runner(folder, one).run()
    assert len(one.asked) == 20


async def test_no_more_than_so_many_at_once(begun):
    running = most = 0

    class Counting(Scripted):
        async def solve(self, posed):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.005)
            running -= 1
            return await super().solve(posed)

    await runner(begun(ITEMS), Counting("one", right), concurrency=3).run()
    assert most == 3


async def test_the_judges_scores_stand_beside_the_others(begun):
    async def judge(item, response):
        return {"judged": chose_score}

    from evals.types import Score

    chose_score = Score(value=0.0, explanation="differs")
    folder = begun(ITEMS[:2])
    await Runner(folder, ITEMS[:2], [Scripted("one", right)], Asked(seed=0, text_of={}.get, judge=judge)).run()
    assert all(record.scores["judged"].value == 0 and record.scores["accuracy"].value == 1 for record in folder.records())


async def test_one_wait_serves_all_who_saw_the_same_outage():
    told = []
    gate = Gate(10.0, told.append)
    error = ModelUnavailable("down")
    seen = await gate.passable()
    await asyncio.gather(*(gate.pause(seen, error) for _ in range(16)))
    assert len(told) == gate.outages == 1
    assert chose("B").answered
