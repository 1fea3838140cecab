"""A question answered by a chat model that reads, end to end over the small index; the model is a scripted server on loopback."""

import json
import re

import pytest

from agent.app import RadiologyAgent
from agent.chat.habits import forget
from agent.errors import ModelUnavailable
from agent.fakes import Reply, chat_server
from agent.reading.conversation import Exchange
from agent.settings import load
from agent.types import OWN_MARK, Abstained, Answered, TraceEvent
from ui import live

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
ANSWER = "A 7 mm solid nodule at high risk needs CT at 6-12 months, then CT at 18-24 months."
OPTIONS = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No routine follow-up"}
ROW = "risk: high; follow-up: CT at 6-12"
GROWTH = "Does growth of a lung nodule by 2 mm or more call for earlier review?"
OWN = "Smoking cessation is worth offering."


@pytest.fixture(autouse=True)
def new_servers():
    forget()


def kind(request):
    return request["response_format"]["json_schema"]["name"]


def asked(request):
    return request["messages"][-1]["content"]


def number_of(request, words):
    block = re.search(r"<evidence>\n(.*?)\n</evidence>", asked(request), re.DOTALL)[1]
    return next(int(number) for number, line in re.findall(r"^\[(\d+)\](.*)$", block, re.MULTILINE) if words in line)


def line(request, text, basis="evidence", *words):
    return {"text": text, "basis": basis, "evidence": [number_of(request, one) for one in words]}


def reading(*lines, letter="B", after=None, sure=80, repaired=(), open_=(), search=(), turn="", reason="It is known"):
    """A script: lines are (text, basis, words of the evidence meant...)."""
    searches = [list(search)]

    def script(request):
        match kind(request):
            case "Turn":
                return Reply(json.dumps({"question": turn}))
            case "Study":
                facets = [{"label": "Follow-up", "queries": ["nodule follow-up", "solid nodule"]}]
                return Reply(json.dumps({"core": "follow-up of a 7 mm nodule", "facets": facets}))
            case "Choice":
                return Reply(json.dumps({"reason": reason, "letter": letter, "sure": 70, "queries": ["nodule high risk"]}))
            case "Repair":
                return Reply(json.dumps({"sentences": [line(request, *one) for one in repaired]}))
            case "Dossier":
                said = [line(request, "CT at 6-12 months.", "evidence", ROW)] if ROW in asked(request) else []
                return Reply(json.dumps({"supporting": said, "opposing": []}))
        told = {"sentences": [line(request, *one) for one in lines], "option": after or letter, "sure": sure, "open": list(open_)}
        return Reply(json.dumps(told | {"search": searches.pop(0) if searches else []}))

    return script


def answers(folder, script, *, options=None, question=QUESTION, report="", **more):
    with chat_server(script) as server:
        chosen = {"index": folder, "embedding": "hash", "reader": "words", "threshold": 0.3, "base_url": server.url, "model_retries": 0}
        return RadiologyAgent(load(**chosen | more)).ask(question, options, report), server.requests


def test_an_open_question_takes_two_calls_and_every_sentence_says_what_it_rests_on(small_index_folder):
    script = reading((ANSWER, "evidence", ROW), (OWN, "own"), ("The nodule is single and solid and was found by chance.", "report"))
    answer, requests = answers(small_index_folder, script)
    assert isinstance(answer, Answered)
    assert [claim.basis for claim in answer.claims] == ["evidence", "own", "report"]
    assert answer.claims[0].citations[0].quote.startswith("| single | 6-8 mm | high")
    assert [kind(request) for request in requests] == ["Study", "Composition"]
    assert answer.support == "mixed"
    assert answer.confidence.score <= 0.75
    assert f"{OWN} {OWN_MARK}" in str(answer)
    assert "(report)" in answer.text
    assert answer.provenance.reasoner == "reason"
    assert {"nodule follow-up", "solid nodule", QUESTION} <= set(answer.searched)


