"""The two sides of a comparison: what a question compares, and which of them a sentence speaks of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.types import Answered, Claim, Evidence
from corpora.types import Passage
from retrievers.words import words

_LONGEST_ASKED = 500
"""Characters at a question's end in which it is looked for what it compares."""
_MOST_WORDS = 4
"""Words of a name on either side of a comparison."""
_BETWEEN = re.compile(
    r"\b(?:between|distinguish(?:es|ing)?|differentiat(?:e|es|ing)|tell(?:s|ing)?|compar(?:e|es|ed|ing)|separat(?:e|es|ing))\s(?:apart\s)?(?:an?\s|the\s)?",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s(?:vs?\.?|versus|or|from|compared (?:with|to)|and)\s(?:an?\s|the\s)?", re.IGNORECASE)
_END = re.compile(r"[,;:?!()]|\.(?:\s|$)|\s(?:on|in|at|with|by|for|of|how|which|what|apart|is|are)\b", re.IGNORECASE)
_BEGIN = re.compile(r"^.*(?:[,;:?!()]|\.\s|\b(?:is|are|of|what|which|how|does|do|it|for|in|the|an?)\s)", re.IGNORECASE)


class Sides(NamedTuple):
    """The two things that a question compares, in its own words."""

    one: str
    other: str


def sides(question: str) -> Sides | None:
    """What a question compares: "UIP or NSIP on HRCT" -> UIP, NSIP; None where it does not say two things plainly."""
    question = question[-_LONGEST_ASKED:]
    for joint in _JOINT.finditer(question):
        before, after = question[: joint.start()], question[joint.end() :]
        between = list(_BETWEEN.finditer(before))
        one = before[between[-1].end() :] if between else _BEGIN.sub("", before)
        other = _END.split(after, maxsplit=1)[0]
        if joint[0].strip().lower() in ("and", "from") and not between:
            continue
        if 0 < len(one.split()) <= _MOST_WORDS and 0 < len(other.split()) <= _MOST_WORDS:
            return Sides(one.strip(" '\""), other.strip(" '\""))
    return None


def side(claim: Claim, named: Sides, known: Mapping[str, Evidence]) -> int | None:
    """0 or 1: the side of a comparison that a sentence speaks of, alone or foremost; None where it speaks of both, or of neither."""
    own = _telling(named)
    spoken = (claim.text, " ".join(_about(known[c.id].passage) for c in claim.citations if c.id in known))
    for text in spoken:
        said = set(words(text))
        shares = [len(side & said) / len(side) if side else 0.0 for side in own]
        if max(shares) > 0 and shares[0] != shares[1]:
            return int(shares[1] > shares[0])
    return None


def _telling(named: Sides) -> tuple[set[str], set[str]]:
    """The words of each side that the other does not have."""
    one, other = set(words(named.one)), set(words(named.other))
    return one - other, other - one


def _about(passage: Passage) -> str:
    """What a passage is about: its document, section and the first cell of its row."""
    return " ".join((passage.source.title, *passage.source.aliases, passage.section, *passage.cells[:1]))


class Columns(NamedTuple):
    """The sentences of a comparison by the side that they speak of, in the answer's order."""

    named: Sides
    both: tuple[Claim, ...]
    one: tuple[Claim, ...]
    other: tuple[Claim, ...]


def columns(answer: Answered, claims: Sequence[Claim]) -> Columns | None:
    """These sentences of an answer that compares, by side; None for any other answer, and where one side has no sentence."""
    named = sides(answer.question.text) if answer.shape == "comparison" else None
    if named is None:
        return None
    known = {item.id: item for item in answer.evidence}
    placed: dict[int | None, list[Claim]] = {None: [], 0: [], 1: []}
    for claim in claims:
        placed[side(claim, named, known)].append(claim)
    return Columns(named, *(tuple(placed[key]) for key in (None, 0, 1))) if placed[0] and placed[1] else None
