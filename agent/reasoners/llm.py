"""The reasoner with a chat model: it plans, proposes queries, sentences and options; rows, verification and abstention stay rules.

What it proposes is only ever added to what the rules search, so that a small model cannot make the research worse. Citations are
assembled from structured output: the model names evidence by number, and only what was retrieved has one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from agent import options as choices
from agent.budget import Budget
from agent.errors import MalformedModelOutput
from agent.harm import Settled, settle
from agent.models import StructuredModel
from agent.precedence import speaking
from agent.reasoners.asking import MOST_STUDIED, Asking, OptionStudy, Sentence, Study
from agent.reasoners.asking import label as label_of
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.protocol import Decision, Grade, Weighed
from agent.relevance import needs_image
from agent.types import Confidence, Draft, Evidence, Facet, KeyConcepts, Plan, Question, Role
from corpora.identifiers import mask
from retrievers.types import Hit
from retrievers.words import words

_OF_A_ROW = ("condition", "alternative")
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

    async def understand(self, question: Question) -> KeyConcepts:
        """See `Reasoner.understand`; with options the model's closed-book answer is asked for here, before any evidence is there."""
        ruled = await self._rules.understand(question)
        if needs_image(question):
            return ruled
        study, _ = await asyncio.gather(self._study(question), self._closed_book(question))
        if study is None:
            return ruled
        task = ruled.task if self._rules.asked(question).intents else study.task
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
                self.notes = (*self.notes, f"The research was planned without the model: {error}")
        return self._studies[question]

    async def _closed_book(self, question: Question) -> str | None:
        if question.options and question not in self._own:
            self._own[question] = await self._asking.closed_book(question)
        return self._own.get(question)

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`: the rules' facets and queries first, the model's after them."""
        made = await self._rules.plan(question, concepts)
        study = None if needs_image(question) else await self._study(question)
        if isinstance(study, Study):
            return _with_strands(made, study, self._settings.facets)
        return _with_requirements(made, study, question) if study else made

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await self._rules.grade(question, concepts, facet, hits, round)

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`: the rules' queries, then the model's for what an open question still misses."""
        ruled = await self._rules.refine(question, concepts, facet, grade, tried)
        if self._settings.planning == "rules" or facet.kind == "option" or grade.best < _NEAR or needs_image(question):
            return ruled
        found = list(dict.fromkeys(item.passage.source.title for item in grade.evidence))
        try:
            further = await self._asking.further(question, facet, tried, found, grade.missing)
        except MalformedModelOutput:
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
        drafts = [] if failed else await self._sentences(question, speaking(weighed.evidence))
        if not drafts:
            self.notes = (*self.notes, "The model gave no sentence that the evidence carries; the answer quotes the evidence.")
            return await self._rules.compose(question, concepts, weighed, failed)
        return with_limits(drafts, await self._rules.compose(question, concepts, weighed, ()))[: self._settings.sentences]

    async def _sentences(self, question: Question, evidence: Sequence[Evidence]) -> list[Draft]:
        made, shown = await self._asking.sentences(question, evidence)
        telling = [sentence for sentence in made if not echoes(sentence.text, question)]
        drafts = [_draft(sentence, shown, position) for position, sentence in enumerate(telling)]
        return [draft for draft in drafts if draft.evidence_ids]

    async def _for_options(self, question: Question, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """The evidence's words for the option that will stand; conclusion settles it again on what was verified of them."""
        proposed = self._rules.quoted(question, choices.for_option(weighed), failed)
        made = settle(question, weighed, await self._closed_book(question), proposed)
        if made.own.outcome != "kept":
            return proposed
        return self._rules.quoted(question, choices.for_option(weighed, made.option), failed)

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`: for options the closed-book answer stands unless verified evidence overturns it."""
        ruled = await self._rules.conclude(question, concepts, weighed, drafts)
        if not question.options or needs_image(question):
            return ruled.model_copy(update={"notes": self.notes})
        own = await self._closed_book(question)
        made = settle(question, weighed, own, drafts, ruled_out=ruled.abstain)
        said = f"closed-book answer: {own or 'none of the options'}; {made.own.outcome}: {made.own.why}"
        limitation = (_told(question, made),) if _told(question, made) else ()
        return Decision(
            option=made.option, confidence=_sure(ruled.confidence, made), abstain=made.problem, notes=(said, *self.notes),
            limitations=limitation, closed_book=made.own,
        )  # fmt: skip


_SHORT = 25
"""Words of a question that has no story around it: its core must keep every figure."""


def faithful(core: str, question: Question) -> bool:
    """Whether a core adds no figure to the question, half or more of its words are the question's, and a short question loses no figure."""
    whole = f"{question.text} {question.report} {' '.join(option.text for option in question.options)}"
    said, there, figures = set(words(core)), set(words(whole)), set(re.findall(r"\d+", core))
    if len(question.text.split()) <= _SHORT and not set(re.findall(r"\d+", question.text)) <= figures:
        return False
    return bool(said) and figures <= set(re.findall(r"\d+", whole)) and 2 * len(said & there) >= len(said)


def with_limits(drafts: Sequence[Draft], ruled: Sequence[Draft]) -> list[Draft]:
    """The model's sentences, the time-critical point before them where the rules lead with it, and what limits them after."""
    cited = {name for draft in drafts for name in draft.evidence_ids}
    urgent = [draft for draft in ruled[:1] if draft.role == "urgent"]
    limits = [
        draft
        for draft in ruled[len(urgent) :]
        if draft.role in ("urgent", "scope") or (draft.role in _OF_A_ROW and cited & set(draft.evidence_ids))
    ]
    return [*urgent, *drafts, *limits]


def echoes(text: str, question: Question) -> bool:
    """Whether a sentence asks, or only repeats the question's own words; small models do both instead of answering."""
    said = set(words(text))
    return "?" in text or said <= set(words(question.text))


def _with_strands(made: Plan, study: Study, most: int) -> Plan:
    """The rules' facets with the model's first queries, and further facets for its other strands as far as the settings allow."""
    facets, room = list(made.facets), max(0, most - len(made.facets))
    for number, strand in enumerate(study.facets):
        queries = tuple(mask(text).text for query in strand.queries if (text := " ".join(query.split())))
        if number == 0 or number > room:
            place = min(number, len(made.facets) - 1)
            facets[place] = facets[place].model_copy(update={"queries": tuple(dict.fromkeys((*facets[place].queries, *queries)))})
        elif queries:
            facets.append(Facet(id=f"strand{number}", label=mask(strand.label).text, kind="aspect", queries=queries))
    return Plan(facets=tuple(facets))


def _with_requirements(made: Plan, study: Study | OptionStudy, question: Question) -> Plan:
    """Each option's facet with what would make it right and what would speak against it, searched after the rules' queries."""
    told = {label_of(one.letter, question): one for one in reversed(study.options)} if isinstance(study, OptionStudy) else {}
    facets = []
    for facet in made.facets:
        one = told.get(facet.id)
        if one is not None and facet.kind == "option":
            for_, against = (_requirement(text, question) for text in (one.true_if, one.false_if))
            option = facet.label.partition(". ")[2]
            queries = (*facet.queries, *(f"{option}: {text}" for text in (for_, against) if text))
            facet = facet.model_copy(update={"queries": tuple(dict.fromkeys(queries)), "true_if": for_, "false_if": against})
        facets.append(facet)
    return Plan(facets=tuple(facets))


def _requirement(text: str, question: Question) -> str:
    """What an option stands or falls with, on one line and without identifiers; empty where the model only copied an option."""
    said = set(words(text))
    copied = any(said <= set(words(option.text)) for option in question.options)
    return "" if copied else mask(" ".join(text.split())).text


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