def test_what_nothing_supports_is_own_knowledge_and_never_a_figure(small_index_folder):
    script = reading((ANSWER, "evidence", ROW), (OWN, "evidence", ROW), ("Otherwise PET at 3 months.", "own"), ("Give 40 mg of it.", "own"))
    answer, _ = answers(small_index_folder, script)
    assert [(claim.text, claim.basis) for claim in answer.claims] == [(ANSWER, "evidence"), (OWN, "own")]
    assert len(answer.provenance.dropped) == 2
    assert "3 months" in answer.provenance.dropped[0]


def test_own_knowledge_that_a_passage_contradicts_falls(small_index_folder):
    said = "Growth of a nodule does not call for earlier review."
    answer, _ = answers(small_index_folder, reading((OWN, "own"), (said, "own")), question=GROWTH)
    assert said not in answer.text
    assert "says otherwise" in answer.provenance.dropped[0]


def test_in_strict_only_proven_sentences_stand_and_without_any_it_abstains(small_index_folder):
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), (OWN, "own")), strict=True)
    assert [claim.basis for claim in answer.claims] == ["evidence"]
    assert answer.support == "evidenced"
    answer, _ = answers(small_index_folder, reading((OWN, "own")), strict=True)
    assert isinstance(answer, Abstained)
    assert "strict" in answer.reason


def test_a_question_that_only_the_model_knows_is_answered_with_bounded_confidence(small_index_folder):
    answer, _ = answers(small_index_folder, reading(("It is the basilar artery.", "own"), sure=99), question="Which artery feeds the pons?")
    assert (answer.support, answer.confidence.level) == ("own", "low")
    assert answer.claims[0].citations == ()
    assert "nothing here was verified" in str(answer)


def test_a_wrong_number_of_evidence_is_put_right(small_index_folder):
    def script(request):
        if kind(request) == "Study":
            return reading()(request)
        wrong = number_of(request, "Gallstones") if "Gallstones" in asked(request) else 99
        return Reply(json.dumps({"sentences": [{"text": ANSWER, "basis": "evidence", "evidence": [wrong]}]}))

    answer, _ = answers(small_index_folder, script)
    assert answer.claims[0].citations[0].document_id == "nodule-card"


def test_refused_sentences_go_back_once_with_the_reason(small_index_folder):
    script = reading(("It needs CT at 3-6 months.", "evidence", ROW), (OWN, "own"), repaired=[(ANSWER, "evidence", ROW)])
    answer, requests = answers(small_index_folder, script)
    assert [kind(request) for request in requests] == ["Study", "Composition", "Repair"]
    assert "CT at 3-6 months. (evidence; refused: " in asked(requests[-1])
    assert f"Kept:\n- {OWN}" in asked(requests[-1])
    assert [claim.text for claim in answer.claims] == [ANSWER, OWN]


def test_what_survived_stays_where_the_repair_fails_too(small_index_folder):
    script = reading(
        (ANSWER, "evidence", ROW), ("Then CT at 48 months.", "evidence", ROW), repaired=[("Then CT at 60 months.", "evidence", ROW)]
    )
    answer, _ = answers(small_index_folder, script)
    assert [claim.text for claim in answer.claims] == [ANSWER]


def test_with_options_the_model_chooses_after_reading_and_its_earlier_choice_is_shown(small_index_folder):
    answer, requests = answers(small_index_folder, reading((ANSWER, "evidence", ROW), letter="B"), options=OPTIONS)
    assert [kind(request) for request in requests] == ["Choice", "Composition"]
    assert (answer.option, answer.closed_book.option, answer.closed_book.outcome) == ("B", "B", "agreed")
    assert answer.closed_book.sure == 0.7
    assert "Your choice before reading: B (70% sure)." in asked(requests[1])


