"""Rows as sentences."""

import pytest

from agent.asked import Asked
from agent.saying import alternative_sentence, answer_sentence, condition_sentence, differs_in, listed_sentence, result_of
from tests.conftest import passage

HEADER = ("number", "size", "risk", "follow-up")


def row(*cells, header=HEADER, results=("follow-up",)):
    return passage(f"| {' | '.join(cells)} |", "d", header, results=results)


CHOSEN = row("single", "6-8 mm", "high", "CT at 6-12 months, then at 18-24 months")
OTHER = row("single", "6-8 mm", "low", "CT at 6-12 months")
ASKED = Asked.of("What follow-up does a 7 mm nodule need?")


def test_the_answer_is_the_cell_as_a_sentence():
    assert answer_sentence(CHOSEN, ASKED) == "CT at 6-12 months, then at 18-24 months."


def test_what_is_unsettled_stands_in_brackets():
    assert answer_sentence(CHOSEN, ASKED, ["risk"]) == "CT at 6-12 months, then at 18-24 months (risk high)."
    assert answer_sentence(row("single", "6-8 mm", "any", "CT at 3 months, then a PET"), ASKED, ["risk"]) == "CT at 3 months, then a PET."


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("yes", "6-8 mm, follow-up: yes."),
        ("12 months", "6-8 mm, follow-up: 12 months."),
        ("No follow-up", "6-8 mm, No follow-up."),
        ("Biopsy of the largest nodule", "Biopsy of the largest nodule."),
    ],
)
def test_a_bare_value_is_said_with_what_it_belongs_to(cell, said):
    table_row = row("6-8 mm", cell, header=("size", "follow-up"))
    assert answer_sentence(table_row, Asked.of("follow-up?")) == said


def test_a_code_speaks_for_itself():
    table_row = row("7 mm", "TR4", header=("size", "category"), results=("category",))
    assert answer_sentence(table_row, Asked.of("Which category?")) == "TR4."


def test_names_with_a_small_first_letter_keep_it():
    table_row = row("7 mm", "pT2 stage with a good prognosis", header=("size", "stage"), results=("stage",))
    assert answer_sentence(table_row, Asked.of("Which stage?")).startswith("pT2")


def test_conditions_are_listed_and_further_results_follow():
    assert condition_sentence(CHOSEN, ASKED) == "This holds for number single, size 6-8 mm and risk high."
    assert condition_sentence(CHOSEN, ASKED, ["risk", "number"]) == "This holds for size 6-8 mm."
    assert condition_sentence(row("CT", header=("follow-up",)), ASKED) == ""
    both = row("7 mm", "TR4", "FNA of the nodule", header=("size", "category", "management"), results=("category", "management"))
    assert condition_sentence(both, Asked.of("What management?")) == "This holds for size 7 mm; category: TR4."
    assert condition_sentence(both, Asked.of("What management?"), ["size"]) == "Category: TR4."


def test_an_alternative_says_only_what_differs():
    assert alternative_sentence(OTHER, CHOSEN, ASKED) == "With risk low instead: CT at 6-12 months."
    assert differs_in(OTHER, CHOSEN) == ["risk"]
    assert differs_in(CHOSEN, CHOSEN) == []


def test_an_alternative_with_equal_conditions_is_listed():
    again = row("single", "6-8 mm", "high", "PET")
    assert alternative_sentence(again, CHOSEN, ASKED) == listed_sentence(again, ASKED)


def test_a_listed_row_is_its_subject_and_the_rest():
    table_row = row("TR4", "moderately suspicious", "FNA", header=("category", "meaning", "management"), results=("management",))
    asked = Asked.of("What are the categories?")
    assert listed_sentence(table_row, asked) == "TR4: moderately suspicious; FNA."
    assert listed_sentence(table_row, asked, {"management"}) == "TR4: moderately suspicious."
    assert listed_sentence(OTHER, ASKED, {"number", "size"}) == "Low: CT at 6-12 months."


def test_results_are_compared_as_cells():
    assert result_of(CHOSEN, ASKED) != result_of(OTHER, ASKED)
    assert result_of(OTHER, ASKED) == ("CT at 6-12 months",)
