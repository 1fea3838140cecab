"""Which option stands: readings for and against it, and when nothing tells options apart."""

import pytest

from agent.judging.choosing import MARGIN, Heard, decide, ranked, weigh
from agent.types import Evidence, OptionWeight, Question
from retrievers.reader import Read, Stance
from tests.conftest import passage

OPTIONS = {"A": "CT", "B": "PET"}
QUESTION = Question.of("What does the nodule need?", OPTIONS)


def evidence(text="A nodule needs CT."):
    return Evidence.of(passage(text), text, facet_id="A", relevance=0.9)


def heard(answers, stance, text="A nodule needs CT."):
    return Heard(evidence(text), answers, stance)


def weight(label, score):
    return OptionWeight(label=label, text=label, supporting=0.0, contradicting=0.0, score=score)


def test_a_reading_leans_by_what_supports_less_what_contradicts():
    item = evidence()
    made = Heard.of(item, Read(answers=0.8, stance=Stance(0.7, 0.1, 0.2)))
    assert made.evidence == item
    assert made.answers == pytest.approx((0.8 * item.relevance) ** 0.5)
    assert made.stance == pytest.approx(0.6)


def test_what_supports_and_what_contradicts_are_told_with_their_evidence():
    pro, contra = heard(0.9, 0.5), heard(0.8, -0.5, "A nodule needs no CT.")
    one, other = weigh(QUESTION, {"A": [contra, pro]})
    assert (one.supporting, one.contradicting) == (pytest.approx(0.45), pytest.approx(0.4))
    assert one.score == pytest.approx(0.05)
    assert one.evidence_ids == (pro.evidence.id,)
    assert one.contradicting_ids == (contra.evidence.id,)
    assert (other.label, other.score, other.evidence_ids) == ("B", 0.0, ())


def test_a_passage_counts_as_much_as_it_answers():
    weights = weigh(QUESTION, {"A": [heard(0.1, 1.0)], "B": [heard(0.9, 0.5)]})
    assert decide(weights) == ("B", "")


@pytest.mark.parametrize(
    "text",
    [
        "All of these are signs of a nodule EXCEPT:",
        "Which of these is NOT seen in a nodule?",
        "Which is the least likely cause?",
        "Which statement is false?",
    ],
)
def test_a_question_for_what_does_not_hold_turns_the_balance_round(text):
    weights = weigh(Question.of(text, OPTIONS), {"A": [heard(0.9, 0.8)], "B": [heard(0.9, -0.8)]})
    assert decide(weights) == ("B", "")


def test_a_plain_not_in_a_question_turns_nothing():
    weights = weigh(Question.of("What if CT is not available?", OPTIONS), {"A": [heard(0.9, 0.8)], "B": [heard(0.9, -0.8)]})
    assert decide(weights) == ("A", "")


def test_options_are_ranked_by_balance_and_ties_by_label():
    assert [one.label for one in ranked([weight("C", 0.1), weight("B", 0.3), weight("A", 0.1)])] == ["B", "A", "C"]


@pytest.mark.parametrize(("gap", "option"), [(MARGIN / 2, None), (2 * MARGIN, "A")])
def test_options_closer_than_the_margin_are_not_told_apart(gap, option):
    chosen, reason = decide([weight("A", 0.5 + gap), weight("B", 0.5), weight("C", -1.0)])
    assert chosen == option
    assert ("A and B" in reason) is (option is None)


def test_options_that_nothing_was_read_for_are_not_told_apart():
    assert decide(weigh(QUESTION, {}))[0] is None
