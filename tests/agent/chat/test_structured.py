"""Chat models against a real server on loopback that the tests start themselves."""

import asyncio
import json
import socket
import sys
import types
from typing import ClassVar

import httpx
import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from pydantic import BaseModel, Field

from agent.app import RadiologyAgent
from agent.chat import failures, structured
from agent.chat.budget import Budget
from agent.chat.habits import forget
from agent.chat.packing import tokens
from agent.chat.providers import chat_model, settings_with
from agent.chat.schemas import closed
from agent.chat.structured import StructuredModel
from agent.errors import BudgetExceeded, MalformedModelOutput, ModelError, ModelRefused, ModelTimeout, ModelUnavailable, PromptTooLong
from agent.fakes import Reply, chat_server
from agent.settings import load
from corpora.errors import MissingExtra
from retrievers.errors import MissingModel

loopback = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]


def on_loopback(test):
    for mark in loopback:
        test = mark(test)
    return test


class Side(BaseModel):
    side: str
    size_mm: int = Field(ge=1, default=1)


GOOD = Reply('{"side": "left", "size_mm": 7}')


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(failures, "BACKOFF_S", 0.01)
    forget()


def settings_for(server, **more):
    return load(**{"base_url": server.url, "model": "tiny", "model_retries": 2, "model_timeout_s": 5.0} | more)


async def asked(server, **more):
    settings = settings_for(server, **more)
    budget = Budget(settings)
    return await StructuredModel(chat_model(settings), settings).ask(Side, "You measure.", "Which side?", budget), budget


@on_loopback
async def test_json_of_the_schema_becomes_its_value():
    with chat_server([GOOD]) as server:
        answer, budget = await asked(server)
    assert answer == Side(side="left", size_mm=7)
    assert (budget.calls, budget.tokens_in, budget.tokens_out) == (1, 11, 7)
    (request,) = server.requests
    assert request["model"] == "tiny"
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    form = request["response_format"]["json_schema"]
    assert (form["name"], form["strict"]) == ("Side", True)
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == ["side", "size_mm"]


@on_loopback
@pytest.mark.parametrize("bad", ["not JSON", '{"side": "left"', '{"side": "left", "size_mm": "seven"}', '{"size_mm": 7}', '{"side": "left", "size_mm": 0}'])  # fmt: skip
async def test_bad_json_is_repaired_once_with_the_problem_named(bad):
    with chat_server([Reply(bad), GOOD]) as server:
        answer, budget = await asked(server)
    assert answer.side == "left"
    assert budget.calls == 2
    repair = server.requests[1]["messages"][-1]["content"]
    assert repair.startswith(bad)
    assert "That was not the JSON asked for" in repair


@on_loopback
async def test_bad_json_twice_is_malformed_and_keeps_what_was_said():
    with chat_server([Reply("First nonsense"), Reply("Second nonsense")]) as server:
        with pytest.raises(MalformedModelOutput, match="in the form of Side") as caught:
            await asked(server)
        assert len(server.requests) == 2
    assert caught.value.raw == "Second nonsense"
    assert not caught.value.retryable


@on_loopback
async def test_too_many_requests_are_asked_again_after_the_wait_that_the_server_wishes(monkeypatch):
    waits = []
    sleep = asyncio.sleep

    async def noted(seconds):
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(structured.asyncio, "sleep", noted)
    with chat_server([Reply("slow down", 429, (("Retry-After", "7"),)), GOOD]) as server:
        answer, budget = await asked(server)
    assert answer.side == "left"
    assert waits == [7.0]
    assert budget.calls == 2  # a try that fails is a call too


