"""Who is let in, what is turned away, and what is written down of it."""

import json
import logging

import pytest

from serve import logs
from serve.door import foreign
from serve.keys import BadTenant, KeyRing, UnknownKey
from tests.serve.conftest import QUESTION, opened

ASK = {"question": QUESTION}


def test_without_a_key_this_machine_asks_and_no_other_sites_page(client):
    assert client.post("/v1/ask", json=ASK).status_code == 200
    assert client.post("/v1/ask", json=ASK, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/v1/ask", json=ASK, headers={"Host": "evil.example"}).status_code == 403
    assert client.post("/v1/ask", json=ASK, headers={"Origin": "http://localhost"}).status_code == 200
    assert foreign({"host": "[::1]:8080"}) == ""
    assert foreign({"host": "127.0.0.1.evil.example"})


def test_with_a_key_nobody_asks_without_one(keyed):
    client, ann, _ = keyed
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": ann[:-1] + "!"},
        {"X-API-Key": "radqa-00000000-" + "x" * 43},
    ):
        for method, path in (("POST", "/v1/ask"), ("GET", "/v1/documents"), ("GET", "/v1/models"), ("GET", "/metrics")):
            reply = client.request(method, path, json=ASK if method == "POST" else None, headers=headers)
            assert reply.status_code == 401, path
            assert reply.headers["www-authenticate"] == "Bearer"
    assert client.post("/v1/ask", json=ASK, headers={"Authorization": ann}).status_code == 200
    assert client.post("/v1/ask", json=ASK, headers={"X-API-Key": ann.removeprefix("Bearer ")}).status_code == 200


def test_a_server_that_others_reach_needs_a_key_even_when_there_is_none(small_agent, tmp_path):
    with opened(small_agent, tmp_path / "a", host="0.0.0.0") as closed:
        assert closed.post("/v1/ask", json=ASK).status_code == 401
    with opened(small_agent, tmp_path / "b", host="0.0.0.0", open=True) as wide:
        assert wide.post("/v1/ask", json=ASK).status_code == 200


def test_a_revoked_key_is_let_in_no_more(keyed, tmp_path):
    client, ann, bob = keyed
    ring = KeyRing(tmp_path)
    ring.revoke(next(key.id for key in ring.keys if key.tenant == "ann"))
    assert client.get("/v1/models", headers={"Authorization": ann}).status_code == 401
    assert client.get("/v1/models", headers={"Authorization": bob}).status_code == 200
    with pytest.raises(UnknownKey, match="no key"):
        ring.revoke("00000000")


def test_keys_are_kept_as_hashes_for_their_owner_alone(tmp_path):
    ring = KeyRing(tmp_path)
    key, written = ring.add("ann", "5/second")
    kept = (tmp_path / "keys.json").read_text()
    assert written.split("-", 2)[2] not in kept
    assert key.hash in kept
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert KeyRing(tmp_path).owner(written) == key
    assert KeyRing(tmp_path).owner(written.replace(key.id, "00000000")) is None
    for name in ("../x", "", "A", "x" * 33, "a/b", "."):
        with pytest.raises(BadTenant):
            ring.add(name)


