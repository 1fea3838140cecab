"""The state of an inquiry, and what its nodes work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from agent.inquiry.schemas import Composition, Line
from agent.reading.conversation import Dialogue
from agent.state import Deps
from agent.tools.protocol import Tool
from agent.types import Answer, Claim, Evidence, Facet, Question
from corpora.types import Passage
from retrievers.reader import Reader
from retrievers.types import Hit

if TYPE_CHECKING:
    from agent.inquiry.asking import Inquirer


class Own(NamedTuple):
    """The option that the model takes before it reads, how sure it is (0-1), and why."""

    option: str | None
    sure: float
    why: str


class Judged(NamedTuple):
    """A sentence and what became of it: the claim, or why it was refused; `hard` where no judge and no recasting can help it."""

    line: Line
    claim: Claim | None
    reason: str = ""
    hard: bool = False


class InquiryState(TypedDict, total=False):
    """One question on its way to an answer."""

    question: Question
    dialogue: Dialogue
    earlier: tuple[Passage, ...]
    hints: tuple[str, ...]
    own: Own | None
    facets: tuple[Facet, ...]
    further: tuple[str, ...]
    hits: dict[str, tuple[Hit, ...]]
    searched: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    dossiers: tuple[str, ...]
    rounds: int
    shown: tuple[Evidence, ...]
    composition: Composition
    judged: tuple[Judged, ...]
    repaired: bool
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True)
class InquiryDeps(Deps):
    """What nodes work with: `reasoner` are the rules, whose reading joins as hints; `tools` are offered to a model that calls them well."""

    inquirer: Inquirer | None = None
    reader: Reader | None = None
    tools: Mapping[str, Tool] = field(default_factory=dict)

    @property
    def asking(self) -> Inquirer:
        """The model's steps. Raises `AssertionError` where there is no model: an inquiry is never begun without."""
        assert self.inquirer is not None
        return self.inquirer
