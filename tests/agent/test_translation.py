"""Questions into English and verified answers back; figures survive or the sentence stays as it was. The model is a scripted server."""

import json

import pytest

from agent.app import RadiologyAgent
from agent.fakes import Reply, chat_server
from agent.settings import load
from agent.translation import figures

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]

GERMAN = "Welche Verlaufskontrolle braucht ein einzelner solider Lungenrundherd von 7 mm bei hohem Risiko?"
ENGLISH = "What follow-up does a single solid lung nodule of 7 mm need at high risk?"


def script(translate):
    """A model that plans nothing, reads the question as `ENGLISH`, and translates each list of sentences by the function."""

    def answer(request):
        name = request["response_format"]["json_schema"]["name"]
        text = request["messages"][-1]["content"]
        if name == "Composition":
            return Reply(json.dumps({"sentences": [{"text": "no", "evidence": []}] * 0}))
        if text.startswith("Question in German"):
            return Reply(json.dumps({"sentences": [ENGLISH]}))
        lines = text.split("Sentences, one per line:\n")[1].split("\n\nAnswer as JSON")[0].splitlines()
        return Reply(json.dumps({"sentences": translate(lines)}))

    return answer


def asked(folder, translate, **more):
    with chat_server(script(translate)) as server:
        settings = load(**{"index": folder, "embedding": "hash", "threshold": 0.3, "base_url": server.url, "planning": "rules"} | more)
        return RadiologyAgent(settings).ask(GERMAN), server.requests


def test_a_question_in_german_is_searched_in_english_and_answered_in_german(small_index_folder):
    answer, requests = asked(small_index_folder, lambda lines: [f"Deutsch: {line}" for line in lines])
    assert ENGLISH in answer.searched
    assert all(claim.text.startswith("Deutsch: ") for claim in answer.claims)
    assert all(claim.citations for claim in answer.claims)
    assert answer.limitations[0] == "Verified in English and translated into German by the model; figures were compared."
    assert answer.question.text == GERMAN
    assert "Lungenrundherd = " in requests[0]["messages"][0]["content"]


def test_translating_counts_in_the_one_budget_of_the_question(small_index_folder):
    answer, requests = asked(small_index_folder, lambda lines: lines)
    assert answer.provenance.model_calls == len(requests) == 3
    assert answer.provenance.tokens_in == 11 * 3
    assert answer.provenance.limits["calls"] == load().calls


def test_the_translations_prompt_is_among_what_left(small_index_folder, monkeypatch):
    for module in ("agent.privacy", "agent.models"):
        monkeypatch.setattr(f"{module}.remote_host", lambda settings: "models.example.org")
    answer, requests = asked(small_index_folder, lambda lines: lines)
    assert len(requests) == 3
    assert answer.provenance.sent == ("3 prompts to models.example.org",)


def test_a_sentence_that_loses_a_figure_is_asked_for_once_more_alone(small_index_folder):
    def translate(lines):
        return [line.replace("12", "zwölf") if len(lines) > 1 else f"Deutsch: {line}" for line in lines]

    answer, requests = asked(small_index_folder, translate)
    assert answer.claims[0].text == "Deutsch: CT at 6-12 months, then CT at 18-24 months."
    assert "stayed in English" not in answer.limitations[0]
    assert len(requests) > 3


def test_a_sentence_that_loses_its_figure_twice_stays_in_english_and_that_is_said(small_index_folder):
    answer, _ = asked(
        small_index_folder, lambda lines: [line.replace("12", "13") if "12" in line else f"Deutsch: {line}" for line in lines]
    )
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."
    assert any(claim.text.startswith("Deutsch: ") for claim in answer.claims)
    assert "of its sentences stayed in English" in answer.limitations[0]


def test_a_translation_of_another_length_leaves_the_english_answer(small_index_folder):
    answer, _ = asked(small_index_folder, lambda lines: ["Ein Satz.", "Noch einer."])
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."
    assert answer.limitations[0] == "Asked in German; the sources are English, and the answer quotes them."


def test_figures_are_compared_whatever_their_decimal_mark():
    assert figures("1,5 cm oder 20 mm") == figures("20 mm or 1.5 cm")
    assert figures("6-8 mm") != figures("6-9 mm")