def test_a_date_to_try_again_is_waited_for():
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    response = types.SimpleNamespace(headers={"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)})
    assert 17 <= failures.wait(Status(429, response), 0) <= 20


@on_loopback
async def test_a_wait_beyond_the_questions_seconds_is_not_begun():
    with chat_server([Reply("slow down", 429, (("Retry-After", "60"),)), GOOD]) as server:
        with pytest.raises(ModelUnavailable, match="slow down"):
            await asked(server, seconds=30)
        assert len(server.requests) == 1


@on_loopback
@pytest.mark.parametrize("window", [2048, 4096, 8192])
async def test_a_prompt_beyond_the_window_is_never_sent(window):
    with chat_server([GOOD]) as server:
        settings = settings_for(server, context_tokens=window, output_tokens=500)
        model = StructuredModel(chat_model(settings), settings)
        with pytest.raises(PromptTooLong, match=f"the window {window:,}.*RADQA_CONTEXT_TOKENS") as caught:
            await model.ask(Side, "You measure.", "left " * window, Budget(settings))
        assert not server.requests
        assert not caught.value.retryable
        await model.ask(Side, "You measure.", "left " * (window // 4), Budget(settings))
        assert len(server.requests) == 1


@on_loopback
async def test_the_schema_takes_its_part_of_the_window():
    with chat_server([GOOD]) as server:
        settings = settings_for(server, context_tokens=1024, output_tokens=500)
        model = StructuredModel(chat_model(settings), settings)
        free = 1024 - 500 - structured.FRAME - tokens("s")
        words = "left " * int((free - 10) / 1.25)
        assert free - 20 < tokens(words) < free
        with pytest.raises(PromptTooLong):
            await model.ask(Side, "s", words, Budget(settings))
        assert not server.requests


@on_loopback
async def test_a_repair_fits_the_window_too():
    with chat_server([Reply("x " * 4000), GOOD]) as server:
        settings = settings_for(server, context_tokens=1024, output_tokens=500)
        await StructuredModel(chat_model(settings), settings).ask(Side, "You measure.", "left " * 100, Budget(settings))
        sent = " ".join(message["content"] for message in server.requests[1]["messages"])
    assert tokens(sent) + 500 <= 1024
    assert "That was not the JSON asked for" in sent


@on_loopback
async def test_a_span_of_a_call_carries_its_tokens(monkeypatch):
    from contextlib import contextmanager

    spans = []

    @contextmanager
    def span(name, **attributes):
        late = {}
        yield late
        spans.append((name, attributes | late))

    monkeypatch.setattr(structured, "span", span)
    with chat_server([GOOD]) as server:
        await asked(server)
    ((name, told),) = spans
    assert name == "radqa.model"
    assert (told["schema"], told["tokens_in"], told["tokens_out"], told["attempt"]) == ("Side", 11, 7, 1)


@pytest.fixture
def elsewhere(monkeypatch):
    """The loopback server as if it stood elsewhere."""
    for module in ("agent.chat.privacy", "agent.chat.structured"):
        monkeypatch.setattr(f"{module}.remote_host", lambda settings: "models.example.org")


@on_loopback
@pytest.mark.usefixtures("elsewhere")
async def test_what_leaves_is_every_try_and_nothing_that_was_kept(tmp_path):
    with chat_server([Reply("boom", 503), Reply("no JSON"), GOOD]) as server:
        settings = settings_for(server, reuse=True, responses=tmp_path / "kept.sqlite")
        model, budget, later = StructuredModel(chat_model(settings), settings), Budget(settings), Budget(settings)
        for user in ("Mr Jones has a nodule.", "How large is the nodule of Mr Jones?"):
            await model.ask(Side, "s", user, budget)
        assert len(server.requests) == 4
        await model.ask(Side, "s", "Mr Jones has a nodule.", later)
    assert budget.sent == {"models.example.org": (4, frozenset({"mr jones"}))}
    assert later.sent == {}


@on_loopback
async def test_server_errors_end_in_unavailable_after_the_retries():
    with chat_server([Reply("boom", 500)]) as server:
        with pytest.raises(ModelUnavailable, match="boom") as caught:
            await asked(server)
        assert len(server.requests) == 3
    assert caught.value.retryable


@on_loopback
async def test_a_server_that_recovers_is_used():
    with chat_server([Reply("boom", 503), Reply("boom", 502), GOOD]) as server:
        answer, _ = await asked(server)
    assert answer.side == "left"


@on_loopback
@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, ModelUnavailable, r"refuses the key \(HTTP 401\).*RADQA_API_KEY"),
        (403, ModelUnavailable, r"refuses the key \(HTTP 403\)"),
        (404, ModelUnavailable, r"has no model 'tiny' \(HTTP 404\)"),
        (400, ModelRefused, r"refused the request \(HTTP 400\).*too long"),
    ],
)
async def test_what_no_retry_can_help_is_asked_once_and_says_what_to_do(status, kind, message):
    with chat_server([Reply("the prompt is too long", status)]) as server:
        with pytest.raises(kind, match=message) as caught:
            await asked(server)
        assert len(server.requests) == 1
    assert not caught.value.retryable
    assert server.url in str(caught.value)


@on_loopback
async def test_a_refused_connection_names_the_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load(base_url=f"http://127.0.0.1:{port}/v1", model_retries=1)
    with pytest.raises(ModelUnavailable, match=rf"127\.0\.0\.1:{port}.*Is the server running"):
        await StructuredModel(chat_model(settings), settings).ask(Side, "s", "u", Budget(settings))


@on_loopback
async def test_a_slow_model_is_a_timeout_that_names_the_limit():
    with chat_server([GOOD._replace(delay_s=20.0)]) as server:
        with pytest.raises(ModelTimeout, match=r"within 0\.2 s.*RADQA_MODEL_TIMEOUT_S") as caught:
            await asked(server, model_timeout_s=0.2, model_retries=1)
        assert len(server.requests) == 2
    assert caught.value.retryable


@on_loopback
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_a_web_page_instead_of_an_answer_is_a_clear_error(kind):
    page = Reply(body="<html><body>Welcome to nginx</body></html>", content_type=kind)
    with chat_server([page]) as server:
        with pytest.raises(ModelUnavailable, match=r"does not speak the OpenAI protocol.*ends in /v1") as caught:
            await asked(server)
        assert len(server.requests) == 1
    assert server.url in str(caught.value)


@on_loopback
async def test_json_that_is_no_completion_is_a_clear_error():
    with chat_server([Reply(body='{"hello": "world"}')]) as server:
        with pytest.raises(ModelError) as caught:
            await asked(server)
        assert len(server.requests) == 1
    assert not caught.value.retryable
    assert "does not speak" in str(caught.value)


@on_loopback
async def test_an_answer_that_is_cut_off_is_given_more_room_twice_and_then_said_to_be_cut_off():
    with chat_server([Reply('{"side": "le', finish="length")]) as server:
        with pytest.raises(MalformedModelOutput, match=r"cut off at 1584 tokens.*RADQA_OUTPUT_TOKENS"):
            await asked(server, output_tokens=99)
        assert [request["max_completion_tokens"] for request in server.requests] == [99, 396, 1584]


@on_loopback
async def test_an_answer_that_needed_more_room_is_given_it_from_then_on():
    with chat_server(lambda request: GOOD if request["max_completion_tokens"] > 200 else Reply("", finish="length")) as server:
        settings = settings_for(server, output_tokens=99)
        model = StructuredModel(chat_model(settings), settings)
        for user in ("one", "two"):
            assert (await model.ask(Side, "s", user, Budget(settings))).side == "left"
        assert [request["max_completion_tokens"] for request in server.requests] == [99, 396, 396]


@on_loopback
async def test_an_answer_withheld_by_a_filter_is_asked_for_once_more_and_then_said_to_be_withheld():
    with chat_server([Reply("", finish="content_filter")]) as server:
        with pytest.raises(ModelRefused, match="content filter"):
            await asked(server)
        assert len(server.requests) == 2


@on_loopback
async def test_no_call_is_made_when_the_budget_is_spent():
    with chat_server([GOOD]) as server:
        settings = settings_for(server, calls=1)
        budget = Budget(settings)
        model = StructuredModel(chat_model(settings), settings)
        await model.ask(Side, "s", "u", budget)
        with pytest.raises(BudgetExceeded, match="calls"):
            await model.ask(Side, "s", "u", budget)
        assert len(server.requests) == 1


@on_loopback
async def test_calls_that_begin_at_once_are_no_more_than_are_left():
    with chat_server([GOOD._replace(delay_s=0.1)]) as server:
        settings = settings_for(server, calls=2, concurrency=6)
        budget = Budget(settings)
        model = StructuredModel(chat_model(settings), settings)
        made = await asyncio.gather(*(model.ask(Side, "s", f"u{n}", budget) for n in range(6)), return_exceptions=True)
        assert len(server.requests) == budget.calls == 2
    assert [type(one) for one in made] == [Side] * 2 + [BudgetExceeded] * 4


@on_loopback
async def test_every_try_is_a_call_and_takes_the_models_time():
    with chat_server([Reply("boom", 503), GOOD]) as server:
        settings = settings_for(server, calls=1)
        budget = Budget(settings)
        with pytest.raises(BudgetExceeded, match="calls"):
            await StructuredModel(chat_model(settings), settings).ask(Side, "s", "u", budget)
        assert len(server.requests) == budget.calls == 1
    assert budget.model_seconds > 0


@on_loopback
@pytest.mark.parametrize("reuse", [False, True])
async def test_a_slow_model_is_waited_for_no_longer_than_the_question_has_left(tmp_path, reuse):
    with chat_server([GOOD._replace(delay_s=60.0)]) as server:
        settings = settings_for(server, seconds=0.4, model_timeout_s=60.0, concurrency=1, reuse=reuse, responses=tmp_path / "kept.sqlite")
        budget = Budget(settings)
        model = StructuredModel(chat_model(settings), settings)
        made = await asyncio.gather(*(model.ask(Side, "s", f"u{n // 2}", budget) for n in range(4)), return_exceptions=True)
    assert [(type(one), one.limit) for one in made] == [(BudgetExceeded, "seconds")] * 4
    assert 0.4 <= budget.seconds < 30.0  # a busy machine takes its time; the model takes sixty seconds


@on_loopback
async def test_a_question_whose_time_goes_to_failing_tries_ends_in_their_error(monkeypatch):
    loop, limit, limits = asyncio.get_running_loop(), asyncio.timeout, []

    def noted(seconds):
        limits.append((seconds, limit(seconds)))
        return limits[-1][1]

    def script(_):
        if len(server.requests) == 1:
            return Reply("boom", 503)
        loop.call_soon_threadsafe(lambda: limits[0][1].reschedule(loop.time()))  # the time is over while the second try is waited for
        return GOOD._replace(delay_s=60.0)

    monkeypatch.setattr(structured.asyncio, "timeout", noted)
    with chat_server(script) as server:
        with pytest.raises(ModelUnavailable, match="boom"):
            await asked(server, seconds=50.0, model_timeout_s=60.0)
        assert len(server.requests) == 2
    assert len(limits) == 1
    assert 0 < limits[0][0] <= 50.0


@on_loopback
async def test_tokens_are_estimated_where_the_server_does_not_count_them():
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": GOOD.content}}
    with chat_server(
        [Reply(body=json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}))]
    ) as server:
        _, budget = await asked(server)
    assert (budget.tokens_in, budget.tokens_out) == (tokens("You measure.") + tokens("Which side?"), tokens(GOOD.content))


