"""The nouns of a question and its answer. Frozen, free of any framework; a wrong thing cannot be constructed."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from agent.errors import EmptyQuestion, InvalidOptions, QuestionTooLong
from corpora.bounded import collapsed
from corpora.legible import legible
from corpora.quantities import Quantity
from corpora.types import Authority, ConceptMention, Frozen, Passage

MAX_QUESTION_CHARACTERS = 8_000
MAX_REPORT_CHARACTERS = 60_000
DISCLAIMER = "Written by software, which is no medical device: it supports clinical judgement and does not replace it."

Task = Literal["classification", "next step", "first study", "fact", "diagnosis", "differential", "safety", "comparison"]
Role = Literal["answer", "condition", "alternative", "scope", "caution", "urgent", "background", "summand", "follow-on"]
Level = Literal["high", "moderate", "low"]
Verdict = Literal["supported", "partly", "unsupported", "contradicted"]
Basis = Literal["evidence", "report", "reckoned", "own"]
"""What a sentence rests on: cited passages, the report or question itself, arithmetic over both, or the model's unverified knowledge."""
Support = Literal["evidenced", "mixed", "own"]
OWN_MARK = "(not verified: the model's own knowledge)"
YesNo = Literal["", "Yes", "No"]
Shape = Literal["answer", "list", "comparison", "number", "yes-no", "depends", "next step", "choice"]
"""What kind of answer was asked for, and given."""


class Option(Frozen):
    """One of the answers to choose from."""

    label: str = Field(min_length=1, max_length=8)
    text: str = Field(min_length=1, max_length=2_000)


class Question(Frozen):
    """What was asked. Build it with `Question.of`, which raises the package's own errors for bad input."""

    text: str
    options: tuple[Option, ...] = ()
    report: str = ""
    id: str = ""

    @classmethod
    def of(cls, text: str, options: dict[str, str] | None = None, report: str = "", id: str = "") -> Question:
        """A checked question; options are label to text.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidOptions: what is wrong and what is allowed.
        """
        text, report = _tidy(text, blanks=2), _tidy(report, blanks=8)
        if not text:
            raise EmptyQuestion('The question is empty; ask something, e.g. "Follow-up for a 7 mm solid nodule?"')
        for name, value, limit in (("question", text, MAX_QUESTION_CHARACTERS), ("report", report, MAX_REPORT_CHARACTERS)):
            if len(value) > limit:
                raise QuestionTooLong(f"The {name} has {len(value):,} characters; at most {limit:,} are allowed.")
        chosen = tuple(Option(label=label, text=answer) for label, answer in _checked_options(options))
        return cls(text=text, options=chosen, report=report, id=id)

    @model_validator(mode="after")
    def _labels_unique(self) -> Self:
        labels = [option.label for option in self.options]
        if len(set(labels)) != len(labels):
            raise ValueError(f"option labels repeat: {labels}")
        return self


def _tidy(text: str, blanks: int) -> str:
    """The text without control characters, its runs of white space short: what reads it stays linear, a table keeps its columns."""
    return collapsed(legible(text), blanks=blanks, lines=3).strip()


def _checked_options(options: dict[str, str] | None) -> list[tuple[str, str]]:
    """Labels and texts without control characters, which are not what tells two options apart."""
    given = [(legible(label).strip(), _tidy(text, blanks=2)) for label, text in (options or {}).items()]
    if len(given) == 1:
        raise InvalidOptions("There is one option; give two or more, or none for an open question.")
    for label, text in given:
        if not label or not text:
            raise InvalidOptions(f"Option {label!r} has no label or no text.")
        if len(label) > 8 or len(text) > 2_000:
            raise InvalidOptions(f"Option {label[:20]!r} is too long: labels take 8 characters, texts 2,000.")
    if len({label for label, _ in given}) != len(given):
        raise InvalidOptions(f"Option labels repeat: {', '.join(label for label, _ in given)}.")
    if len({text.casefold() for _, text in given}) != len(given):
        raise InvalidOptions("Two options have the same text.")
    return given


class KeyConcepts(Frozen):
    """The question's clinical core; holds no patient identifiers."""

    task: Task
    core: str = Field(description="the question in the words that matter for search")
    terms: tuple[str, ...] = Field(default=(), description="content words, stemmed")
    parameters: tuple[Quantity, ...] = ()
    concepts: tuple[ConceptMention, ...] = ()


class Facet(Frozen):
    """One strand of the research: an answer option, or an aspect of an open question."""

    id: str
    label: str
    kind: Literal["option", "aspect"]
    queries: tuple[str, ...] = Field(min_length=1)
    true_if: str = Field(default="", description="of an option: what would make it right")
    false_if: str = Field(default="", description="of an option: what would speak against it")


class Plan(Frozen):
    """What will be researched: one facet per option, or one to five aspects."""

    facets: tuple[Facet, ...] = Field(min_length=1)


