"""How likely a passage answers and an answer is right."""

import math

import pytest
from pydantic import ValidationError

from agent.fitted import Gate, Weights, gate, logistic
from agent.judging.candidates import Candidate
from agent.judging.gate import Judged, judged, logit, passage_features, question_features, sure
from retrievers.errors import MissingModel
from tests.conftest import passage

READERS = ("packaged", "words")
TELLING = {"cyst": 3.0, "splenic": 7.0, "4": 9.0}
"""Words of a question and how telling they are."""
HELD = frozenset(("splenic",))


def judged_(answers, name="a", text="", **source):
    return Judged(Candidate(passage(text or f"Text of {answers}.", name, **source), 1.0), answers, answers, held=HELD)


@pytest.mark.parametrize("reader", READERS)
def test_a_gate_weighs_every_feature_there_is_and_no_other(reader):
    made = gate(reader)
    one = judged_(0.5)
    assert made.passage.weights.keys() == passage_features(one.candidate, 0.5, one.held, TELLING).keys()
    assert made.question.weights.keys() == question_features([one], 0, TELLING).keys()


@pytest.mark.parametrize("reader", READERS)
def test_the_bounds_rise_from_answering_to_high(reader):
    bounds = gate(reader).bounds
    assert 0 < bounds.answer < bounds.moderate < bounds.high < 1


@pytest.mark.parametrize("reader", READERS)
def test_a_confidence_is_called_by_the_bounds(reader):
    made = gate(reader)
    for score, level in (
        (made.bounds.high, "high"),
        (made.bounds.moderate, "moderate"),
        (made.bounds.moderate - 0.01, "low"),
        (0.0, "low"),
    ):
        assert made.confidence(score, "why").level == level


def test_a_reader_without_a_gate_beside_it_says_how_to_fit_one(tmp_path):
    with pytest.raises(MissingModel, match=r"training\.gate"):
        gate(str(tmp_path / "own.safetensors"))


def test_a_readers_own_gate_stands_beside_its_weights(tmp_path):
    from agent.fitted import FILE

    (tmp_path / "own.gate.toml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    assert gate(str(tmp_path / "own.safetensors")) == gate("packaged")


def test_a_gate_with_impossible_bounds_is_refused():
    with pytest.raises(ValidationError):
        Gate.model_validate(gate("words").model_dump() | {"bounds": {"answer": 0.0, "moderate": 0.5, "high": 1.5}})


def test_a_feature_without_a_weight_is_an_error():
    with pytest.raises(KeyError, match="unknown"):
        Weights(bias=0.0, weights={"said": 1.0}).of({"unknown": 1.0})


@pytest.mark.parametrize("probability", [0.001, 0.2, 0.5, 0.9, 0.999])
def test_log_odds_and_probability_are_each_others_inverse(probability):
    assert logistic(logit(probability)) == pytest.approx(probability)


def test_the_ends_stay_finite():
    assert all(map(math.isfinite, (logit(0.0), logit(1.0))))
    assert 0 <= logistic(-1e9) < logistic(1e9) <= 1


def test_passages_are_ordered_by_what_was_read_of_them_and_ties_by_their_id():
    found = [Candidate(passage(f"Text {number}.", f"d{number}"), 1.0) for number in range(4)]
    order = judged(found, [0.2, 0.9, 0.5, 0.5], [HELD] * 4, TELLING, gate("words").passage)
    assert [one.said for one in order] == [0.9, 0.5, 0.5, 0.2]
    assert order[1].candidate.passage.id < order[2].candidate.passage.id
    assert [one.answers for one in order] == sorted((one.answers for one in order), reverse=True)


def test_the_next_of_another_document_is_told_apart_from_the_next():
    lead, near, other = judged_(0.9), judged_(0.8, text="Near."), judged_(0.4, "b")
    told = question_features([lead, near, other], 3, TELLING)
    assert told["margin"] == pytest.approx(logit(0.9) - logit(0.8))
    assert told["other"] == pytest.approx(logit(0.4))
    assert told["together"] == pytest.approx(logit(0.99))  # both of its document
    assert told["unmet"] == 2.0
    assert told["covered"] == pytest.approx(7 / 19)
    assert told["loudest"] == pytest.approx(logit(0.9))
    alone = question_features([lead], 0, TELLING)
    assert alone["other"] == -6.0
    assert alone["margin"] == pytest.approx(logit(0.9) + 6.0)


@pytest.mark.parametrize("reader", READERS)
def test_a_passage_that_was_read_as_answering_makes_an_answer_surer(reader):
    model = gate(reader).question
    assert sure([], 0, TELLING, model) == 0.0
    said = [sure([judged_(answers)], 0, TELLING, model) for answers in (0.05, 0.5, 0.95)]
    assert said == sorted(said)
    assert 0 < said[0] < said[-1] < 1


def test_a_value_that_was_not_taken_in_makes_an_answer_less_sure():
    model = gate("words").question
    assert sure([judged_(0.8)], 1, TELLING, model) < sure([judged_(0.8)], 0, TELLING, model)
