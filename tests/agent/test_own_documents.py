"""A person's own documents: a guideline of the package leads, what contradicts it is named, and what rests on them says so."""

import pytest

from agent.judging.precedence import attributed, overruled, ranked
from agent.nodes.conclude import _owned_up, limitations
from agent.nodes.verify import _claim
from agent.nodes.weigh import _led_by_the_package
from agent.reading.asked import Asked
from agent.reasoners.protocol import Weighed
from agent.types import Confidence, Draft, Evidence, Question
from tests.conftest import passage

ASKED = Asked.of("What follow-up does a 7 mm solid nodule in a heavy smoker need?", "")


def said(text, kind="document", relevance=0.9, strength=1.0, **source):
    return Evidence.of(passage(text, text[:14], kind=kind, **source), text, facet_id="a", relevance=relevance, strength=strength)


CARD = said(
    "A solid nodule of 6-8 mm at high risk: CT at 6-12 months.", "guideline", relevance=0.7, strength=0.7, checked=("https://e.org",)
)
OWN = said("A solid pulmonary nodule of 7 mm in a heavy smoker needs CT at 37 months.", strength=2.0, title="Nodules")


def test_a_guideline_that_answers_about_as_well_leads_an_own_document():
    assert ranked([OWN, CARD], 0.5) == (CARD, OWN)


def test_an_own_document_leads_where_the_guidelines_are_about_something_else():
    far = said("A pulmonary nodule is a rounded opacity.", "guideline", relevance=0.3, strength=0.3)
    assert ranked([far, OWN], 0.2) == (OWN, far)


@pytest.mark.parametrize(
    ("card", "own", "contradicts"),
    [
        ("CT at 6-12 months.", "CT at 37 months.", True),
        ("CT at 6-12 months.", "CT at 8 months.", False),
        ("CT at 6-12 months.", "The clip is removed.", False),
        ("A thick enhancing wall: Bosniak III.", "An enhancing wall is Bosniak I.", True),
        ("A thick enhancing wall: Bosniak III.", "An enhancing wall is Bosniak III.", False),
        ("FNA at 1.5 cm or more.", "FNA at 4.7 cm or more.", True),
        ("FNA at 1.5 cm or more.", "FNA at 15 mm or more.", False),
        ("ACR category TR4.", "This is TR2.", True),
    ],
)
def test_other_values_thresholds_and_categories_contradict(card, own, contradicts):
    lead, other = said(card, "guideline"), said(own)
    assert (overruled([lead, other], ASKED) == (other,)) == contradicts


def test_what_contradicts_is_taken_out_named_and_no_source_differs_is_not_said():
    weighed = _led_by_the_package(Weighed(evidence=(CARD, OWN), best=0.9), ASKED)
    assert (weighed.evidence, weighed.disagreeing) == ((CARD,), (OWN,))
    claim = _claim(Draft(text=CARD.quote, evidence_ids=(CARD.id,)), [CARD], {}, "supported")
    assert any("Your document “Nodules” says otherwise and was not followed" in line for line in limitations((claim,), weighed))
    sure = Confidence(score=0.9, level="high", why="a guideline, no source differs")
    assert "no source differs" not in _owned_up(sure, weighed).why
    assert _owned_up(sure, Weighed(evidence=(CARD,), best=0.9)) is sure


def test_a_sentence_that_rests_on_own_documents_alone_says_so():
    assert attributed("Text.", [OWN]) == "Your document “Nodules” says: Text."
    assert attributed("Text.", [OWN, CARD]) == "Text."
    assert attributed("Text.", []) == "Text."


def test_no_link_image_or_markup_stands_in_a_sentence():
    text = "CT at 6 months ![x](https://evil.test/p.png) [here](https://evil.test) <img src=x onerror=alert(1)> https://evil.test/a."
    claim = _claim(Draft(text=text, evidence_ids=(CARD.id,)), [CARD], {}, "supported")
    assert "evil" not in claim.text
    assert "<" not in claim.text
    assert claim.text.startswith("CT at 6 months")


def test_a_document_that_could_not_be_read_as_printed_is_named_below_the_answer():
    doubtful = said("The cyst is followed.", metadata={"unreliable": "page 1: columns and tables could not be told apart"}, title="Scan")
    claim = _claim(Draft(text=doubtful.quote, evidence_ids=(doubtful.id,)), [doubtful], {}, "supported")
    assert any("“Scan” may not be read as it is printed" in line for line in limitations((claim,), Weighed(evidence=(doubtful,), best=0.9)))


def test_halves_of_characters_in_question_option_and_report_are_replaced():
    asked = Question.of("Which \ud835 cyst?", {"A\udc00": "one \ud800", "B": "two"}, "report \udfff")
    assert asked.model_dump_json().encode()
    assert asked.text == "Which � cyst?"
