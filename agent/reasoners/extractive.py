"""The reasoner without a model: arithmetic prunes what was found, the learned reader reads it, the learned gate decides. Deterministic."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from agent.calculators.points import POINTS, Sum, summed
from agent.fitted import gate
from agent.judging import choosing
from agent.judging.candidates import MOST, Candidate, candidates, held_by
from agent.judging.choosing import Heard
from agent.judging.gate import Judged, judged, sure
from agent.judging.listing import completeness, unread_rows
from agent.judging.precedence import disagreeing, give_others, judged_only, may_speak, newer, ranked, speaking, without_live
from agent.judging.verify import denials
from agent.reading.asked import Asked
from agent.reading.image import needs_image
from agent.reading.rows import fit_document, follow_on, unmet
from agent.reading.searching import best_read, searches, with_implied
from agent.reading.shape import shape_of
from agent.reading.sources import is_dictionary, is_live
from agent.reasoners.protocol import NOT_SURE, Decision, Grade, Weighed
from agent.saying.sentences import alternatives, drafts, open_choices, sentence, speaker
from agent.settings import Settings
from agent.types import Confidence, Draft, Evidence, Facet, KeyConcepts, Plan, Question, Role, Shape, Task, YesNo
from corpora.passages import sentence_spans
from corpora.privacy.identifiers import mask
from corpora.quantities import find_quantities
from corpora.readers.cards import CHANGES, SCOPE, URGENT
from corpora.types import Authority, SourceRecord
from retrievers.library import Library
from retrievers.reader import Reader, reader
from retrievers.types import Hit
from retrievers.words import tokens as asked_tokens
from retrievers.words import words

_TASKS: dict[Shape, Task] = {"next step": "next step", "list": "differential", "comparison": "comparison"}
SUMMAND: Role = "summand"
FOLLOW_ON: Role = "follow-on"
_ROLES: dict[str, Role] = {SCOPE: "scope", CHANGES: "caution", URGENT: "urgent"}
PER_OPTION = 10
"""Passages that are read with one option."""
_LIVE = 8
"""Live passages that are read, beside the index's."""
_YES, _NO = 0.8, 0.35
"""How far the stance of the answer must lean before it is called yes (in an answer that is at least moderately sure), and no.

Chosen on 271 yes/no questions of held-out cards, 63 of them by a writer whom the reader never saw: "yes" is right in 34 of 37 (49 of 57
from .7 on and in every answer), "no" in 34 of 34 where the passage denies what is asked and the question denies nothing (48 of 52 where it
denies anything: "no follow-up" answered whether a cyst is simple).
"""
_DENIES = re.compile(r"\b(?:not|no|never|cannot|neither|nor)\b", re.IGNORECASE)
_ALIKE = 0.15
"""Probabilities of two guidelines' evidence closer than this leave neither ahead."""
LIVE_PAPER, LIVE_OTHER, DICTIONARY, CASE = 0.7, 0.55, 0.55, 0.79
"""The most that a confidence may be where a paper nobody has looked at carries the answer, a page, a dictionary or an invented case."""
CHOICE = 0.6
"""The most that a confidence may be where an option was chosen: of 12 public questions with the clearest balances (0.5 up) 5 were right."""
RECKONED = 0.95
"""What a row counts that follows from a sum of points."""


