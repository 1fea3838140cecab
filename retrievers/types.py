"""The nouns of retrieval: a query, a hit, and the protocol every retriever fulfils."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from pydantic import Field

from corpora.types import ConceptMention, Document, Frozen, Passage, SourceKind, TopicKind


class Filters(Frozen):
    """What a hit must be; an empty field allows everything."""

    kinds: tuple[SourceKind | TopicKind, ...] = Field(default=(), description="kinds of source, or of reference topic such as sign")
    modality: tuple[str, ...] = ()
    subspecialty: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()

    def allow(self, passage: Passage) -> bool:
        """Whether the passage may be returned."""
        source = passage.source
        return (
            (not self.kinds or source.kind in self.kinds or source.topic_kind in self.kinds)
            and (not self.modality or bool(set(self.modality) & set(source.modality)))
            and (not self.subspecialty or source.subspecialty in self.subspecialty)
            and (not self.document_ids or passage.document_id in self.document_ids)
        )


class Query(Frozen):
    """What to look for: the text, the concepts of the question it comes from (if any), and how many passages."""

    text: str = Field(min_length=1)
    concepts: tuple[ConceptMention, ...] = ()
    k: int = Field(default=10, ge=1)
    filters: Filters = Filters()


class Rank(Frozen):
    """Where one retriever put a passage: 1 is first; the score is that retriever's own (higher is better)."""

    retriever: str
    rank: int = Field(ge=1)
    score: float


class Hit(Frozen):
    """A passage that was found; a higher score is better, always.

    `ranks` keeps what each voice of a fused retriever said; `why` what matched, where the retriever can tell.
    """

    passage: Passage
    score: float
    retriever: str
    ranks: tuple[Rank, ...] = ()
    why: str = ""


@runtime_checkable
class Retriever(Protocol):
    """Finds passages. Both methods are safe to call from several tasks at once."""

    name: str

    async def retrieve(self, query: Query) -> list[Hit]:
        """At most `query.k` hits, best first, no passage twice. Raises `SourceError` when a source cannot be reached."""
        ...

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """One list per query, in order, as `retrieve` would give; embeds all of them in one batch."""
        ...


class Sent(Frozen):
    """What left the machine for a live source: to which host, and every word of it but keys."""

    source: str
    host: str
    what: str

    def __str__(self) -> str:
        """As an answer's provenance shows it."""
        return f"{self.source} ({self.host}): {self.what}"


class Contact(Frozen):
    """How a live source did for one question: `problem` is empty where it answered, else says what went wrong in a sentence."""

    source: str
    detail: str
    problem: str = ""
    error: str = Field(default="", description="the class of the error")
    seconds: float = 0.0
    found: int = 0


@runtime_checkable
class LiveRetriever(Retriever, Protocol):
    """A retriever that asks live sources for one question, within that question's time, and tells what became of it."""

    places: int
    """Hits it adds to a query's at most."""

    def untold(self) -> tuple[Contact | Sent, ...]:
        """What has happened since the last call: each contact and each thing sent, told once."""
        ...

    def found(self, names: Iterable[str]) -> list[Document]:
        """The live documents of these ids that the question found."""
        ...

    @property
    def sent(self) -> tuple[Sent, ...]:
        """What has left the machine so far."""
        ...

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """How each source did, so far."""
        ...
