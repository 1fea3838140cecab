"""E3C JSON: one clinical case of the European Clinical Case Corpus (https://github.com/hltfbk/E3C-Corpus, `data_collection/`).

Read are the fields that the corpus documents: `id`, `text`, `authors[].author`, `doi`, `publication_date` (ISO), `url`, `source` (the
journal), `licence` (of this text; the corpus as a whole is CC BY-NC), `language`, `type`, `description`. Others are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.readers.front import first_problem
from corpora.readers.text import decode
from corpora.types import Document, SourceRecord

_AUTHORS = 3
_TITLE_WORDS = 14


class Author(BaseModel):
    """One author, as the corpus writes it."""

    author: str = ""


class ClinicalCase(BaseModel):
    """One file of the corpus."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    authors: tuple[Author, ...] = ()
    doi: str | None = ""
    publication_date: str | None = ""
    url: str | None = ""
    source: str | None = ""
    licence: str | None = ""
    language: str | None = ""


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` naming the line where the JSON breaks, or the field that is wrong."""
    yield from documents(load(path), path)


def load(path: Path) -> Any:
    """The file's JSON. Raises `MalformedDocument` naming the line."""
    try:
        return json.loads(decode(path))
    except json.JSONDecodeError as error:
        raise MalformedDocument(str(path), f"not JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise MalformedDocument(str(path), "not readable JSON: nested too deeply") from error


def is_e3c(data: Any) -> bool:
    """Whether this is a case of the corpus: an object with its text and at least two of the corpus's own fields."""
    return isinstance(data, dict) and "text" in data and len({"id", "licence", "publication_date", "authors", "source"} & data.keys()) > 1


def documents(data: Any, path: Path) -> Iterator[Document]:
    """The document of one parsed file."""
    try:
        case = ClinicalCase.model_validate(data)
    except ValidationError as error:
        raise MalformedDocument(str(path), f"no E3C case: {first_problem(error)}") from error
    text = case.text.replace("\r\n", "\n")
    if not text.strip():
        raise MalformedDocument(str(path), "no E3C case: text: is blank")
    yield Document(id=f"e3c:{case.id}", text=text, source=_source(case, text))


def _source(case: ClinicalCase, text: str) -> SourceRecord:
    words = text.split()
    year = (case.publication_date or "")[:4]
    found = licence(case.licence or "")
    doi = (case.doi or "").removeprefix("https://doi.org/").strip()
    return SourceRecord(
        id=f"e3c:{case.id}",
        title=" ".join(words[:_TITLE_WORDS]) + (" ..." if len(words) > _TITLE_WORDS else ""),
        organisation=case.source or "",
        year=int(year) if year.isdecimal() and 1850 <= int(year) <= 2100 else None,
        citation=_citation(case, year),
        doi=doi if doi.startswith("10.") else "",
        url=case.url or "",
        kind="case",
        licence=found.name if found else (case.licence or ""),
        metadata={"language": case.language} if case.language else {},
    )


def _citation(case: ClinicalCase, year: str) -> str:
    names = [name for author in case.authors if (name := " ".join(author.author.split()))]
    authors = ", ".join(names[:_AUTHORS]) + (" et al" if len(names) > _AUTHORS else "")
    return ". ".join(part for part in (authors, " ".join(part for part in (case.source or "", year) if part)) if part)
