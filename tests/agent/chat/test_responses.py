import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel

from agent.chat.budget import Budget
from agent.chat.providers import chat_model
from agent.chat.responses import Kept, Responses, response_key
from agent.chat.structured import StructuredModel
from agent.errors import InvalidSettings, MalformedModelOutput, ModelUnavailable
from agent.fakes import Reply, chat_server
from agent.nodes.conclude import spending
from agent.reasoners.asking import Choice
from agent.settings import load


def test_an_answer_is_kept_over_restarts(tmp_path):
    first = Responses(tmp_path / "kept.sqlite")
    assert first.get("k") is None
    first.put("k", Kept('{"a": 1}', 7, 3))
    first.close()
    assert Responses(tmp_path / "kept.sqlite").get("k") == Kept('{"a": 1}', 7, 3)


def test_a_replay_without_the_answer_is_an_error_and_never_a_call(tmp_path):
    Responses(tmp_path / "kept.sqlite").close()
    replay = Responses(tmp_path / "kept.sqlite", replay=True)
    with pytest.raises(ModelUnavailable, match="no recorded answer"):
        replay.get("k")


@pytest.mark.parametrize("sealed", [False, True])
def test_a_replay_only_reads(tmp_path, monkeypatch, sealed):
    path = tmp_path / "a folder?" / "kept.sqlite"
    kept = Responses(path)
    kept.put("k", Kept("x"))
    kept.close()
    before = path.read_bytes()
    monkeypatch.setattr("agent.chat.responses.os.access", lambda folder, mode: not sealed)
    replay = Responses(path, replay=True)
    assert replay.get("k") == Kept("x")
    assert sealed is not bool([beside for beside in path.parent.iterdir() if beside != path])  # SQLite's own index of a log, in passing
    with pytest.raises(InvalidSettings, match="readonly"):
        replay.put("l", Kept("y"))
    replay.close()
    assert path.read_bytes() == before


