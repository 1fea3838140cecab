"""A report in a structure: sections, findings by organ, a drafted impression whose lines cite finding and source; Markdown and FHIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent.reports.checking import asks_for_something
from agent.reports.told import heading
from agent.reports.types import Comparison, Finding, Flag, ReadReport
from corpora.types import Frozen

NOTICE = "Drafted by software from the report's own words; it supports clinical judgement and does not replace it."


class Line(Frozen):
    """A line of the drafted impression: what it says, the finding it cites, and the source of its advice."""

    text: str
    finding: str
    source: str = ""
    link: str = ""


class Structured(Frozen):
    """A structured report; its JSON Schema is `Structured.model_json_schema()`."""

    schema_id: str = "radqa-structured-report/1"
    indication: str = ""
    technique: str = ""
    comparison: str = ""
    organs: dict[str, tuple[Finding, ...]] = Field(default={})
    normal: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    impression: tuple[Line, ...] = ()
    changes: Comparison | None = None
    flags: tuple[Flag, ...] = ()
    notice: str = NOTICE


def structure(read: ReadReport) -> Structured:
    """The report's parts, its findings by organ, what was normal, what was not understood, and a drafted impression."""
    organs: dict[str, tuple[Finding, ...]] = {}
    for finding in read.findings:
        organs[finding.organ or "other"] = (*organs.get(finding.organ or "other", ()), finding)
    said = {role: tuple(sentence.text for sentence in read.left if sentence.role == role) for role in ("normal", "not understood")}
    return Structured(
        indication=read.sections.get("Indication", ""), technique=read.sections.get("Technique", ""),
        comparison=read.sections.get("Comparison", ""), organs=organs, normal=said["normal"], unread=said["not understood"],
        impression=impression(read.findings), changes=read.comparison, flags=read.flags,
    )  # fmt: skip


def impression(findings: Sequence[Finding]) -> tuple[Line, ...]:
    """A line for each finding that matters: those whose advice asks for something first; each cites its finding and its source."""
    told = [finding for finding in findings if finding.advice.by != "nothing" or finding.is_in_impression]
    told.sort(key=lambda finding: (not asks_for_something(finding), finding.advice.by == "nothing"))
    return tuple(_line(number, finding) for number, finding in enumerate(told, 1)) or (
        Line(text="No finding that asks for anything was read.", finding=""),
    )


def _line(number: int, finding: Finding) -> Line:
    given = finding.advice
    category = given.category or (f"{' or '.join(given.possible)}" if given.possible else "")
    label = f", {given.system} {category}" if category and given.system not in category else f", {category}" if category else ""
    advice = "" if given.by == "nothing" else f" Advice: {given.says}"
    if given.deciding:
        advice += f" (not stated: {', '.join(given.deciding)})"
    source = f"{given.source.title} ({given.source.year})" if given.source else ""
    cited = f" [{finding.id}; {source}]" if source else f" [{finding.id}]"
    said = f"{number}. {heading(finding)[:1].upper()}{heading(finding)[1:]}{label}.{advice}".rstrip(".") + "."
    return Line(text=said + cited, finding=finding.id, source=source, link=given.source.link if given.source else "")


def markdown(read: ReadReport) -> str:
    """The structured report as Markdown."""
    made = structure(read)
    lines = ["# Radiology report", ""]
    for name, body in (("Indication", made.indication), ("Technique", made.technique), ("Comparison", made.comparison)):
        lines += [f"## {name}", "", _escaped(body) or "Not stated.", ""]
    lines += ["## Findings", ""]
    for organ, findings in made.organs.items():
        lines += [f"### {organ.capitalize()}", "", *(f"- {_escaped(heading(finding))} [{finding.id}]" for finding in findings), ""]
    if made.normal:
        lines += ["### Normal", "", *(f"- {_escaped(sentence)}" for sentence in made.normal), ""]
    if made.unread:
        lines += ["### Not understood", "", *(f"- {_escaped(sentence)}" for sentence in made.unread), ""]
    lines += ["## Impression", "", *(_escaped(line.text) for line in made.impression), ""]
    if made.changes is not None:
        from agent.reports.change import rows

        lines += ["## Change", "", *(f"- {_escaped(row)}" for row in rows(made.changes)), ""]
    if made.flags:
        lines += ["## To look at", "", *(f"- {flag.kind}: {_escaped(flag.says)}" for flag in made.flags), ""]
    return "\n".join([*lines, f"*{made.notice}*"])


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" and sign not in "[]" else sign for sign in flat)


_MEANS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_STATUS = {"present": "POS", "uncertain": "IND", "historical": "POS"}


def fhir(read: ReadReport) -> dict[str, Any]:
    """The report as a Bundle in the style of FHIR R5: a `DiagnosticReport` and an `Observation` for each finding.

    Concepts that are UMLS identifiers are coded; everything else is text. It is a draft (`preliminary`) and names no patient.
    """
    observations = [_observation(finding) for finding in read.findings]
    report = {
        "resourceType": "DiagnosticReport", "id": "report", "status": "preliminary",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD", "display": "Radiology"}]}],
        "code": {"text": f"{read.modality} report".strip()},
        "result": [{"reference": f"#{item['id']}"} for item in observations],
        "conclusion": "\n".join(line.text for line in impression(read.findings)),
    }  # fmt: skip
    if read.dated:
        report["effectiveDateTime"] = read.dated
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": item} for item in (report, *observations)]}


def _observation(finding: Finding) -> dict[str, Any]:
    code: dict[str, Any] = {"text": f"{finding.organ} {finding.name}".strip()}
    if finding.concept.startswith("C"):
        code["coding"] = [{"system": "http://terminology.hl7.org/CodeSystem/umls", "code": finding.concept}]
    made: dict[str, Any] = {
        "resourceType": "Observation", "id": finding.id, "status": "preliminary", "code": code,
        "bodySite": {"text": finding.where}, "note": [{"text": sentence.text} for sentence in finding.sentences],
        "interpretation": [{"coding": [{"system": _MEANS, "code": _STATUS.get(finding.certainty, "NEG")}]}],
    }  # fmt: skip
    components = [_size(axis, value) for axis, value in enumerate(finding.size.mm, 1)] if finding.size else []
    if finding.advice.category:
        components.append({"code": {"text": finding.advice.system}, "valueString": finding.advice.category})
    if finding.advice.by != "nothing":
        components.append({"code": {"text": "advice"}, "valueString": finding.advice.says})
    return {**made, "component": components} if components else made


def _size(axis: int, value: float) -> dict[str, Any]:
    quantity = {"value": value, "unit": "mm", "system": "http://unitsofmeasure.org", "code": "mm"}
    return {"code": {"text": f"diameter {axis}"}, "valueQuantity": quantity}
