"""The nouns of a report that was read: the published schema (`ReadReport.model_json_schema()`). Frozen; sizes in millimetres."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from corpora.rules.rows import Cited
from corpora.rules.scoring import Score
from corpora.types import Assertion, Frozen

SCHEMA = "radqa-report/1"
Change = Literal["new", "stable", "increased", "decreased", "resolved"]
NOTHING_MM = 2.0
"""Differences below it are within what two readers measure; the Fleischner 2017 card calls 2 mm growth."""
Role = Literal["finding", "normal", "technique", "indication", "comparison", "recommendation", "clerical", "not understood"]


class Stretch(Frozen):
    """A sentence of the report: `text[start:end]` as it stands there, and the part it stands in ("Findings")."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    section: str = ""
    role: Role = "finding"


class Size(Frozen):
    """A measurement: its diameters in mm in the order given, as written, whether it is of an earlier study, and of which axis."""

    mm: tuple[float, ...] = Field(min_length=1)
    text: str
    earlier: bool = False
    axis: Literal["", "short", "long"] = ""
    bound: Literal["", "<", ">"] = ""

    @property
    def largest(self) -> float:
        """The largest diameter in mm."""
        return max(self.mm)


class Advice(Frozen):
    """What to do about a finding, and on whose word.

    `by` says where it comes from: the rules of a scoring system, an answer of the ordinary agent to a question about this finding
    alone, or nowhere ("nothing": `says` tells that no guideline here covers it). `possible` and `deciding` stand where a value is missing.
    """

    by: Literal["rules", "answer", "nothing"] = "nothing"
    says: str = ""
    system: str = ""
    category: str = ""
    possible: tuple[str, ...] = ()
    managements: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    stated: str = Field(default="", description="the category that the report itself gives")
    disagrees: str = ""
    source: Cited | None = None
    score: Score | None = None
    limitations: tuple[str, ...] = ()


class Finding(Frozen):
    """One finding with all sentences that are about it."""

    id: str
    kind: str
    name: str
    concept: str = ""
    organ: str = ""
    side: Literal["", "right", "left", "bilateral"] = ""
    part: str = ""
    label: str = ""
    sizes: tuple[Size, ...] = ()
    multiple: bool = False
    descriptors: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    certainty: Assertion = "present"
    change: Change | None = None
    sentences: tuple[Stretch, ...] = Field(min_length=1)
    own: str = Field(default="", description="the words about this finding alone, of sentences that hold several")
    recommended: tuple[str, ...] = Field(default=(), description="what the report itself recommends for it")
    advice: Advice = Advice()

    @property
    def size(self) -> Size | None:
        """Its size now; None where none is given."""
        return next((size for size in self.sizes if not size.earlier), None)

    @property
    def earlier_size(self) -> Size | None:
        """Its size at the earlier study, as this report gives it."""
        return next((size for size in self.sizes if size.earlier), None)

    @property
    def where(self) -> str:
        """Side, part and organ in words."""
        part = self.part if self.side and self.part.startswith(self.side) else f"{self.side} {self.part}".strip()
        return f"{part} {self.organ}".strip() if self.organ and self.organ not in part else part

    @property
    def is_in_impression(self) -> bool:
        """Whether the impression speaks of it."""
        return any(sentence.section == "Impression" for sentence in self.sentences)

    @property
    def is_in_findings(self) -> bool:
        """Whether another part than the impression speaks of it."""
        return any(sentence.section != "Impression" for sentence in self.sentences)


class Flag(Frozen):
    """Something the reader of the report should look at: what, about which findings, and where."""

    kind: Literal["disagreement", "no recommendation", "only in impression", "only in findings", "measurement", "input", "order"]
    says: str
    findings: tuple[str, ...] = ()


class Patient(Frozen):
    """What the report says of the patient, as far as rules ask for it."""

    age: float | None = None
    sex: Literal["", "female", "male"] = ""


class Changed(Frozen):
    """A finding beside its like in the earlier report; sizes in mm, change in mm and % of the largest diameter that both give."""

    state: Literal["stable", "increased", "decreased", "new", "resolved", "unmatched"]
    finding: str = ""
    earlier: str = ""
    name: str
    mm: float | None = None
    earlier_mm: float | None = None
    difference_mm: float | None = None
    difference_percent: float | None = None
    says: str = ""


class Comparison(Frozen):
    """This report against an earlier one: lesion by lesion, and the sum of what both measured."""

    changes: tuple[Changed, ...] = ()
    sum_mm: float | None = None
    earlier_sum_mm: float | None = None
    response: Score | None = None
    says: tuple[str, ...] = ()


class ReadReport(Frozen):
    """A report, read: its findings, every other sentence with what it was taken for, and what should be looked at."""

    schema_id: str = SCHEMA
    text: str
    language: str = Field(default="en", description="code of the language that it is in")
    modality: str = ""
    dated: str = Field(default="", description="ISO date of the study, where the report gives one")
    patient: Patient = Patient()
    sections: dict[str, str] = Field(default={})
    findings: tuple[Finding, ...] = ()
    left: tuple[Stretch, ...] = Field(default=(), description="sentences that gave no finding, each with its role")
    flags: tuple[Flag, ...] = ()
    comparison: Comparison | None = None
    masked: int = Field(default=0, ge=0, description="identifiers that were masked")