def test_a_change_of_choice_is_shown_with_what_moved_it(small_index_folder):
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), letter="C", after="B"), options=OPTIONS)
    assert (answer.option, answer.closed_book.outcome) == ("B", "overturned")
    assert answer.closed_book.why == f"{ANSWER} [1]"
    assert f"Before reading the model chose C (70% sure); moved by: {ANSWER} [1]" in str(answer)


def test_without_a_checked_sentence_nothing_moves_the_choice(small_index_folder):
    answer, _ = answers(small_index_folder, reading((OWN, "own"), letter="C", after="B"), options=OPTIONS)
    assert (answer.option, answer.closed_book.outcome) == ("C", "kept")
    assert answer.support == "own"


def test_a_checked_sentence_about_something_else_moves_no_choice(small_index_folder):
    options = {"A": "Percutaneous biopsy", "B": "CT at 6-12 months"}
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), letter="B", after="A"), options=options)
    assert (answer.option, answer.closed_book.outcome) == ("B", "kept")
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), letter="A", after="B"), options=options)
    assert (answer.option, answer.closed_book.outcome) == ("B", "overturned")


@pytest.mark.parametrize(
    "named", ["B", "b)", "B. CT at 6-12 months, then CT at 18-24 months", "CT at 6-12 months, then CT at 18-24 months."]
)
def test_an_option_may_be_named_by_its_text(small_index_folder, named):
    answer, requests = answers(small_index_folder, reading((ANSWER, "evidence", ROW), letter=named), options=OPTIONS)
    assert (answer.option, answer.closed_book.option) == ("B", "B")
    assert len(requests) == 2


def test_a_choice_before_reading_stands_where_the_model_cannot_answer_after(small_index_folder):
    def script(request):
        return Reply("I would rather not.") if kind(request) == "Composition" else reading(letter="C")(request)

    answer, _ = answers(small_index_folder, script, options=OPTIONS)
    assert (answer.option, answer.support) == ("C", "own")
    assert answer.provenance.notes[-1].startswith("The model gave no answer after reading")
    strict, _ = answers(small_index_folder, script, options=OPTIONS, strict=True)
    assert isinstance(strict, Abstained)
    assert strict.closed_book.option == "C"


def test_a_false_sentence_does_not_take_the_true_one_beside_it_along(small_index_folder):
    answer, _ = answers(small_index_folder, reading((f"{ANSWER} Otherwise PET at 3 months.", "evidence", ROW)))
    assert [claim.text for claim in answer.claims] == [ANSWER]


def test_long_and_missing_values_cost_no_second_call(small_index_folder):
    told = {"sentences": [{"text": f"{ANSWER} {'It is so. ' * 60}", "basis": "evidence", "evidence": None}], "option": None, "sure": None}

    def script(request):
        choice = {"reason": "Known. " * 80, "letter": "B", "sure": "high", "queries": ["a", "b", "c", "d"]}
        return Reply(json.dumps(choice if kind(request) == "Choice" else told | {"open": None, "search": "nodule"}))

    answer, requests = answers(small_index_folder, script, options=OPTIONS)
    assert answer.option == "B"
    assert [kind(request) for request in requests][:2] == ["Choice", "Composition"]
    assert answer.claims[0].text == ANSWER


def test_in_strict_an_option_needs_a_proven_sentence_that_says_it(small_index_folder):
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW)), options=OPTIONS, strict=True)
    assert answer.option == "B"
    beside = ("Growth of a nodule by 2 mm or more calls for earlier review.", "evidence", "Growth of a nodule")
    answer, _ = answers(small_index_folder, reading(beside), options=OPTIONS, question=GROWTH, strict=True)
    assert isinstance(answer, Abstained)
    assert answer.closed_book.option == "B"


def test_a_search_that_the_model_asks_for_is_made_where_something_is_wanting(small_index_folder):
    script = reading((OWN, "own"), search=["Bosniak class renal cyst"])
    answer, requests = answers(small_index_folder, script)
    assert [kind(request) for request in requests] == ["Study", "Composition", "Composition"]
    assert "Bosniak class renal cyst" in answer.searched
    assert "Bosniak" in asked(requests[-1])