def test_a_key_that_asks_too_often_is_told_when_to_ask_again(client, tmp_path):
    slow, other = KeyRing(tmp_path).add("ann", "2/minute")[1], KeyRing(tmp_path).add("bob")[1]
    replies = [client.get("/v1/models", headers={"X-API-Key": slow}) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 60
    assert replies[-1].json()["error"]["type"] == "rate_limit_error"
    assert client.get("/v1/models", headers={"X-API-Key": other}).status_code == 200


def test_a_body_that_is_too_large_is_refused_and_an_upload_may_be_larger(small_agent, tmp_path):
    with opened(small_agent, tmp_path, body_bytes=2_000, upload_bytes=5_000) as client:
        told = client.post("/v1/ask", json={"question": QUESTION, "report": "x" * 3_000})
        streamed = client.post("/v1/ask", content=iter([b'{"question": "', b"x" * 3_000, b'"}']))
        assert told.status_code == streamed.status_code == 413
        assert told.json()["error"]["code"] == streamed.json()["error"]["code"] == "too_large"
        assert "2000 bytes" in told.json()["error"]["message"]
        assert told.json()["request_id"] == told.headers["x-request-id"]
        text = ("a.md", b"# A\n\n" + b"Word. " * 500)
        assert client.post("/v1/documents", files=[("files", text)]).status_code == 201
        assert client.post("/v1/documents", files=[("files", ("b.md", b"x" * 6_000))]).status_code == 413


def test_a_request_that_takes_too_long_is_ended(small_agent, tmp_path):
    with opened(small_agent, tmp_path, seconds=0.001) as client:
        reply = client.post("/v1/ask", json=ASK)
        assert (reply.status_code, reply.json()["error"]["code"]) == (504, "too_slow")
        assert "event: error" in client.post("/v1/ask/stream", json=ASK).text


def test_an_unexpected_error_is_answered_and_its_message_stays_out_of_log_and_reply(client, small_agent, monkeypatch, caplog):
    async def broken(*_, **__):
        raise ValueError(f"secret {QUESTION}")
        yield

    monkeypatch.setattr(small_agent, "astream", broken, raising=False)
    with caplog.at_level(logging.INFO):
        reply = client.post("/v1/ask", json=ASK, headers={"X-Request-ID": "from-the-client"})
        streamed = client.post("/v1/ask/stream", json=ASK)
    assert reply.status_code == 500
    assert reply.json()["request_id"] == reply.headers["x-request-id"] == "from-the-client"
    written = "\n".join(logs.WithoutTexts().format(record) for record in caplog.records)
    assert "ValueError" in written
    for text in (written, reply.text, streamed.text):
        assert "secret" not in text
        assert "nodule" not in text


def test_log_lines_hold_no_question_and_no_message_of_other_packages(client, caplog):
    with caplog.at_level(logging.INFO):
        client.post("/v1/ask?q=MRN+4711", json={"question": f"{QUESTION} MRN 4711"})
        logging.getLogger("other").warning("MRN 4711 failed")
        try:
            raise RuntimeError("MRN 4711")
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    lines = [json.loads(logs.WithoutTexts().format(record)) for record in caplog.records]
    assert "4711" not in json.dumps(lines)
    line = next(line for line in lines if line.get("route") == "/v1/ask")
    assert (line["status"], line["method"], line["tenant"]) == (200, "POST", "local")
    assert any(line.get("error") == "RuntimeError" for line in lines)


def test_the_figures_count_answers_and_routes(keyed):
    client, ann, _ = keyed
    headers = {"Authorization": ann}
    client.post("/v1/ask", json=ASK, headers=headers)
    client.post("/v1/ask", json=ASK)
    text = client.get("/metrics", headers=headers).text
    assert 'radqa_requests_total{route="/v1/ask",status="200"} 1.0' in text
    assert 'radqa_requests_total{route="/v1/ask",status="401"} 1.0' in text
    assert 'radqa_answers_total{kind="answered"} 1.0' in text
    assert "nodule" not in text


def test_every_error_has_the_same_form(client):
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/v1/ask", 405), ("POST", "/v1/ask", 422)):
        body = client.request(method, path).json()
        assert (set(body), set(body["error"])) == ({"error", "request_id"}, {"message", "type", "code", "param"})
        assert client.request(method, path).status_code == status


def test_a_body_that_is_no_json_is_told_so_and_where(client):
    error = client.post("/v1/ask", content=b'{"question": nodule}', headers={"Content-Type": "application/json"}).json()["error"]
    assert error["message"].startswith("The body is no JSON: ")
    assert "character 13" in error["message"]
    assert "nodule" not in error["message"]
    assert error["param"] is None


def test_a_method_that_a_path_does_not_know_is_told_all_that_it_knows(client):
    reply = client.put("/v1/documents")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, POST")
    assert client.get("/v1/ask").headers["allow"] == "POST"
