"""Yes and no by what the evidence says to the question."""

import pytest

from agent.asked import Asked
from agent.options import decide, weigh
from agent.polar import affirms, is_polar
from agent.reasoners.protocol import Grade, Weighed
from agent.types import Evidence, Question
from tests.conftest import passage

YES_NO = {"A": "Yes", "B": "No"}
STUDIES = ("scenario", "first study")


def proof(text, header=(), met=(), **source):
    item = passage(text, "d", header, kind="guideline", **source)
    return Evidence.of(item, item.text, facet_id="A", relevance=0.9, strength=1.0, met=met)


def answer(text, *evidence, library):
    question = Question.of(text, YES_NO)
    made = weigh(question, Asked.of(text), [Grade(facet_id="A", evidence=evidence, best=0.9)], library)
    return decide(question, Weighed(evidence=evidence, best=0.9, weights=made))[0]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Does a gallstone cast a shadow?", "Gallstones cast a shadow on ultrasound.", "A"),
        ("Should a quench be used to speed resuscitation?", "A quench should not be used to speed resuscitation.", "B"),
        ("Is a gallstone not seen on ultrasound?", "A gallstone is not seen on ultrasound.", "A"),
    ],
)
def test_denial_is_compared(small_library, question, sentence, expected):
    assert answer(question, proof(sentence), library=small_library) == expected


def test_another_study_than_the_one_proposed_says_no(small_library):
    row = proof("| acute pancreatitis, first days | Ultrasound of the abdomen |", STUDIES, results=("first study",))
    assert answer("Is CT the first study in acute pancreatitis?", row, library=small_library) == "B"
    assert answer("Is ultrasound the first study in acute pancreatitis?", row, library=small_library) == "A"


def test_the_category_of_the_row_decides(small_library):
    row = proof("| 6-8 mm | TR4 |", ("size", "category"), ("size",), results=("category",))
    assert affirms(row, Asked.of("Is a 7 mm nodule TR4?"), "Is a 7 mm nodule TR4?")
    assert not affirms(row, Asked.of("Is a 7 mm nodule TR5?"), "Is a 7 mm nodule TR5?")


def test_only_yes_and_no_are_poles():
    assert is_polar(Question.of("Is it?", {"A": "Yes.", "B": "no", "C": "Maybe"}))
    assert not is_polar(Question.of("Which?", {"A": "Yes", "B": "CT"}))
    assert not is_polar(Question.of("Which?"))


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Should a needed CT be withheld for fear of dose?", "A needed CT should not be withheld for fear of dose.", "B"),
        ("Does normal flow rule out torsion?", "Normal flow does not exclude torsion, because the supply is dual.", "B"),
        ("Does a normal scan rule out embolism?", "Embolism is excluded by a normal scan.", "A"),
        (
            "A lump, negative mammogram. Is imaging needed?",
            "A lump needs imaging because a negative mammogram does not exclude cancer.",
            "A",
        ),
        ("Is a quench the wrong way to start resuscitation?", "A quench should not be used to start resuscitation.", "A"),
        (
            "Can a corner fracture point to abuse rather than Salter-Harris II?",
            "Corner fractures mean abuse rather than Salter-Harris II.",
            "A",
        ),
    ],
)
def test_the_clause_that_is_about_what_is_asked_decides(small_library, question, sentence, expected):
    assert answer(question, proof(sentence), library=small_library) == expected


def test_a_condition_that_the_question_denies_turns_nothing_round(small_library):
    header = ("situation", "management")
    row = proof("| short, transient and without symptoms | Observation; no enema |", header, ("situation",), results=("management",))
    assert answer("A transient intussusception without symptoms: is an enema needed?", row, library=small_library) == "B"
    row = proof("| stable patient without peritonitis | Non-operative management |", header, ("situation",), results=("management",))
    assert answer("Stable patient, no peritonitis: is non-operative management possible?", row, library=small_library) == "A"


def test_a_yes_must_stand_clear_of_the_no(small_library):
    yes, no = proof("Stones cast a shadow."), proof("Stones do not cast a shadow.")
    assert answer("Do stones cast a shadow?", yes, no, library=small_library) is None