class Evidence(Frozen):
    """A quote that speaks for or against something; `id` is a hash of facet-independent content and the citation key."""

    id: str
    facet_id: str
    passage: Passage
    quote: str = Field(min_length=1)
    relevance: float = Field(ge=0, le=1, description="probability that it answers the question")
    strength: float = Field(default=0.0, ge=0, description="orders evidence where relevance saturates; higher is better")
    met: tuple[str, ...] = Field(default=(), description="table columns in which the row meets the question's parameters")
    role: Role = "background"
    why: str = ""

    @model_validator(mode="after")
    def _quote_is_verbatim(self) -> Self:
        if self.quote not in self.passage.text:
            raise ValueError(f"the quote does not stand in passage {self.passage.id!r}: {self.quote[:80]!r}")
        return self

    @classmethod
    def of(cls, passage: Passage, quote: str, *, facet_id: str, relevance: float, **more: Any) -> Evidence:
        """Evidence with its content hash as id."""
        digest = hashlib.sha256(f"{passage.id}\x1f{quote}".encode()).hexdigest()[:12]
        return cls(id=digest, facet_id=facet_id, passage=passage, quote=quote, relevance=relevance, **more)

    @property
    def start(self) -> int:
        """Offset of the quote in the document's text, characters."""
        return self.passage.start + self.passage.text.index(self.quote)


class Citation(Frozen):
    """Where a claim's words stand: `document.text[start:end] == quote`; `number` is the [n] a reader sees.

    `spoken` is a table's row as a sentence, empty for everything else.
    """

    id: str
    number: int = Field(ge=1)
    document_id: str
    passage_id: str
    title: str
    url: str
    quote: str
    start: int
    end: int
    spoken: str = ""

    @classmethod
    def to(cls, evidence: Evidence, number: int) -> Citation:
        """The citation of one piece of evidence."""
        source = evidence.passage.source
        return cls(
            id=evidence.id,
            number=number,
            document_id=evidence.passage.document_id,
            passage_id=evidence.passage.id,
            title=source.title,
            url=source.link,
            quote=evidence.quote,
            start=evidence.start,
            end=evidence.start + len(evidence.quote),
            spoken=evidence.passage.spoken if evidence.passage.is_row else "",
        )


class Draft(Frozen):
    """A sentence a reasoner proposes, with the ids of the evidence it rests on."""

    text: str = Field(min_length=1)
    evidence_ids: tuple[str, ...] = ()
    role: Role = "answer"
    word: YesNo = Field(default="", description="said before the sentence: how the evidence stands to a yes/no question")


class Claim(Frozen):
    """A sentence of an answer and what it rests on: `basis` evidence always comes with citations, own knowledge never does."""

    text: str = Field(min_length=1)
    citations: tuple[Citation, ...] = ()
    role: Role = "answer"
    verdict: Verdict = "supported"
    basis: Basis = "evidence"
    working: str = Field(default="", description="of what was reckoned: the arithmetic, as it was recomputed")

    @model_validator(mode="after")
    def _cites_what_it_rests_on(self) -> Self:
        if self.basis == "evidence" and not self.citations:
            raise ValueError("a sentence that rests on evidence cites it")
        if self.basis == "own" and self.citations:
            raise ValueError("a sentence of the model's own knowledge cites nothing")
        return self

    @property
    def proven(self) -> bool:
        """Whether it was checked against evidence, report or arithmetic."""
        return self.basis != "own"


class Source(Frozen):
    """A source as an answer lists it; `number` is its [n]."""

    id: str
    number: int
    title: str
    organisation: str
    year: int | None
    version: str
    url: str
    kind: str
    authority: Authority
    citation: str = ""
    rests_on: str = Field(default="", description="guideline summary, reference topic with its sources, invented case, ...")
    section: str = ""
    cited: bool = True


class OptionWeight(Frozen):
    """What stands for and against an option; `score` is the balance, higher is better."""

    label: str
    text: str
    supporting: float
    contradicting: float
    score: float
    evidence_ids: tuple[str, ...] = Field(default=(), description="what supports it, best first")
    contradicting_ids: tuple[str, ...] = Field(default=(), description="what `contradicting` was read from, if anything")


class Confidence(Frozen):
    """How sure, as a probability of being right (0-1) and in a word, with the reason in a phrase."""

    score: float = Field(ge=0, le=1)
    level: Level
    why: str

    @classmethod
    def of(cls, score: float, why: str) -> Confidence:
        """A confidence whose word follows from its score: high from 0.8, moderate from 0.6."""
        return cls(score=score, level="high" if score >= 0.8 else "moderate" if score >= 0.6 else "low", why=why)

    def moved(self, score: float, why: str) -> Confidence:
        """Another score, and one more reason."""
        return Confidence.of(max(0.02, score), f"{self.why}, {why}")


