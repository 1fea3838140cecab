"""The reasoner without a model: deterministic; picks, orders and joins what the evidence says, in its own words."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from agent import options
from agent.asked import Asked
from agent.calculators import POINTS, Sum, summed
from agent.missing import gives_codes, missing
from agent.polarity import denies
from agent.precedence import disagreeing, is_live, judged_only, may_speak, newer, ranked, without_live
from agent.reading import DocumentFit, Draughts, Reading, asks_for_list, content_stems, draughts, rank_documents, read
from agent.reasoners.protocol import Decision, Grade, Weighed
from agent.relevance import confidence, enough, needs_image, off_topic, strength
from agent.rows import fits_intent, follow_on, unmet
from agent.saying import alternative_sentence, answer_sentence, condition_sentence, differs_in, listed_sentence, result_of
from agent.settings import Settings
from agent.types import Draft, Evidence, Facet, KeyConcepts, Plan, Question, Role, Task
from agent.wording import asks_for_diagnosis, flat_tokens, occurrences, wording
from corpora.identifiers import mask
from corpora.quantities import Quantity, find_quantities
from corpora.readers.cards import CHANGES, SCOPE, URGENT
from corpora.types import Authority, Passage, SourceRecord
from retrievers.library import Library
from retrievers.types import Hit
from retrievers.words import tokens as asked_tokens
from retrievers.words import words

_TASKS: dict[str, Task] = {
    "next step": "next step", "classification": "classification", "risk": "fact", "meaning": "fact", "dose": "safety",
    "first study": "first study", "threshold": "fact",
}  # fmt: skip
DIAGNOSIS = "Diagnosis"
"""The section of a case that names it."""
SUMMAND: Role = "summand"
FOLLOW_ON: Role = "follow-on"
_ROLES: dict[str, Role] = {SCOPE: "scope", CHANGES: "caution", URGENT: "urgent"}
_READ = 200
"""Documents that are kept as they were read for a question; one question reads some ten."""
_LIVE = 8
"""Pieces of live evidence a facet keeps."""

_ALIKE = 0.02
"""Strengths of two guidelines' evidence closer than this leave neither ahead."""
_TIE = 0.03
"""Readings closer than this answer equally well: both are given, with what separates them."""


