"""Who is heard first: the package's guidelines and topics before a person's own documents, the index before what is found live.

What a person put into the index is theirs: where a guideline or topic of the package answers, it leads, and an own document that says
otherwise is named and not followed. A page on the web can be anything: where the index's own evidence answers a question, nothing found
live moves that answer, its option or its confidence; where it does not, live evidence may answer, and the answer says on what it rests.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.reading.asked import Asked
from agent.reading.rows import answer_columns
from agent.reading.sources import is_dictionary, is_live, is_own
from agent.reasoners.protocol import Grade
from agent.saying.sentences import BESIDE, LEAST
from agent.types import Evidence
from corpora.quantities import Quantity, find_quantities
from corpora.types import Authority, SourceRecord

_STUDIES = re.compile(r"\b(?:trials?|stud(?:y|ies)|recruit\w*|registered|registry|ongoing)\b", re.IGNORECASE)
_CATEGORY = re.compile(
    r"\b(bosniak|(?:[a-z]{1,5}-?)?rads|tr|grade|stage|class|category|type|figo|fazekas|kellgren[- ]lawrence)"
    r"(?:[ -](?:class|category|grade|type|score))?[ -]?(\d[a-z]?|x|iv|v?i{0,3}[a-f]?)(?![\w])",
    re.IGNORECASE,
)
_AS_WELL = 0.5
"""Share of an own document's relevance from which on the package answers about as well."""
JUDGED = ("guideline", "systematic review", "review", "trial")
"""Kinds of live papers of which one newer sentence may stand beside the index's answer."""


def standing(source: SourceRecord) -> float:
    """What a live source's kind and year add to the strength of its evidence, -0.1 to 0.1; 0 for the index's."""
    return 0.5 * float(source.metadata.get("standing", "0")) if is_live(source) else 0.0


def may_speak(source: SourceRecord, question: str) -> bool:
    """Whether a live source can answer at all: a registry's entry is a plan, and answers only who asks for studies."""
    return source.metadata.get("study_type") != "registry" or bool(_STUDIES.search(question))


def judged_only(grades: Sequence[Grade]) -> tuple[Grade, ...]:
    """The grades with the index's own evidence and that of judged live work."""
    return tuple(
        grade.model_copy(update={"evidence": tuple(item for item in grade.evidence if _is_own_or_judged(item.passage.source))})
        for grade in grades
    )


def _is_own_or_judged(source: SourceRecord) -> bool:
    return not is_live(source) or (source.kind == "article" and source.metadata.get("study_type") in (*JUDGED, "label"))


def without_live(grades: Sequence[Grade]) -> tuple[Grade, ...]:
    """The grades with the index's own evidence only."""
    return tuple(
        grade.model_copy(update={"evidence": tuple(item for item in grade.evidence if not is_live(item.passage.source))})
        for grade in grades
    )


