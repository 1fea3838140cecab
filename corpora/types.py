"""The nouns of the corpus: sources, documents, passages and concept mentions. Frozen, and free of any framework."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpora.speaking import speak


class Frozen(BaseModel):
    """A value that cannot change and takes no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Authority(StrEnum):
    """Who speaks, from the strongest voice to the weakest; `rank` orders them (higher is stronger)."""

    GUIDELINE_CHECKED = "guideline, checked"
    GUIDELINE_UNCHECKED = "guideline, not checked"
    TOPIC = "reference topic"
    TOPIC_UNSOURCED = "reference topic without a source"
    DOCUMENT = "own document"
    CASE = "case report"
    DICTIONARY = "dictionary"
    WEB = "web page"

    @property
    def rank(self) -> int:
        """7 for a checked guideline down to 0 for a web page."""
        return len(Authority) - 1 - list(Authority).index(self)


SourceKind = Literal["guideline", "topic", "case", "document", "article", "dictionary", "web"]
TopicKind = Literal["disease", "sign", "differential", "anatomy", "normal", "technique", "safety", "procedure", "performance"]
INVENTED = "invented teaching case"
"""What an answer says of a case that nobody had."""
Assertion = Literal["present", "absent", "uncertain", "historical", "family"]


class SourceRecord(Frozen):
    """Who said it: what a citation shows and what ranking weighs."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    organisation: str = ""
    year: int | None = Field(default=None, ge=1850, le=2100)
    version: str = ""
    citation: str = ""
    doi: str = ""
    url: str = ""
    kind: SourceKind = "document"
    topic_kind: TopicKind | None = None
    subspecialty: str = ""
    modality: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    concepts: tuple[str, ...] | None = Field(default=None, description="what it is about in the vocabulary; empty: that has none")
    supersedes: tuple[str, ...] = ()
    results: tuple[str, ...] = Field(default=(), description="headers of the table columns that hold an answer")
    checked: tuple[str, ...] = Field(default=(), description="pages that the numbers were compared with")
    licence: str = ""
    current: str = Field(default="", description="year and month of the last look at the sources, such as 2026-11")
    superseded_by: str = Field(default="", description="the newer version of the work, with its year, where there is one")
    retracted: bool = False
    metadata: dict[str, str] = Field(default_factory=dict)

    @property
    def authority(self) -> Authority:
        """How much weight the source carries."""
        match self.kind:
            case "guideline":
                return Authority.GUIDELINE_CHECKED if self.checked else Authority.GUIDELINE_UNCHECKED
            case "topic":
                return Authority.TOPIC if self.citation else Authority.TOPIC_UNSOURCED
            case "case" | "article":
                return Authority.CASE
            case "dictionary":
                return Authority.DICTIONARY
            case "web":
                return Authority.WEB
            case "document":
                return Authority.DOCUMENT

    @property
    def rests_on(self) -> str:
        """What a statement of this source rests on, in a phrase: a card is a summary in words of its own and no copy of its sources."""
        named = self.citation or ", ".join(part for part in (self.organisation, str(self.year or "")) if part)
        match self.kind:
            case "topic":
                return f"reference topic, {f'sources: {named}' if self.citation else 'without a named source'}"
            case "guideline":
                return f"guideline summary, {named}"
            case "case" if self.metadata.get("fictional") == "true":
                return INVENTED
        return self.authority.value

    @property
    def subject(self) -> str:
        """What its passages are about: the title, of a case with its diagnosis, which findings alone do not say."""
        return f"{self.title} ({self.aliases[0]})" if self.kind == "case" and self.aliases else self.title

    @property
    def link(self) -> str:
        """The address to open: the DOI's resolver before the page; empty where there is neither."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


class Section(Frozen):
    """A titled stretch of a document; `start` and `end` are character offsets into its text."""

    heading: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    page: int | None = None


class Document(Frozen):
    """One source's text, divided into sections that cover what is worth retrieving."""

    id: str = Field(min_length=1)
    text: str
    source: SourceRecord
    sections: tuple[Section, ...] = ()

    @model_validator(mode="after")
    def _sections_lie_in_text(self) -> Self:
        for section in self.sections:
            if not section.start <= section.end <= len(self.text):
                raise ValueError(f"section {section.heading!r} of {self.id!r} lies outside its text")
        return self

    def called(self, name: str) -> Document:
        """The document under another id."""
        return self.model_copy(update={"id": name, "source": self.source.model_copy(update={"id": name})})

    @property
    def content_hash(self) -> str:
        """SHA-256 over text and source record: changes whenever anything that could be shown changes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Passage(Frozen):
    """A stretch of a document that is retrieved, quoted and cited as one: some sentences, or one table row.

    `text == document.text[start:end]`; `id` names document and offsets' content, so it is stable across rebuilds.
    A table row keeps its table's `header`, one name per cell, and the sentence pattern `say` that speaks its rows, if the table has one.
    """

    id: str = Field(min_length=1)
    document_id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    section: str = ""
    header: tuple[str, ...] = ()
    say: str = ""
    page: int | None = None
    source: SourceRecord

    @model_validator(mode="after")
    def _offsets_fit(self) -> Self:
        if self.end - self.start != len(self.text):
            raise ValueError(f"passage {self.id!r}: offsets span {self.end - self.start} characters, text has {len(self.text)}")
        return self

    @property
    def is_row(self) -> bool:
        """Whether this is a table row."""
        return bool(self.header)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's cells in the header's order; empty for prose."""
        return split_row(self.text) if self.header else ()

    @property
    def row(self) -> dict[str, str]:
        """Header to cell; empty for prose."""
        return dict(zip(self.header, self.cells, strict=False))

    @property
    def shown(self) -> str:
        """The passage as a person reads it: prose unchanged, a row as "header: cell; header: cell"."""
        return "; ".join(f"{name}: {cell}" for name, cell in self.row.items()) if self.header else self.text

    @property
    def spoken(self) -> str:
        """The passage as a sentence: prose unchanged, a row through its table's pattern, or as `shown` where the table has none."""
        if not (self.header and self.say):
            return self.shown
        return speak(self.say, self.row)


@lru_cache(maxsize=1 << 15)
def split_row(line: str) -> tuple[str, ...]:
    """Cells of one Markdown table line, stripped; an escaped pipe stays in its cell."""
    body = line.strip().removeprefix("|")
    if body.endswith("|") and not body.endswith("\\|"):
        body = body[:-1]
    cells, current, escaped = [], "", False
    for character in body:
        if character == "|" and not escaped:
            cells.append(current.strip())
            current = ""
        else:
            current += character
        escaped = character == "\\"
    return (*cells, current.strip())


class Concept(Frozen):
    """A concept of the vocabulary; `cui` is its UMLS CUI, or its ontology's own identifier ("HP:0025179") where it has none."""

    cui: str = Field(pattern=r"^(C\d{7}|[A-Z]+:\d+)$")
    name: str
    group: str = ""
    terms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


class ConceptMention(Frozen):
    """A concept found in a text: where, how sure (score 0-1), and what the text says of it.

    `cui` is a UMLS CUI, or for a concept that the open ontologies give none its ontology's own identifier ("HP:0025179").
    """

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    cui: str
    name: str
    group: str = ""
    score: float = Field(ge=0, le=1)
    assertion: Assertion = "present"