@on_loopback
async def test_at_most_so_many_calls_run_at_once():
    import threading

    lock, running, most = threading.Lock(), [0], [0]

    def script(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        import time

        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return GOOD

    with chat_server(script) as server:
        settings = settings_for(server, concurrency=2)
        model = StructuredModel(chat_model(settings), settings)
        answers = await asyncio.gather(*(model.ask(Side, "s", "u", Budget(settings)) for _ in range(7)))
    assert len(answers) == 7
    assert most[0] == 2


class Fake(BaseChatModel):
    """A chat model without the OpenAI client; `told` is what it says."""

    told: str

    @property
    def _llm_type(self):
        return "fake"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.told))])

    def with_structured_output(self, schema, *, include_raw=False, **kwargs):
        def parsed(raw):
            try:
                return {"raw": raw, "parsed": schema.model_validate_json(raw.content), "parsing_error": None}
            except ValueError as error:
                return {"raw": raw, "parsed": None, "parsing_error": error}

        return self | RunnableLambda(parsed)


async def test_other_providers_answer_through_their_own_structured_output():
    settings = load()
    budget = Budget(settings)
    answer = await StructuredModel(Fake(told=GOOD.content), settings).ask(Side, "s", "u", budget)
    assert answer.side == "left"
    assert (budget.calls, budget.tokens_in, budget.tokens_out) == (1, tokens("s") + tokens("u"), tokens(answer.model_dump_json()))
    with pytest.raises(MalformedModelOutput) as caught:
        await StructuredModel(Fake(told="left"), settings).ask(Side, "s", "u", budget)
    assert caught.value.raw == "left"


