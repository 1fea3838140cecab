"""What an answer's sentences rest on: proven ones and the model's own counted apart."""

from __future__ import annotations

from evals.scorers.case import Case, Scores
from evals.types import Score


def score(case: Case, so_far: Scores) -> Scores:
    """`proven_sentences` and `own_sentences` of an agent's answer (counts), and whether it is `evidenced` throughout.

    Nothing of systems that do not tell, and of abstentions.
    """
    response = case.response
    if not response.answered or not response.support:
        return {}
    proven = sum(said.basis != "own" for said in response.sentences)
    own = len(response.sentences) - proven
    told = f"{proven} proven, {own} own"
    return {
        "proven_sentences": Score(value=float(proven), answer=str(proven), explanation=told),
        "own_sentences": Score(value=float(own), answer=str(own), explanation=told),
        "evidenced": Score(value=float(response.support == "evidenced"), answer=response.support, explanation=told),
    }
