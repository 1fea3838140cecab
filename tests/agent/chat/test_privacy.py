import asyncio
import json
from types import SimpleNamespace

import pytest
from langsmith.utils import get_env_var

from agent.app import RadiologyAgent
from agent.chat.budget import Budget
from agent.chat.privacy import entered, outgoing, remote_host
from agent.fakes import Reply, chat_server
from agent.nodes.conclude import prompts_sent, sent
from agent.reading.conversation import Exchange
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


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", ""), ("127.0.0.1:11434", ""), (":11500", ""), ("::1", ""), ("0.0.0.0", ""), ("http://localhost:11434/", ""),
        ("http://gpu.example.org:11434", "gpu.example.org"), ("gpu.example.org:11434", "gpu.example.org"), ("10.0.0.7", "10.0.0.7"),
    ],
)  # fmt: skip
def test_ollama_is_local_only_where_its_own_variable_leaves_it_here(monkeypatch, address, host):
    monkeypatch.setenv("OLLAMA_HOST", address)
    assert remote_host(load(model="ollama:llama3.1")) == host
    assert ("Schneider" in outgoing(REPORT, load(model="ollama:llama3.1"))[0]) is (host == "")


@pytest.mark.parametrize("chosen", [{"model": "ollama:gpt-oss:120b-cloud"}, {"model": "ollama:glm-4.6:cloud"},
                                    {"model": "gpt-oss:120b-cloud", "base_url": "http://127.0.0.1:11434/v1"}])  # fmt: skip
def test_a_model_that_ollama_only_passes_on_is_remote(monkeypatch, chosen):
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    assert remote_host(load(**chosen)) == "ollama.com"


def test_what_goes_to_a_remote_model_names_nobody():
    text, masked = outgoing(REPORT, load(base_url="https://models.example.org/v1"))
    assert {"4471203", "12.03.1961"} < masked
    for secret in ("Schneider", "12.03.1961", "4471203"):
        assert secret not in text
    assert "9 mm" in text
    assert "right upper lobe" in text


REMOTE = "https://models.example.org/v1"


def test_of_a_question_only_known_words_enter_the_run_of_a_remote_model():
    asked = Question.of("Quorvath Zelbina's nodule of 7 mm: follow-up?", {"A": "CT for zelbina quorvath", "B": "none"}, REPORT)
    made = entered(asked, load(base_url=REMOTE), [Exchange("What of wrexhamly?", "Nothing for wrexhamly.")])
    said = f"{made.question} {made.dialogue}".lower()
    for secret in ("quorvath", "zelbina", "wrexham", "schneider", "4471203"):
        assert secret not in said
    assert "7 mm" in made.question.text
    assert "wrexhamly" in made.withheld | made.masked


def test_the_notice_says_what_leaves_and_where_to():
    made = entered(Question.of("7 mm nodule of Mr Jones?"), load(base_url=REMOTE))
    assert (
        made.notice
        == f"To models.example.org goes, with passages of the index: {made.question.text} (held back: 1 identifiers, 0 unknown words)"
    )
    assert "Jones" not in made.notice
    assert entered(Question.of("7 mm nodule of Mr Jones?"), load()).notice == ""


def test_words_of_other_languages_radiology_enter_as_they_are():
    asked = Question.of("Welche Kontrolle braucht ein Nebennierenadenom von 12 mm bei einer Schwangeren?")
    assert entered(asked, load(base_url=REMOTE)).question == asked


def test_a_name_in_three_prompts_is_one_identifier():
    deps = SimpleNamespace(budget=Budget(load()))
    for masked in ({"jones"}, {"jones"}, {"jones", "4471203"}, set()):
        deps.budget.note_sent("models.example.org", frozenset(masked))
    assert sent(deps) == ["2 patient identifiers masked in what was sent to models.example.org."]
    assert prompts_sent(deps.budget, ["3 prompts to models.example.org", "PubMed: nodule"]) == (
        "4 prompts to models.example.org",
        "PubMed: nodule",
    )


def test_a_local_model_gets_the_text_as_it_is():
    assert outgoing(REPORT, load(base_url="http://127.0.0.1:8000/v1")) == (REPORT, frozenset())


@pytest.fixture(params=["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"])
def langsmith_by(request, monkeypatch):
    """Sets one of LangSmith's variables; it reads them once per process."""

    def switched(value):
        monkeypatch.setenv(request.param, value)
        get_env_var.cache_clear()

    get_env_var.cache_clear()
    yield switched
    monkeypatch.undo()
    get_env_var.cache_clear()


