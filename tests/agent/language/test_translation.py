"""Questions into English and verified answers back; figures survive or the sentence stays as it was. The model is a scripted server."""

import json

import pytest

from agent.app import RadiologyAgent
from agent.fakes import Reply, chat_server
from agent.language.translation import figures, glossed
from agent.settings import load
from agent.types import Question

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
        if text.startswith(("In German", "In Chinese")):
            return Reply(json.dumps({"sentences": [ENGLISH]}))
        lines = text.split("Sentences, one per line:\n")[1].split("\n\nAnswer as JSON")[0].splitlines()
        return Reply(json.dumps({"sentences": translate(lines)}))

    return answer


def asked(folder, translate, **more):
    with chat_server(script(translate)) as server:
        settings = load(
            **{
                "index": folder,
                "embedding": "hash",
                "reader": "words",
                "threshold": 0.3,
                "base_url": server.url,
                "planning": "rules",
                "role": "quote",
            }
            | more
        )
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
    for module in ("agent.chat.privacy", "agent.chat.structured"):
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


OPTIONS = {"A": "keine Kontrolle", "B": "CT nach 6-12 Monaten", "C": "Biopsie"}


def with_options(folder, english):
    """A German question with options, and the lines that the model gives for them."""

    def answer(request):
        name, text = request["response_format"]["json_schema"]["name"], request["messages"][-1]["content"]
        if name == "Translation" and text.startswith("In German"):
            return Reply(json.dumps({"sentences": english}))
        if name == "Translation":
            return Reply(json.dumps({"sentences": ["Deutsch."]}))
        return Reply(json.dumps({"reason": "known", "letter": "B", "evidence": []}))

    with chat_server(answer) as server:
        settings = load(index=folder, embedding="hash", reader="words", threshold=0.3, base_url=server.url, planning="rules", role="quote")
        return RadiologyAgent(settings).ask(GERMAN, OPTIONS)


@pytest.mark.usefixtures("narrow_margin")
def test_options_are_searched_in_english_and_shown_as_they_were_asked(small_index_folder):
    answer = with_options(small_index_folder, [ENGLISH, "no follow-up", "CT at 6-12 months", "biopsy"])
    assert f"{ENGLISH} CT at 6-12 months" in answer.searched
    assert answer.option == "B"
    assert [option.text for option in answer.question.options] == list(OPTIONS.values())


@pytest.mark.parametrize("english", [[ENGLISH], [ENGLISH, "no follow-up", "CT at 6-13 months", "biopsy"]])
def test_options_that_a_model_loses_are_read_through_the_glossary(small_index_folder, english):
    answer = with_options(small_index_folder, english)
    assert not any(ENGLISH in text for text in answer.searched)
    assert any("solid" in text for text in answer.searched)


def test_a_report_is_read_through_the_glossary_line_by_line():
    report = "Befund: Der Lungenrundherd ist solide und hat 7 mm.\nKein Pneumothorax und keine Lymphknoten."
    read = glossed(Question.of(GERMAN, None, report), "de")
    assert len(read.report.splitlines()) == 2
    assert "7 mm" in read.report
    assert "nodule" in read.report


def test_a_failing_translation_leaves_the_verified_answer_and_says_so(small_index_folder):
    def answer(request):
        name, text = request["response_format"]["json_schema"]["name"], request["messages"][-1]["content"]
        if name == "Translation" and text.startswith("In German"):
            return Reply(json.dumps({"sentences": [ENGLISH]}))
        if name == "Translation":
            return Reply("gone", status=500)
        return Reply(json.dumps({"sentences": []}))

    with chat_server(answer) as server:
        settings = load(
            index=small_index_folder,
            embedding="hash",
            reader="words",
            threshold=0.3,
            base_url=server.url,
            planning="rules",
            role="quote",
            model_retries=0,
        )
        made = RadiologyAgent(settings).ask(GERMAN)
    assert made.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."
    assert "It could not be translated: " in made.limitations[0]


@pytest.mark.parametrize("verifier", ["concepts", "model"])
def test_with_the_fallback_a_dead_server_still_answers_a_german_question(small_index_folder, verifier):
    with chat_server(lambda request: Reply("gone", status=500)) as server:
        settings = load(
            index=small_index_folder, embedding="hash", reader="words", threshold=0.2, base_url=server.url, fallback="extractive", model_retries=0,
            verifier=verifier,
        )  # fmt: skip
        made = RadiologyAgent(settings).ask(GERMAN)
    assert made.kind == "answered"
    assert any(line.startswith("The chat model failed") for line in made.limitations)


CHINESE = "单发7毫米实性肺结节高危患者需要怎样随访？"


def test_a_question_in_a_language_without_a_glossary_is_translated_by_the_model(small_index_folder):
    with chat_server(script(lambda lines: [f"中文: {line}" for line in lines])) as server:
        settings = load(
            index=small_index_folder, embedding="hash", reader="words", threshold=0.3, base_url=server.url, planning="rules", role="quote"
        )
        said = RadiologyAgent(settings).ask(CHINESE)
    assert said.kind == "answered"
    assert said.claims[0].text.startswith("中文: ")
    assert "translated into Chinese" in said.limitations[0]
    assert said.question.text == CHINESE


@pytest.mark.parametrize("lost", ["What follow-up does a lung nodule need?", CHINESE])
def test_a_translation_that_lost_its_figure_or_is_none_is_an_abstention(small_index_folder, lost):
    with chat_server(lambda request: Reply(json.dumps({"sentences": [lost]}))) as server:
        settings = load(
            index=small_index_folder, embedding="hash", reader="words", threshold=0.3, base_url=server.url, planning="rules", role="quote"
        )
        said = RadiologyAgent(settings).ask(CHINESE)
    assert said.kind == "abstained"
    assert "taken for Chinese" in said.reason
    assert said.provenance.model_calls == 1


def test_digits_of_other_scripts_are_the_same_figures():
    assert figures("٧ ملم") == figures("7 mm")
