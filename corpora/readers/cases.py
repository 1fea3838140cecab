"""Fictional teaching cases: one JSON object per line becomes a document with history, findings, diagnosis and differential."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from corpora.errors import MalformedDocument
from corpora.readers.cards import Modality, Subspecialty
from corpora.readers.front import first_problem
from corpora.types import Document, Frozen, Section, SourceRecord

FOLDER = Path(__file__).parents[1] / "cases"
TOPIC = "topic"
"""Where a case's source record names the topic card that the diagnosis belongs to."""
ORGANISATION = "radqa teaching cases (fictional)"


class Finding(Frozen):
    """What is seen, not seen, or not certain."""

    text: str = Field(min_length=3)
    assertion: Literal["present", "absent", "uncertain"]

    @property
    def sentence(self) -> str:
        """The finding as a report would put it."""
        text = self.text[0].upper() + self.text[1:]
        match self.assertion:
            case "present":
                return f"{text}."
            case "absent":
                return f"No {self.text}."
            case "uncertain":
                return f"Possible {self.text}."


class Alternative(Frozen):
    """A differential diagnosis and what separates it."""

    diagnosis: str = Field(min_length=2)
    distinguishes: str = Field(min_length=5)


class TeachingCase(Frozen):
    """One fictional case."""

    id: str = Field(pattern=r"^case-[a-z-]+-\d{3}$")
    title: str
    subspecialty: Subspecialty
    difficulty: Literal["easy", "medium", "hard"]
    modality: tuple[Modality, ...] = Field(min_length=1)
    history: str
    technique: str = ""
    findings: tuple[Finding, ...] = Field(min_length=2)
    diagnosis: str
    topic: str = Field(default="", pattern=r"^$|^[a-z0-9]+(-[a-z0-9]+)*$", description="id of the topic card that the diagnosis belongs to")
    synonyms: tuple[str, ...] = ()
    differential: tuple[Alternative, ...] = Field(min_length=1)
    teaching_points: tuple[str, ...] = Field(min_length=1)
    signs: tuple[str, ...] = ()
    fictional: Literal[True]


def read_all(folder: Path = FOLDER) -> Iterator[Document]:
    """All cases of a folder in order. Raises `MalformedDocument` naming file and line."""
    for path in sorted(folder.glob("*.jsonl")):
        yield from read(path)


def read(path: Path) -> Iterator[Document]:
    """The cases of one file. Raises `MalformedDocument` naming the line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = TeachingCase.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise MalformedDocument(str(path), f"not JSON: {error.msg}", number) from error
        except ValidationError as error:
            raise MalformedDocument(str(path), first_problem(error), number) from error
        yield as_document(case)


def as_document(case: TeachingCase) -> Document:
    """The case as sections of sentences that can be quoted."""
    named = f"{case.diagnosis} ({', '.join(case.synonyms)})" if case.synonyms else case.diagnosis
    parts = [
        ("History", case.history),
        ("Technique", case.technique),
        ("Findings", " ".join(finding.sentence for finding in case.findings)),
        ("Diagnosis", f"{named}."),
        ("Differential", " ".join(f"{other.diagnosis}: {other.distinguishes.rstrip('.')}." for other in case.differential)),
        ("Teaching points", " ".join(point if point.endswith(".") else f"{point}." for point in case.teaching_points)),
    ]
    text, sections = "", []
    for heading, body in parts:
        if body:
            start = len(text)
            text += f"{body}\n\n"
            sections.append(Section(heading=heading, start=start, end=start + len(body)))
    source = SourceRecord(
        id=case.id,
        title=case.title,
        organisation=ORGANISATION,
        kind="case",
        subspecialty=case.subspecialty,
        modality=case.modality,
        topics=(case.diagnosis, *case.signs),
        aliases=(case.diagnosis, *case.synonyms),
        licence="Apache-2.0",
        metadata={"difficulty": case.difficulty, "diagnosis": case.diagnosis, TOPIC: case.topic, "fictional": "true"},
    )
    return Document(id=case.id, text=text, source=source, sections=tuple(sections))