class ExtractiveReasoner:
    """Reads documents with the question's parameters in hand; see `agent.reading` and `agent.rows`."""

    name = "extractive"

    def __init__(self, library: Library, settings: Settings) -> None:
        """Take the library to read in and the settings."""
        self.library, self.settings = library, settings
        self.asked = lru_cache(maxsize=512)(self._asked)
        self._read: OrderedDict[tuple[str, str], Draughts] = OrderedDict()
        self._reading = threading.Lock()

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
            task=_TASKS[asked.intents[0]] if asked.intents else "fact",
            core=core,
            terms=tuple(sorted(content_stems(asked))),
            parameters=asked.quantities,
            concepts=self.library.concepts(mask(question.text).text) if self.settings.concepts else (),
        )

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`."""
        base = question.text if not question.report else f"{question.text} {question.report[:600]}"
        if question.options and self.settings.option_facets:
            facets = [
                Facet(id=option.label, label=f"{option.label}. {option.text}", kind="option", queries=_option_queries(base, option.text))
                for option in question.options
            ]
            return Plan(facets=tuple(facets))
        facets = [
            Facet(id="answer", label="What applies", kind="aspect", queries=(base, *self._variants(question))[: self.settings.queries])
        ]
        if self.settings.facets > 1:
            exceptions = f"{concepts.core} exceptions, what changes the advice, does not apply"
            facets.append(Facet(id="limits", label="What limits or changes it", kind="aspect", queries=(exceptions,)))
        return Plan(facets=tuple(facets))

    def _variants(self, question: Question) -> tuple[str, ...]:
        """The question without values: similarity finds the topic, the parameters are compared afterwards."""
        plain = re.sub(
            r"[<>=≤≥]*\s*\d[\d.,]*\s*-?\s*(?:mm|cm|ml|hu|%|years?|months?|weeks?|hours?)?\b", " ", question.text, flags=re.IGNORECASE
        )
        return (" ".join(plain.split()),) if plain != question.text and len(plain.split()) > 2 else ()

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await asyncio.to_thread(self._grade, question, facet, hits, round)

    def _grade(self, question: Question, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        asked = self.asked(question)
        vector = self.library.vector(question.text if facet.kind == "aspect" else facet.queries[0])
        about = asked if facet.kind == "aspect" else options.asked_with(asked, facet)
        own = [hit for hit in hits if not is_live(hit.passage.source)]
        documents = rank_documents(about, own, self.library, vector)
        read_ = self._read_all(asked, facet, documents, own, vector)
        added = self._summands(facet, asked) + self._follow_on(facet, asked, read_)
        read_ = [item for item in read_ if item.id not in {more.id for more in added}] + added
        most, lead = self.settings.passages * 2, read_[0].passage.document_id if read_ else ""
        evidence = [item for place, item in enumerate(read_) if place < most or item.role in (SUMMAND, FOLLOW_ON) or _limits(item, lead)]
        best = max((item.relevance for item in evidence), default=0.0)
        sufficient = best >= self.settings.threshold  # the index's own: what was found live never cuts the research short
        missing = () if sufficient else tuple(self._uncovered(asked, documents))
        if len(own) < len(hits):
            evidence += self._live_evidence(asked, about, facet, hits, vector)
            best = max((item.relevance for item in evidence), default=0.0)
        return Grade(facet_id=facet.id, evidence=tuple(evidence), best=best, sufficient=sufficient, missing=missing, round=round)

    def _read_all(
        self, asked: Asked, facet: Facet, documents: Sequence[DocumentFit], hits: Sequence[Hit], vector: NDArray[np.float32]
    ) -> list[Evidence]:
        """What the documents say to the question, the strongest first; a retracted one says nothing."""
        evidence: list[Evidence] = []
        for document in documents:
            if document.source.retracted:
                continue
            passages = self.library.passages(document.document_id) or [
                h.passage for h in hits if h.passage.document_id == document.document_id
            ]
            made = self._draughts(asked, document.document_id, passages)
            evidence += self._evidence(facet, document, read(asked, passages, self.library, vector, made))
        return sorted(evidence, key=lambda item: (-item.strength, item.id))

    def _draughts(self, asked: Asked, document_id: str, passages: Sequence[Passage]) -> Draughts:
        """What a document of the index says to a question, read once for all strands of its research."""
        if self.library.source(document_id) is None:
            return draughts(asked, passages, self.library)
        key = (asked.text, document_id)
        with self._reading:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        made = draughts(asked, passages, self.library)
        with self._reading:
            self._read[key] = made
            while len(self._read) > _READ:
                self._read.popitem(last=False)
        return made

    def _live_evidence(self, asked: Asked, about: Asked, facet: Facet, hits: Sequence[Hit], vector: NDArray[np.float32]) -> list[Evidence]:
        """What was found live says, beside the index's evidence and never in its place."""
        live = [hit for hit in hits if is_live(hit.passage.source)]
        documents = [fit for fit in rank_documents(about, live, self.library, vector, limit=10) if is_live(fit.source)]
        documents = [fit for fit in documents if may_speak(fit.source, asked.text)]
        return self._read_all(asked, facet, documents, live, vector)[:_LIVE]

    def _summands(self, facet: Facet, asked: Asked) -> list[Evidence]:
        """The rows that a sum of points was made of."""
        score = self._score(asked.text)
        if score is None or score.missing:
            return []
        return [Evidence.of(row, row.text, facet_id=facet.id, relevance=0.9, role=SUMMAND, why="counted") for row in score.rows]

    def _follow_on(self, facet: Facet, asked: Asked, read_: Sequence[Evidence]) -> list[Evidence]:
        """What to do about the category that the best row gives; of a case whose diagnosis is asked for, the diagnosis."""
        lead = read_[0].passage if read_ else None
        if lead and lead.source.kind == "case" and asks_for_diagnosis(asked.text):
            named = [passage for passage in self.library.passages(lead.document_id) if passage.section == DIAGNOSIS]
            why = "the case's diagnosis"
            return [Evidence.of(p, p.text, facet_id=facet.id, relevance=read_[0].relevance, role=FOLLOW_ON, why=why) for p in named[:1]]
        row = follow_on(lead, self.library.passages(lead.document_id), asked) if lead else None
        if row is None:
            return []
        why = "follows from the category"
        return [Evidence.of(row, row.text, facet_id=facet.id, relevance=read_[0].relevance, role=FOLLOW_ON, why=why)]

    def _evidence(self, facet: Facet, document: DocumentFit, readings: Sequence[Reading]) -> list[Evidence]:
        kept = list(readings[: self.settings.passages])
        for section in _ROLES:
            kept += [reading for reading in readings[self.settings.passages :] if reading.passage.section == section][:3]
        return [
            Evidence.of(
                reading.passage,
                reading.quote,
                facet_id=facet.id,
                relevance=enough(document, reading),
                strength=strength(document, reading),
                met=reading.fit.matched if reading.fit else (),
                role=_ROLES.get(reading.passage.section, "background"),
                why=_why(document, reading),
            )
            for reading in kept
        ]

    def _uncovered(self, asked: Asked, documents: Sequence[DocumentFit]) -> list[str]:
        """The question's telling words that the best document does not have, in the question's spelling."""
        held = set()
        for document in documents[:1]:
            for passage in self.library.passages(document.document_id):
                held |= set(words(f"{passage.source.title}. {' '.join(passage.source.aliases)}. {passage.section}. {passage.shown}"))
        spelled = {words(token)[0]: token for token in asked.tokens if words(token)}
        lacking = sorted(content_stems(asked) - held, key=lambda stem: (-self.library.weight(stem), stem))
        return [spelled.get(stem, stem) for stem in lacking][:6]

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`: the words that no document had first, then other names for the concepts, then the core alone."""
        named = " ".join(dict.fromkeys(name for mention in concepts.concepts for name in self.library.other_names(mention)))
        topics = [f"{topic} {facet.label}" for topic in self._topics(grade)]
        candidates = [" ".join(grade.missing), named, concepts.core, *topics]
        return tuple(dict.fromkeys(text for text in candidates if text.strip() and text not in tried))[: self.settings.queries]

    @staticmethod
    def _topics(grade: Grade) -> list[str]:
        return list(
            dict.fromkeys(
                topic for item in without_live([grade])[0].evidence[:3] if item.relevance >= 0.2 for topic in item.passage.source.topics[:2]
            )
        )

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """See `Reasoner.weigh`: where the index carries an answer, what was found live only adds to it."""
        own = self._weighed(question, without_live(grades))
        every = self._weighed(question, grades)
        if len(own.evidence) == len(every.evidence) or not self._carries(question, own):
            return every
        if own.evidence[0].passage.source.authority.rank <= Authority.CASE.rank:  # a single case gives way to judged work
            judged = self._weighed(question, judged_only(grades))
            if is_live(judged.evidence[0].passage.source):
                return judged
        live = tuple(item for item in every.evidence if is_live(item.passage.source))
        differing = disagreeing(own.evidence[0], live, self.asked(question), self.settings.threshold)
        return own.model_copy(update={"evidence": (*own.evidence, *live), "disagreeing": differing})

    def _carries(self, question: Question, weighed: Weighed) -> bool:
        """Whether the evidence answers the question: it is enough, and, with options, it separates them."""
        enough_ = weighed.best >= self.settings.threshold
        return enough_ and (not question.options or options.decide(question, weighed)[0] is not None)

    def _weighed(self, question: Question, grades: Sequence[Grade]) -> Weighed:
        merged: dict[str, Evidence] = {}
        for grade in sorted(grades, key=lambda grade: grade.facet_id):
            for item in grade.evidence:
                if item.id not in merged or item.strength > merged[item.id].strength:
                    merged[item.id] = item
        evidence = ranked(merged.values(), self.settings.threshold)
        missing = tuple(dict.fromkeys(word for grade in grades for word in grade.missing))
        weights = options.weigh(question, self.asked(question), grades, self.library) if question.options else ()
        differing = self._differing(question, evidence)
        return Weighed(
            evidence=evidence,
            best=max((item.relevance for item in evidence[:3]), default=0.0),
            conflicts=tuple(f"{_speaker(item.passage)} says: {'; '.join(said)}" for item, said in differing),
            deadlock=len(differing) > 1 and _equals(differing[0][0], differing[1][0]),
            missing=missing,
            weights=weights,
        )

    def _differing(self, question: Question, evidence: Sequence[Evidence]) -> list[tuple[Evidence, tuple[str, ...]]]:
        """Applicable rows of different guidelines that say different things, with what they say; at most three, or none."""
        asked = self.asked(question)
        if not evidence or not evidence[0].met:
            return []
        rows = [item for item in evidence if item.met and item.relevance >= self.settings.threshold]
        best: dict[str, Evidence] = {}
        for item in rows:
            best.setdefault(item.passage.document_id, item)
        told = [(item, result_of(item.passage, asked)) for item in best.values() if item.passage.source.kind == "guideline"]
        if len(told) < 2 or told[1][0].strength < told[0][0].strength - 0.1 or told[0][1] == told[1][1]:
            return []
        return told[:3]

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """See `Reasoner.compose`."""
        return self.quoted(question, options.for_option(weighed) if question.options else weighed.evidence, failed)

    def quoted(self, question: Question, evidence: Sequence[Evidence], failed: Sequence[str]) -> list[Draft]:
        """Sentences in the evidence's own words, the first piece leading; none of those that failed."""
        drafts = _drafts(self.asked(question), evidence) if evidence else []
        return [draft for draft in drafts if draft.text not in failed][: self.settings.sentences]

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`: abstaining is a rule over evidence."""
        sure = confidence(question, weighed, drafts)
        if needs_image(question):
            return Decision(confidence=sure, abstain="The question refers to an image that is not described here.")
        if not drafts or weighed.best < self.settings.threshold:
            return Decision(confidence=sure, abstain=off_topic(weighed, self.settings.threshold))
        if question.options:
            option, problem = options.decide(question, weighed)
            return Decision(option=option, confidence=sure, abstain=problem)
        if weighed.deadlock:
            return Decision(confidence=sure, abstain=f"Sources of equal standing say different things: {' | '.join(weighed.conflicts[:2])}")
        lead = weighed.evidence[0].passage
        said = [draft.text for draft in drafts]
        return Decision(confidence=sure, abstain=missing(question.text, said, lead, self.library.holds, self._gives_codes))

    def _gives_codes(self, document_id: str) -> bool:
        return gives_codes(self.library.passages(document_id))


def _option_queries(question: str, option: str) -> tuple[str, ...]:
    """The question with the option; the option alone too, where it says enough to be looked for."""
    return (f"{question} {option}", option) if len(words(option)) > 1 else (f"{question} {option}",)


def _limits(item: Evidence, document_id: str) -> bool:
    """Whether it says for whom a document does not hold, or what cannot wait: kept however few words it shares with the question."""
    return item.passage.document_id == document_id and item.role in ("scope", "urgent")


def _equals(one: Evidence, other: Evidence) -> bool:
    """Whether neither stands higher, fits better or is newer."""
    first, second = one.passage.source, other.passage.source
    return (first.authority, first.year) == (second.authority, second.year) and abs(one.strength - other.strength) <= _ALIKE


def _why(document: DocumentFit, reading: Reading) -> str:
    matched = f"; meets {', '.join(reading.fit.matched)}" if reading.fit and reading.fit.matched else ""
    return f"covers {reading.covered:.0%} of the question's words, document {document.about:.2f} on topic{matched}"


def _speaker(passage: Passage) -> str:
    source = passage.source
    return f"{source.organisation or source.title}{f' {source.year}' if source.year else ''}"


def _drafts(asked: Asked, evidence: Sequence[Evidence]) -> list[Draft]:
    """The answer, when it holds, its alternatives, what limits it, and what else the same source says."""
    lead = evidence[0]
    same = [item for item in evidence[1:] if item.passage.document_id == lead.passage.document_id]
    counted = sorted((item for item in same if item.role == SUMMAND), key=lambda item: item.start)
    drafts = _lead_drafts(asked, lead, [item for item in same if item.role not in (SUMMAND, FOLLOW_ON)])
    follows = [item for item in same if item.role == FOLLOW_ON][:1]
    if follows and not follows[0].passage.is_row:
        drafts = [Draft(text=_plain(follows[0].quote), evidence_ids=(follows[0].id,), role="answer"), *drafts]
    else:
        drafts[1:1] = [Draft(text=listed_sentence(item.passage, asked), evidence_ids=(item.id,), role="answer") for item in follows]
    if counted:
        drafts.insert(1, _counted(counted))
    said = {item for draft in drafts for item in draft.evidence_ids}
    urgent = [item for item in same if item.role == "urgent" and item.relevance >= 0.4]
    excluded = [item for item in same if item.role == "scope" and _EXCLUDES.search(item.quote)]
    beside = [item for item in same if not item.passage.is_row and _to_the_point(item, asked)]
    cautions = [item for item in beside if item.role == "caution"]
    others = [item for item in beside if item.role == "background"]
    further = [item for item in evidence[1:] if _worth_adding(item, lead)] or (
        [] if is_live(lead.passage.source) else newer(evidence, lead)
    )
    chosen = [item for item in (*urgent[:1], *excluded[:1], *others[:1], *cautions[:1], *further[:1]) if item.id not in said]
    emergency = any(occurrences(flat_tokens(word), asked.tokens, set()) for word in wording().emergencies)
    emergency = emergency and asked.intents[:1] not in (("dose",), ("classification",))
    pressing = [item for item in chosen if emergency and item.role == "urgent" and _to_the_point(item, asked)]
    later = [_verbatim(item, lead, asked) for item in chosen if item not in pressing]
    return [*(_verbatim(item, lead, asked) for item in pressing), *drafts, *later]


def _counted(rows: Sequence[Evidence]) -> Draft:
    """The summands of a score in one sentence: "Counted: composition solid, 2 points; ..."."""
    parts = [f"{item.passage.cells[0]} {item.passage.cells[1]}, {item.passage.row[POINTS]}" for item in rows]
    return Draft(text=f"Counted: {'; '.join(parts)}.", evidence_ids=tuple(item.id for item in rows), role="condition")


_EXCLUDES = re.compile(r"\b(?:not apply|not for|only for)\b")
_TO_THE_POINT = 0.4


def _to_the_point(item: Evidence, asked: Asked) -> bool:
    """Whether a sentence beside the answer has enough of the question's own words to be worth reading, and denies none of them."""
    stems = content_stems(asked)
    held = stems & set(words(item.quote))
    return len(held) >= _TO_THE_POINT * len(stems) and item.passage.section != DIAGNOSIS and not denies(item.quote, asked.text)


def _worth_adding(item: Evidence, lead: Evidence) -> bool:
    """Whether another document's evidence belongs into the answer: nearly as good, and not a case beside a guideline."""
    other = item.passage.document_id != lead.passage.document_id and (is_live(lead.passage.source) or not is_live(item.passage.source))
    weaker = item.passage.source.authority.rank < lead.passage.source.authority.rank - 1
    return other and not weaker and item.strength >= lead.strength - 0.12


def _lead_drafts(asked: Asked, lead: Evidence, same: Sequence[Evidence]) -> list[Draft]:
    if not lead.passage.is_row:
        told = [item for item in same if not item.passage.is_row and item.passage.section != DIAGNOSIS]
        close = [item for item in told if item.strength >= lead.strength - 2 * _TIE][:2]
        return [Draft(text=_plain(item.quote), evidence_ids=(item.id,), role="answer") for item in (lead, *close)]
    rows = [
        item
        for item in same
        if item.passage.is_row and item.passage.header == lead.passage.header and item.passage.section == lead.passage.section
    ]
    tied = [item for item in rows if item.strength >= lead.strength - _TIE]
    listed = rows if asks_for_list(asked, lead.passage) else tied
    if _is_list(listed, asked):
        return _list_drafts(sorted((lead, *listed), key=lambda item: item.start), asked)
    rivals = [item for item in tied if result_of(item.passage, asked) != result_of(lead.passage, asked)]
    unsettled = list(dict.fromkeys(name for item in rivals for name in differs_in(item.passage, lead.passage)))
    drafts = [Draft(text=answer_sentence(lead.passage, asked, unsettled), evidence_ids=(lead.id,), role="answer")]
    if condition := condition_sentence(lead.passage, asked, unsettled):
        drafts.append(Draft(text=condition, evidence_ids=(lead.id,), role="condition"))
    tables = [item for item in same if _applies_too(item, lead, rows, asked)]
    tables = list({item.id: item for item in (*_meeting(unmet(lead.passage, asked), same), *tables)}.values())
    drafts += [_also(item, lead, asked) for item in tables[:2]]
    near = rivals or [
        item
        for item in rows
        if lead.met
        and len(differs_in(item.passage, lead.passage)) == 1
        and result_of(item.passage, asked) != result_of(lead.passage, asked)
    ]
    for item in near[:2]:
        drafts.append(Draft(text=alternative_sentence(item.passage, lead.passage, asked), evidence_ids=(item.id,), role="alternative"))
    return drafts


_MOST_LISTED = 6


def _list_drafts(rows: Sequence[Evidence], asked: Asked) -> list[Draft]:
    """The rows of a table that was asked for as a whole, in its order, several to a sentence where there are many."""
    constant = {name for name in rows[0].passage.header if len({item.passage.row[name] for item in rows}) == 1}
    each = -(-len(rows) // _MOST_LISTED)
    return [
        Draft(
            text=" ".join(listed_sentence(item.passage, asked, constant) for item in rows[start : start + each]),
            evidence_ids=tuple(item.id for item in rows[start : start + each]),
            role="answer",
        )
        for start in range(0, len(rows), each)
    ]


def _applies_too(item: Evidence, lead: Evidence, rows: Sequence[Evidence], asked: Asked) -> bool:
    """Whether a row of another table of the same document answers as well."""
    return item.passage.is_row and item not in rows and item.strength >= lead.strength - _TIE and fits_intent(item.passage, asked)


def _meeting(values: Sequence[Quantity], same: Sequence[Evidence]) -> list[Evidence]:
    """For each value that the answer's row does not take in, the best evidence of the same document that does."""
    found = []
    for value in values:
        for item in same:
            pieces = item.passage.cells if item.passage.is_row else (item.quote,)
            if any(there.contains(value) for piece in pieces for there in find_quantities(piece)):
                found.append(item)
                break
    return found


def _is_list(rows: Sequence[Evidence], asked: Asked) -> bool:
    """Whether the whole table was asked for: nothing in the question separates its rows."""
    return len(rows) >= 3 and not asked.codes and all(quantity.dimension == "number" for quantity in asked.quantities)


def _also(item: Evidence, lead: Evidence, asked: Asked) -> Draft:
    if item.passage.is_row:
        return Draft(text=listed_sentence(item.passage, asked), evidence_ids=(item.id,), role="alternative")
    return _verbatim(item, lead, asked).model_copy(update={"role": "alternative"})


def _plain(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _verbatim(item: Evidence, lead: Evidence, asked: Asked) -> Draft:
    """A sentence of the evidence as it stands, or a row as a sentence; another source's is introduced by its name."""
    text = " ".join((answer_sentence(item.passage, asked), condition_sentence(item.passage, asked))) if item.passage.is_row else item.quote
    if item.passage.document_id != lead.passage.document_id:
        text = f"{_speaker(item.passage)}: {text}"
    return Draft(text=_plain(text.strip()), evidence_ids=(item.id,), role=item.role)
