"""Requests and replies of radqa's own routes, as the OpenAPI document shows them. OpenAI's are in `serve.openai`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from agent.types import (
    MAX_QUESTION_CHARACTERS,
    MAX_REPORT_CHARACTERS,
    Basis,
    Choice,
    Citation,
    ClosedBook,
    Level,
    OptionWeight,
    Provenance,
    Role,
    Shape,
    Source,
    Support,
    Verdict,
)
from corpora.rules.system import System
from corpora.types import SourceKind, TopicKind
from retrievers.factory import Mode
from retrievers.types import Hit, Rank

MOST_HITS = 100
_EXAMPLE: JsonDict = {"question": "Follow-up for a 7 mm solid nodule in a heavy smoker?"}
_CHOICE: JsonDict = {"question": "Which TI-RADS level is a nodule with 5 points?", "options": {"A": "TR3", "B": "TR4", "C": "TR5"}}
Label = Annotated[str, StringConstraints(min_length=1, max_length=8)]
OptionText = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class Asked(BaseModel):
    """A question; a field that is not known is refused, so that a misspelt one is not passed over."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE, _CHOICE]})

    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)
    options: dict[Label, OptionText] = Field(default_factory=dict, max_length=26, description="label to text, two or more; or none")
    report: str = Field(default="", max_length=MAX_REPORT_CHARACTERS, description="a report the question is about")
    thread: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,31}$", description="name of a conversation, kept on the server: follow-ups are read with it"
    )


class ClaimDocument(BaseModel):
    """A sentence of an answer, with what it rests on."""

    text: str
    role: Role
    verdict: Verdict
    basis: Basis
    working: str
    citations: list[Citation]


class _AnswerDocument(BaseModel):
    text: str = Field(description="the answer as one text with [1] [2], or the reason why there is none")
    limitations: list[str]
    sources: list[Source]
    searched: list[str]
    closed_book: ClosedBook | None
    weights: list[OptionWeight]
    seconds: float
    provenance: Provenance
    disclaimer: str


class AnsweredDocument(_AnswerDocument):
    """An answer, as `radqa ask --json` prints it."""

    kind: Literal["answered"]
    option: str | None
    support: Support
    open: list[str]
    shape: Shape
    depends: list[Choice]
    claims: list[ClaimDocument]
    confidence: Level
    confidence_score: float
    confidence_why: str


class AbstainedDocument(_AnswerDocument):
    """No answer, because the evidence does not carry one; as `radqa ask --json` prints it."""

    kind: Literal["abstained"]
    option: None
    reason: str
    missing: list[str]
    related: list[Citation]
    confidence: None


AnswerDocument = Annotated[AnsweredDocument | AbstainedDocument, Field(discriminator="kind")]


class Searched(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "adrenal washout", "k": 5}]})

    query: str = Field(min_length=1, max_length=2_000)
    k: int = Field(default=5, ge=1, le=MOST_HITS)
    mode: Mode = "hybrid"
    kinds: list[SourceKind | TopicKind] = Field(default_factory=list, max_length=20, description="of source, or of reference topic: sign")
    modality: list[str] = Field(default_factory=list, max_length=20)
    subspecialty: list[str] = Field(default_factory=list, max_length=20)


class Found(BaseModel):
    """A passage that was found; a higher score is better."""

    passage_id: str
    document_id: str
    title: str
    organisation: str
    year: int | None
    kind: SourceKind
    topic_kind: TopicKind | None
    rests_on: str = Field(description="guideline summary, reference topic with its sources, invented teaching case, ...")
    authority: str
    section: str
    page: int | None
    url: str
    text: str = Field(description="as a person reads it: a table row as header: cell; header: cell")
    start: int = Field(description="offset in the document's text, characters")
    end: int
    score: float
    why: str
    ranks: list[Rank]

    @classmethod
    def of(cls, hit: Hit) -> Found:
        """A hit as it is shown."""
        passage, source = hit.passage, hit.passage.source
        return cls(
            passage_id=passage.id, document_id=passage.document_id, title=source.title, organisation=source.organisation, year=source.year,
            kind=source.kind, topic_kind=source.topic_kind, rests_on=source.rests_on, authority=source.authority.value,
            section=passage.section, page=passage.page, url=source.link, text=passage.shown, start=passage.start, end=passage.end,
            score=hit.score, why=hit.why, ranks=list(hit.ranks),
        )  # fmt: skip


class SearchReply(BaseModel):
    """Passages, best first."""

    hits: list[Found]


class Linked(BaseModel):
    """A text whose concepts are wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "No pneumothorax. Known COPD."}]})

    text: str = Field(min_length=1, max_length=20_000)


class FileReply(BaseModel):
    """What came of a file: how many documents it gave, and what was wrong with it, if anything."""

    name: str
    documents: int
    problem: str = ""


class CollectionReply(BaseModel):
    """Documents of your own under one name."""

    id: str
    name: str
    documents: int
    files: list[FileReply]


class CollectionsReply(BaseModel):
    """All collections, in the order in which they were made."""

    collections: list[CollectionReply]


class AddedReply(BaseModel):
    """The collection that took the files, and what came of each file."""

    collection: CollectionReply
    files: list[FileReply]


_REPORT: JsonDict = {"report": "CT chest. Findings: Solid nodule of 7 mm in the right upper lobe. Impression: Pulmonary nodule."}
_SCORE: JsonDict = {"system": "Fleischner", "features": {"size": "7 mm", "type": "solid", "number": "single", "risk": "high"}}
Value = Annotated[str, StringConstraints(max_length=200)]


class Reported(BaseModel):
    """A report to read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_REPORT]})

    report: str = Field(min_length=1, max_length=MAX_REPORT_CHARACTERS)
    prior: str = Field(default="", max_length=MAX_REPORT_CHARACTERS, description="an earlier report of the same patient")
    system: str = Field(default="", max_length=100, description="use only this scoring system")
    ask: StrictBool = Field(default=False, description="ask the library about findings that no scoring rules are for; takes longer")


class Scored(BaseModel):
    """A finding to score."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_SCORE]})

    system: str = Field(min_length=1, max_length=100)
    features: dict[Value, Value | Annotated[list[Value], Field(max_length=50)]] = Field(
        default_factory=dict, max_length=50, description='"?" or absent where a value is not known'
    )
    assume: StrictBool = Field(default=True, description="take what the system assumes where nothing is said")


class FeatureReply(BaseModel):
    """What a system asks of a finding: one of `values`, or a quantity of a `dimension`."""

    id: str
    title: str
    values: list[str]
    dimension: str
    several: bool
    assumed: str


class SystemReply(BaseModel):
    """A scoring system."""

    id: str
    name: str
    card: str = Field(description="the document whose rows decide")
    features: list[FeatureReply]

    @classmethod
    def of(cls, system: System) -> SystemReply:
        """A system as it is shown."""
        features = [
            FeatureReply(
                id=one.id, title=one.title, values=list(one.values), dimension=one.dimension, several=one.several, assumed=one.assume
            )
            for one in system.features
        ]
        return cls(id=system.id, name=system.name, card=system.card, features=features)
