"""A report that was read, as text for people: the findings table, what is left, what to look at, and the change."""

from __future__ import annotations

from collections.abc import Iterator

from agent.reports.change import rows
from agent.reports.types import Advice, Finding, ReadReport


def told(read: ReadReport) -> str:
    """The whole report as lines of text."""
    return "\n".join(_lines(read))


def _lines(read: ReadReport) -> Iterator[str]:
    patient = " ".join(filter(None, (f"{read.patient.age:g} years" if read.patient.age else "", read.patient.sex)))
    head = " · ".join(filter(None, (read.modality or "modality not stated", read.dated, patient)))
    yield f"{head} · {len(read.findings)} finding{'' if len(read.findings) == 1 else 's'}"
    for finding in read.findings:
        yield ""
        yield from _finding(finding)
    if read.comparison is not None:
        yield from ("", "Compared with the earlier report", *(f"  {row}" for row in rows(read.comparison)))
    if read.flags:
        yield from ("", "To look at", *(f"  {flag.kind}: {flag.says}" for flag in read.flags))
    if read.left:
        yield from ("", "Sentences without a finding", *(f"  {sentence.role}: {_short(sentence.text)}" for sentence in read.left))
    if read.masked:
        yield from ("", f"{read.masked} patient identifier{'' if read.masked == 1 else 's'} masked.")


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.id} {heading(finding)}"
    for sentence in finding.sentences:
        yield f"   {sentence.section or 'Report'}: {_short(sentence.text)}"
    yield from (f"   {line}" for line in advice(finding.advice))


def heading(finding: Finding) -> str:
    """A finding in one line: size, descriptors, place, name, certainty, change."""
    size = finding.size
    name = finding.name if finding.name.isupper() else finding.name.lower()
    described = [word for word in finding.descriptors if word not in name.split()][:4]
    words = [size.text if size else "", *described, finding.where, name]
    tail: list[str] = [finding.certainty if finding.certainty != "present" else "", finding.change or ""]
    tail += [f"earlier {finding.earlier_size.text}"] if finding.earlier_size else []
    tail += [f"read as {', '.join(finding.suggests)}"] if finding.suggests else []
    said = " ".join(word for word in words if word)
    return said + (f" ({'; '.join(word for word in tail if word)})" if any(tail) else "")


def advice(given: Advice) -> Iterator[str]:
    """Category, advice, what decides, and whose word it is."""
    if given.by == "nothing":
        yield given.says
        return
    category = given.category or (f"possible: {', '.join(given.possible)}" if given.possible else "")
    label = f"{given.system}: {category}" if given.system and category else given.system
    yield f"{label} -> {given.says}" if label else given.says
    if given.deciding:
        yield f"not stated, and decides: {', '.join(given.deciding)}"
    if given.score is not None and given.score.assumed:
        yield f"assumed: {', '.join(f'{name} {value}' for name, value in given.score.assumed.items())}"
    if given.disagrees:
        yield given.disagrees
    if given.source is not None:
        yield f"[{given.source.title}, {given.source.year}: {given.source.spoken}]"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDE else f"{flat[: _WIDE - 1]}…"


_WIDE = 160
