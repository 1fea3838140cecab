"""One contract for whatever keeps model answers: the file, and a server that workers share (a fake one, and a real one where it is)."""

import asyncio
import shutil
import subprocess
import time

import fakeredis
import pytest
import redis
from langchain_core.language_models import FakeListChatModel

from agent.chat.budget import Budget
from agent.chat.responses import Kept, Responses, answer_store
from agent.chat.shared_responses import PREFIX, SharedResponses
from agent.chat.structured import StructuredModel
from agent.errors import InvalidSettings
from agent.reasoners.asking import Choice
from agent.settings import load

SERVER = shutil.which("valkey-server") or shutil.which("redis-server")
KEPT = Kept('{"a": "ä"}', 7, 3, 0.5)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a real server on a socket file."""
    if SERVER is None:
        pytest.skip("there is no valkey-server or redis-server")
    folder = tmp_path_factory.mktemp("server")
    running = subprocess.Popen(
        [SERVER, "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--save", ""], stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while not (folder / "s").exists() and time.monotonic() < until:
        time.sleep(0.05)
    yield f"unix://{folder / 's'}"
    running.terminate()
    running.wait()


@pytest.fixture(params=["file", "fake", "server"])
def opened(request, tmp_path):
    """Opens the same store again and again, as workers do."""
    if request.param == "file":
        return lambda: Responses(tmp_path / "kept.sqlite")
    if request.param == "fake":
        shared = fakeredis.FakeServer()
        return lambda: SharedResponses(fakeredis.FakeRedis(server=shared), "redis://fake")
    url = request.getfixturevalue("server")
    redis.Redis.from_url(url).flushall()
    return lambda: SharedResponses.at(url)


def test_what_one_worker_keeps_another_finds(opened):
    first, second = opened(), opened()
    assert second.get("k") is None
    first.put("k", KEPT)
    assert second.get("k") == KEPT
    second.put("k", Kept("newer"))
    assert first.get("k") == Kept("newer")
    first.close()
    second.close()


async def test_who_wants_the_same_answer_meanwhile_waits_for_it(opened):
    store = opened()
    asked = []

    async def want():
        async with store.turn("k"):
            if store.get("k") is None:
                asked.append(1)
                await asyncio.sleep(0.01)
                store.put("k", KEPT)
        return store.get("k")

    assert await asyncio.gather(want(), want(), want()) == [KEPT] * 3
    assert len(asked) == 1
    store.close()


async def test_a_second_worker_asks_no_model_for_what_the_first_was_told(opened, monkeypatch):
    monkeypatch.setattr("agent.chat.structured.answer_store", lambda settings: opened())
    monkeypatch.setattr(FakeListChatModel, "with_structured_output", lambda self, *more, **others: self)
    settings = load(model="openai:some", api_key="k", reuse=True)
    said = '{"reason": "known", "letter": "B", "evidence": []}'
    first, second = Budget(settings), Budget(settings)
    await StructuredModel(FakeListChatModel(responses=[said]), settings).ask(Choice, "s", "u", first)
    answer = await StructuredModel(FakeListChatModel(responses=["never"]), settings).ask(Choice, "s", "u", second)
    assert answer.letter == "B"
    assert (first.calls, second.calls, second.cached) == (1, 0, 1)


def test_answers_in_a_shared_server_are_forgotten_in_time():
    client = fakeredis.FakeRedis()
    SharedResponses(client, "redis://fake").put("k", KEPT)
    assert 0 < client.ttl(PREFIX + "k") <= 30 * 86_400


def test_what_is_not_an_answer_is_none():
    client = fakeredis.FakeRedis()
    for odd in ("no json", "[1]", "{}", '["a", "b", "c", "d"]'):
        client.set(PREFIX + "k", odd)
        assert SharedResponses(client, "redis://fake").get("k") is None


def test_a_server_that_fails_later_costs_the_reuse_only():
    shared = fakeredis.FakeServer()
    store = SharedResponses(fakeredis.FakeRedis(server=shared), "redis://fake")
    store.put("k", KEPT)
    shared.connected = False
    with pytest.warns(RuntimeWarning, match="redis://fake fails"):
        assert store.get("k") is None
    store.put("l", KEPT)  # said once, then left alone for a while
    assert store.get("k") is None


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    for url in (f"unix://user:secret@{tmp_path}/none", "ftp://user:secret@host/0"):
        with pytest.raises(InvalidSettings, match="cannot be used") as caught:
            SharedResponses.at(url)
        assert "secret" not in str(caught.value)
        assert "RADQA_SHARED_RESPONSES" in caught.value.remedy


def test_the_settings_choose_the_store_and_a_recording_comes_first(tmp_path, monkeypatch):
    made = SharedResponses(fakeredis.FakeRedis(), "redis://fake")
    monkeypatch.setattr(SharedResponses, "at", lambda url: made)
    assert answer_store(load(shared_responses="redis://host")) is made
    assert isinstance(answer_store(load(shared_responses="redis://host", responses=tmp_path / "kept.sqlite")), Responses)
    assert "redis" not in str(load(shared_responses="redis://user:secret@host"))
