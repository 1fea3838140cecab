"""Each sentence of a model held against what it says it rests on: passages, the report, arithmetic, or nothing but the model.

The hard facts are those of `agent.judging.verify`. A sentence that names the wrong passage is given the right one if a shown passage
carries it. One that nothing carries becomes the model's own knowledge, marked as such, if it holds no figure that the question does not
give and no shown passage speaks against it; it falls otherwise. Own knowledge is never a dose, a threshold or a measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.inquiry.schemas import Line
from agent.inquiry.state import Judged
from agent.judging.entailment import Entailment
from agent.judging.verify import Check, check_all, ruled_out
from agent.reading.named import kind_of, told
from agent.reading.polarity import polarity
from agent.reasoners.heard import echoes
from agent.tools.reckon import equations, same
from agent.types import Basis, Citation, Claim, Evidence, Question
from corpora.passages import sentence_spans, sentences
from corpora.quantities import Quantity, find_quantities
from corpora.types import Passage, SourceRecord
from retrievers.words import words

_TRIED = 8
"""Shown passages that a sentence is held against where those it names do not carry it."""
_NEAR = 0.7
"""Share of a sentence's words from which a passage is about the same thing, so that what it refuses is a contradiction."""
_STATED = 0.75
"""Share of a sentence's words that question and report must have for it to be theirs."""
_MARKS = re.compile(
    r"\s{0,3}[\[(](?:\d{1,4}(?:\s{0,3}[,;-]\s{0,3}\d{1,4}){0,20})[\])](?=[\s.,;]|$)|\s{0,3}\((?:report|own|evidence|reckoned)\)"
)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
REPORT = "report"
"""Id of the document that stands for the question and its report while a sentence is held against them."""


class Ground(NamedTuple):
    """What a sentence may rest on: the shown passages by number, the question with its report, and values that were reckoned."""

    shown: tuple[Evidence, ...]
    question: Question
    hints: tuple[str, ...] = ()

    @property
    def stated(self) -> str:
        """Question, report and options."""
        return f"{self.question.text}\n{self.question.report}\n{self.options}".strip()

    @property
    def options(self) -> str:
        """What the options say, a line each."""
        return "\n".join(option.text for option in self.question.options)

    @property
    def report(self) -> Evidence:
        """Question and report as if they were a source."""
        text = f"{self.question.text}\n{self.question.report}".strip()
        record = SourceRecord(id=REPORT, title="The question and its report")
        passage = Passage(id=REPORT, document_id=REPORT, text=text, start=0, end=len(text), source=record)
        return Evidence.of(passage, text, facet_id=REPORT, relevance=1.0)


async def judged(lines: Sequence[Line], ground: Ground, judge: Entailment) -> list[Judged]:
    """Every sentence with its claim, numbers of citations not yet given, or the reason why it falls."""
    return [await _judged(tidied(one), ground, judge) for line in lines for one in apart(line)]


def apart(line: Line) -> list[Line]:
    """A line of several sentences as one line each, so that what is wrong in one does not take the others with it."""
    spans = sentence_spans(line.text)
    return [line.model_copy(update={"text": line.text[start:end]}) for start, end in spans] if len(spans) > 1 else [line]


def tidied(line: Line) -> Line:
    """The sentence on one line, without citation marks of its own, ended."""
    text = " ".join(_MARKS.sub("", line.text).split()).rstrip(" ,;")
    return line.model_copy(update={"text": text if text.endswith((".", "!", "?")) else f"{text}."})


async def _judged(line: Line, ground: Ground, judge: Entailment) -> Judged:
    if _echoes(line.text, ground.question) and line.basis != "report":
        return Judged(line, None, "it asks, or repeats the question", hard=True)
    if any(not right for _, _, right in equations(line.text)):
        return Judged(line, None, _wrong_sum(line.text), hard=True)
    if line.basis in ("report", "reckoned") and (made := await _stated(line, ground, judge)) is not None:
        return made
    return await _evidenced(line, ground, judge)


def _echoes(text: str, question: Question) -> bool:
    """Whether a sentence only repeats the question; one that denies what the question does not has answered it."""
    return echoes(text, question) and ("?" in text or polarity(text)[1] <= polarity(question.text)[1])


def _wrong_sum(text: str) -> str:
    left, right = next((left, right) for left, right, holds in equations(text) if not holds)
    return f"{left} is not {right}"


