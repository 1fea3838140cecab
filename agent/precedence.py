"""Who is heard first where live sources speak too: what the index carries stands; the web adds to it, and is told apart where it differs.

A page on the web can be anything. So where the index's own evidence answers a question, nothing found live moves that answer, its
option or its confidence; where it does not, live evidence may answer, and the answer says on what it rests. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.asked import Asked
from agent.reasoners.protocol import Grade
from agent.rows import answer_columns
from agent.types import Evidence
from corpora.quantities import Quantity, find_quantities
from corpora.types import Authority, SourceRecord

_STUDIES = re.compile(r"\b(?:trials?|stud(?:y|ies)|recruit\w*|registered|registry|ongoing)\b", re.IGNORECASE)
JUDGED = ("guideline", "systematic review", "review", "trial")
"""Kinds of live papers of which one newer sentence may stand beside the index's answer."""


def is_live(source: SourceRecord) -> bool:
    """Whether a source was found live rather than in the index."""
    return "live" in source.metadata


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


def is_dictionary(source: SourceRecord) -> bool:
    """Whether a source is a dictionary: it defines, and names nobody for what it says."""
    return source.authority is Authority.DICTIONARY


def ranked(evidence: Iterable[Evidence], threshold: float) -> tuple[Evidence, ...]:
    """Evidence, the strongest first, the newer source before an equal; a dictionary's last as soon as a higher authority answers."""
    found = list(evidence)
    answered = any(item.relevance >= threshold and item.passage.source.authority.rank > Authority.DICTIONARY.rank for item in found)

    def place(item: Evidence) -> tuple[bool, float, int, str]:
        source = item.passage.source
        return answered and is_dictionary(source), -item.strength, -(source.year or 0), item.id

    return tuple(sorted(found, key=place))


def outranked(cited: Sequence[Evidence], evidence: Sequence[Evidence], asked: Asked, threshold: float) -> Evidence | None:
    """Evidence of higher authority on the question whose values differ from those of a sentence that rests on a dictionary alone."""
    if not cited or not all(is_dictionary(item.passage.source) for item in cited):
        return None
    said = [value for item in cited for value in _values(item.quote, asked)]
    above = (item for item in evidence if item.passage.source.authority.rank > Authority.DICTIONARY.rank and item.relevance >= threshold)
    return next((item for item in above if _differ(said, _values(_answer(item, asked), asked))), None)


def newer(evidence: Sequence[Evidence], lead: Evidence) -> list[Evidence]:
    """Live papers' evidence that may stand beside the index's answer: judged work, newer than the answer's source, on the question."""
    found = [item for item in evidence if is_live(item.passage.source) and item.passage.source.kind == "article"]
    year = lead.passage.source.year or 0
    return [
        item
        for item in found
        if item.passage.source.metadata.get("study_type") in JUDGED and (item.passage.source.year or 0) > year and item.relevance >= 0.5
    ]


def disagreeing(lead: Evidence, live: Sequence[Evidence], asked: Asked, threshold: float) -> tuple[Evidence, ...]:
    """Live evidence on the question whose values differ from those of the index's answer: the best of each source."""
    said = _values(_answer(lead, asked), asked)
    found: dict[str, Evidence] = {}
    for item in live:
        if item.relevance >= threshold and _differ(said, _values(item.quote, asked)):
            found.setdefault(item.passage.document_id, item)
    return tuple(found.values())


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