async def test_content_in_blocks_is_read_as_their_text():
    class Blocks(Fake):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return ChatResult(generations=[ChatGeneration(message=AIMessage([{"type": "text", "text": "hm"}]))])

        def with_structured_output(self, schema, *, include_raw=False, **kwargs):
            return self | RunnableLambda(lambda raw: {"raw": raw, "parsed": None})

    settings = load()
    with pytest.raises(MalformedModelOutput) as caught:
        await StructuredModel(Blocks(told=""), settings).ask(Side, "s", "u", Budget(settings))
    assert caught.value.raw == "hm"


def test_call_slots_belong_to_a_loop_and_not_to_its_address():
    settings = load(concurrency=1)
    model = StructuredModel(Fake(told=GOOD.content), settings)

    async def crowd():
        return await asyncio.gather(*(model.ask(Side, "s", "u", Budget(settings)) for _ in range(5)))

    for _ in range(5):
        assert len(asyncio.run(crowd())) == 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "No chat model is set.*--model"),
        ({"model": "gpt-5"}, "'gpt-5' names no provider.*openai:gpt-5"),
        ({"model": "openai:"}, "names no provider"),
        ({"model": "zauberei:merlin"}, "no provider 'zauberei'.*Providers: openai, anthropic, ollama"),
    ],
)
def test_an_unknown_model_or_provider_says_what_to_give(given, message):
    with pytest.raises(MissingModel, match=message) as caught:
        chat_model(load(**given))
    assert caught.value.remedy


