"""What a system replied, as a run keeps it: everything that scoring, comparing and browsing needs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.types import Basis, Citation, Evidence, Role, Support, Verdict
from corpora.types import Frozen


class Retrieved(Frozen):
    """A passage that the system had before it, best first; `relevance` (0-1) where the system judged it."""

    document_id: str
    passage_id: str
    title: str
    section: str = ""
    quote: str
    relevance: float | None = None
    link: str = ""

    @classmethod
    def of(cls, item: Evidence, *, judged: bool = True) -> Retrieved:
        """The evidence without its source record."""
        source = item.passage.source
        return cls(
            document_id=item.passage.document_id, passage_id=item.passage.id, title=source.title, section=item.passage.section,
            quote=item.quote[:600], relevance=round(item.relevance, 4) if judged else None, link=source.link,
        )  # fmt: skip


class Said(Frozen):
    """A sentence of the answer with its citations, and the verdict that our verifier gives on it."""

    text: str
    role: Role = "answer"
    citations: tuple[Citation, ...] = ()
    verdict: Verdict = "unsupported"
    basis: Basis = "evidence"


class Response(Frozen):
    """One system's reply to one item; `option` is the set's own label, whatever order was shown."""

    kind: Literal["answered", "abstained"]
    option: str | None = None
    text: str = ""
    sentences: tuple[Said, ...] = ()
    reason: str = Field(default="", description="why it abstained")
    own_option: str | None = Field(default=None, description="what the agent's model took before any evidence, set's label")
    own_outcome: str = Field(default="", description="agreed, kept, overturned or not used")
    support: Support | Literal[""] = Field(default="", description="what an agent's answer rests on")
    confidence: float | None = Field(default=None, ge=0, le=1)
    weights: dict[str, float] = Field(default_factory=dict, description="balance of the evidence for each option, set's labels")
    retrieved: tuple[Retrieved, ...] = ()
    searched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = Field(default=(), exclude=True, description="for scoring; not kept")
    seconds: float = 0.0
    model_seconds: float = 0.0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self.kind == "answered"


class Score(Frozen):
    """What one scorer says of one reply: the value, what was compared, and why.

    Higher is better, but for `hallucination` and the costs. A value of None is unscored, which is not wrong.
    """

    value: float | None
    answer: str = ""
    explanation: str = ""


class Failure(Frozen):
    """Why an item has no reply: the error's type and message. Counted apart, never as wrong."""

    type: str
    message: str


class Record(Frozen):
    """A line of a run: one item by one system."""

    system: str
    id: str
    response: Response | None = None
    failure: Failure | None = None
    scores: dict[str, Score] = Field(default_factory=dict)