@pytest.mark.parametrize(("value", "masked"), [("true", True), ("false", False)])
def test_what_langsmith_would_trace_names_nobody(langsmith_by, value, masked):
    langsmith_by(value)
    asked = Question.of("Follow-up for Mr Jones?", {"A": "as Mr Jones wishes", "B": "none"}, REPORT)
    made = entered(asked, load()).question
    assert ("Schneider" not in made.report) is masked
    assert ("Jones" not in f"{made.text} {made.options[0].text}") is masked
    assert "9 mm" in made.report
    assert ("Schneider" not in outgoing(REPORT, load(base_url="http://127.0.0.1:8000/v1"))[0]) is masked


def test_every_turn_that_is_traced_is_masked_and_its_answer_says_so(monkeypatch, tmp_path, small_index_folder):
    settings = load(
        index=small_index_folder, embedding="hash", reader="words", threshold=0.3, memory=f"sqlite:///{tmp_path / 'turns.sqlite'}"
    )
    made, seen = RadiologyAgent(settings), []
    inner = made._graph.astream

    async def watched(state, **more):
        """What a tracer would see of a run: the state that it begins with, and every update, those of inner flows too."""
        seen.append([repr(state)])
        async for part in inner(state, **more):
            if part["type"] == "updates":
                seen[-1].append(repr(part["data"]))
            yield part

    monkeypatch.setattr(made._graph, "astream", watched)
    asked = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
    assert not any("masked" in said for said in made.ask(asked, report=REPORT, thread="t").limitations)
    assert "Schneider" in " ".join(seen.pop())
    monkeypatch.setattr("agent.chat.privacy.tracing_is_enabled", lambda: True)
    followed = made.ask("And at low risk?", thread="t")  # takes its report from the turn before, which was kept as it was
    made.memory.begin("t", asked, Question.of(asked, report=REPORT))
    (resumed,) = asyncio.run(made.resume("t"))
    assert len(seen) == 2
    assert all(any("9 mm" in text for text in run) and not any("Schneider" in text for text in run) for run in seen)
    for answer in (followed, resumed):
        assert "Patient identifiers were masked in the question and its report, since LangSmith traces this run." in answer.limitations
    made.memory.close()


@pytest.mark.localhost
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_question_is_masked_once_at_its_entry_and_nothing_after_it_holds_what_was_taken_out(monkeypatch, small_index_folder):
    """Plans, queries, what was tried and what is missing come from the masked text, in both roles; the answer shows the question as asked."""
    patient = "Lacey Larkfield, born 03.04.1961, MRN 4471-8832"
    asked = f"{patient}: which embolic agent for zorbex of the adrenal quandary?"
    report = "Patient: Tobias Wrexham. Phone 0171 5550199. A single solid lung nodule of 7 mm."
    parts = ("lacey", "larkfield", "4471", "tobias", "wrexham", "5550199", "03.04")
    monkeypatch.setattr("agent.chat.privacy._is_here", lambda host: False)
    for role in ("quote", "reason"):
        with chat_server(_nothing) as server:
            settings = load(
                index=small_index_folder,
                embedding="hash",
                reader="words",
                threshold=0.999,
                base_url=server.url,
                role=role,
                rounds=3,
                model_retries=0,
            )
            answer = RadiologyAgent(settings).ask(asked, report=report)
            sent = "\n".join(message["content"] for request in server.requests for message in request["messages"]).casefold()
        assert server.requests
        assert not [part for part in parts if part in sent]
        assert answer.question.text == asked
        assert not [part for part in parts if part in " ".join(answer.searched).casefold()]
        assert any("masked in what was sent" in said for said in answer.limitations)


def _nothing(request):
    """A model that answers every schema with as little as it may."""
    told = {
        "Study": {"task": "fact", "core": "agent", "facets": [{"label": "agent", "queries": ["embolic agent"]}]},
        "Queries": {"queries": ["agent"]},
        "Composition": {
            "sentences": [{"text": "Nothing is known of it.", "basis": "own", "evidence": []}],
            "open": ["all"],
            "search": ["agents"],
        },
        "Repair": {"sentences": []},
    }
    return Reply(json.dumps(told[request["response_format"]["json_schema"]["name"]]))
