import threading

import pytest

from agent.errors import ModelUnavailable
from agent.responses import Kept, Responses, response_key


def test_an_answer_is_kept_over_restarts(tmp_path):
    first = Responses(tmp_path / "kept.sqlite")
    assert first.get("k") is None
    first.put("k", Kept('{"a": 1}', 7, 3))
    first.close()
    assert Responses(tmp_path / "kept.sqlite").get("k") == Kept('{"a": 1}', 7, 3)


def test_a_replay_without_the_answer_is_an_error_and_never_a_call(tmp_path):
    replay = Responses(tmp_path / "kept.sqlite", replay=True)
    with pytest.raises(ModelUnavailable, match="no recorded answer"):
        replay.get("k")


def test_everything_that_decides_an_answer_is_in_the_key():
    base = ("m", 0.0, {"type": "object"}, [("human", "Q")])
    others = [("n", *base[1:]), ("m", 0.5, *base[2:]), ("m", 0.0, {"type": "array"}, base[3]), (*base[:3], [("human", "R")])]
    assert len({response_key(*given) for given in (base, *others)}) == 5
    assert response_key(*base) == response_key(*base)


def test_threads_may_write_at_once(tmp_path):
    kept = Responses(tmp_path / "kept.sqlite")
    threads = [threading.Thread(target=kept.put, args=(f"k{n}", Kept(str(n)))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [kept.get(f"k{n}") for n in range(20)] == [Kept(str(n)) for n in range(20)]