@pytest.mark.parametrize(("provider", "package"), [("anthropic", "langchain_anthropic"), ("ollama", "langchain_ollama")])
def test_an_absent_package_names_the_extra(monkeypatch, provider, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"{provider}.*radqa\[{provider}\]"):
        chat_model(load(model=f"{provider}:some-model"))


def test_present_packages_get_the_settings(monkeypatch):
    made = {}
    for package, name in (("langchain_anthropic", "ChatAnthropic"), ("langchain_ollama", "ChatOllama")):
        module = types.ModuleType(package)
        setattr(module, name, lambda name=name, **given: made.update({name: given}) or name)
        monkeypatch.setitem(sys.modules, package, module)
    assert chat_model(load(model="anthropic:opus", api_key="sk-1", output_tokens=99)) == "ChatAnthropic"
    assert chat_model(load(model="ollama:llama3.1:8b", temperature=0.5)) == "ChatOllama"
    assert made["ChatAnthropic"]["model"] == "opus"
    assert made["ChatAnthropic"]["max_tokens"] == 99
    assert made["ChatAnthropic"]["max_retries"] == 0
    assert made["ChatAnthropic"]["api_key"].get_secret_value() == "sk-1"
    assert made["ChatOllama"] == {
        "model": "llama3.1:8b", "temperature": 0.5, "num_predict": 700, "num_ctx": 8192, "client_kwargs": {"timeout": 120.0},
    }  # fmt: skip


def test_openai_without_a_key_says_so(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelUnavailable, match=r"api_key|OPENAI_API_KEY"):
        chat_model(load(model="openai:gpt-5"))
    assert chat_model(load(model="openai:gpt-5", api_key="sk-1")).model_name == "gpt-5"


def test_a_base_url_is_asked_for_the_bare_name():
    settings = load(model="openai:qwen", base_url="http://127.0.0.1:1/v1")
    assert chat_model(settings).model_name == "qwen"
    assert chat_model(load(base_url="http://127.0.0.1:1/v1")).model_name == "default"


