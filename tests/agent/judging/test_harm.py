"""Do no harm: what becomes of the model's own answer, over weights made up for each case."""

import pytest

from agent.judging.harm import Overturn, clear, overturn, settle
from agent.reasoners.protocol import Weighed
from agent.types import Draft, OptionWeight, Question

QUESTION = Question.of("Which follow-up?", {"A": "CT at 3 months", "B": "CT at 12 months", "C": "none"})
POLAR = Question.of("Is follow-up needed?", {"A": "yes", "B": "no"})
BOUNDS = overturn()
VERIFIED = [Draft(text="CT at 12 months.", evidence_ids=("b1",))]


def weighed(*rows):
    """Rows of (label, supporting, contradicting)."""
    weights = [
        OptionWeight(
            label=label, text=label, supporting=s, contradicting=c, score=round(s - c, 4), evidence_ids=(f"{label.lower()}1",) if s else ()
        )
        for label, s, c in rows
    ]
    return Weighed(weights=tuple(weights), best=0.9)


STRONG = weighed(("A", 0.1, 0.0), ("B", 0.9, 0.0), ("C", 0.0, 0.0))
WEAK = weighed(("A", 0.3, 0.0), ("B", 0.4, 0.0), ("C", 0.0, 0.0))


def test_the_bounds_are_those_of_the_data_file():
    assert 0.5 <= BOUNDS.supporting <= 1
    assert BOUNDS.margin > 0
    with pytest.raises(ValueError, match="extra"):
        Overturn(supporting=0.5, margin=0.1, surplus=1)


def test_agreement_is_said():
    made = settle(QUESTION, STRONG, "B", VERIFIED)
    assert (made.option, made.own.outcome, made.problem) == ("B", "agreed", "")


def test_strong_verified_evidence_overturns():
    made = settle(QUESTION, STRONG, "A", VERIFIED)
    assert (made.option, made.own.option, made.own.outcome) == ("B", "A", "overturned")


@pytest.mark.parametrize("drafts", [[], [Draft(text="Something else.", evidence_ids=("a1",))]])
def test_evidence_that_no_verified_sentence_rests_on_overturns_nothing(drafts):
    assert settle(QUESTION, STRONG, "A", drafts).own.outcome == "kept"


def test_weak_evidence_leaves_the_models_answer():
    made = settle(QUESTION, WEAK, "C", VERIFIED)
    assert (made.option, made.own.outcome) == ("C", "kept")
    assert "points to B" in made.own.why


@pytest.mark.parametrize("short", ["supporting", "margin"])
def test_either_bound_alone_is_not_enough(short):
    high, low = 0.95, BOUNDS.supporting - 0.01
    lead = low if short == "supporting" else high
    next_ = lead - BOUNDS.margin + 0.01 if short == "margin" else 0.0
    assert not clear(QUESTION, weighed(("A", next_, 0.0), ("B", lead, 0.0)))


def test_yes_and_no_are_never_overturned():
    assert settle(POLAR, weighed(("A", 0.0, 0.9), ("B", 0.9, 0.0)), "A", VERIFIED).own.outcome != "overturned"


def test_an_answer_that_the_evidence_contradicts_is_not_given():
    made = settle(QUESTION, weighed(("A", 0.1, 0.6), ("B", 0.4, 0.3)), "A", VERIFIED)
    assert (made.option, made.own.outcome) == (None, "not used")
    assert made.problem == "The evidence speaks against option A and does not carry another one."


def test_without_enough_evidence_the_models_answer_is_told_and_not_used():
    made = settle(QUESTION, STRONG, "B", VERIFIED, ruled_out="Nothing is about it.")
    assert (made.option, made.own.option, made.own.outcome, made.problem) == (None, "B", "not used", "Nothing is about it.")


def test_a_model_that_names_no_option_leaves_the_choice_to_the_evidence():
    made = settle(QUESTION, STRONG, None, VERIFIED)
    assert (made.option, made.own.outcome) == ("B", "not used")
