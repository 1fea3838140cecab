"""The data files of `radiology-semantic-dict` (https://pypi.org/project/radiology-semantic-dict/): a dictionary that names no sources.

Three lists of rows, told apart by their fields; the package's other files hold no documents.

- `medical_concepts.json`: `name, synonyms[], definition`, one document per defined concept;
- `imaging_findings.json`: `name, description, pathology_name, modality, is_pathognomonic`, one document per pathology;
- `differential_groups.json`: `presentation, modality, body_region, differentials[], clinical_context`, one document per presentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpora.errors import MalformedDocument
from corpora.readers.front import first_problem
from corpora.types import Document, SourceRecord

NAME, LICENCE = "radiology-semantic-dict", "MIT"
ORGANISATION = f"{NAME}, a dictionary without sources"
URL = f"https://pypi.org/project/{NAME}/"


class Row(BaseModel):
    """One row of a list."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    part: ClassVar[str]
    """The middle of its documents' ids."""
    title: ClassVar[str] = "{}"

    @property
    def about(self) -> str:
        """What its document is about; rows about the same make one document, a row about nothing none."""
        raise NotImplementedError

    @property
    def told(self) -> str:
        """What it says, in a line."""
        raise NotImplementedError

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names of what it is about."""
        return ()


class Defined(Row):
    """A concept with its definition."""

    part = "concept"
    name: str = Field(min_length=1)
    synonyms: tuple[str, ...]
    definition: str = ""

    @property
    def about(self) -> str:
        """The concept, if it is defined."""
        return self.name if self.definition else ""

    @property
    def told(self) -> str:
        """The definition."""
        return _sentence(self.definition)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its synonyms."""
        return self.synonyms


class Found(Row):
    """A finding of a disease on one modality."""

    part, title = "findings", "Imaging findings of {}"
    name: str = Field(min_length=1)
    description: str = ""
    pathology_name: str | None
    modality: str = ""
    is_pathognomonic: bool = False

    @property
    def about(self) -> str:
        """The disease."""
        return self.pathology_name or ""

    @property
    def told(self) -> str:
        """Modality, finding and how it looks."""
        named = self.description.lower().startswith(self.name.lower())
        said = self.description if named else ": ".join(part for part in (self.name, self.description) if part)
        where = f"{self.modality}: " if self.modality else ""
        return f"{where}{_sentence(said)}{' Called pathognomonic.' if self.is_pathognomonic else ''}"


class Rated(BaseModel):
    """A diagnosis with how common it is said to be."""

    name: str = Field(min_length=1)
    likelihood: str = ""

    def __str__(self) -> str:
        """As a list of diagnoses shows it."""
        return f"{self.name} ({self.likelihood})" if self.likelihood else self.name


class Group(Row):
    """What a presentation may be."""

    part, title = "differential", "Differential diagnosis of {}"
    presentation: str = Field(min_length=1)
    differentials: tuple[str | Rated, ...]
    modality: str = ""
    body_region: str = ""
    clinical_context: str = ""

    @property
    def about(self) -> str:
        """The presentation, if anything is named for it."""
        return self.presentation.strip('"') if self.differentials else ""

    @property
    def told(self) -> str:
        """The diagnoses, where and what else to consider."""
        where = ", ".join(part for part in (self.modality, self.body_region) if part)
        named = f"{self.about} ({where})" if where else self.about
        return f"{_sentence(f'{named}: ' + '; '.join(map(str, self.differentials)))} {_sentence(self.clinical_context)}".rstrip()


FORMS: dict[str, type[Row]] = {"synonyms": Defined, "pathology_name": Found, "differentials": Group}
"""A field that only one of the lists has -> its rows."""


def is_dictionary(data: Any) -> bool:
    """Whether a JSON value is one of the lists."""
    return isinstance(data, list) and bool(data) and _form(data) is not None


def _form(rows: Sequence[Any]) -> type[Row] | None:
    fields = rows[0] if isinstance(rows[0], dict) else {}
    return next((form for field, form in FORMS.items() if field in fields), None)


def documents(rows: Sequence[Any], path: Path) -> Iterator[Document]:
    """The documents of one list. Raises `MalformedDocument` naming the row that breaks the form."""
    form = _form(rows)
    assert form is not None, "is_dictionary was asked first"
    grouped: dict[str, list[Row]] = {}
    for number, raw in enumerate(rows, 1):
        row = _row(form, raw, number, path)
        if name := _slug(row.about):
            grouped.setdefault(name, []).append(row)
    for name, group in grouped.items():
        yield _document(name, group)


def _row(form: type[Row], raw: Any, number: int, path: Path) -> Row:
    try:
        return form.model_validate(raw)
    except ValidationError as error:
        raise MalformedDocument(str(path), f"row {number}: {first_problem(error)}") from error


def _document(name: str, group: Sequence[Row]) -> Document:
    """Rows about one thing, in whatever case they spell it, as one document."""
    first = group[0]
    source = SourceRecord(
        id=f"{NAME}:{first.part}:{name}",
        title=first.title.format(first.about.strip()),
        organisation=ORGANISATION,
        url=URL,
        kind="dictionary",
        aliases=tuple(dict.fromkeys(alias for row in group for alias in row.aliases if _slug(alias) != name)),
        licence=LICENCE,
    )
    return Document(id=source.id, text="\n".join(dict.fromkeys(row.told for row in group)), source=source)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."
