"""The graph's state and its reducers. Reducers are pure, commutative and idempotent: parallel branches give the same answer every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic_core import core_schema
from typing_extensions import TypedDict  # of `typing` pydantic makes no schema before Python 3.12

from agent.chat.budget import Budget
from agent.chat.privacy import Entered
from agent.chat.structured import StructuredModel
from agent.judging.entailment import ConceptScorer, Entailment
from agent.language.cognates import Cognates
from agent.listening import Listening
from agent.memory import Memory, Turn
from agent.reading.conversation import Dialogue
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.protocol import Decision, Grade, Reasoner, Weighed
from agent.settings import Settings
from agent.tools.protocol import Tool
from agent.types import Answer, Claim, Draft, Facet, KeyConcepts, Plan, Question
from corpora.types import Passage
from retrievers.library import Library
from retrievers.types import Hit, LiveRetriever, Retriever


def merge_grades(left: Sequence[Grade], right: Sequence[Grade]) -> tuple[Grade, ...]:
    """One grade per facet: the one of the later round, then the better one; in facet order."""
    kept: dict[str, Grade] = {}
    for grade in (*left, *right):
        other = kept.get(grade.facet_id)
        if other is None or _outranks(grade, other):
            kept[grade.facet_id] = grade
    return tuple(kept[name] for name in sorted(kept))


def _outranks(grade: Grade, other: Grade) -> bool:
    """Whether the grade is kept; where rank does not decide, content does, so that the order of arrival never can."""
    ranks = [(one.round, one.best, len(one.evidence), one.sufficient) for one in (grade, other)]
    return ranks[0] > ranks[1] or (ranks[0] == ranks[1] and grade.model_dump_json() > other.model_dump_json())


def union(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """Both, without repeats, sorted."""
    return tuple(sorted({*left, *right}))


class State(TypedDict, total=False):
    """One question on its way to an answer."""

    question: Question
    earlier: tuple[Passage, ...]
    concepts: KeyConcepts
    plan: Plan
    grades: Annotated[tuple[Grade, ...], merge_grades]
    searched: Annotated[tuple[str, ...], union]
    problems: Annotated[tuple[str, ...], union]
    weighed: Weighed
    drafts: tuple[Draft, ...]
    claims: tuple[Claim, ...]
    dropped: tuple[str, ...]
    attempts: int
    decision: Decision
    answer: Answer


class BranchState(TypedDict, total=False):
    """One facet's research."""

    question: Question
    concepts: KeyConcepts
    facet: Facet
    round: int
    queries: tuple[str, ...]
    hits: tuple[Hit, ...]
    grade: Grade
    tried: Annotated[tuple[str, ...], union]
    grades: Annotated[tuple[Grade, ...], merge_grades]
    searched: Annotated[tuple[str, ...], union]
    problems: Annotated[tuple[str, ...], union]


class BranchOutput(TypedDict, total=False):
    """What a branch writes back; nothing else of its state leaves it."""

    grades: Annotated[tuple[Grade, ...], merge_grades]
    searched: Annotated[tuple[str, ...], union]
    problems: Annotated[tuple[str, ...], union]


class QuestionState(TypedDict, total=False):
    """A question from its preparing to the answer that is shown; identifiers are masked in all of it, since a tracer may send it away."""

    earlier: tuple[Passage, ...]
    dialogue: Dialogue
    language: str
    spelled: Question
    question: Question
    notes: tuple[str, ...]
    failed: tuple[str, ...]
    answer: Answer


BEGUN: QuestionState = {"notes": ()}
"""The state before `prepare`."""


@dataclass
class Said:
    """A question word for word, with the thread and what went before it; `prepare` adds its turn and how it `entered`.

    It is the run's context and never its state: what a tracer sends of a run is the state.
    """

    asked: Question
    thread: str = ""
    turn: Turn | None = None
    earlier: tuple[Passage, ...] = ()
    dialogue: Dialogue = ()
    entered: Entered | None = None


@dataclass(frozen=True)
class AgentDeps:
    """What a question is prepared, answered and finished with; `own` is a reasoner that stands in for rules and model alike."""

    said: Said
    settings: Settings
    library: Library
    budget: Budget
    rules: ExtractiveReasoner
    listening: Listening
    memory: Callable[[], Memory]
    cognates: Callable[[], Cognates]
    tools: Callable[[], Mapping[str, Tool]]
    model: StructuredModel | None = None
    own: Reasoner | None = None
    reasons: bool = False
    """Whether the model reasons itself."""

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> core_schema.CoreSchema:
        """Anything, as of `Deps`."""
        return core_schema.any_schema()


@dataclass(frozen=True)
class Deps:
    """What nodes work with; passed as the graph's context, never global."""

    settings: Settings
    retriever: Retriever
    library: Library
    reasoner: Reasoner
    budget: Budget
    entailment: Entailment = field(default_factory=ConceptScorer)
    live: LiveRetriever | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> core_schema.CoreSchema:
        """Anything: it is made in code alone, but LangGraph Studio asks for a schema of every graph's context."""
        return core_schema.any_schema()
