"""OpenAI's interface: what its clients send and read."""

import json

import pytest

from serve import openai
from serve.openai import ChatRequest, conversation
from tests.serve.conftest import OPTIONS, QUESTION


def said(*texts: str | tuple[str, str]) -> dict:
    """A request whose messages are the user's, or role and text."""
    return {
        "model": "radqa",
        "messages": [{"role": "user", "content": t} if isinstance(t, str) else {"role": t[0], "content": t[1]} for t in texts],
    }


def test_a_completion_cites_in_its_text_and_as_annotations(client):
    reply = client.post("/v1/chat/completions", json=said(QUESTION)).json()
    message = reply["choices"][0]["message"]
    assert reply["object"] == "chat.completion"
    assert "CT at 6-12 months" in message["content"]
    assert message["annotations"]
    for note in message["annotations"]:
        cited = note["url_citation"]
        assert message["content"][cited["start_index"] : cited["end_index"]] == "[1]"
        assert cited["title"] == "Lung nodules found by chance"
        assert cited["url"]


def test_a_stream_says_the_same_as_a_completion(client):
    whole = client.post("/v1/chat/completions", json=said(QUESTION)).json()["choices"][0]["message"]
    reply = client.post("/v1/chat/completions", json=said(QUESTION) | {"stream": True, "stream_options": {"include_usage": True}})
    lines = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]
    chunks = [json.loads(line) for line in lines[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert lines[-1] == "[DONE]"
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == whole["content"]
    assert deltas[-1]["annotations"] == whole["annotations"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 0


def test_pasted_options_are_told_apart_from_the_question(client):
    listed = QUESTION + "\n" + "\n".join(f"{label}. {text}" for label, text in OPTIONS.items())
    assert client.post("/v1/chat/completions", json=said(listed)).json()["choices"][0]["message"]["content"].startswith("B. ")


def test_a_follow_up_is_read_with_the_questions_before_it():
    heard = conversation(
        ChatRequest.model_validate(said("Follow-up for a 7 mm solid nodule?", ("assistant", "CT. [1]"), "and if it is 5 mm?"))
    )
    assert "5 mm" in heard.read
    assert "solid nodule" in heard.read
    assert heard.said == "and if it is 5 mm?"
    assert heard.dialogue == (("Follow-up for a 7 mm solid nodule?", "CT. [1]"),)


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (said(QUESTION) | {"model": "gpt-9"}, 404, "no_such_model"),
        (said(QUESTION, ("assistant", "CT.")), 422, "not_asked"),
        (said(" "), 422, "not_asked"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]}, 422, "not_asked"),
        ({"messages": []}, 422, "malformed"),
        (said("x" * 8001), 422, "question_too_long"),
    ],
)
def test_what_cannot_be_answered_is_refused(client, request_, status, code):
    reply = client.post("/v1/chat/completions", json=request_)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)


def test_parts_of_text_are_one_message(client):
    parts = [
        {"type": "text", "text": "What follow-up does a single solid lung nodule"},
        {"type": "text", "text": "of 7 mm need at high risk?"},
    ]
    reply = client.post(
        "/v1/chat/completions", json={"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]}
    )
    assert "CT at 6-12 months" in reply.json()["choices"][0]["message"]["content"]


def test_settings_of_other_clients_are_passed_over(client):
    more = {"temperature": 0.3, "tools": [], "user": "u", "max_tokens": 5, "response_format": {"type": "text"}}
    assert client.post("/v1/chat/completions", json=said(QUESTION) | more).status_code == 200


def test_there_is_one_model(client):
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["radqa"]


def test_a_source_without_an_address_is_named_by_a_urn(small_agent):
    answer = small_agent.ask(QUESTION)
    content = openai.shown(answer)
    notes = openai.citations(answer, content)
    assert {note["url_citation"]["url"] for note in notes} == {"urn:radqa:document:nodule-card"}
