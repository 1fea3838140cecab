"""Context: was a gold document among what was retrieved, and what became of it? Hallucination as RaR counts it (Wind 2025)."""

from __future__ import annotations

from evals.scorers.case import Case, Scores
from evals.types import Score


def score(case: Case, so_far: Scores) -> Scores:
    """`context_relevant`; `hallucination` (wrong although it was; lower is better); `right_despite_context` (right although it was not).

    Unscored where nothing is retrieved, or where neither gold documents of the index nor a judge tell what is relevant.
    """
    relevant, why = _relevant(case, so_far)
    if relevant is None:
        return {}
    scores = {"context_relevant": Score(value=float(relevant), explanation=why)}
    correct = so_far.get("correct")
    if correct is None or correct.value is None:
        return scores
    right = correct.value >= 1
    wrong = not right and case.response.answered
    return scores | {
        "hallucination": Score(value=float(relevant and wrong), explanation=f"{'wrong' if wrong else 'not wrong'}; {why}"),
        "right_despite_context": Score(value=float(right and not relevant), explanation=f"{'right' if right else 'not right'}; {why}"),
    }


def _relevant(case: Case, so_far: Scores) -> tuple[bool | None, str]:
    if case.item.without_answer or not (case.response.retrieved or case.response.searched):
        return None, ""
    wanted = case.gold_documents
    if wanted:
        place = next((n for n, found in enumerate(case.response.retrieved, 1) if found.document_id in wanted), 0)
        return bool(place), f"gold document at place {place}" if place else "no gold document among what was retrieved"
    judged = so_far.get("judged_context")
    if judged is not None and judged.value is not None:
        return judged.value >= 1, f"judge: {judged.explanation}"
    return None, ""
