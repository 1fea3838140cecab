"""Questions over HTTP."""

import json
import re

import pytest

from agent.memory import Memory
from agent.render import as_json
from serve.schemas import AbstainedDocument, AnsweredDocument
from tests.serve.conftest import OPTIONS, QUESTION


def events(text: str) -> list[tuple[str, dict]]:
    """Name and data of each server-sent event."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_an_answer_over_http_is_the_agents_own(client, small_agent):
    reply = client.post("/v1/ask", json={"question": QUESTION})
    own = as_json(small_agent.ask(QUESTION))
    assert reply.status_code == 200
    assert own["kind"] == "answered"
    changing = ("seconds", "provenance")
    assert {k: v for k, v in reply.json().items() if k not in changing} == {k: v for k, v in own.items() if k not in changing}


def test_options_choose_and_a_report_is_taken(client):
    chosen = client.post("/v1/ask", json={"question": QUESTION, "options": OPTIONS, "report": "Smoker. 7 mm nodule."})
    assert chosen.json()["option"] == "B"


def test_an_abstention_is_a_result(client):
    reply = client.post("/v1/ask", json={"question": "What is the capital of France?"})
    assert reply.status_code == 200
    assert reply.json()["kind"] == "abstained"
    assert reply.json()["reason"]


def test_the_documents_of_the_api_have_every_field_of_the_command_line(small_agent):
    for question, document in ((QUESTION, AnsweredDocument), ("What is the capital of France?", AbstainedDocument)):
        assert set(as_json(small_agent.ask(question))) == set(document.model_fields)


def test_what_cannot_be_asked_is_refused_with_the_reason(client):
    for body, said in (
        ({"question": " \n "}, "empty"),
        ({"question": QUESTION, "options": {"A": "one"}}, "one option"),
        ({"question": QUESTION, "options": {"A": "x", "B": "X"}}, "same text"),
        ({"question": "x" * 8001}, "8000"),
        ({"question": QUESTION, "colour": "red"}, "colour"),
        ({}, "question"),
    ):
        reply = client.post("/v1/ask", json=body)
        assert reply.status_code == 422
        assert said in reply.json()["error"]["message"]
        assert reply.json()["error"]["type"] == "invalid_request_error"


def test_a_stream_tells_what_happens_and_ends_with_the_answer(client):
    reply = client.post("/v1/ask/stream", json={"question": QUESTION})
    told = events(reply.text)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert [name for name, _ in told][-1] == "answer"
    stages = {data["stage"] for name, data in told if name == "trace"}
    assert {"plan", "retrieve", "conclude"} <= stages
    assert told[-1][1]["claims"] == client.post("/v1/ask", json={"question": QUESTION}).json()["claims"]


def test_a_stream_refuses_before_it_begins(client):
    reply = client.post("/v1/ask/stream", json={"question": " "})
    assert reply.status_code == 422
    assert reply.json()["error"]["code"] == "empty_question"


def test_a_conversation_belongs_to_its_tenant(keyed, small_agent, monkeypatch, tmp_path):
    client, ann, bob = keyed
    seen = []
    memory = Memory(f"sqlite:///{tmp_path / 'turns.sqlite'}")
    monkeypatch.setattr(type(small_agent), "memory", memory)
    monkeypatch.setattr(memory, "begin", lambda thread, said, question: seen.append(thread) or Memory.begin(memory, thread, said, question))
    for key in (ann, bob):
        assert client.post("/v1/ask", json={"question": QUESTION, "thread": "rounds"}, headers={"Authorization": key}).status_code == 200
    assert seen == ["ann:rounds", "bob:rounds"]


def test_every_reference_of_the_openapi_document_leads_somewhere(client):
    document = client.get("/openapi.json").json()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert "ProblemReply" in named
    assert named <= set(document["components"]["schemas"])
    assert "#/$defs/" not in json.dumps(document)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/report", {"report": "A 7 mm solid nodule.", "ask": 0}),
        ("/v1/score", {"system": "Fleischner", "features": {}, "assume": "no"}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}], "stream": 1}),
    ],
)
def test_what_is_yes_or_no_is_not_guessed_from_numbers_or_words(client, path, body):
    assert client.post(path, json=body).status_code == 422