class Status(Exception):
    def __init__(self, status, response=None):
        super().__init__(f"status {status}")
        self.status_code, self.response = status, response


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (TimeoutError(), ModelTimeout, True),
        (httpx.ReadTimeout("slow"), ModelTimeout, True),
        (type("APITimeoutError", (Exception,), {})(), ModelTimeout, True),
        (Status(401), ModelUnavailable, False),
        (Status(403), ModelUnavailable, False),
        (Status(404), ModelUnavailable, False),
        (Status(402), ModelUnavailable, False),
        (Status(413), ModelRefused, False),
        (Status(422), ModelRefused, False),
        (Status(408), ModelUnavailable, True),
        (Status(409), ModelUnavailable, True),
        (Status(429), ModelUnavailable, True),
        (Status(500), ModelUnavailable, True),
        (Status(503), ModelUnavailable, True),
        (json.JSONDecodeError("no", "<html>", 0), ModelUnavailable, False),
        (AttributeError("'str' object has no attribute 'choices'"), ModelUnavailable, False),
        (TypeError("null"), ModelUnavailable, False),
        (KeyError("choices"), ModelUnavailable, False),
        (httpx.ConnectError("refused"), ModelUnavailable, True),
        (OSError("unreachable"), ModelUnavailable, True),
        (MalformedModelOutput("already ours"), MalformedModelOutput, False),
    ],
)
def test_every_foreign_error_has_its_place_in_the_tree(error, kind, retryable):
    mapped = failures.failure(error, load(base_url="http://127.0.0.1:9/v1", model="tiny"))
    assert type(mapped) is kind
    assert mapped.retryable is retryable
    assert "already ours" in str(mapped) or "http://127.0.0.1:9/v1" in str(mapped)


def test_an_error_without_words_is_named_by_its_kind():
    assert "ConnectionError" in str(failures.failure(ConnectionError(), load(model="openai:x")))


@pytest.mark.parametrize(
    ("header", "attempt", "seconds"),
    [
        ("2.5", 0, 2.5),
        ("999", 0, 999.0),
        ("-3", 0, 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 2, 0.0),
        ("soon", 2, 4.0),
        (None, 0, 1.0),
        (None, 2, 4.0),
        (None, 9, 30.0),
    ],
)
def test_the_wait_is_what_the_server_asks_for_or_doubles(monkeypatch, header, attempt, seconds):
    monkeypatch.setattr(failures, "BACKOFF_S", 1.0)
    response = types.SimpleNamespace(headers={} if header is None else {"retry-after": header})
    assert failures.wait(Status(429, response), attempt) == seconds
    assert failures.wait(ValueError(), 0) == 1.0


def test_every_object_of_a_schema_is_closed_and_complete():
    class Inner(BaseModel):
        a: int = 1

    class Outer(BaseModel):
        inner: Inner
        many: list[Inner] = Field(default_factory=list)
        either: Inner | None = None

    schema = closed(Outer.model_json_schema())
    objects = [schema, schema["$defs"]["Inner"]]
    assert all(part["additionalProperties"] is False and part["required"] == list(part["properties"]) for part in objects)
    assert '"default"' not in json.dumps(schema)


@on_loopback
async def test_a_model_on_this_machine_is_asked_past_any_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with chat_server(lambda request: Reply('{"side": "left", "size_mm": 4}')) as server:
        settings = load(base_url=server.url, model_retries=0, reuse=False)
        made = await StructuredModel(chat_model(settings), settings).ask(Side, "s", "u", Budget(settings))
    assert made.side == "left"


class Plain(FakeListChatModel):
    """A chat model that knows neither tools nor schemas, and keeps what it was told."""

    told: ClassVar[list[str]] = []

    def _call(self, messages, *arguments, **more):
        self.told.append("\n".join(str(message.content) for message in messages))
        return super()._call(messages, *arguments, **more)


async def test_a_model_object_that_takes_no_schema_is_told_it_and_checked_like_any_other():
    model = Plain(responses=["No idea.", '{"side": "right", "size_mm": 7}'])
    settings = settings_with(model, load(base_url="http://127.0.0.1:1/v1"))
    made = await StructuredModel(model, settings).ask(Side, "You measure.", "The patient Anna Huber, 7 mm on the right.", Budget(settings))
    assert (made.side, made.size_mm) == ("right", 7)
    assert len(model.told) == 2
    assert '"size_mm"' in model.told[0]
    assert "Huber" not in model.told[0]
    assert settings.model == "Plain:"
    assert not settings.reuse


@pytest.mark.usefixtures("narrow_margin")
def test_an_agent_takes_any_chat_model(small_index_folder):
    model = FakeListChatModel(responses=['{"reason": "known", "letter": "B", "evidence": []}'])
    settings = load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3, planning="rules", role="quote")
    answer = RadiologyAgent(settings, model=model).ask(
        "What follow-up does a single solid lung nodule of 7 mm need at high risk?", {"A": "no follow-up", "B": "CT at 6-12 months"}
    )
    assert answer.option == "B"
    assert answer.closed_book.option == "B"
    assert answer.provenance.reasoner == "llm"
