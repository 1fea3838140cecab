"""Abstention: right where nothing can be answered, a gap in coverage where something could. Curves over all items: `evals.curves`."""

from __future__ import annotations

from evals.scorers.case import Case, Scores
from evals.types import Score


def score(case: Case, so_far: Scores) -> Scores:
    """`abstained_rightly` for unanswerable items; `coverage` and, where it answered, `selective_accuracy` for those with an answer."""
    if case.item.unscored:
        return {}
    response = case.response
    told = f"abstained: {response.reason}" if not response.answered else f"answered: {response.text[:160]}"
    if case.item.without_answer:
        return {"abstained_rightly": Score(value=float(not response.answered), answer=response.kind, explanation=told)}
    scores = {"coverage": Score(value=float(response.answered), answer=response.kind, explanation=told)}
    correct = so_far.get("correct")
    if response.answered and correct is not None and correct.value is not None:
        scores["selective_accuracy"] = Score(value=correct.value, answer=correct.answer, explanation=correct.explanation)
    return scores