async def _stated(line: Line, ground: Ground, judge: Entailment) -> Judged | None:
    """The sentence as what the report says or what follows from its values by arithmetic; None where it is neither."""
    reckoned_ = list(worked(line.text, ground)) if line.basis == "reckoned" else []
    whole = ground.report
    if reckoned_:
        text = f"{whole.quote}\n{'; '.join(reckoned_)}"
        passage = whole.passage.model_copy(update={"text": text, "end": len(text)})
        whole = Evidence.of(passage, text, facet_id=REPORT, relevance=1.0)
    (verdict,) = await check_all([(line.text, [whole])], "", judge)
    if not verdict.holds or _of_another(line.text, ground):
        return None
    if not reckoned_ and _share(line.text, whole.quote) < _STATED:
        return None
    basis: Basis = "reckoned" if reckoned_ else "report"
    return Judged(line, Claim(text=line.text, basis=basis, working="; ".join(reckoned_)))


def _of_another(text: str, ground: Ground) -> bool:
    """Whether a measurement of the sentence is another thing's in the report: each clause that has it names another site or side."""
    clauses = [part for part in _CLAUSE.split(f"{ground.question.text}\n{ground.question.report}") if part.strip()]
    for quantity in find_quantities(text):
        holding = [part for part in clauses if any(quantity.equals(other) for other in find_quantities(part))]
        if quantity.dimension != "number" and holding and all(_differ(text, part) for part in holding):
            return True
    return False


_CLAUSE = re.compile(r"[.;\n]\s*|,\s(?=\D)|\band\b")
_SIDE = re.compile(r"\b(?:left|right)\b", re.IGNORECASE)


def _differ(text: str, part: str) -> bool:
    """Whether two texts name sides, or sites, and none in common; or share no word, where the one does not speak of "the lesion"."""
    said, there = ({word for word in words(one) if word.isalpha() and len(word) > 2} for one in (text, part))
    if not said & there and not said & _ANY_LESION:
        return True
    kinds = ((_sides(text), _sides(part)), (_sites(text), _sites(part)))
    return any(one and other and not one & other for one, other in kinds)


_ANY_LESION = frozenset(words("lesion finding abnormality focus change"))


def _sides(text: str) -> frozenset[str]:
    return frozenset(side.lower() for side in _SIDE.findall(text))


def _sites(text: str) -> frozenset[str]:
    return frozenset(name for name in told(text) if kind_of(name) == "anatomy")


async def _evidenced(line: Line, ground: Ground, judge: Entailment) -> Judged:
    """The sentence held against the passages that it names, then against the nearest others."""
    named_ = [ground.shown[number - 1] for number in line.evidence if 1 <= number <= len(ground.shown)]
    derived_ = list(worked(line.text, ground)) if line.basis == "reckoned" else []
    given = "\n".join((ground.stated, *ground.hints, *derived_))
    nearest = [[item] for item in _nearest(line.text, ground) if item not in named_]
    tried = [one for one in (named_, *([item] for item in named_ if len(named_) > 1), *nearest) if one]
    refused: list[Check] = []
    for cited in tried:
        (verdict,) = await check_all([(line.text, cited)], given, judge)
        if verdict.holds:
            return Judged(line, _claim(line, cited, derived_))
        refused.append(verdict)
        if _about_the_same(line.text, cited) and ruled_out(line.text, cited, given) is not None:  # no further one may say so then
            return Judged(line, None, f"{cited[0].passage.source.title} says otherwise: {verdict.reason}", hard=True)
    if line.basis == "evidence" and (stated := await _stated(line, ground, judge)) is not None:
        return stated
    if line.basis == "report":
        return Judged(line, None, "the report does not say so", hard=True)
    return _own(line, ground, refused[0].reason if refused else "no passage says it")


def unchecked(one: Judged, ground: Ground) -> Judged:
    """A refused sentence as it was proposed, with what it names; for measuring what checking is worth."""
    cited = [ground.shown[number - 1] for number in one.line.evidence if 1 <= number <= len(ground.shown)]
    basis: Basis = "evidence" if cited else "own"
    citations = tuple(Citation.to(item, 1) for item in cited)
    return one._replace(claim=Claim(text=one.line.text, citations=citations, basis=basis, verdict="unsupported"))


def _nearest(text: str, ground: Ground) -> list[Evidence]:
    """The shown passages that share the most words with a sentence."""
    said = set(words(text))
    shared = sorted(ground.shown, key=lambda item: -len(said & set(words(item.passage.shown))))
    return [item for item in shared[:_TRIED] if said & set(words(item.passage.shown))]


