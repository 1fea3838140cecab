"""The seam "who thinks": what the graph asks of a reasoner, and the values that pass between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import Field

from agent.types import Choice, ClosedBook, Confidence, Draft, Evidence, Facet, KeyConcepts, OptionWeight, Plan, Question, Shape
from corpora.types import Frozen
from retrievers.types import Hit

NOT_SURE = "No passage was read that surely answers this."
"""Why nothing is said although something was found; the answer adds whether the nearest passages are quoted."""


class Grade(Frozen):
    """What a facet's research came to; `best` and `best_live`: how likely an answer from the index, from live sources, is right (0-1)."""

    facet_id: str
    evidence: tuple[Evidence, ...] = ()
    best: float = Field(default=0.0, ge=0, le=1)
    best_live: float = Field(default=0.0, ge=0, le=1)
    sufficient: bool = False
    missing: tuple[str, ...] = ()
    round: int = 1


class Weighed(Frozen):
    """All facets' evidence together, duplicates merged, best first."""

    evidence: tuple[Evidence, ...] = ()
    best: float = Field(default=0.0, ge=0, le=1)
    conflicts: tuple[str, ...] = ()
    deadlock: bool = Field(default=False, description="the first two of them stand and fit alike, and neither is newer")
    missing: tuple[str, ...] = ()
    weights: tuple[OptionWeight, ...] = ()
    disagreeing: tuple[Evidence, ...] = Field(default=(), description="live evidence whose values differ from those of the answer")


class Decision(Frozen):
    """What is concluded: the option (if any), how sure, and why there is no answer (if there is none)."""

    option: str | None = None
    shape: Shape = "answer"
    depends: tuple[Choice, ...] = ()
    confidence: Confidence
    abstain: str = ""
    notes: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    closed_book: ClosedBook | None = None


class Reasoner(Protocol):
    """Thinks about a question. Every method may be called for several questions at once."""

    name: str

    async def understand(self, question: Question) -> KeyConcepts:
        """The question's clinical core, without patient identifiers."""
        ...

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """One facet per option, or one to `settings.facets` aspects."""
        ...

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """The evidence in what was found for a facet, and whether it is enough."""
        ...

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """Further queries for what is missing; none when there is nothing new to try."""
        ...

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """Everything together: duplicates merged, conflicts named, options weighed."""
        ...

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """Sentences with the ids of the evidence they rest on, the answer first; `failed` says what verification refused."""
        ...

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """The option and the confidence, or the rule by which to abstain; `drafts` are those that were verified."""
        ...
