"""What texts name, and a file that does not hang together is refused."""

import pytest
from pydantic import ValidationError

from agent.reading.named import Naming, Thing, given, kind_of, linked, named, told


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Chest CT, then MRCP of the livers", {"chest", "CT", "MRI", "cholangiopancreatography", "liver"}),
        ("an X-ray of the left hip", {"radiography", "hip"}),
        ("x-ray fine-needle sampling", {"radiography", "biopsy", "fine-needle aspiration"}),
        ("US of the ovaries, as told to us", {"ultrasound", "ovary"}),
        ("It was told to us by Mr Smith", set()),
        ("hemithyroidectomy", {"thyroidectomy"}),
        ("cerebellar signs", {"cerebellum"}),
        ("fine", set()),
    ],
)
def test_a_text_names_things_by_their_words(text, names):
    assert named(text) == names


def test_a_passage_tells_of_more_than_it_names():
    assert named("hepatocellular carcinoma") == set()
    assert told("hepatocellular carcinoma") == {"liver", "abdomen"}
    assert {"lung", "chest"} <= told("a pulmonary nodule")
    assert "lung" not in told("chest")
    assert "kidney" not in told("hepatic")
    assert "DWI" not in told("MRI")
    assert "MRI" in told("DWI")
    assert "muscle" in told("intramuscular")
    assert "bone" in told("microfractures")


def test_linked_concepts_tell_of_the_site_that_they_are_diseases_of():
    assert "liver" in linked("cirrhosis")
    assert "kidney" not in linked("cirrhosis")
    assert all(kind_of(name) == "anatomy" for name in linked("cirrhosis and pulmonary embolism"))


@pytest.mark.parametrize(
    ("question", "stated", "asked"),
    [
        ("A 7 mm nodule on CT: is biopsy needed?", {"CT"}, {"biopsy"}),
        ("CT or MRI for a renal mass?", {"kidney"}, {"CT", "MRI"}),
        ("MRI shows a mass. Which CT phase?", {"MRI"}, {"CT"}),
        ("CT reveals a 1.5 cm mass, what next?", {"CT"}, set()),
        ("Is a mass on CT better seen than on MRI?", set(), {"MRI"}),
        ("", set(), {"CT"}),
    ],
)
def test_a_question_states_some_things_and_asks_about_others(question, stated, asked):
    assert stated <= given(question)
    assert not asked & given(question)


CT = Thing(words=("ct",))
GIVEN = {"after": ["on"], "before": ["shows"], "alternatives": ["or"]}


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"modality": {"CT": CT}, "procedure": {"CT": CT}, "anatomy": {}}, "two kinds"),
        ({"modality": {"CT": Thing(words=("ct",), within=("scan",))}, "procedure": {}, "anatomy": {}}, "not in the file"),
        ({"modality": {}, "procedure": {}, "anatomy": {"a": Thing(words=("a",), within=("a",))}}, "within itself"),
    ],
)
def test_a_file_that_does_not_hang_together_is_refused(parts, problem):
    with pytest.raises(ValidationError, match=problem):
        Naming.model_validate({"given": GIVEN, **parts})


@pytest.mark.parametrize("word", ["", "a*b", "ct,", " ct", "**"])
def test_a_word_that_could_not_be_matched_is_refused(word):
    with pytest.raises(ValidationError, match="not one or more words"):
        Thing(words=(word,))
