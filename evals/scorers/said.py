"""Open answers: which of the facts that the gold answer holds does the reply say?"""

from __future__ import annotations

from evals.scorers.case import Case, Scores
from evals.scorers.wording import answering, lead, says_any
from evals.types import Score


def score(case: Case, so_far: Scores) -> Scores:
    """`said`: share (0-1) of the facts that the answering sentences say; `said_first`: whether the first sentence says them all."""
    facts = case.item.facts
    if case.item.kind not in ("open", "diagnosis", "unscored") or not facts:
        return {}
    if not case.response.answered:
        nothing = Score(value=0.0, answer="abstained", explanation="it abstained")
        return {"said": nothing, "said_first": nothing}
    text, first = answering(case.response), lead(case.response)
    missing = [fact[0] for fact in facts if not says_any(text, fact)]
    told = f"lacks: {'; '.join(missing)}" if missing else f"says all {len(facts)}"
    at_once = all(says_any(first, fact) for fact in facts)
    return {
        "said": Score(value=1 - len(missing) / len(facts), answer=text[:300], explanation=told),
        "said_first": Score(value=float(at_once), answer=first[:300], explanation="at once" if at_once else "not in the first sentence"),
    }
