import pytest

from agent.reports.advising import NOT_ASKED, NOTHING, advise, question
from agent.reports.choosing import Told
from agent.reports.reading import read
from agent.reports.types import Patient
from agent.types import Abstained, Answered, Citation, Claim, Evidence
from corpora.passages import split
from corpora.readers.cards import FOLDER, card

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


def answered(text):
    passage = next(one for one in split(card(FOLDER / "urinary-stones.md")) if one.is_row)
    evidence = Evidence.model_construct(id="e1", facet_id="f", passage=passage, quote=passage.text, relevance=0.9)
    claim = Claim(text="Stones of 10 mm or more rarely pass.", citations=(Citation.to(evidence, 1),))
    return Answered.model_construct(kind="answered", claims=(claim,), evidence=(evidence,), limitations=("Asked in English.",))


def test_an_answer_of_the_library_becomes_the_advice_with_its_source():
    stone = read(TEXT, ask=answered).findings[0]
    assert (stone.advice.by, stone.advice.says) == ("answer", "Stones of 10 mm or more rarely pass.")
    assert stone.advice.source.card == "urinary-stones"
    assert stone.advice.limitations == ("Asked in English.",)


def test_an_abstention_is_said_openly():
    stone = read(TEXT, ask=lambda _: Abstained.model_construct(kind="abstained", claims=())).findings[0]
    assert (stone.advice.by, stone.advice.says) == ("nothing", NOTHING)
