"""The reasoner with a chat model: it plans, proposes queries, sentences and options; rows, verification and abstention stay rules.

What it proposes is only ever added to what the rules search, so that a small model cannot make the research worse. Citations are
assembled from structured output: the model names evidence by number, and only what was retrieved has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.chat.budget import Budget
from agent.chat.structured import StructuredModel
from agent.errors import BudgetExceeded, MalformedModelOutput
from agent.judging.harm import Settled, settle
from agent.judging.precedence import speaking
from agent.reading.image import needs_image
from agent.reasoners.asking import MOST_STUDIED, Asking, OptionStudy, Sentence, Study, chosen
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.heard import beside, carries, echoes, faithful, with_limits, with_requirements, with_strands
from agent.reasoners.orders import movable, turned
from agent.reasoners.protocol import Decision, Grade, Weighed
from agent.types import Confidence, Draft, Evidence, Facet, KeyConcepts, Plan, Question, Role
from corpora.privacy.identifiers import mask
from retrievers.types import Hit

_NEAR = 0.15
"""Below this relevance nothing found is about the facet; other words for it are not worth a call."""
_KEPT_AT_MOST, _AGREED = 0.5, 0.1
"""A confidence while the evidence leans to another option, and what agreement of model and evidence adds to one."""


class ModelReasoner:
    """Thinks with a chat model and falls back on nothing silently: a model that fails ends in `ModelError`. One per question asked."""

    name = "llm"

    def __init__(self, extractive: ExtractiveReasoner, model: StructuredModel, budget: Budget) -> None:
        """Take the rules it stands on, the model, and this question's budget."""
        self._rules, self._settings = extractive, extractive.settings
        self._asking = Asking(model, self._settings, budget)
        self._studies: dict[Question, Study | OptionStudy | None] = {}
        self._own: dict[Question, str | None] = {}
        self.notes: tuple[str, ...] = ()
        self._unplanned: tuple[str, ...] = ()

    async def understand(self, question: Question) -> KeyConcepts:
        """See `Reasoner.understand`; with options the model's closed-book answer is asked for here, before any evidence is there."""
        ruled = await self._rules.understand(question)
        if needs_image(question):
            return ruled
        study, _ = await asyncio.gather(self._study(question), self._closed_book(question))
        if study is None:
            return ruled
        task = study.task
        core = mask(" ".join(study.core.split())).text
        return ruled.model_copy(update={"task": task, "core": core if faithful(core, question) else ruled.core})

    async def _study(self, question: Question) -> Study | OptionStudy | None:
        """The model's plan; None where the rules plan: by the settings, with many options, or when the model's plan cannot be read."""
        if self._settings.planning == "rules" or len(question.options) > MOST_STUDIED:
            return None
        if question not in self._studies:
            try:
                asking = self._asking.study_options(question) if question.options else self._asking.study(question)
                self._studies[question] = await asking
            except MalformedModelOutput as error:
                self._studies[question] = None
                self._unplanned = (f"The research was planned without the model: {error}",)
                self.notes = (*self.notes, *self._unplanned)
        return self._studies[question]

    async def _closed_book(self, question: Question) -> str | None:
        if question.options and question not in self._own:
            self._own[question] = await self._voted(question)
        return self._own.get(question)

    async def _voted(self, question: Question) -> str | None:
        """The option that the model takes in both orders of the options; where they differ, the one that it is surer of, else the first."""
        first = await self._asking.closed_book(question)
        option = chosen(first.letter, question)
        if self._settings.orders < 2 or not movable(one.text for one in question.options):
            return option
        shown, own_label = turned(question)
        try:
            second = await self._asking.closed_book(shown)
        except (MalformedModelOutput, BudgetExceeded):
            return option
        other = own_label.get(chosen(second.letter, shown) or "")
        if other is None or other == option:
            return option
        self.notes = (*self.notes, f"With its options in another order the model chose {other}, not {option or 'any'}.")
        return other if option is None or second.sure > first.sure else option

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`: the rules' facets and queries first, the model's after them."""
        made = await self._rules.plan(question, concepts)
        study = None if needs_image(question) else await self._study(question)
        if isinstance(study, Study):
            return with_strands(made, study, self._settings.facets)
        return with_requirements(made, study, question) if study else made

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await self._rules.grade(question, concepts, facet, hits, round)

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`: the rules' queries, then the model's for what an open question still misses."""
        ruled = await self._rules.refine(question, concepts, facet, grade, tried)
        if self._settings.planning == "rules" or facet.kind == "option" or grade.best < _NEAR or needs_image(question):
            return ruled
        try:
            further = await self._asking.further(question, facet, tried, grade.evidence, grade.missing)
        except (MalformedModelOutput, BudgetExceeded):  # what was found so far stands
            return ruled
        return tuple(dict.fromkeys((*ruled, *(text for text in further if text not in tried))))

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """See `Reasoner.weigh`."""
        return await self._rules.weigh(question, concepts, plan, grades)

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """See `Reasoner.compose`: for options the rules quote the evidence; open answers are the model's sentences while they verify."""
        if needs_image(question) or weighed.best < self._settings.threshold:
            return await self._rules.compose(question, concepts, weighed, failed)
        if question.options:
            return await self._for_options(question, weighed, failed)
        ruled = await self._rules.compose(question, concepts, weighed, failed)
        lead = weighed.evidence[0]
        drafts = [] if failed else await self._sentences(question, beside(lead, speaking(weighed.evidence)))
        if not drafts or not carries(drafts, ruled, lead, weighed.evidence):
            why = "did not say what the evidence that answers says" if drafts else "did not hold"
            self.notes = (*self.notes, f"The model's sentences {why}; the answer quotes the evidence.")
            return ruled
        return with_limits(drafts, ruled)[: self._settings.sentences]

    async def _sentences(self, question: Question, evidence: Sequence[Evidence]) -> list[Draft]:
        made, shown = await self._asking.sentences(question, evidence)
        telling = [sentence for sentence in made if not echoes(sentence.text, question)]
        drafts = [_draft(sentence, shown, position) for position, sentence in enumerate(telling)]
        return [draft for draft in drafts if draft.evidence_ids]

    async def _for_options(self, question: Question, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """The evidence's words for the option that will stand; conclusion settles it again on what was verified of them."""
        proposed = self._rules.quoted(question, self._rules.for_option(weighed), failed, weighed.best)
        made = settle(question, weighed, await self._closed_book(question), proposed)
        if made.own.outcome != "kept":
            return proposed
        return self._rules.quoted(question, self._rules.for_option(weighed, made.option), failed, weighed.best)

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`: for options the closed-book answer stands unless verified evidence overturns it."""
        ruled = await self._rules.conclude(question, concepts, weighed, drafts)
        if not question.options or needs_image(question):
            return ruled.model_copy(update={"notes": self.notes, "limitations": (*ruled.limitations, *self._unplanned)})
        own = await self._closed_book(question)
        made = settle(question, weighed, own, drafts, ruled_out=ruled.abstain)
        said = f"closed-book answer: {own or 'none of the options'}; {made.own.outcome}: {made.own.why}"
        limitation = (_told(question, made),) if _told(question, made) else ()
        return Decision(
            option=made.option, confidence=_sure(ruled.confidence, made), abstain=made.problem, notes=(said, *self.notes),
            limitations=(*limitation, *self._unplanned), closed_book=made.own,
        )  # fmt: skip


def _draft(sentence: Sentence, shown: Sequence[Evidence], position: int) -> Draft:
    ids = tuple(dict.fromkeys(shown[number - 1].id for number in sentence.evidence if 1 <= number <= len(shown)))
    role: Role = "answer" if position == 0 else "condition"
    text = " ".join(sentence.text.split())
    return Draft(text=text if text.endswith((".", "!", "?")) else f"{text}.", evidence_ids=ids, role=role)


def _told(question: Question, made: Settled) -> str:
    """What the reader must know of the model's own answer; empty when it agrees."""
    texts = {option.label: option.text for option in question.options}
    own = f"{made.own.option} ({texts[made.own.option]})" if made.own.option else ""
    if made.own.outcome == "overturned":
        return f"The model's own answer was {own}; the evidence overturned it."
    if made.own.outcome == "kept":
        return f"This is the model's own answer; {made.own.why.split(',')[0]}, not firmly enough to overturn it."
    if own and made.option is None:
        return f"Without evidence the model would choose {own}; nothing here verifies that."
    return ""


def _sure(ruled: Confidence, made: Settled) -> Confidence:
    """The confidence in the option that stands: more where model and evidence agree, less where they do not."""
    if made.own.outcome == "agreed":
        return ruled.moved(min(0.97, ruled.score + _AGREED), "model and evidence agree")
    if made.own.outcome == "kept":
        return ruled.moved(min(ruled.score, _KEPT_AT_MOST), "the evidence leans to another option")
    return ruled
