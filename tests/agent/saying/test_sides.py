"""What a question compares is told apart, and an answer's sentences stand by the side that they speak of."""

import pytest

from agent.render import as_text
from agent.saying.sides import columns, sides
from agent.types import Answered, Citation, Claim, Confidence, Evidence, Question
from tests.conftest import passage

UIP = passage("Honeycombing at the bases.", "uip", title="UIP")
FIBROSIS = passage("They differ in honeycombing.", "ild", title="Fibrosis of the lung")
NSIP = passage("Subpleural sparing is typical.", "nsip", title="NSIP")


def compared(*told, shape="comparison"):
    items = [Evidence.of(one, one.text, facet_id="answer", relevance=0.9) for _, one in told]
    claims = tuple(
        Claim(text=text, citations=(Citation.to(item, n),)) for n, ((text, _), item) in enumerate(zip(told, items, strict=True), 1)
    )
    asked = Question.of("UIP or NSIP on HRCT, how do I tell?")
    sure = Confidence(score=0.9, level="high", why="read")
    return Answered(question=asked, shape=shape, claims=claims, evidence=tuple(items), confidence=sure)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("UIP or NSIP on HRCT, how do I tell?", ("UIP", "NSIP")),
        ("What is the difference between Bosniak IIF and III?", ("Bosniak IIF", "III")),
        ("How do I distinguish an abscess from a necrotic tumour on MRI?", ("abscess", "necrotic tumour")),
        ("AML vs. lipid-poor RCC?", ("AML", "lipid-poor RCC")),
        ("How to tell apart a haemangioma and a metastasis", ("haemangioma", "metastasis")),
        ("Follow-up for a 7 mm nodule?", None),
        ("Features of pneumonia and effusion", None),
    ],
)
def test_two_compared_things_are_named_as_the_question_names_them(question, named):
    assert sides(question) == named


def test_sentences_stand_under_the_side_that_they_speak_of_and_those_of_both_before():
    made = compared(("It is typical.", NSIP), ("UIP shows honeycombing.", UIP), ("UIP and NSIP differ in honeycombing.", FIBROSIS))
    found = columns(made, made.claims)
    assert found.named == ("UIP", "NSIP")
    assert [claim.text for claim in found.both] == ["UIP and NSIP differ in honeycombing."]
    assert [claim.text for claim in found.one] == ["UIP shows honeycombing."]
    assert [claim.text for claim in found.other] == ["It is typical."]
    told = as_text(made)
    assert told.index("differ in") < told.index("UIP:\n  UIP shows honeycombing. [2]") < told.index("NSIP:\n  It is typical. [1]")


def test_one_sided_answers_and_other_shapes_have_no_columns():
    one_sided = compared(("UIP shows honeycombing.", UIP))
    assert columns(one_sided, one_sided.claims) is None
    other = compared(("UIP shows honeycombing.", UIP), ("It is typical.", NSIP), shape="answer")
    assert columns(other, other.claims) is None
    assert "UIP:" not in as_text(other)