def test_what_stays_open_is_named(small_index_folder):
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), open_=["whether PET helps"], search=[]))
    assert answer.open == ("whether PET helps",)
    assert "Open: whether PET helps" in str(answer)


def test_the_model_reads_distinct_passages_and_at_most_three_of_a_document(small_index_folder):
    _, requests = answers(small_index_folder, reading((ANSWER, "evidence", ROW)))
    block = re.search(r"<evidence>\n(.*?)\n</evidence>", asked(requests[-1]), re.DOTALL)[1]
    lines = block.splitlines()
    assert len(lines) == len(set(lines))
    assert sum("Lung nodules found by chance" in one for one in lines) == 3
    assert sum("Cystic kidney masses" in one for one in lines) >= 1
    assert "(applies)" not in block


REPORT = "Right upper lobe: single solid nodule of 7 mm. Left kidney: simple cyst of 12 mm. No pleural effusion."


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("The right upper lobe holds a single solid nodule of 7 mm.", True),
        ("The left upper lobe holds a single solid nodule of 7 mm.", False),
        ("The right upper lobe holds a solid nodule of 12 mm.", False),
        ("The kidney holds a cyst of 7 mm.", False),
        ("There is no pleural effusion.", True),
        ("There is a pleural effusion.", False),
    ],
)
def test_what_the_report_says_keeps_sides_values_and_denials(small_index_folder, said, stands):
    answer, _ = answers(small_index_folder, reading((OWN, "own"), (said, "report")), question=QUESTION, report=REPORT)
    assert (said in [claim.text for claim in answer.claims if claim.basis == "report"]) is stands
    assert stands or said not in answer.text


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("The nodule grew by 3 mm, 7 - 4 = 3 mm.", True),
        ("The nodule grew by 75%.", True),
        ("The nodule grew by 3 mm.", True),
        ("The nodule grew by 7 - 4 = 3 mm, which is 3 / 4 = 75%.", True),
        ("The nodule grew by 7 - 4 = 3 mm, which is 3 / 4 = 85%.", False),
        ("The nodule grew by 5 mm.", False),
        ("The nodule grew by 7 - 4 = 4 mm.", False),
        ("The nodule grew by 90%.", False),
    ],
)
def test_arithmetic_on_stated_values_is_recomputed(small_index_folder, said, stands):
    report = "The solid nodule measured 4 mm and now measures 7 mm."
    answer, _ = answers(small_index_folder, reading((OWN, "own"), (said, "reckoned")), question=QUESTION, report=report)
    kept = [claim for claim in answer.claims if claim.basis == "reckoned"]
    assert bool(kept) is stands
    assert stands or said not in answer.text
    if stands:
        assert "4" in kept[0].working
        assert f"(reckoned: {kept[0].working})" in answer.text


def test_a_report_for_and_against_each_option_is_read_where_the_settings_want_it(small_index_folder):
    answer, requests = answers(small_index_folder, reading((ANSWER, "evidence", ROW)), options=OPTIONS, reports=True)
    kinds = [kind(request) for request in requests]
    assert kinds.count("Dossier") == 3
    assert "Report on B. CT at 6-12 months, then CT at 18-24 months: for: CT at 6-12 months." in asked(requests[-1])
    assert answer.option == "B"


def test_a_step_that_the_model_cannot_do_is_done_without_it(small_index_folder):
    def script(request):
        return Reply("I would rather not.") if kind(request) in ("Study", "Repair") else reading((ANSWER, "evidence", ROW))(request)

    answer, _ = answers(small_index_folder, script)
    assert answer.claims[0].text == ANSWER
    assert answer.provenance.notes[0].startswith("The research was planned without the model")