class ModelCall(Frozen):
    """One answer of the chat model: what was asked for (the name of its schema), and what it cost; `kept` from an earlier asking."""

    purpose: str
    seconds: float
    tokens_in: int
    tokens_out: int
    kept: bool = False


class Provenance(Frozen):
    """How the answer came about: enough to repeat it."""

    reasoner: str
    model: str = ""
    preset: str = ""
    index: str = ""
    embedding: str = ""
    rounds: int = 0
    passages_seen: int = 0
    model_calls: int = 0
    kept_calls: int = Field(default=0, description="calls that a kept answer spared, and what they cost when they were made")
    kept_tokens_in: int = 0
    kept_tokens_out: int = 0
    kept_seconds: float = 0.0
    asked: tuple[ModelCall, ...] = Field(default=(), description="each answer of the model, in the order in which they came")
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    limits: dict[str, float] = Field(default_factory=dict, description="what calls, tokens, seconds and money may come to at most")
    seconds: dict[str, float] = Field(default_factory=dict)
    dropped: tuple[str, ...] = Field(default=(), description="sentences that failed verification, with the reason")
    sent: tuple[str, ...] = Field(default=(), description="what left the machine, and to where")
    notes: tuple[str, ...] = ()


class Choice(Frozen):
    """A condition that the question leaves open and the answer depends on, with what it may be."""

    condition: str = Field(min_length=1)
    choices: tuple[str, ...] = Field(min_length=2)


class ClosedBook(Frozen):
    """The option that the model takes from its own knowledge, asked for before any evidence, and what became of it."""

    option: str | None
    outcome: Literal["agreed", "kept", "overturned", "not used"]
    why: str = Field(default="", description="where it was overturned, the evidence that moved it")
    sure: float | None = Field(default=None, ge=0, le=1, description="how sure the model said it was, where it was asked")


class _Result(Frozen):
    question: Question
    closed_book: ClosedBook | None = Field(default=None, description="with options and a chat model only")
    limitations: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    searched: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    weights: tuple[OptionWeight, ...] = ()
    seconds: float = 0.0
    provenance: Provenance = Provenance(reasoner="")


class Answered(_Result):
    """An answer: every claim says what it rests on, and every citation was checked."""

    kind: Literal["answered"] = "answered"
    option: str | None = None
    shape: Shape = "answer"
    claims: tuple[Claim, ...] = Field(min_length=1)
    depends: tuple[Choice, ...] = Field(default=(), description="conditions that were not given and decide")
    confidence: Confidence
    support: Support = "evidenced"
    open: tuple[str, ...] = Field(default=(), description="parts of the question that stayed without an answer")

    @property
    def text(self) -> str:
        """The claims as one text, each followed by its citation numbers or what else it rests on."""
        return "\n".join(f"{claim.text} {resting_on(claim)}" for claim in self.claims)

    def __str__(self) -> str:
        """The designed text form: sentences with [1] [2], then the sources."""
        from agent.render import as_text

        return as_text(self)


class Abstained(_Result):
    """No answer, because the evidence does not carry one; says what was searched and what was missing."""

    kind: Literal["abstained"] = "abstained"
    reason: str = Field(min_length=1)
    missing: tuple[str, ...] = ()
    related: tuple[Citation, ...] = Field(default=(), description="passages that are near and may not answer, quoted without a claim")

    @property
    def option(self) -> None:
        """No option is chosen."""
        return None

    @property
    def text(self) -> str:
        """The reason in one sentence."""
        return self.reason

    def __str__(self) -> str:
        """The designed text form: reason, what was searched, what was missing, what may be related."""
        from agent.render import as_text

        return as_text(self)


Answer = Answered | Abstained

Stage = Literal["understand", "plan", "retrieve", "grade", "refine", "weigh", "compose", "verify", "conclude", "source", "model"]


class TraceEvent(Frozen):
    """Something that happened while answering; one type for the chat, the command line and the eval logs."""

    stage: Stage
    detail: str
    facet_id: str = ""
    round: int = 0
    seconds: float = Field(default=0.0, description="since the question was asked")
    data: dict[str, Any] = Field(default_factory=dict)

    @field_validator("detail")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())


def resting_on(claim: Claim) -> str:
    """What a claim rests on, as a reader sees it: "[1] [3]", "(report)", "(reckoned: 3 + 4 = 7)" or that nothing verifies it."""
    match claim.basis:
        case "own":
            return OWN_MARK
        case "report":
            return "(report)"
        case "reckoned":
            return " ".join(part for part in (f"(reckoned: {claim.working})" if claim.working else "(reckoned)", cited(claim)) if part)
        case "evidence":
            return cited(claim)


def cited(claim: Claim) -> str:
    """The citation marks of a claim, "[1] [3]"."""
    return " ".join(f"[{number}]" for number in sorted({citation.number for citation in claim.citations}))
