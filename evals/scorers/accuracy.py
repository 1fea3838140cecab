"""Accuracy: the right option (any number of them), or yes, no or maybe. An abstention is not right; a failed item is not scored."""

from __future__ import annotations

import re

from evals.scorers.case import Case, Scores
from evals.scorers.wording import lead
from evals.types import Score

_POLAR = re.compile(r"\b(yes|no|maybe|true|false|uncertain)\b", re.IGNORECASE)
_SAME = {"true": "yes", "false": "no", "uncertain": "maybe"}


def score(case: Case, so_far: Scores) -> Scores:
    """`accuracy`: 1 for the gold option or word, 0 for another or none.

    `accuracy_with_own` counts an abstention by the option that the agent's model took before any evidence, which an abstaining agent
    names as unverified.
    """
    if case.item.kind not in ("choice", "polar"):
        return {}
    scores = {"accuracy": _accuracy(case)}
    if case.response.own_outcome:
        own = case.response.own_option or ""
        told = Score(value=float(own == case.item.gold), answer=own, explanation=f"abstained, and named {_named(case, own) or 'none'}")
        scores["accuracy_with_own"] = scores["accuracy"] if case.response.answered else told
    return scores


def _accuracy(case: Case) -> Score:
    item, response = case.item, case.response
    wanted = item.gold or _word(str(item.answer))
    if not response.answered:
        return Score(value=0.0, answer="abstained", explanation=f"the answer is {_named(case, wanted)}; it abstained")
    given = response.option or ("" if item.options else _word(lead(response)))
    right = given == wanted
    told = _named(case, given) if given else "none of them"
    return Score(value=float(right), answer=given, explanation=f"chose {told}; the answer is {_named(case, wanted)}")


def _word(text: str) -> str:
    found = _POLAR.search(text)
    word = found[1].lower() if found else ""
    return _SAME.get(word, word)


def _named(case: Case, label: str) -> str:
    text = (case.item.options or {}).get(label, "")
    return f"{label} ({text[:80]})" if text else label
