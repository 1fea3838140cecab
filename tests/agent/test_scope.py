"""A document that says it is not for what is asked does not answer; the sentence that says so does."""

import pytest

from agent.asked import Asked
from agent.scope import exclusion, is_special, unnamed_groups
from corpora.readers.cards import SCOPE
from tests.conftest import passage

TEXT = "The nodule advice does not apply to lung cancer screening, known primary cancer, children with GCS < 14 or immunosuppression."


def scope(text=TEXT):
    return passage(text, title="Incidental pulmonary nodules").model_copy(update={"section": SCOPE})


@pytest.mark.parametrize(
    "question",
    [
        "7 mm nodule in a patient with known breast cancer?",
        "Follow-up of a nodule at lung cancer screening?",
        "Nodule after immunosuppression, what next?",
        "Child with GCS 13 and a nodule",
    ],
)
def test_what_is_excluded_is_found(question):
    found = exclusion([scope()], Asked.of(question))
    assert found is not None
    assert found[1] == TEXT


@pytest.mark.parametrize(
    "question",
    [
        "7 mm nodule in a smoker?",
        "What is the risk of cancer of a 7 mm nodule?",
        "Nodule, no immunosuppression, no known cancer: follow-up?",
        "Child with GCS 14 and a nodule",
    ],
)
def test_what_is_not_excluded_is_left_alone(question):
    assert exclusion([scope()], Asked.of(question)) is None


def test_only_the_scope_excludes():
    elsewhere = scope().model_copy(update={"section": "Solid nodules"})
    assert exclusion([elsewhere], Asked.of("nodule after immunosuppression")) is None


def test_a_relative_clause_excludes_nothing_more():
    text = "The score does not apply to screening, for which the screening categories of smokers are used."
    assert exclusion([scope(text)], Asked.of("smokers' categories")) is None


def special(row, question):
    return is_special(row, unnamed_groups(Asked.of(question), row.source))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Suspected kidney stone, which study?", True),
        ("Pregnant with a suspected kidney stone, which study?", False),
        ("Suspected stone in the third trimester, which study?", False),
    ],
)
def test_a_row_for_a_group_that_nobody_named_is_special(question, expected):
    row = passage("| pregnant with suspected stone | Ultrasound |", "d", ("scenario", "study"), results=("study",), title="Flank pain")
    assert special(row, question) is expected


def test_an_age_names_the_child():
    row = passage("| child with a limp | Radiograph |", "d", ("scenario", "study"), results=("study",), title="Limp")
    assert special(row, "Limp, which study?")
    assert not special(row, "3-year-old with a limp, which study?")
    assert special(row, "43-year-old with a limp, which study?")


def test_a_title_names_the_group_for_its_rows():
    row = passage(
        "| pregnant with suspected stone | Ultrasound |", "d", ("scenario", "study"), results=("study",), title="Imaging in pregnancy"
    )
    assert not special(row, "Suspected stone, which study?")
