import pytest

from agent.privacy import outgoing, remote_host, traced
from agent.settings import load
from agent.types import Question

REPORT = "Patient: Maria Schneider, DOB 12.03.1961, MRN 4471203. CT chest: solid nodule of 9 mm in the right upper lobe."


@pytest.mark.parametrize(
    ("chosen", "host"),
    [
        ({}, ""),
        ({"model": "ollama:llama3.1"}, ""),
        ({"base_url": "http://127.0.0.1:8000/v1"}, ""),
        ({"base_url": "http://localhost:8000/v1"}, ""),
        ({"base_url": "http://[::1]:8000/v1"}, ""),
        ({"base_url": "https://models.example.org/v1"}, "models.example.org"),
        ({"base_url": "http://127.0.0.1.example.org/v1"}, "127.0.0.1.example.org"),
        ({"model": "openai:gpt-5"}, "openai"),
        ({"model": "anthropic:claude"}, "anthropic"),
    ],
)
def test_a_model_is_local_only_when_it_runs_here(chosen, host):
    assert remote_host(load(**chosen)) == host


def test_what_goes_to_a_remote_model_names_nobody():
    text, masked = outgoing(REPORT, load(base_url="https://models.example.org/v1"))
    assert masked >= 3
    for secret in ("Schneider", "12.03.1961", "4471203"):
        assert secret not in text
    assert "9 mm" in text
    assert "right upper lobe" in text


def test_a_local_model_gets_the_text_as_it_is():
    assert outgoing(REPORT, load(base_url="http://127.0.0.1:8000/v1")) == (REPORT, 0)


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [("LANGSMITH_TRACING", "true", True), ("LANGCHAIN_TRACING_V2", "1", True), ("LANGSMITH_TRACING", "false", False)],
)
def test_what_langsmith_would_trace_names_nobody(monkeypatch, name, value, masked):
    monkeypatch.setenv(name, value)
    asked = Question.of("Follow-up for Mr Jones?", {"A": "as Mr Jones wishes", "B": "none"}, REPORT)
    made = traced(asked)
    assert ("Schneider" not in made.report) is masked
    assert ("Jones" not in f"{made.text} {made.options[0].text}") is masked
    assert "9 mm" in made.report
