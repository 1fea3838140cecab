"""A chat model as judge of free-text answers and of retrieved context: optional, and never the only one whose verdict counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from agent.budget import Budget
from agent.fence import neutral
from agent.prompts import prompt
from agent.settings import Settings
from evals.questions import Item
from evals.scorers.case import Scores
from evals.solvers import PROMPTS
from evals.types import Response, Score

if TYPE_CHECKING:
    from agent.models import StructuredModel

_QUOTED = 8
_KINDS = ("open", "diagnosis", "list")


class Verdict(BaseModel):
    """The judge's reason and verdicts."""

    reason: Annotated[str, Field(max_length=400)]
    agrees: bool
    relevant: bool


class Judge:
    """Asks one model about each reply that is free text."""

    def __init__(self, model: StructuredModel, settings: Settings) -> None:
        """Take the judging model and its limits."""
        self._model, self._settings = model, settings

    async def score(self, item: Item, response: Response) -> Scores:
        """`judged` (the answer agrees with the reference) and, where evidence was retrieved, `judged_context`; each 1 or 0."""
        if item.kind not in _KINDS or not item.answer:
            return {}
        reference = "; ".join(item.answer) if isinstance(item.answer, tuple) else item.answer
        evidence = "\n".join(f"[{n}] {neutral(found.quote)}" for n, found in enumerate(response.retrieved[:_QUOTED], 1))
        told = neutral(response.text) if response.answered else "(no answer)"
        system, user = prompt("judge", PROMPTS).render(
            question=f"{item.question}\n{item.report}".strip(), reference=reference, answer=told, evidence=evidence or "(none)"
        )
        verdict = await self._model.ask(Verdict, system, user, Budget(self._settings))
        agrees = verdict.agrees and response.answered
        scores = {"judged": Score(value=float(agrees), answer=told[:300], explanation=verdict.reason)}
        if evidence:
            scores["judged_context"] = Score(value=float(verdict.relevant), explanation=verdict.reason)
        return scores
