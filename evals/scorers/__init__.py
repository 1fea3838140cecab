"""Scorers, one file each: `score(case, so_far)` gives named `Score`s, each with value, answer and explanation, where it applies."""

from __future__ import annotations

from evals.scorers import abstention, accuracy, basis, citations, context, cost, diagnosis, harm, lists, said
from evals.scorers.case import Case, Scores
from evals.scorers.cost import Prices
from evals.types import Score

LOWER_IS_BETTER = frozenset((
    "hallucination", "right_to_wrong", "right_to_abstained", "ece", "aurc", "seconds", "seconds_outside_model", "calls", "tokens", "money",
    "failed", "own_sentences", "high_risk_error", "unsafe_answer", "contradiction", "overconfident_harm",
))  # fmt: skip


def score_all(case: Case, given: Scores | None = None, prices: Prices | None = None) -> Scores:
    """Every score that applies to the case; `given` are those of a model judge, `correct` sums up the kind of item."""
    scores: Scores = dict(given or {})
    for answer_scorer in (accuracy.score, said.score, diagnosis.score, lists.score):
        scores |= answer_scorer(case, scores)
    correct = _correct(case, scores)
    if correct is not None:
        scores["correct"] = correct
    for scorer in (citations.score, context.score, abstention.score, basis.score, harm.score):
        scores |= scorer(case, scores)
    return scores | cost.score(case, scores, prices)


def _correct(case: Case, scores: Scores) -> Score | None:
    """Right or not, whatever the kind: the option, all facts, the diagnosis, the whole list, or a rightful abstention.

    A judge's verdict is never taken alone: an open answer that nothing else can score stays unscored.
    """
    kind = case.item.kind
    if kind == "unanswerable":
        return Score(value=float(not case.response.answered), answer=case.response.kind, explanation="nothing can be answered")
    if "said" in scores:
        return _whole(scores["said"])
    if kind in ("choice", "polar"):
        return scores["accuracy"]
    if kind == "diagnosis":
        return scores["diagnosis_concept"]
    return _whole(scores["list_f1"]) if kind == "list" else None


def _whole(score: Score) -> Score:
    return score.model_copy(update={"value": float((score.value or 0.0) >= 1 - 1e-9)})
