"""Places and turns."""

import asyncio

import pytest

from serve.admission import Admission, Draining, TurnedAway


async def hold(admission: Admission, until: asyncio.Event, order: list[int], number: int) -> None:
    async with admission.place():
        order.append(number)
        await until.wait()


async def test_who_waits_gets_a_place_in_order():
    admission, until, order = Admission(1, 5, 10), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(admission, until, order, number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (admission.running, admission.waiting) == (1, 3)
    until.set()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3]
    assert (admission.running, admission.waiting) == (0, 0)


async def test_too_many_are_turned_away_with_a_time_to_come_back():
    admission, until = Admission(1, 1, 10), asyncio.Event()
    tasks = [asyncio.create_task(hold(admission, until, [], number)) for number in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(TurnedAway, match="waiting") as turned:
        async with admission.place():
            pass
    assert (turned.value.why, 1 <= turned.value.retry_after_s <= 60) == ("busy", True)
    until.set()
    await asyncio.gather(*tasks)


async def test_patience_ends_and_the_place_is_not_lost():
    admission, until = Admission(1, 5, 0.01), asyncio.Event()
    first = asyncio.create_task(hold(admission, until, [], 0))
    await asyncio.sleep(0)
    with pytest.raises(TurnedAway, match="No turn"):
        async with admission.place():
            pass
    until.set()
    await first
    async with admission.place():
        assert admission.running == 1


async def test_who_stops_waiting_leaves_no_gap():
    admission, until = Admission(1, 5, 10), asyncio.Event()
    tasks = [asyncio.create_task(hold(admission, until, [], number)) for number in range(3)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.sleep(0.01)
    assert admission.waiting == 1
    until.set()
    await asyncio.gather(tasks[0], tasks[2])
    assert admission.running == 0


async def test_at_the_end_who_waits_is_told_and_who_runs_ends_in_peace():
    admission, until, order = Admission(1, 5, 10), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(admission, until, order, number)) for number in range(2)]
    await asyncio.sleep(0.01)
    admission.drain()
    with pytest.raises(Draining):
        await tasks[1]
    with pytest.raises(Draining):
        async with admission.place():
            pass
    until.set()
    await tasks[0]
    assert order == [0]