def speaking(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that may make the answer: without what was found live where the index's own leads."""
    if not evidence or is_live(evidence[0].passage.source):
        return tuple(evidence)
    return tuple(item for item in evidence if not is_live(item.passage.source))


def attributed(text: str, cited: Sequence[Evidence]) -> str:
    """A sentence as it may be said: one that rests on own documents alone says so."""
    if not cited or not all(is_own(item.passage.source) for item in cited):
        return text
    return f"Your document “{cited[0].passage.source.title}” says: {text}"


def overruled(evidence: Sequence[Evidence], asked: Asked) -> tuple[Evidence, ...]:
    """Own documents' evidence that gives other values or categories than the package's answer, which leads."""
    if not evidence or evidence[0].passage.source.authority.rank <= Authority.DOCUMENT.rank:
        return ()
    said = _spoken(evidence[0], asked)
    return tuple(item for item in evidence if is_own(item.passage.source) and _contradicts(said, _spoken(item, asked), asked))


def ranked(evidence: Iterable[Evidence], threshold: float) -> tuple[Evidence, ...]:
    """Evidence, the strongest first, the newer source before an equal.

    A dictionary's comes last as soon as a higher authority answers, and own documents' behind a guideline or topic of the package that
    answers about as well.
    """
    found = list(evidence)
    answered = any(item.relevance >= threshold and item.passage.source.authority.rank > Authority.DICTIONARY.rank for item in found)
    own = max((item.relevance for item in found if is_own(item.passage.source)), default=0.0)
    leads = any(
        item.relevance >= max(threshold, _AS_WELL * own) and item.passage.source.authority.rank > Authority.DOCUMENT.rank for item in found
    )

    def place(item: Evidence) -> tuple[bool, bool, float, int, str]:
        source = item.passage.source
        return answered and is_dictionary(source), leads and is_own(source), -item.strength, -(source.year or 0), item.id

    return tuple(sorted(found, key=place))


def outranked(cited: Sequence[Evidence], evidence: Sequence[Evidence], asked: Asked, threshold: float) -> Evidence | None:
    """Evidence of higher authority on the question whose values differ from those of a sentence that rests on a dictionary alone."""
    if not cited or not all(is_dictionary(item.passage.source) for item in cited):
        return None
    said = [value for item in cited for value in _values(item.quote, asked)]
    above = (item for item in evidence if item.passage.source.authority.rank > Authority.DICTIONARY.rank and item.relevance >= threshold)
    return next((item for item in above if _differ(said, _values(_answer(item, asked), asked))), None)


def newer(evidence: Sequence[Evidence], lead: Evidence) -> list[Evidence]:
    """Live papers' evidence that may stand beside the index's answer: judged work, newer than the answer's source, on the question.

    On the question is what would stand beside the answer if it were the index's (`agent.saying.sentences.LEAST`, `BESIDE`).
    """
    found = [item for item in evidence if is_live(item.passage.source) and item.passage.source.kind == "article"]
    year = lead.passage.source.year or 0
    return [
        item
        for item in found
        if item.passage.source.metadata.get("study_type") in JUDGED and (item.passage.source.year or 0) > year and _beside(item, lead)
    ]


def _beside(item: Evidence, lead: Evidence) -> bool:
    return item.relevance >= max(LEAST, BESIDE * lead.relevance)


def disagreeing(lead: Evidence, live: Sequence[Evidence], asked: Asked) -> tuple[Evidence, ...]:
    """Live evidence on the question whose values differ from those of the index's answer: the best of each source.

    On the question is what answers with `BESIDE` of the answer's probability: of 89 answers of held-out cards told anew with other
    values .96 are named so, of 126 questions .04 have a passage of another card named by mistake.
    """
    said = _values(_answer(lead, asked), asked)
    found: dict[str, Evidence] = {}
    for item in live:
        if item.relevance >= BESIDE * lead.relevance and _differ(said, _values(item.quote, asked)):
            found.setdefault(item.passage.document_id, item)
    return tuple(found.values())


def give_others(one: Evidence, other: Evidence, asked: Asked) -> bool:
    """Whether the answers of two rows differ: no value of one dimension agrees, or each gives one that the other does not."""
    said, told = _values(_answer(one, asked), asked), _values(_answer(other, asked), asked)
    shared = {q.dimension for q in said} & {q.dimension for q in told}
    lone = [[q for q in side if q.dimension in shared and not any(q.overlaps(o) for o in rest if o.dimension == q.dimension)]
            for side, rest in ((said, told), (told, said))]  # fmt: skip
    return _differ(said, told) or all(lone)


def _answer(item: Evidence, asked: Asked) -> str:
    if not item.passage.is_row:
        return item.quote
    return "; ".join(item.passage.row[name] for name in answer_columns(item.passage, asked))


def _values(text: str, asked: Asked) -> list[Quantity]:
    """The values a text gives, without those that the question gave and bare numbers."""
    return [q for q in find_quantities(text) if q.dimension != "number" and not any(q.equals(other) for other in asked.quantities)]


def _differ(one: Sequence[Quantity], other: Sequence[Quantity]) -> bool:
    shared = {q.dimension for q in one} & {q.dimension for q in other}
    return any(not any(a.overlaps(b) for a in one if a.dimension == name for b in other if b.dimension == name) for name in sorted(shared))


def _spoken(item: Evidence, asked: Asked) -> str:
    return _answer(item, asked) if item.passage.is_row and answer_columns(item.passage, asked) else item.quote


def _contradicts(one: str, other: str, asked: Asked) -> bool:
    """Whether two texts give different values of one dimension, or different categories of one scheme."""
    known, told = _categories(one), _categories(other)
    if any(known[scheme].isdisjoint(told[scheme]) for scheme in known.keys() & told.keys()):
        return True
    values, others = _values(one, asked), _values(other, asked)
    return _differ(values, others) or _bounds_differ(values, others)


def _categories(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _CATEGORY.finditer(text):
        if match[2]:
            found.setdefault(match[1].lower(), set()).add(match[2].lower())
    return found


def _bounds_differ(one: Sequence[Quantity], other: Sequence[Quantity]) -> bool:
    """Whether both name thresholds of one dimension ("1.5 cm or more", "4.7 cm or more") and none of them is the same."""
    for dimension in sorted({q.dimension for q in one} & {q.dimension for q in other}):
        lows = [{q.low for q in side if q.dimension == dimension and q.high is None} for side in (one, other)]
        highs = [{q.high for q in side if q.dimension == dimension and q.low is None} for side in (one, other)]
        if any(all(bounds) and bounds[0].isdisjoint(bounds[1]) for bounds in (lows, highs)):
            return True
    return False
