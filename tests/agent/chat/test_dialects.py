"""Model servers as they are met: each dialect on loopback, read as what it means, or ending in an error that names the remedy."""

import json
from types import SimpleNamespace

import pytest
from langchain_core.messages import AIMessage
from pydantic import BaseModel, Field

from agent.chat import failures
from agent.chat.budget import Budget
from agent.chat.dialects import said, unwrapped
from agent.chat.habits import Habits, forget
from agent.chat.providers import chat_model
from agent.chat.structured import StructuredModel
from agent.errors import MalformedModelOutput, ModelRefused, ModelUnavailable, PromptTooLong
from agent.fakes import Reply, chat_server
from agent.settings import load


class Side(BaseModel):
    side: str
    size_mm: int = Field(ge=1, default=1)


GOOD = '{"side": "left", "size_mm": 7}'


@pytest.fixture(autouse=True)
def quick_and_new(monkeypatch):
    monkeypatch.setattr(failures, "BACKOFF_S", 0.01)
    forget()


def completion(message, finish="stop"):
    choice = {"index": 0, "message": {"role": "assistant", "content": ""} | message, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
    document = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return Reply(body=json.dumps(document))


def refused(request, field, message, status=400):
    """A server that takes everything but one field."""
    return Reply(body=json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": field}}), status=status)


SAID = {
    "thoughts before it": f'<think>\nThe user wants {{"side": "right"}}? Hmm {{1}}.\n</think>\n\n{GOOD}',
    "thoughts that only close": f"Okay, the nodule is 7 mm...\n</think>\n{GOOD}",
    "a fence": f"```json\n{GOOD}\n```",
    "prose around it": f"Sure! Here is the JSON you asked for:\n\n{GOOD}\n\nLet me know {{if}} you need more.",
    "a byte order mark": f"\ufeff{GOOD}",
    "a comma too many": '{"side": "left", "size_mm": 7,}',
    "its name around it": json.dumps({"Side": json.loads(GOOD)}),
    "any name around it": json.dumps({"answer": json.loads(GOOD)}),
    "a list around it": f"[{GOOD}]",
    "JSON within JSON": json.dumps({"answer": GOOD}),
    "arguments of a call": json.dumps({"name": "Side", "arguments": json.loads(GOOD)}),
    "channels": f"<|channel|>analysis<|message|>thinking<|end|><|channel|>final<|message|>{GOOD}",
}


@pytest.mark.parametrize("text", SAID.values(), ids=SAID)
def test_what_is_wrapped_around_the_document_is_taken_off(text):
    assert Side.model_validate_json(unwrapped(text, Side)) == Side(side="left", size_mm=7)


@pytest.mark.parametrize("text", ["left", "", '{"side": "le', '{"side": "left", "size_mm": 0}', "[" * 5000, '{"size_mm": 7}'])
def test_what_holds_no_document_of_the_schema_stays_as_it_was(text):
    assert unwrapped(text, Side) == text


def test_what_was_cut_off_is_never_closed():
    class Told(BaseModel):
        sentences: list[str]

    cut = '{"sentences": ["CT at 6'
    assert unwrapped(cut, Told) == cut


@pytest.mark.parametrize(
    "message",
    [
        AIMessage(GOOD),
        AIMessage([{"type": "text", "text": GOOD[:9]}, {"type": "text", "text": GOOD[9:]}]),
        AIMessage("", additional_kwargs={"reasoning_content": GOOD}),
        AIMessage("", tool_calls=[{"name": "Side", "args": json.loads(GOOD), "id": "1", "type": "tool_call"}]),
    ],
    ids=["content", "parts", "reasoning", "tool call"],
)
def test_a_message_is_read_wherever_the_server_put_it(message):
    assert json.loads(said(message)) == json.loads(GOOD)


loopback = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]


def on_loopback(test):
    for mark in loopback:
        test = mark(test)
    return test


async def asked(server, **more):
    settings = load(**{"base_url": server.url, "model": "tiny", "model_timeout_s": 5.0, "model_retries": 2} | more)
    model = StructuredModel(chat_model(settings), settings)
    return await model.ask(Side, "You measure.", "Which side?", Budget(settings)), model


@on_loopback
@pytest.mark.parametrize(
    "reply",
    [
        *(completion({"content": text}) for text in SAID.values()),
        completion({"content": [{"type": "text", "text": GOOD}]}),
        completion({"content": None, "reasoning_content": GOOD}),
        completion(
            {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "Side", "arguments": GOOD}}]},
            "tool_calls",
        ),
    ],
    ids=[*SAID, "parts", "reasoning", "tool call"],
)
async def test_each_dialect_is_understood_in_one_call(reply):
    with chat_server([reply]) as server:
        answer, _ = await asked(server)
        assert len(server.requests) == 1
    assert (answer.side, answer.size_mm) == ("left", 7)


@on_loopback
@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_without_schemas_is_asked_for_an_object_and_told_the_schema_from_then_on(status):
    def script(request):
        if request["response_format"]["type"] == "json_schema":
            return refused(request, None, "This response_format type is unavailable now", status)
        return Reply(GOOD)

    with chat_server(script) as server:
        _, model = await asked(server)
        await model.ask(Side, "s", "again", Budget(load()))
        assert [request["response_format"]["type"] for request in server.requests] == ["json_schema", "json_object", "json_object"]
        assert '"size_mm"' in server.requests[-1]["messages"][0]["content"]


