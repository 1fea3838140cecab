import pytest

from agent.reports.advising import NOT_ASKED, advise, question
from agent.reports.choosing import Told
from agent.reports.reading import read
from agent.reports.types import Patient

TEXT = "CT ABDOMEN\nINDICATION: 50-year-old man.\nFINDINGS: 14 mm stone in the left ureter. 3 cm simple cyst of the right kidney.\n"


def test_a_finding_without_rules_is_asked_about_alone_with_its_own_values():
    asked = []

    def ask(text):
        asked.append(text)
        raise AssertionError("stop")

    with pytest.raises(AssertionError, match="stop"):
        read(TEXT, ask=ask)
    (text,) = asked
    assert "50-year-old man" in text
    assert "14 mm stone in the left ureter" in text
    assert "cyst" not in text


def test_without_anybody_to_ask_it_says_so():
    stone = read(TEXT).findings[0]
    assert stone.advice.by == "nothing"
    assert stone.advice.says == NOT_ASKED


def test_what_is_denied_gets_no_advice():
    stone = read(TEXT).findings[0].model_copy(update={"certainty": "absent"})
    assert advise(stone, Told(TEXT, (TEXT,), "CT", Patient())).by == "nothing"


def test_the_question_names_the_modality_and_the_place():
    stone = read(TEXT).findings[0]
    said = question(stone, Told(TEXT, (TEXT,), "CT", Patient(age=50, sex="male")))
    assert said.startswith("In a 50-year-old man, CT shows this finding")
    assert "left ureter" in said
