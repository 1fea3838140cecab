"""What a report's reader should look at: findings and impression that differ, advice that is missing, sizes and dates that look wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.reports.lesions import may_be_one
from agent.reports.measuring import impossible, sizes
from agent.reports.types import Finding, Flag, Stretch

_RECOMMENDED = re.compile(r"(?i)\b(?:no (?:further|follow-up|imaging|routine)|none\b|routine screening|no fna|return to)")


def flags(findings: Sequence[Finding], left: Sequence[Stretch], text: str) -> tuple[Flag, ...]:
    """Every flag of a report, the gravest kinds first."""
    return (*_input(text), *_measurements(findings), *_disagreements(findings), *_one_sided(findings, text), *_unadvised(findings, left))


def _input(text: str) -> Iterator[Flag]:
    seen = [match[1].lower() for match in re.finditer(r"(?im)^[ \t#*]*(findings|impression)[ \t]*:?", text)]
    for name in ("findings", "impression"):
        if seen.count(name) > 1:
            yield Flag(kind="input", says=f"There are several parts called {name.capitalize()}: this may be two reports in one text.")
            break
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 2 and sum(line.count("\t") > 1 or line.count("|") > 2 or line.count(";") > 3 for line in lines) > len(lines) / 2:
        yield Flag(kind="input", says="Most lines are rows of a table; what a column means was not read.")
    if not any(part in text.lower() for part in ("finding", "impression")) and len(text.split()) < _FEW_WORDS:
        yield Flag(kind="input", says="This is very short for a report; what there is was read.")
    if len(re.findall(r"\b(?=\w*\d)(?=\w*[A-Za-z])[lIO0-9]{1,3}\s?(?:mm|cm)\b", text)):
        yield Flag(kind="input", says="Some sizes hold letters in place of digits, as recognised text does; they were not read.")


_FEW_WORDS = 4


def _measurements(findings: Sequence[Finding]) -> Iterator[Flag]:
    for finding in findings:
        for size in (size for size in finding.sizes if not size.earlier):
            if reason := impossible(size, finding.earlier_size):
                yield Flag(kind="measurement", says=f"{_called(finding)}: {reason}.", findings=(finding.id,))
        if finding.size and finding.earlier_size and finding.change in ("stable", "increased", "decreased"):
            difference = finding.size.largest - finding.earlier_size.largest
            if (finding.change == "increased" and difference < 0) or (finding.change == "decreased" and difference > 0):
                says = f"{_called(finding)} is called {finding.change}, and {finding.earlier_size.text} became {finding.size.text}."
                yield Flag(kind="disagreement", says=says, findings=(finding.id,))


def _disagreements(findings: Sequence[Finding]) -> Iterator[Flag]:
    for finding in findings:
        if finding.advice.disagrees:
            yield Flag(kind="disagreement", says=f"{_called(finding)}: {finding.advice.disagrees}", findings=(finding.id,))
        if not (finding.is_in_impression and finding.is_in_findings):
            continue
        said = {
            part: _sizes([one for one in finding.sentences if (one.section == "Impression") == (part == "impression")], finding)
            for part in ("findings", "impression")
        }
        if said["findings"] and said["impression"] and not _share(said["findings"], said["impression"]):
            says = f"{_called(finding)} measures {_mm(said['findings'])} in the findings and {_mm(said['impression'])} in the impression."
            yield Flag(kind="disagreement", says=says, findings=(finding.id,))
    yield from _sides(findings)


def _sizes(sentences: Sequence[Stretch], finding: Finding) -> list[float]:
    known = {size.largest for size in finding.sizes if not size.earlier}
    return [
        one.size.largest for sentence in sentences for one in sizes(sentence.text) if not one.size.earlier and one.size.largest in known
    ]


def _share(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether a size of the impression is one of the findings, or one rounded to a whole mm or half a cm's tenth."""
    return any(abs(a - b) <= _ROUNDED * max(a, b) + 0.5 for a in some for b in others)


_ROUNDED = 0.05


def _mm(values: Sequence[float]) -> str:
    return f"{max(values):g} mm"


def _sides(findings: Sequence[Finding]) -> Iterator[Flag]:
    """A finding of the impression alone whose like stands on the other side in the findings."""
    for finding in findings:
        if finding.is_in_findings or finding.side not in ("left", "right"):
            continue
        for other in findings:
            alike = (
                other.is_in_findings
                and not other.is_in_impression
                and other.organ == finding.organ
                and may_be_one(other.kind, finding.kind)
            )
            if alike and other.side in ("left", "right") and other.side != finding.side:
                says = f"The impression puts the {finding.organ} {finding.kind} on the {finding.side}, the findings on the {other.side}."
                yield Flag(kind="disagreement", says=says, findings=(finding.id, other.id))


def _one_sided(findings: Sequence[Finding], text: str) -> Iterator[Flag]:
    if not any(finding.is_in_impression for finding in findings) and not re.search(
        r"(?im)^[ \t#*]*(?:impression|conclusion|opinion)", text
    ):
        return
    for finding in findings:
        if finding.is_in_impression and not finding.is_in_findings:
            yield Flag(kind="only in impression", says=f"{_called(finding)} stands in the impression only.", findings=(finding.id,))
        elif finding.advice.by == "rules" and not finding.is_in_impression and asks_for_something(finding):
            yield Flag(
                kind="only in findings", says=f"{_called(finding)} asks for something and is not in the impression.", findings=(finding.id,)
            )


def _unadvised(findings: Sequence[Finding], left: Sequence[Stretch]) -> Iterator[Flag]:
    general = " ".join(sentence.text for sentence in left if sentence.role == "recommendation").lower()
    for finding in findings:
        if finding.advice.by == "rules" and asks_for_something(finding) and not finding.recommended and finding.organ not in general:
            says = f"{_called(finding)} asks for something ({finding.advice.says}), and the report recommends nothing for it."
            yield Flag(kind="no recommendation", says=says, findings=(finding.id,))


def asks_for_something(finding: Finding) -> bool:
    """Whether the rules' advice, as far as it is certain, is to do something."""
    advice = finding.advice
    return bool(advice.managements) and not any(_RECOMMENDED.match(one) for one in advice.managements)


def _called(finding: Finding) -> str:
    size = f"{finding.size.text} " if finding.size else ""
    return f"{finding.id} ({size}{finding.where} {finding.name})".replace("  ", " ").replace("( ", "(")
