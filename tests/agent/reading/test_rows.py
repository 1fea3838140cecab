import pytest

from agent.reading.asked import Asked
from agent.reading.rows import answer_columns, columns, fit_document, fits_intent, given, tables, unmet
from corpora.passages import split
from tests.conftest import passage, write_card


def best(passages, question):
    fits = [fit for fit in fit_document(passages, Asked.of(question)) if not fit.conflicts]
    return max(fits, key=lambda fit: fit.strength).passage.row


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("single 7 mm solid nodule, high risk", "CT at 6-12 months, then CT at 18-24 months"),
        ("single 7 mm solid nodule, low risk", "CT at 6-12 months, then consider CT at 18-24 months"),
        ("single 4 mm nodule in a heavy smoker", "Optional CT at 12 months"),
        ("single 4 mm nodule in a never-smoker", "No routine follow-up"),
        ("several nodules up to 8 mm", "CT at 3-6 months"),
        ("one nodule of 0.7 cm, low risk", "CT at 6-12 months, then consider CT at 18-24 months"),
    ],
)
def test_the_row_whose_parameters_hold_is_chosen(card_passages, question, answer):
    assert best(card_passages, question)["follow-up"] == answer


BANDS = """---
id: bands
title: Bands
organisation: Test Society
year: 2020
version: "2020"
citation: Nobody N. Test J 2020
kind: guideline
subspecialty: chest
modality: [CT]
topics: [bands]
aliases: [Band]
results: [band, advice]
checked: []
---

## Who it is for
Adults.

## Bands
| band | likelihood | age | advice |
|---|---|---|---|
| Band W | > 2% to < 95% | any | Biopsy |
| Band X | > 2% to <= 10% | any | Short follow-up |
| Band Y | > 10% to < 95% | >= 70 years | Talk it over |

## What changes the advice
Frailty calls for restraint.
"""


@pytest.mark.parametrize(
    ("question", "band"), [("a likelihood of 5%", "Band X"), ("a likelihood of 40%", "Band W"), ("40%, aged 75 years", "Band Y")]
)
def test_of_two_values_that_hold_the_narrower_one_is_met(tmp_path, question, band):
    """Only where nothing else is left open: the row for the old is not met by a question that gives no age."""
    assert best(split(write_card(tmp_path, BANDS)), question)["band"] == band


def test_a_row_with_another_value_is_a_conflict(card_passages):
    fits = {fit.passage.row["follow-up"]: fit for fit in fit_document(card_passages, Asked.of("7 mm, high risk, single"))}
    assert fits["No routine follow-up"].conflicts == ("size", "risk")
    assert fits["No routine follow-up"].strength < 0
    assert fits["CT at 6-12 months, then CT at 18-24 months"].matched == ("number", "size", "risk")


def test_what_the_question_leaves_open_is_named(card_passages):
    fit = next(fit for fit in fit_document(card_passages, Asked.of("a 7 mm nodule")) if fit.matched)
    assert "risk" in fit.open


def test_codes_are_compared_both_ways(small_documents):
    passages = split(small_documents[1])
    assert best(passages, "What follow-up does a Bosniak 2F cyst need?")["management"].startswith("CT or MRI at 6 and 12")
    assert best(passages, "Which class is a smooth enhancing wall of 4 mm?")["class"] == "Bosniak III"


def test_a_category_the_table_does_not_have_matches_nothing(small_documents):
    fits = fit_document(split(small_documents[1]), Asked.of("Bosniak V"))
    assert all("class" not in fit.matched for fit in fits)


def test_columns_know_their_kind(card_passages):
    (table,) = tables(card_passages)
    assert [(column.header, column.kind, column.is_result) for column in columns(table)] == [
        ("number", "value", False),
        ("size", "quantity", False),
        ("risk", "value", False),
        ("follow-up", "text", True),
    ]


def test_the_answer_column_follows_the_intent(small_documents):
    row = tables(split(small_documents[1]))[0][0]
    assert answer_columns(row, Asked.of("Which class is it?")) == ["class"]
    assert answer_columns(row, Asked.of("What management does it need?"))[0] == "management"
    assert answer_columns(row, Asked.of("thin wall")) == ["management"]
    assert fits_intent(row, Asked.of("thin wall"))
    assert not fits_intent(row, Asked.of("Which dose of contrast?"))


def test_values_the_row_does_not_take_in_are_unmet(card_passages):
    row = next(p for p in card_passages if p.is_row)
    assert [quantity.text for quantity in unmet(row, Asked.of("a 4 mm nodule of 60 HU in a 50-year-old"))] == ["60 HU"]


def row(text, header, *results):
    return passage(text, "d", header, results=results)


POINTS = row("| 5-6 points | likely | CT angiography |", ("points", "meaning", "next step"), "meaning", "next step")


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What does a score of 5 points mean?", ["meaning"]),
        ("What is the next step with 5 points?", ["next step"]),
        ("How many points make PE likely?", ["points"]),
        ("What is the meaning of 5 points?", ["meaning"]),
    ],
)
def test_what_the_question_gives_is_no_answer(question, answers):
    assert answer_columns(POINTS, Asked.of(question))[:1] == answers


def test_a_code_that_the_question_gives_is_no_answer():
    tr4 = row("| TR4 | 15 mm | FNA |", ("category", "size", "management"), "category", "management")
    assert answer_columns(tr4, Asked.of("What management does TR4 need?")) == ["management"]
    assert answer_columns(tr4, Asked.of("Which category is it?")) == ["category"]
    assert given(tr4, "category", Asked.of("TR4"))
    assert not given(tr4, "category", Asked.of("TR5"))
    assert given(tr4, "size", Asked.of("15 mm"))
    assert not given(tr4, "size", Asked.of("12 mm"))


def test_words_are_given_only_to_questions_that_ask_which():
    biopsy = row("| 4 | core biopsy |", ("category", "management"), "management")
    assert given(biopsy, "management", Asked.of("When is core biopsy done?"))
    assert not given(biopsy, "management", Asked.of("Is core biopsy done?"))


def test_without_open_results_the_conditions_answer_and_without_those_the_last_result():
    biopsy = row("| irregular margin | core biopsy |", ("margin", "management"), "management")
    assert answer_columns(biopsy, Asked.of("Which lesion gets core biopsy?")) == ["margin"]
    only = row("| core biopsy |", ("management",), "management")
    assert answer_columns(only, Asked.of("Who gets core biopsy?")) == ["management"]


def test_a_cell_that_allows_anything_is_no_answer():
    anything = row("| 7 mm | any | CT of the chest |", ("size", "risk", "follow-up"), "risk", "follow-up")
    assert answer_columns(anything, Asked.of("What is the risk?")) == ["follow-up"]


def test_prose_states_values_as_well():
    said = passage("A wall of 4 mm is thick.", "p")
    assert unmet(said, Asked.of("a wall of 4 mm")) == []
    assert [quantity.text for quantity in unmet(said, Asked.of("a wall of 9 mm"))] == ["9 mm"]


def test_what_to_do_follows_from_the_category(radqa_agent):
    answer = radqa_agent.ask("8-week-old girl, alpha angle 54 degrees, head centred. Which Graf type, and what should be done?")
    assert "is Graf IIa" in answer.claims[0].text
    assert "Graf IIa" in answer.claims[1].text
    assert "follow-up ultrasound" in answer.claims[1].text
    only = radqa_agent.ask("8-week-old girl, alpha angle 54 degrees, head centred. Which Graf type?")
    assert not any("follow-up ultrasound" in claim.text for claim in only.claims[:2])
