"""The learned gate: how likely a passage answers, and how likely an answer is right. Pure; weights are data, fitted by `training.gate`.

Two logistic models. The first joins what was read of a passage with what arithmetic and search say of it; it orders passages. The
second looks at the best of them together and gives the probability that the answer is right; it decides whether to answer and how sure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from agent.fitted import Weights
from agent.judging.candidates import Candidate
from retrievers.alike import alike


def logit(probability: float) -> float:
    """Log odds; probabilities are kept within 1e-6 of the ends."""
    bounded = min(1 - 1e-6, max(1e-6, probability))
    return math.log(bounded / (1 - bounded))


Telling = Mapping[str, float]
"""The stems of a question and how telling each is (inverse document frequency, `Library.weight`)."""


class Judged(NamedTuple):
    """A candidate that was read.

    What the reader said (0-1), the probability that it answers, the sentence of it that does, the question's stems that it has.
    """

    candidate: Candidate
    said: float
    answers: float
    quote: str = ""
    held: frozenset[str] = frozenset()


def covered(held: Iterable[str], telling: Telling) -> float:
    """Share (0-1) of the weight of a question's words that is held."""
    total = sum(telling.values())
    return sum(telling[stem] for stem in held) / total if total else 0.0


def passage_features(candidate: Candidate, said: float, held: Iterable[str], telling: Telling) -> dict[str, float]:
    """What the first model sees of a passage."""
    fit, source = candidate.fit, candidate.passage.source
    return {
        "said": logit(said),
        "covered": covered(held, telling),
        "fused": max(-2.0, min(8.0, candidate.fused)),
        "added": float(candidate.added),
        "met": float(min(2, fit.hard)) if fit else 0.0,
        "matched": float(min(4, len(fit.matched))) if fit else 0.0,
        "complete": float(bool(fit and len(fit.matched) > 1 and not fit.open)),
        "open": float(min(3, len(fit.open))) if fit else 0.0,
        "row": float(candidate.passage.is_row),
        "guideline": float(source.kind == "guideline"),
        "topic": float(source.kind == "topic"),
        "case": float(source.kind == "case"),
    }


def judged(
    candidates: Sequence[Candidate], said: Sequence[float], held: Sequence[frozenset[str]], telling: Telling, model: Weights
) -> list[Judged]:
    """The candidates by the probability that they answer, best first; `held` are the question's stems that each has."""
    made = [
        Judged(one, read, model.of(passage_features(one, read, there, telling)), held=there)
        for one, read, there in zip(candidates, said, held, strict=True)
    ]
    return sorted(made, key=lambda one: (-one.answers, one.candidate.passage.id))


def question_features(ordered: Sequence[Judged], unmet: int, telling: Telling) -> dict[str, float]:
    """What the second model sees: the best passage, the next of another document, what its document says together, values not taken in."""
    lead = ordered[0]
    other = next((one for one in ordered[1:] if one.candidate.passage.document_id != lead.candidate.passage.document_id), None)
    following = ordered[1] if len(ordered) > 1 else None
    return {
        "lead": logit(lead.answers),
        "said": logit(lead.said),
        "loudest": max(logit(one.said) for one in ordered),
        "margin": logit(lead.answers) - (logit(following.answers) if following else -6.0),
        "other": logit(other.answers) if other else -6.0,
        "fused": max(-2.0, min(8.0, lead.candidate.fused)),
        "unmet": float(min(2, unmet)),
        "covered": covered(lead.held, telling),
        "row": float(lead.candidate.passage.is_row),
        "case": float(lead.candidate.passage.source.kind == "case"),
        "seconded": _seconded(ordered),
        "together": logit(min(0.99, sum(one.answers for one in ordered[:6] if _beside(one, lead)))),
    }


def _seconded(ordered: Sequence[Judged]) -> float:
    """Log odds of the best passage of another document that says nearly the same as the first; -6 without one."""
    lead = ordered[0].candidate.passage
    others = (one for one in ordered[1:12] if one.candidate.passage.document_id != lead.document_id)
    return next((logit(one.answers) for one in others if alike(one.candidate.passage, lead)), -6.0)


def _beside(one: Judged, lead: Judged) -> bool:
    """Whether a passage is of the lead's document: rows that differ in a condition not given share what is likely between them."""
    return one.candidate.passage.document_id == lead.candidate.passage.document_id


def sure(ordered: Sequence[Judged], unmet: int, telling: Telling, model: Weights) -> float:
    """Probability (0-1) that the answer is right; 0 where nothing was read.

    `unmet` counts the question's values that the first passage does not take in.
    """
    return model.of(question_features(ordered, unmet, telling)) if ordered else 0.0
