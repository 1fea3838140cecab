"""Clinical shorthand is spelled out, and what only looks like it is left alone."""

import pytest
from pydantic import ValidationError

from agent.shorthand import Shorthand, spelled, spelled_out
from agent.types import Question


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("62F first PMB", "62-year-old woman first postmenopausal bleeding"),
        ("52 yo M with CAC 0", "52-year-old man with CAC 0"),
        ("on metformin, gfr 42", "on metformin, eGFR 42"),
        ("panc ca hugging the SMA", "pancreatic cancer hugging the SMA"),
        ("a 3/12 old baby", "a 3 months old baby"),
        ("# NOF?", "fracture  femoral neck?"),
        ("SH IV", "Salter-Harris IV"),
        ("lung rads 4a", "lung-RADS 4a"),
        ("subsolid 9 mm, solid bit 4 mm", "part-solid 9 mm, solid component 4 mm"),
        ("had Omnipaque", "had iohexol iodinated contrast"),
    ],
)
def test_shorthand_is_spelled_out(short, long):
    assert spelled(short) == long


@pytest.mark.parametrize(
    "text",
    [
        "T2 N1 M0",
        "a 14 F catheter",
        "stage IV 3M",
        "Ca 125",
        "a patient of 12 kg",
        "nursing home resident",
        "PI-RADS 3",
        "C-RADS C2a",
        "facts about cats",
    ],
)
def test_what_only_looks_like_shorthand_stays(text):
    assert spelled(text) == text


def test_a_question_without_shorthand_is_the_same_object():
    question = Question.of("Which Bosniak class?", {"A": "II", "B": "III"})
    assert spelled_out(question) is question


def test_text_report_and_options_are_spelled_out():
    read = spelled_out(Question.of("pt with mets?", {"A": "SH I", "B": "SH II"}, "USS liver"))
    assert read.text == "patient with metastases?"
    assert [option.text for option in read.options] == ["Salter-Harris I", "Salter-Harris II"]
    assert read.report == "ultrasound liver"


def test_options_that_would_become_alike_keep_their_words():
    question = Question.of("pt?", {"A": "USS", "B": "ultrasound"})
    assert [option.text for option in spelled_out(question).options] == ["USS", "ultrasound"]


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="no regular expression"):
        Shorthand(words={"pt": "patient"}, patterns={"(": "x"})
