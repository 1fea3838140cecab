"""Lists: precision, recall and F1 over the entries, an entry counting under any of its synonyms (BioASQ task b, list questions)."""

from __future__ import annotations

import re

from evals.scorers.case import Case, Scores
from evals.scorers.wording import answering, holds_stems
from evals.types import Response, Score

_BETWEEN = re.compile(r"[,;\n]|\.(?:\s|$)|\band\b|\bor\b", re.IGNORECASE)
_INTRODUCED = re.compile(r"^[^:]{1,120}:\s")


def score(case: Case, so_far: Scores) -> Scores:
    """`list_precision`, `list_recall` and `list_f1` (0-1)."""
    gold = case.item.answer
    if case.item.kind != "list" or not isinstance(gold, tuple):
        return {}
    names = ("list_precision", "list_recall", "list_f1")
    if not case.response.answered:
        return dict.fromkeys(names, Score(value=0.0, answer="abstained", explanation="it abstained"))
    said = entries(case.response)
    found = [name for name in gold if any(holds_stems(text, other) for text in said for other in case.item.names(name))]
    right = [text for text in said if any(holds_stems(text, other) for name in gold for other in case.item.names(name))]
    precision, recall = len(right) / len(said) if said else 0.0, len(found) / len(gold)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    missing = [name for name in gold if name not in found]
    why = f"{len(found)} of {len(gold)} entries, {len(right)} of {len(said)} right" + (f"; lacks {'; '.join(missing)}" if missing else "")
    values = dict(zip(names, (precision, recall, f1), strict=True))
    return {name: Score(value=value, answer="; ".join(said)[:300], explanation=why) for name, value in values.items()}


def entries(response: Response) -> list[str]:
    """The reply taken apart at commas, semicolons, full stops, "and" and "or", a leading "..:" dropped."""
    parts = _BETWEEN.split(_INTRODUCED.sub("", answering(response)))
    return list(dict.fromkeys(part.strip(" -*\u2022") for part in parts if part.strip(" -*\u2022")))
