"""What a question asks for and an answer does not have: a dose without milligrams, a percentage without a number, a system unknown.

A passage may be near the topic and say nothing of what is asked ("which dose?" beside "progesterone is recommended"). Such an
answer is withheld, by rules from `data/relevance.toml` ([asks_for]). Pure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache

from pydantic import Field, field_validator

from agent.asked import codes
from agent.calculators import POINTS
from agent.relevance import FILE
from agent.rows import columns, tables
from agent.wording import asks_for_class
from corpora.types import Frozen, Passage
from retrievers.words import words

Holds = Callable[[str, str], bool]
"""(document id, stem) -> whether the document has it."""

_SYSTEM = re.compile(
    r"(?<![.?!:]\s)(?<!^)\b([A-Z][a-z]{2,}(?:[-\s][A-Z][a-z]{2,})*)['’]?s?\s"
    r"(?:grad(?:e|ing)|class(?:ification)?|scores?|scoring|stag(?:e|ing)|types?|system|criteria|category|index|scale|zone)\b"
)
_TOTAL = re.compile(r"\b(?:total|sum|severity index|adds? up|in all)\b", re.IGNORECASE)


class Wanted(Frozen):
    """One kind of thing that is asked for: what the question says, what the answer must then say, and its name."""

    asked: str
    said: str
    name: str = Field(min_length=3)

    @field_validator("asked", "said")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return pattern


@cache
def wanted() -> tuple[Wanted, ...]:
    """The rules, checked."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))["asks_for"]
    return tuple(Wanted.model_validate(rule) for rule in raw)


def missing(question: str, answer: Sequence[str], lead: Passage, holds: Holds, given: Callable[[str], bool]) -> str:
    """Why the answer is none to this question, in one sentence; empty when nothing is missing.

    Args:
        question: as it is researched.
        answer: the sentences that would be given.
        lead: the passage that the first sentence cites.
        holds: what the lead's document has.
        given: whether a document's tables give categories with a code ("FIGO type 2").
    """
    text = " ".join(answer)
    for rule in wanted():
        if re.search(rule.asked, question, re.IGNORECASE) and not re.search(rule.said, text, re.IGNORECASE):
            return f"The question asks for {rule.name}, and no passage about it gives one."
    for match in _SYSTEM.finditer(question):
        names = [stem for stem in words(match[1]) if stem]
        if names and not any(holds(lead.document_id, stem) for stem in names):
            return f"No source here is about the {match[0].replace('’', chr(39))} that the question names."
    if (
        not lead.is_row
        and lead.source.kind == "guideline"
        and asks_for_class(question)
        and given(lead.document_id)
        and not codes(answer[0] if answer else "")
    ):
        return "The question asks for a category, and no passage gives one for what it describes."
    if _is_summand(lead) and _TOTAL.search(question):
        return f"The points of {lead.source.title} could not all be read from the question, so no total is given."
    return ""


def gives_codes(passages: Sequence[Passage]) -> bool:
    """Whether a document's tables answer with coded categories."""
    return any(column.is_result and column.kind == "code" for rows in tables(passages) for column in columns(rows))


def _is_summand(row: Passage) -> bool:
    """Whether a row gives the points of one finding, of which a score is the sum."""
    return row.is_row and POINTS in row.source.results and POINTS in row.header and len(row.header) > 2