def _claim(line: Line, cited: Sequence[Evidence], derived_: Sequence[str]) -> Claim:
    citations = tuple(Citation.to(narrowed(item, line.text), 1) for item in {item.passage.id: item for item in cited}.values())
    basis: Basis = "reckoned" if derived_ else "evidence"
    return Claim(text=line.text, citations=citations, basis=basis, working="; ".join(derived_))


def narrowed(item: Evidence, text: str) -> Evidence:
    """The evidence with its quote cut to the sentence of the passage that is nearest to the text; rows stay whole."""
    if item.passage.is_row:
        return item
    said = set(words(text))
    parts = [part for part in sentences(item.passage) if part in item.passage.text]
    if len(parts) < 2:
        return item
    best = max(parts, key=lambda part: (len(said & set(words(part))), -len(part)))
    return Evidence.of(item.passage, best, facet_id=item.facet_id, relevance=item.relevance)


def _own(line: Line, ground: Ground, reason: str) -> Judged:
    """The sentence as the model's own knowledge, or why it may not stand even as that."""
    if figure := _foreign_figure(line.text, ground):
        return Judged(line, None, f"{figure} stands in no passage that says so ({reason})")
    for item in (ground.report, *_nearest(line.text, ground)):
        if (
            _about_the_same(line.text, [item])
            and (no := ruled_out(line.text, [item], ground.options if item.passage.id == REPORT else ground.stated)) is not None
        ):
            return Judged(line, None, f"{item.passage.source.title} says otherwise: {no.reason}", hard=True)
    return Judged(line, Claim(text=line.text, basis="own", verdict="unsupported"), reason)


def _foreign_figure(text: str, ground: Ground) -> str:
    """The first figure of a sentence that neither question nor report gives."""
    known = set(_FIGURE.findall("\n".join((ground.stated, *ground.hints))))
    measured = [quantity for quantity in find_quantities(text) if quantity.dimension != "number"]
    given = find_quantities(ground.stated)
    for quantity in measured:
        if not any(quantity.equals(other) for other in given):
            return quantity.text
    return next((figure for figure in _FIGURE.findall(text) if figure not in known), "")


def _share(text: str, there: str) -> float:
    """Share (0-1) of a text's words that another has; 1 for a text without any."""
    said = {word for word in words(text) if word.isalpha()}
    return len(said & set(words(there))) / len(said) if said else 1.0


def _about_the_same(text: str, cited: Sequence[Evidence]) -> bool:
    said = set(words(text))
    return any(len(said & set(words(item.passage.shown))) >= _NEAR * len(said) for item in cited)


def worked(text: str, ground: Ground) -> Iterator[str]:
    """The arithmetic behind figures of a sentence that are stated nowhere: what it shows itself, or what two stated values come to."""
    figures = set(_FIGURE.findall("\n".join((ground.stated, *(item.passage.shown for item in ground.shown)))))
    for left, right, holds in equations(text):
        if holds and all(figure in figures or figure in ("100", "0", "1", "2") for figure in _FIGURE.findall(left)):
            figures |= set(_FIGURE.findall(right))  # what comes of one sum may stand in the next
            yield f"{left} = {right}"
    said = find_quantities(text)
    stated = [one for one in find_quantities(ground.stated) if one.is_point]
    for quantity in said:
        if quantity.is_point and not any(quantity.equals(other) for other in stated):
            yield from _from_two(quantity, stated)


def _from_two(quantity: Quantity, stated: Sequence[Quantity]) -> Iterator[str]:
    """A change, a difference or a sum of stated values that comes to the quantity, with its working; the first one found."""
    value = float(quantity.low or 0.0)
    for one in stated:
        for other in stated:
            if one is other or one.dimension != other.dimension or not one.low or other.low is None:
                continue
            if quantity.dimension == "share (%)" and same(abs(other.low - one.low) / one.low * 100, value, quantity.text):
                yield f"({other.text} - {one.text}) / {one.text} = {quantity.text}"
                return
            for sign, made in (("+", one.low + other.low), ("-", one.low - other.low)):
                if quantity.dimension == one.dimension and same(made, value, quantity.text):
                    yield f"{one.text} {sign} {other.text} = {quantity.text}"
                    return


def numbered(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims with the numbers of their citations: one per document, in the order of first citation."""
    numbers: dict[str, int] = {}
    return tuple(
        claim.model_copy(
            update={
                "citations": tuple(
                    citation.model_copy(update={"number": numbers.setdefault(citation.document_id, len(numbers) + 1)})
                    for citation in claim.citations
                )
            }
        )
        for claim in claims
    )
