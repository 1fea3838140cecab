"""A chat model as judge of free text, retrieved context and citations: optional, and never the only one whose verdict counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from agent.chat.budget import Budget
from agent.chat.fence import neutral
from agent.errors import MalformedModelOutput
from agent.prompts import prompt
from agent.settings import Settings
from corpora.types import Passage
from evals.questions import Item
from evals.scorers.case import Scores
from evals.solvers import PROMPTS
from evals.types import Response, Score

if TYPE_CHECKING:
    from agent.chat.structured import StructuredModel

_QUOTED = 8
_KINDS, _CHOSEN = ("open", "diagnosis", "list"), ("choice", "polar")


class Verdict(BaseModel):
    """The judge's reason and verdicts."""

    reason: Annotated[str, Field(max_length=400)]
    agrees: bool
    relevant: bool


class Relevance(BaseModel):
    """Whether what was retrieved holds what is needed to choose, with the reason."""

    reason: Annotated[str, Field(max_length=300)]
    relevant: bool


class Carried(BaseModel):
    """Whether the passages say what the sentence says, with the reason."""

    reason: Annotated[str, Field(max_length=300)]
    carried: bool


class Judge:
    """Asks one model about each reply that is free text, what was retrieved for the others, and each sentence that cites."""

    def __init__(self, model: StructuredModel, settings: Settings) -> None:
        """Take the judging model and its limits."""
        self._model, self._settings = model, settings

    async def score(self, item: Item, response: Response) -> Scores:
        """What the judge says, each 0-1; a verdict that cannot be read leaves its score without a value.

        `judged` (the answer agrees with the reference) of free text; `judged_context` (what was retrieved holds what is needed) of free
        text and of options, yes and no; `citation_recall_judged` (share of the sentences that what they cite carries) of every answer
        with evidence.
        """
        scores: Scores = {}
        if item.kind in _KINDS and item.answer:
            scores |= await self._answer(item, response)
        elif item.kind in _CHOSEN and response.retrieved:
            scores["judged_context"] = await self._context(item, response)
        if response.answered and response.sentences and response.evidence:
            scores["citation_recall_judged"] = await self._citations(response)
        return scores

    async def _answer(self, item: Item, response: Response) -> Scores:
        reference = "; ".join(item.answer) if isinstance(item.answer, tuple) else item.answer
        evidence = _evidence(response)
        told = neutral(response.text) if response.answered else "(no answer)"
        system, user = prompt("judge", PROMPTS).render(
            question=_question(item), reference=reference, answer=told, evidence=evidence or "(none)"
        )
        try:
            verdict = await self._model.ask(Verdict, system, user, Budget(self._settings))
        except MalformedModelOutput as error:
            return {"judged": _unread(error)}
        agrees = verdict.agrees and response.answered
        scores = {"judged": Score(value=float(agrees), answer=told[:300], explanation=verdict.reason)}
        if evidence:
            scores["judged_context"] = Score(value=float(verdict.relevant), explanation=verdict.reason)
        return scores

    async def _context(self, item: Item, response: Response) -> Score:
        options = "\n".join(f"{label}. {text}" for label, text in (item.options or {}).items()) or "yes, no or maybe"
        system, user = prompt("judge_context", PROMPTS).render(question=_question(item), options=options, evidence=_evidence(response))
        try:
            verdict = await self._model.ask(Relevance, system, user, Budget(self._settings))
        except MalformedModelOutput as error:
            return _unread(error)
        return Score(value=float(verdict.relevant), explanation=verdict.reason)

    async def _citations(self, response: Response) -> Score:
        """One question for each sentence that cites; a sentence that cites nothing is carried by nothing."""
        known = {item.id: item for item in response.evidence}
        refused = []
        for said in response.sentences:
            passages = [known[citation.id].passage for citation in said.citations if citation.id in known]
            try:
                verdict = await self._carried(said.text, passages) if passages else Carried(reason="it cites nothing", carried=False)
            except MalformedModelOutput as error:
                return _unread(error)
            if not verdict.carried:
                refused.append(f"{said.text[:120]} ({verdict.reason})")
        count = len(response.sentences)
        why = f"{count - len(refused)} of {count} sentences are carried by what they cite" + (f"; not: {refused[0]}" if refused else "")
        return Score(value=1 - len(refused) / count, answer=f"{count - len(refused)}/{count}", explanation=why)

    async def _carried(self, sentence: str, passages: Sequence[Passage]) -> Carried:
        shown = "\n\n".join(neutral(f"{passage.source.title}. {passage.shown}") for passage in passages)
        system, user = prompt("judge_citation", PROMPTS).render(sentence=neutral(sentence), passages=shown)
        return await self._model.ask(Carried, system, user, Budget(self._settings))


def _question(item: Item) -> str:
    return f"{item.question}\n{item.report}".strip()


def _evidence(response: Response) -> str:
    return "\n".join(f"[{n}] {neutral(found.quote)}" for n, found in enumerate(response.retrieved[:_QUOTED], 1))


def _unread(error: MalformedModelOutput) -> Score:
    return Score(value=None, explanation=f"no verdict: {str(error)[:200]}")