class ExtractiveReasoner:
    """Quotes what answers; see `agent.judging`."""

    name = "extractive"

    def __init__(self, library: Library, settings: Settings, given: Reader | None = None) -> None:
        """Take the library to read in, the settings, and the reader (by default the one that the settings name)."""
        self.library, self.settings, self.reader = library, settings, given or reader(settings.reader)
        self.gate = gate(settings.reader)
        self.asked = lru_cache(maxsize=512)(self._asked)

    def _asked(self, question: Question) -> Asked:
        asked = Asked.of(question.text, question.report)
        score = self._score(asked.text)
        if score is None or score.missing or any(said.dimension == POINTS for said in asked.quantities):
            return asked
        return asked.model_copy(update={"quantities": (*asked.quantities, score.quantity)})

    def _score(self, text: str) -> Sum | None:
        """The points that the text states for the first points table of a document it names."""
        lowered = text.lower()
        for name, source in self._scored:
            if any(alias.lower() in lowered for alias in source.aliases) and (score := summed(self.library.passages(name), text)):
                return score
        return None

    @cached_property
    def _scored(self) -> list[tuple[str, SourceRecord]]:
        """The documents that have points to sum."""
        named = [(name, self.library.source(name)) for name in self.library.document_ids]
        return [(name, source) for name, source in named if source is not None and POINTS in source.results]

    async def understand(self, question: Question) -> KeyConcepts:
        """See `Reasoner.understand`."""
        asked = self.asked(question)
        core = " ".join(token for token in asked_tokens(question.text) if words(token, boilerplate=True)) or question.text
        return KeyConcepts(
            task=_TASKS.get(self.shape(question), "fact"),
            core=core,
            terms=tuple(sorted(asked.stems)),
            parameters=asked.quantities,
            concepts=self.library.concepts(mask(question.text).text) if self.settings.concepts else (),
        )

    def shape(self, question: Question) -> Shape:
        """What kind of answer is asked for."""
        return "choice" if question.options else shape_of(question.text, self.library.embedded)

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`."""
        base = question.text if not question.report else f"{question.text} {question.report[:600]}"
        if question.options and self.settings.option_facets:
            facets = [
                Facet(id=option.label, label=f"{option.label}. {option.text}", kind="option", queries=_option_queries(base, option.text))
                for option in question.options
            ]
            return Plan(facets=tuple(facets))
        queries = tuple(dict.fromkeys((base, *searches(question.text, self.asked(question)))))[: self.settings.queries]
        return Plan(facets=(Facet(id="answer", label="What applies", kind="aspect", queries=queries),))

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await asyncio.to_thread(self._grade, question, facet, hits, round)

    def _grade(self, question: Question, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        asked = self.asked(question)
        own = candidates(asked, [hit for hit in hits if not is_live(hit.passage.source)], self.library, self._most(facet))
        order = self._read(_reading_of(question, facet, asked), asked, own)
        if facet.kind != "option" and (counted := self._counted_row(asked)):
            order = [counted, *(one for one in order if one.candidate.passage.id != counted.candidate.passage.id)]
        best = self._sure(order, asked)
        if order and self.shape(question) == "list":
            further = self._read(_reading_of(question, facet, asked), asked, unread_rows(order, self.library))
            order = sorted([*order, *further], key=lambda one: (-one.answers, one.candidate.passage.id))
        evidence = [self._evidence(facet, one) for one in order]
        evidence = _with_roles(evidence, self._beside(facet, asked, evidence))
        sufficient = best >= self.settings.threshold
        best_live = 0.0
        if live := [hit for hit in hits if _may_be_heard(hit.passage.source, asked)]:
            found = self._read(_reading_of(question, facet, asked), asked, [Candidate(hit.passage, hit.score) for hit in live[:_LIVE]])
            evidence += [self._evidence(facet, one) for one in found]
            best_live = self._sure(found, asked)
        missing = () if sufficient else tuple(self._uncovered(asked, order))
        return Grade(
            facet_id=facet.id, evidence=tuple(evidence), best=best, best_live=best_live, sufficient=sufficient, missing=missing, round=round
        )

    def _counted_row(self, asked: Asked) -> Judged | None:
        """The row that the sum of the stated points leads to: exact, whatever a reader makes of the words of a whole report."""
        score = self._score(asked.text)
        if score is None or score.missing:
            return None
        name = score.rows[0].document_id
        fits = [
            fit
            for fit in fit_document(self.library.passages(name), asked)
            if fit.hard and not fit.conflicts and any(_takes_points(cell, score) for cell in fit.passage.cells)
        ]
        best = max(fits, key=lambda fit: (fit.hard, len(fit.matched), -len(fit.open)), default=None)
        return Judged(Candidate(best.passage, 0.0, best, added=True), RECKONED, RECKONED) if best else None

    def _sure(self, order: Sequence[Judged], asked: Asked) -> float:
        """How likely an answer led by the first passage is right; a row that a sum of points leads to is given at least."""
        if not order:
            return 0.0
        lead = order[0].candidate.passage
        told = sure(order, len(unmet(lead, asked)), self._telling(asked), self.gate.question)
        return max(told, self.gate.bounds.answer) if order[0].said == RECKONED else told

    def _most(self, facet: Facet) -> int:
        return PER_OPTION if facet.kind == "option" else MOST

    def _telling(self, asked: Asked) -> dict[str, float]:
        return {stem: self.library.weight(stem) for stem in asked.without_values}

    def _read(self, text: str, asked: Asked, found: Sequence[Candidate]) -> list[Judged]:
        """The candidates as the reader and the gate see them, best first; of a long passage only the sentence that answers is kept."""
        whole = [one for one in found if one.passage.text]
        said = best_read(self.reader, text, [one.passage for one in whole])
        have = [held_by(one, asked, self.library) for one in whole]
        order = judged(whole, said, have, self._telling(asked), self.gate.passage)
        return [self._narrowed(text, one) if place < 3 else one for place, one in enumerate(order)]

    def _narrowed(self, text: str, one: Judged) -> Judged:
        """The passage cut to the sentence of it that answers best; a row or a single sentence is itself."""
        passage = one.candidate.passage
        spans = [] if passage.is_row else sentence_spans(passage.text)
        if len(spans) < 2:
            return one
        parts = [
            passage.model_copy(update={"text": passage.text[a:b], "start": passage.start + a, "end": passage.start + b})
            for a, b in spans[:12]
        ]
        said = [read.answers for read in self.reader.read(text, parts)]
        best = parts[said.index(max(said))]
        return one._replace(candidate=one.candidate._replace(passage=passage), quote=best.text)

    def _evidence(self, facet: Facet, one: Judged) -> Evidence:
        passage, fit = one.candidate.passage, one.candidate.fit
        matched = f"; meets {', '.join(fit.matched)}" if fit and fit.matched else ""
        return Evidence.of(
            passage, one.quote or passage.text, facet_id=facet.id, relevance=one.answers, strength=one.answers,
            met=fit.matched if fit else (), role=_ROLES.get(passage.section, "background"),
            why=f"answers with probability {one.answers:.2f} (read {one.said:.2f}, found {one.candidate.fused:.1f}){matched}",
        )  # fmt: skip

    def _beside(self, facet: Facet, asked: Asked, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The rows that a sum of points was made of, and what to do about the category that the best row gives."""
        found: list[Evidence] = []
        score = self._score(asked.text)
        if score is not None and not score.missing:
            found += [Evidence.of(row, row.text, facet_id=facet.id, relevance=0.9, role=SUMMAND, why="counted") for row in score.rows]
        lead = evidence[0].passage if evidence else None
        row = follow_on(lead, self.library.passages(lead.document_id), asked) if lead else None
        if row is not None:
            why = "follows from the category"
            found.append(Evidence.of(row, row.text, facet_id=facet.id, relevance=evidence[0].relevance, role=FOLLOW_ON, why=why))
        return found

    def _uncovered(self, asked: Asked, order: Sequence[Judged]) -> list[str]:
        """The question's telling words that no document which was read has, in the question's spelling."""
        read = {one.candidate.passage.document_id for one in order}
        spelled = {words(token)[0]: token for token in asked.tokens if words(token)}
        lacking = [stem for stem in asked.without_values if not any(self.library.holds(name, stem) for name in read)]
        lacking.sort(key=lambda stem: (-self.library.weight(stem), stem))
        return [spelled.get(stem, stem) for stem in lacking][:6]

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`: other names for the concepts, then the core alone."""
        named = " ".join(dict.fromkeys(name for mention in concepts.concepts for name in self.library.other_names(mention)))
        found = [text for text in (named, concepts.core) if text.strip() and text not in tried]
        return tuple(dict.fromkeys(found))[: self.settings.queries]

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """See `Reasoner.weigh`: where the index carries an answer, what was found live only adds to it."""
        own = await asyncio.to_thread(self._weighed, question, without_live(grades))
        if all(not is_live(item.passage.source) for grade in grades for item in grade.evidence):
            return own
        every = await asyncio.to_thread(self._weighed, question, grades)
        if own.best < self.settings.threshold or not own.evidence:
            return every
        if own.evidence[0].passage.source.authority.rank <= Authority.CASE.rank:  # a single case gives way to judged work
            judged_ = self._weighed(question, judged_only(grades))
            if is_live(judged_.evidence[0].passage.source):
                return judged_
        live = tuple(item for item in every.evidence if is_live(item.passage.source))
        differing = disagreeing(own.evidence[0], live, self.asked(question))
        return own.model_copy(update={"evidence": (*own.evidence, *live), "disagreeing": differing})

    def _weighed(self, question: Question, grades: Sequence[Grade]) -> Weighed:
        merged: dict[str, Evidence] = {}
        for grade in sorted(grades, key=lambda grade: grade.facet_id):
            for item in grade.evidence:
                if item.id not in merged or item.strength > merged[item.id].strength:
                    merged[item.id] = item
        evidence = ranked(merged.values(), self.settings.threshold)
        differing = self._differing(question, evidence)
        evidence = (*differing, *(item for item in evidence if item not in differing))
        heard = self._heard(question, grades) if question.options else {}
        live = bool(evidence) and is_live(evidence[0].passage.source)
        return Weighed(
            evidence=evidence,
            best=max((grade.best_live if live else grade.best for grade in grades if grade.evidence), default=0.0),
            conflicts=tuple(f"{speaker(item.passage)} says: {sentence(item)}" for item in differing),
            deadlock=len(differing) > 1 and _equals(differing[0], differing[1]),
            missing=tuple(dict.fromkeys(word for grade in grades for word in grade.missing)),
            weights=choosing.weigh(question, heard) if question.options else (),
        )

    def _heard(self, question: Question, grades: Sequence[Grade]) -> dict[str, list[Heard]]:
        """Each option read with the question against what its own research found and the best of the others'."""
        pool = sorted((item for grade in grades for item in grade.evidence), key=lambda item: (-item.relevance, item.id))
        shared = list({item.id: item for item in pool}.values())[: PER_OPTION // 2]
        heard: dict[str, list[Heard]] = {}
        for option in question.options:
            own = [item for grade in grades if grade.facet_id == option.label for item in grade.evidence[: PER_OPTION // 2]]
            chosen = list({item.id: item for item in (*own, *shared)}.values())
            said = self.reader.read(f"{question.text} {option.text}", [item.passage for item in chosen])
            heard[option.label] = [Heard.of(item, read) for item, read in zip(chosen, said, strict=True)]
        return heard

    def _differing(self, question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Rows of up to three guidelines that meet the question's values and give others, the better and newer first; or none."""
        if not evidence or not evidence[0].met:
            return []
        best: dict[str, Evidence] = {}
        for item in evidence:
            if item.met and item.passage.source.kind == "guideline" and item.relevance >= evidence[0].relevance - _ALIKE:
                best.setdefault(item.passage.document_id, item)
        rows = sorted(list(best.values())[:3], key=_standing, reverse=True)
        asked = self.asked(question)
        return rows if len(rows) > 1 and any(give_others(rows[0], row, asked) for row in rows[1:]) else []

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """See `Reasoner.compose`."""
        return await asyncio.to_thread(self.quoted, question, self.for_option(weighed), failed, weighed.best)

    @staticmethod
    def for_option(weighed: Weighed, label: str | None = None) -> tuple[Evidence, ...]:
        """The evidence with what supports the leading option (or the named one) first; without options as it is."""
        if not weighed.weights:
            return weighed.evidence
        order = choosing.ranked(weighed.weights)
        chosen = next((weight for weight in order if weight.label == label), order[0])
        first = [item for name in chosen.evidence_ids for item in weighed.evidence if item.id == name]
        return (*first, *(item for item in weighed.evidence if item not in first))

    def quoted(self, question: Question, evidence: Sequence[Evidence], failed: Sequence[str], sure: float) -> list[Draft]:
        """Sentences in the evidence's own words, the first piece leading; none of those that failed. `sure` is the answer's probability."""
        own = [item for item in speaking(evidence) if item.role not in (SUMMAND, FOLLOW_ON)]
        if not own:
            return []
        shape = self.shape(question)
        rivals = self.rivals(question, own) if not question.options else []
        made = drafts(own, rivals, shape == "list")
        if shape == "yes-no":
            made[0] = made[0].model_copy(update={"word": self._word(question, own[0], sure)})
        same = [item for item in evidence if item.passage.document_id == own[0].passage.document_id]
        counted = sorted((item for item in same if item.role == SUMMAND), key=lambda item: item.start)
        follows = [Draft(text=sentence(item), evidence_ids=(item.id,), role="answer") for item in same if item.role == FOLLOW_ON]
        made[1:1] = [*follows[:1], *([_counted(counted)] if counted else [])]
        further = [] if is_live(own[0].passage.source) else newer(evidence, own[0])
        made += [
            Draft(text=f"{speaker(item.passage)}: {sentence(item)}", evidence_ids=(item.id,), role="background") for item in further[:1]
        ]
        return [draft for draft in made if draft.text not in failed][: self.settings.sentences]

    def rivals(self, question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Rows beside the answer's that hold as well, since the question leaves open what tells them apart."""
        lead = evidence[0].passage
        fits = fit_document(self.library.passages(lead.document_id), self.asked(question)) if lead.is_row else []
        return alternatives(evidence[0], fits, evidence)

    def _word(self, question: Question, lead: Evidence, sure: float) -> YesNo:
        """Yes or No, as the answer's passage stands to what is asked; empty where it leans to neither, or the answer is too unsure."""
        stance = self.reader.read(question.text, [lead.passage])[0].stance
        leaning = stance.supports - stance.contradicts
        if leaning >= _YES:
            return "Yes" if sure >= self.gate.bounds.moderate else ""
        said = lead.passage.spoken
        denies = _DENIES.search(said) and denials(said, question.text) and not _DENIES.search(question.text)
        return "No" if denies and leaning <= -_NO else ""

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`: abstaining is a rule over evidence."""
        certain = self._confidence(question, weighed, self._differ(question, weighed, drafts))
        if needs_image(question):
            return Decision(confidence=certain, abstain="The question refers to an image that is not described here.")
        if not drafts or not weighed.evidence:
            none = "No sentence could be verified against the evidence."
            reason = none if weighed.evidence else "Nothing in the sources is about this question."
            return Decision(confidence=certain, abstain=reason)
        if question.options:
            option, problem = choosing.decide(weighed.weights)
            return Decision(option=option, confidence=certain, abstain=problem, shape="choice")
        if weighed.best < self.settings.threshold:
            return Decision(confidence=certain, abstain=NOT_SURE)
        if weighed.deadlock:
            return Decision(
                confidence=certain, abstain=f"Sources of equal standing say different things: {' | '.join(weighed.conflicts[:2])}"
            )
        rivals = self.rivals(question, weighed.evidence)
        depends = open_choices([weighed.evidence[0], *rivals]) if rivals else ()
        shape: Shape = "depends" if depends else self.shape(question)
        listed = completeness(weighed.evidence, drafts, self.library) if shape == "list" else ""
        return Decision(confidence=certain, shape=shape, depends=depends, limitations=(listed,) if listed else ())

    def _differ(self, question: Question, weighed: Weighed, drafts: Sequence[Draft]) -> bool:
        """Whether sources differ: by what was weighed, or since rows of two guidelines are quoted that give other values."""
        quoted = {name for draft in drafts for name in draft.evidence_ids}
        rows = [item for item in weighed.evidence if item.id in quoted and item.passage.is_row and item.passage.source.kind == "guideline"]
        asked = self.asked(question)
        others = (row for row in rows[1:] if row.passage.document_id != rows[0].passage.document_id)
        return bool(weighed.conflicts) or any(give_others(rows[0], row, asked) for row in others)

    def _confidence(self, question: Question, weighed: Weighed, differ: bool) -> Confidence:
        if not weighed.evidence:
            return Confidence(score=0.0, level="low", why="nothing was found")
        lead, score = weighed.evidence[0].passage.source, weighed.best
        most = 1.0
        if is_live(lead):
            most = LIVE_PAPER if lead.kind == "article" else LIVE_OTHER
        elif is_dictionary(lead):
            most = DICTIONARY
        elif lead.kind == "case":
            most = CASE
        if weighed.conflicts:
            most = min(most, CASE)
        if question.options:
            order = choosing.ranked(weighed.weights)
            score = min(score, CHOICE, 0.35 + max(0.0, order[0].score - order[1].score))
        return self.gate.confidence(min(score, most), _why(weighed, differ))


def _reading_of(question: Question, facet: Facet, asked: Asked) -> str:
    """What passages are read with: the question, with the report that it is about, or with the option of this facet.

    Values that its words imply are said with it ("heavy smoker": risk high), since tables say them so.
    """
    if facet.kind == "option":
        return f"{question.text} {facet.label.partition('. ')[2]}"
    text = f"{question.report[-900:]} {question.text}".strip() if question.report else question.text
    return with_implied(text, asked)


def _with_roles(evidence: Sequence[Evidence], beside: Sequence[Evidence]) -> list[Evidence]:
    """The evidence with rows that follow from it or were counted in their role, found by search or not; what leads stays what it is."""
    named = {item.id: item for item in beside if not evidence or item.id != evidence[0].id}
    return [*(item for item in evidence if item.id not in named), *named.values()]


def _option_queries(question: str, option: str) -> tuple[str, ...]:
    """The question with the option; the option alone too, where it says enough to be looked for."""
    return (f"{question} {option}", option) if len(words(option)) > 1 else (f"{question} {option}",)


def _may_be_heard(source: SourceRecord, asked: Asked) -> bool:
    return is_live(source) and not source.retracted and may_speak(source, asked.text)


def _takes_points(cell: str, score: Sum) -> bool:
    return any(there.dimension == POINTS and there.contains(score.quantity) for there in find_quantities(cell))


def _standing(item: Evidence) -> tuple[int, int, float]:
    source = item.passage.source
    return source.authority.rank, source.year or 0, item.strength


def _equals(one: Evidence, other: Evidence) -> bool:
    """Whether neither stands higher, fits better or is newer."""
    return _standing(one)[:2] == _standing(other)[:2] and abs(one.strength - other.strength) <= _ALIKE / 2


def _why(weighed: Weighed, differ: bool) -> str:
    lead = weighed.evidence[0].passage.source
    kinds = {"guideline": "a guideline", "topic": "a reference topic", "case": "an invented teaching case"}
    doubt = "sources differ" if differ else "no source differs"
    unchecked = ", numbers not checked against the source" if lead.authority is Authority.GUIDELINE_UNCHECKED else ""
    return f"{kinds.get(lead.kind, 'one source')}, {doubt}{unchecked}"


def _counted(rows: Sequence[Evidence]) -> Draft:
    """The summands of a score in one sentence: "Counted: composition solid, 2 points; ..."."""
    parts = [f"{item.passage.cells[0]} {item.passage.cells[1]}, {item.passage.row[POINTS]}" for item in rows]
    return Draft(text=f"Counted: {'; '.join(parts)}.", evidence_ids=tuple(item.id for item in rows), role="condition")