def test_a_replay_of_a_hosted_model_needs_neither_its_key_nor_its_package(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    said = '{"reason": "known", "letter": "B", "evidence": []}'
    path = tmp_path / "kept.sqlite"
    Responses(path).close()
    for name in ("openai:gpt-5", "anthropic:opus"):
        recording = load(model=name, responses=path, reuse=True)
        made = FakeListChatModel(responses=[said])
        monkeypatch.setattr(FakeListChatModel, "with_structured_output", lambda self, *more, **others: self)
        asyncio.run(StructuredModel(made, recording).ask(Choice, "s", "u", Budget(recording)))
        replay = load(model=name, responses=path, replay=True)
        budget = Budget(replay)
        model = StructuredModel(chat_model(replay), replay)
        assert asyncio.run(model.ask(Choice, "s", "u", budget)).letter == "B"
        assert (budget.calls, budget.cached) == (0, 1)
        with pytest.raises(ModelUnavailable, match="no recorded answer"):
            asyncio.run(model.ask(Choice, "s", "something else", budget))


@pytest.mark.parametrize("replay", [False, True])
def test_a_file_that_cannot_be_used_is_named_with_what_to_do(tmp_path, replay):
    (tmp_path / "notes.txt").write_text("no database at all " * 100, encoding="utf-8")
    for path in (Path("/proc/x/y.sqlite"), tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(InvalidSettings, match=f"{path} cannot be used for model answers") as caught:
            Responses(path, replay=replay)
        assert "RADQA_RESPONSES" in caught.value.remedy


def test_everything_that_decides_an_answer_is_in_the_key():
    base = ("m", load(), {"type": "object"}, [("human", "Q")])
    limits = [load(temperature=0.5), load(context_tokens=4096), load(output_tokens=99)]
    others = [("n", *base[1:]), ("m", load(), {"type": "array"}, base[3]), (*base[:3], [("human", "R")])]
    assert len({response_key(*given) for given in (base, *others, *(("m", changed, *base[2:]) for changed in limits))}) == 7
    assert response_key(*base) == response_key(*base)


def test_threads_may_write_at_once(tmp_path):
    kept = Responses(tmp_path / "kept.sqlite")
    threads = [threading.Thread(target=kept.put, args=(f"k{n}", Kept(str(n)))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [kept.get(f"k{n}") for n in range(20)] == [Kept(str(n)) for n in range(20)]


@pytest.mark.localhost
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("recorded", [False, True])
def test_what_is_not_the_json_asked_for_is_kept_in_a_recording_only(tmp_path, monkeypatch, recorded):
    monkeypatch.setattr("agent.chat.responses.cache_folder", lambda: tmp_path)
    path = tmp_path / "responses.sqlite"

    async def ask(url):
        settings = load(base_url=url, model="stub", reuse=True, responses=path if recorded else None)
        return await StructuredModel(chat_model(settings), settings).ask(Choice, "s", "u", Budget(settings))

    with chat_server([Reply("hm"), Reply("still hm"), Reply('{"reason": "known", "letter": "B", "evidence": []}')]) as server:
        with pytest.raises(MalformedModelOutput):
            asyncio.run(ask(server.url))
        if recorded:
            with pytest.raises(MalformedModelOutput):
                asyncio.run(ask(server.url))
            assert len(server.requests) == 2
            return
        assert asyncio.run(ask(server.url)).letter == "B"
        assert asyncio.run(ask(server.url)).letter == "B"
        assert len(server.requests) == 3


@pytest.mark.localhost
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("chosen", "calls"), [({"model": "stub"}, 1), ({}, 2), ({"responses": True}, 1)])
def test_of_a_server_without_a_models_name_answers_are_kept_in_a_recording_only(tmp_path, monkeypatch, chosen, calls):
    monkeypatch.setattr("agent.chat.responses.cache_folder", lambda: tmp_path)

    async def ask(url):
        settings = load(
            base_url=url, reuse=True, **{name: value if value is not True else tmp_path / "own" for name, value in chosen.items()}
        )
        await StructuredModel(chat_model(settings), settings).ask(Choice, "s", "u", Budget(settings))

    with chat_server([Reply('{"reason": "known", "letter": "B", "evidence": []}')]) as server:
        for _ in range(2):
            asyncio.run(ask(server.url))
        assert len(server.requests) == calls


@pytest.mark.localhost
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_who_asks_the_same_in_the_meantime_waits_and_is_charged_for_it(tmp_path):
    asked = []

    def slow(request):
        asked.append(request)
        time.sleep(0.2)
        return Reply('{"reason": "known", "letter": "B", "evidence": []}')

    async def twice(settings):
        budgets = [Budget(settings), Budget(settings)]
        models = [StructuredModel(chat_model(settings), settings) for _ in budgets]
        await asyncio.gather(*(model.ask(Choice, "s", "u", budget) for model, budget in zip(models, budgets, strict=True)))
        later = Budget(settings)
        await models[0].ask(Choice, "s", "u", later)
        return [*budgets, later]

    with chat_server(slow) as server:
        first, second, later = asyncio.run(twice(load(base_url=server.url, model="stub", responses=tmp_path / "kept.sqlite", reuse=True)))
    assert len(asked) == 1
    assert sorted((first.calls, second.calls)) == [0, 1]
    waited = first if first.cached else second
    assert waited.model_seconds + waited.cached_seconds == pytest.approx((first.model_seconds + second.model_seconds) / 2, abs=0.1)
    assert later.cached_seconds == pytest.approx(max(first.model_seconds, second.model_seconds), abs=0.05)
    told = [call for budget in (first, second, later) for call in spending(budget)["asked"]]
    assert sorted((call.purpose, call.kept) for call in told) == [("Choice", False), ("Choice", True), ("Choice", True)]
    assert len({(call.seconds, call.tokens_in, call.tokens_out) for call in told}) == 1


def test_a_file_that_has_grown_too_large_forgets_its_older_half(tmp_path, monkeypatch):
    from agent.chat import responses

    store = Responses(tmp_path / "kept.sqlite")
    for number in range(40):
        store.put(str(number), Kept("an answer"))
    store.close()
    monkeypatch.setattr(responses, "MOST_MB", 0)
    store = Responses(tmp_path / "kept.sqlite")
    assert (store.get("3"), store.get("39")) == (None, Kept("an answer"))
    store.close()