@on_loopback
async def test_a_server_that_takes_no_form_at_all_is_told_in_words():
    def script(request):
        return refused(request, "response_format", "Unknown field: response_format") if "response_format" in request else Reply(GOOD)

    with chat_server(script) as server:
        answer, _ = await asked(server)
        assert len(server.requests) == 3
    assert answer.side == "left"


@on_loopback
async def test_refused_fields_are_left_out_once_and_remembered():
    def script(request):
        if request.get("temperature") is not None:
            return refused(request, "temperature", "Unsupported value: 'temperature' does not support 0 with this model.")
        if "max_completion_tokens" in request:
            return Reply(body='{"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "extra fields not permitted"}]}', status=422)
        return Reply(GOOD)

    with chat_server(script) as server:
        _, model = await asked(server, output_tokens=99)
        await model.ask(Side, "s", "again", Budget(load()))
        assert len(server.requests) == 4
        assert server.requests[-1]["max_tokens"] == 99
        assert "temperature" not in server.requests[-1]


def test_a_limit_is_said_the_other_way_where_both_names_are_in_the_refusal():
    habits = Habits(limit="max_tokens", refused=set())
    assert habits.learns(400, "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
    assert habits.limit == "max_completion_tokens"
    assert not habits.learns(429, "max_completion_tokens")
    assert not Habits().learns(400, "the prompt is too long")


@on_loopback
@pytest.mark.parametrize("empty", [{"content": ""}, {"content": None}, {"content": "", "reasoning_content": "Hm. " * 50}])
async def test_an_empty_answer_is_asked_for_once_more(empty):
    with chat_server([completion(empty), Reply(GOOD)]) as server:
        answer, _ = await asked(server)
    assert answer.side == "left"
    with chat_server([completion(empty)]) as server:
        with pytest.raises(MalformedModelOutput, match=r"answered nothing, twice.*RADQA_OUTPUT_TOKENS"):
            await asked(server)
        assert len(server.requests) == 2


@on_loopback
async def test_a_refusal_is_asked_for_once_more_and_then_told():
    with chat_server([completion({"content": None, "refusal": "I can't help with that."})]) as server:
        with pytest.raises(ModelRefused, match="withheld its answer twice"):
            await asked(server)
        assert len(server.requests) == 2


@on_loopback
async def test_a_model_that_thinks_beyond_its_limit_is_given_room():
    def script(request):
        thinking = completion({"content": "", "reasoning_content": "thinking " * 300}, "length")
        return Reply(GOOD) if request["max_completion_tokens"] > 1000 else thinking

    with chat_server(script) as server:
        answer, _ = await asked(server)
        assert len(server.requests) == 2
    assert answer.side == "left"


@on_loopback
async def test_prose_is_repaired_with_the_schema_told_and_told_from_then_on():
    def script(request):
        told = "size_mm" in "".join(message["content"] for message in request["messages"])
        return Reply(GOOD if told else "It is on the left.")

    with chat_server(script) as server:
        _, model = await asked(server)
        await model.ask(Side, "s", "again", Budget(load()))
        assert len(server.requests) == 3


@on_loopback
@pytest.mark.parametrize(
    ("reply", "error", "message", "requests"),
    [
        (Reply(body='{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}', status=429), ModelUnavailable, r"quota at .* is used up.*RADQA_MODEL", 1),
        (Reply(body='{"error": {"message": "Rate limit reached for tokens per min"}}', status=429), ModelUnavailable, r"limits how often.*RADQA_CONCURRENCY", 3),
        (Reply(body='{"error": {"message": "This model\'s maximum context length is 4096 tokens. However, ...", "code": "context_length_exceeded"}}', status=400), PromptTooLong, r"RADQA_CONTEXT_TOKENS=4096", 1),
        (Reply(body="<!DOCTYPE html><html><body>Open WebUI</body></html>", content_type="text/html"), ModelUnavailable, r"RADQA_BASE_URL.*ends in /v1", 1),
        (Reply(body="<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", status=502, content_type="text/html"), ModelUnavailable, r"fault of its own \(HTTP 502\): 502 Bad Gateway nginx", 3),
        (Reply(body='{"error": {"message": "model is overloaded", "code": 503}}'), ModelUnavailable, r"HTTP 503\): model is overloaded", 3),
        (Reply(body='{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}'), ModelUnavailable, "without any choice", 3),
        (completion({"content": "According to the guideline, the left."}), MalformedModelOutput, "in the form of Side", 2),
    ],
    ids=["quota", "rate", "window", "web page", "gateway", "error in 200", "no choice", "prose"],
)  # fmt: skip
async def test_what_cannot_be_answered_names_what_helps(reply, error, message, requests):
    with chat_server([reply]) as server:
        with pytest.raises(error, match=message) as caught:
            await asked(server)
        assert len(server.requests) == requests
    assert "<" not in str(caught.value)


def test_an_answer_that_broke_off_is_not_a_server_that_does_not_run():
    broken = ConnectionError("Connection error.")
    broken.__cause__ = type("RemoteProtocolError", (Exception,), {})("peer closed connection without sending complete message body")
    assert "broke off" in str(failures.failure(broken, load(base_url="http://127.0.0.1:9/v1")))


def test_the_servers_own_words_are_told_without_the_clients_frame():
    error = SimpleNamespace(body={"error": {"message": "no such thing."}})
    assert failures.message_of(error) == "no such thing"
