"""The reasoner with a chat model: it proposes queries, sentences and options; rows, verification and abstention stay rules.

Citations are assembled from structured output: the model names evidence by number, and only what was retrieved has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agent import options as choices
from agent.budget import Budget
from agent.fence import fenced
from agent.models import StructuredModel
from agent.packing import packed, room
from agent.precedence import speaking
from agent.prompts import prompt
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.protocol import Decision, Grade, Weighed
from agent.relevance import confidence, needs_image
from agent.types import Draft, Evidence, Facet, KeyConcepts, Plan, Question, Role
from retrievers.types import Hit

_OF_A_ROW = ("condition", "alternative")
_SHOWN = 8
"""Pieces of evidence a prompt holds at most; more made the small models worse."""


class Queries(BaseModel):
    """Search queries."""

    queries: Annotated[list[Annotated[str, Field(max_length=120)]], Field(min_length=1, max_length=3)]


class Sentence(BaseModel):
    """One sentence of an answer and the numbers of its evidence."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    evidence: Annotated[list[int], Field(max_length=4)]


class Composition(BaseModel):
    """An answer."""

    sentences: Annotated[list[Sentence], Field(max_length=5)]


class Choice(BaseModel):
    """An option with a short reason."""

    reason: Annotated[str, Field(max_length=300)]
    letter: Annotated[str, Field(max_length=8)]
    evidence: Annotated[list[int], Field(max_length=4)]


class ModelReasoner:
    """Thinks with a chat model and falls back on nothing silently: a model that fails ends in `ModelError`."""

    name = "llm"

    def __init__(self, extractive: ExtractiveReasoner, model: StructuredModel, budget: Budget) -> None:
        """Take the rules it stands on, the model, and this question's budget."""
        self._rules, self._model, self._budget = extractive, model, budget
        self._settings = extractive.settings
        self.notes: tuple[str, ...] = ()

    async def understand(self, question: Question) -> KeyConcepts:
        """See `Reasoner.understand`."""
        return await self._rules.understand(question)

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`: the rules' facets; for open questions the model adds its own queries to the first."""
        made = await self._rules.plan(question, concepts)
        if question.options:
            return made
        system, user = prompt("queries").render(question=question.text)
        proposed = await self._model.ask(Queries, system, user, self._budget)
        first = made.facets[0]
        queries = tuple(dict.fromkeys((*first.queries, *(query.strip() for query in proposed.queries if query.strip()))))
        return Plan(facets=(first.model_copy(update={"queries": queries[: self._settings.queries + 1]}), *made.facets[1:]))

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await self._rules.grade(question, concepts, facet, hits, round)

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`."""
        return await self._rules.refine(question, concepts, facet, grade, tried)

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """See `Reasoner.weigh`."""
        return await self._rules.weigh(question, concepts, plan, grades)

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """See `Reasoner.compose`: for options the rules quote the evidence; open answers are the model's sentences while they verify."""
        if question.options or needs_image(question) or weighed.best < self._settings.threshold:
            return await self._rules.compose(question, concepts, weighed, failed)
        drafts = [] if failed else await self._sentences(question, self._shown(question, speaking(weighed.evidence)))
        if not drafts:
            self.notes = ("The model gave no sentence that the evidence carries; the answer quotes the evidence.",)
            return await self._rules.compose(question, concepts, weighed, failed)
        ruled = await self._rules.compose(question, concepts, weighed, ())
        cited = {name for draft in drafts for name in draft.evidence_ids}
        limits = [
            draft for draft in ruled if draft.role in ("urgent", "scope") or (draft.role in _OF_A_ROW and cited & set(draft.evidence_ids))
        ]
        return [*drafts, *limits][: self._settings.sentences]

    def _shown(self, question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The evidence that the model's window takes beside the prompt and the answer."""
        system, user = prompt("compose").render(question=_asked(question), evidence="")
        left = room(self._settings.context_tokens, self._settings.output_tokens, system, user)
        return packed(evidence, left, _SHOWN)

    async def _sentences(self, question: Question, shown: Sequence[Evidence]) -> list[Draft]:
        system, user = prompt("compose").render(question=_asked(question), evidence=fenced(shown))
        made = await self._model.ask(Composition, system, user, self._budget)
        drafts = [_draft(sentence, shown, position) for position, sentence in enumerate(made.sentences)]
        return [draft for draft in drafts if draft.evidence_ids]

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`: for options the closed-book answer stands unless verified evidence overturns it."""
        ruled = await self._rules.conclude(question, concepts, weighed, drafts)
        if not question.options or needs_image(question):
            return ruled.model_copy(update={"notes": self.notes})
        return await self._choose(question, weighed, drafts, ruled)

    async def _choose(self, question: Question, weighed: Weighed, drafts: Sequence[Draft], ruled: Decision) -> Decision:
        listed = "\n".join(f"{option.label}. {option.text}" for option in question.options)
        system, user = prompt("closed_book").render(question=_asked(question), options=listed)
        own = _label(await self._model.ask(Choice, system, user, self._budget), question)
        if ruled.abstain:
            return Decision(option=own, confidence=ruled.confidence, abstain=ruled.abstain, notes=(f"closed-book answer: {own}",))
        if own is None:  # the model named no option of the question: the rules' choice stands
            return ruled.model_copy(update={"notes": ("closed-book answer: none of the options; evidence decides",)})
        order = choices.ranked(weighed)
        strong = order[0].supporting >= self._settings.threshold and order[0].score - order[1].score >= OVERTURN_MARGIN
        note = f"closed-book answer: {own}; evidence points to {order[0].label}"
        chosen = own
        how: Literal["kept", "overturned", "agreed"] = "agreed" if own == order[0].label else "kept"
        if own != order[0].label and strong:
            chosen, how = order[0].label, "overturned"
        return Decision(option=chosen, confidence=confidence(question, weighed, drafts), notes=(f"{note}; {how}",))


OVERTURN_MARGIN = 0.35
"""By how much verified evidence must favour another option before it overturns the model's own answer."""


def _asked(question: Question) -> str:
    return f"{question.text}\n\nReport:\n{question.report}" if question.report else question.text


def _draft(sentence: Sentence, shown: Sequence[Evidence], position: int) -> Draft:
    ids = tuple(dict.fromkeys(shown[number - 1].id for number in sentence.evidence if 1 <= number <= len(shown)))
    role: Role = "answer" if position == 0 else "condition"
    text = " ".join(sentence.text.split())
    return Draft(text=text if text.endswith((".", "!", "?")) else f"{text}.", evidence_ids=ids, role=role)


def _label(choice: Choice, question: Question) -> str | None:
    letter = choice.letter.strip().strip(".):").upper()
    labels = {option.label.upper(): option.label for option in question.options}
    return labels.get(letter) or labels.get(letter[:1])