def test_an_answer_that_the_model_cannot_give_is_the_rules_labelled(small_index_folder):
    def script(request):
        return Reply("No.") if kind(request) == "Composition" else reading()(request)

    answer, _ = answers(small_index_folder, script)
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."
    assert answer.limitations[0].startswith("The chat model failed (")
    with pytest.raises(ModelUnavailable):
        answers(small_index_folder, [Reply("down", 500)])


def test_a_question_about_an_image_that_nobody_described_is_not_asked(small_index_folder):
    answer, requests = answers(small_index_folder, reading((OWN, "own")), question="What is shown in this image?")
    assert isinstance(answer, Abstained)
    assert requests == []


def test_the_least_confidence_holds_here_too(small_index_folder):
    answer, _ = answers(small_index_folder, reading((ANSWER, "evidence", ROW), sure=40), least_confidence=0.6)
    assert isinstance(answer, Abstained)


def test_with_the_role_quote_the_rules_decide(small_index_folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.app.role_of", lambda name: "quote")
        answer, requests = answers(small_index_folder, reading((ANSWER, "evidence", ROW)))
    assert answer.provenance.reasoner == "llm"
    assert "Composition" in [kind(request) for request in requests]


@pytest.mark.parametrize("role", ["reason", "quote"])
async def test_what_is_found_is_told_in_the_same_words_whoever_reasons(small_index_folder, role):
    """The chat shows a plan's parts and what was found for each, and knows them by these events."""
    with chat_server(reading((ANSWER, "evidence", ROW))) as server:
        chosen = {"index": small_index_folder, "embedding": "hash", "reader": "words", "threshold": 0.3, "base_url": server.url}
        events = [event async for event in RadiologyAgent(load(**chosen, role=role)).astream(QUESTION)]
    shown = live.of([event for event in events if isinstance(event, TraceEvent)])
    assert shown.facets
    assert all(re.match(r"\d+ passages for \d+ quer", facet.rounds[0].found) for facet in shown.facets)


BEFORE = Exchange(QUESTION, ANSWER, "A solid nodule of 7 mm in the right upper lobe, another of 4 mm in the left lower lobe.")


async def follow_up(folder, script, said, **more):
    with chat_server(script) as server:
        chosen = {"index": folder, "embedding": "hash", "reader": "words", "base_url": server.url, "model_retries": 0}
        agent = RadiologyAgent(load(**chosen | more))
        items = [item async for item in agent.astream(said, dialogue=[BEFORE])]
        return items[-1], server.requests


async def test_a_follow_up_is_read_from_dialogue_and_report_and_shown_beside_its_own_words(small_index_folder):
    script = reading((ANSWER, "evidence", ROW), turn="Does the second solid nodule of 4 mm change the follow-up of the 7 mm nodule?")
    answer, requests = await follow_up(small_index_folder, script, "Does the second one change anything?")
    assert [kind(request) for request in requests][:3] == ["Turn", "Study", "Composition"]
    assert ANSWER in asked(requests[0])
    assert "another of 4 mm" in asked(requests[0])
    assert "another of 4 mm" in asked(requests[2])
    assert answer.question.text == "Does the second one change anything?"
    assert answer.limitations[0] == "Read as: Does the second solid nodule of 4 mm change the follow-up of the 7 mm nodule?"


async def test_a_question_that_stands_alone_takes_over_no_report(small_index_folder):
    said = "Which Bosniak class does a simple renal cyst with a thin wall have?"
    answer, requests = await follow_up(small_index_folder, reading((OWN, "own"), turn=said), said)
    assert "another of 4 mm" not in asked(requests[2])
    assert not any(line.startswith("Read as") for line in answer.limitations)


async def test_a_reading_with_a_figure_of_its_own_is_the_rules(small_index_folder):
    script = reading((ANSWER, "evidence", ROW), turn="What follow-up does a solid nodule of 5 mm need after 90 days?")
    answer, _ = await follow_up(small_index_folder, script, "And if it is 5 mm?")
    assert answer.limitations[0] == f"Read as: {QUESTION.replace('7 mm', '5 mm')}"
