"""A report that was read, and a score, as HTML: the findings table, the text with its sentences marked, what is left, the change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.reports.advising import NOT_ASKED
from agent.reports.change import rows as changed
from agent.reports.told import heading
from agent.reports.types import Advice, Finding, ReadReport, Stretch
from corpora.rules.rows import Cited
from corpora.rules.scoring import Score
from ui.markup import chip, link, table, text
from ui.view import Chip, Piece

UNRULED = "No scoring rules are for this."
_HEADERS = ("", "Finding", "Category", "What to do", "Missing")
_ROLES = (("not understood", "Not understood"), ("normal", "Normal"), ("recommendation", "Recommended by the report"))
_FURTHER = ("technique", "indication", "comparison", "clerical")


def summary(read: ReadReport) -> str:
    """One line: modality, date, patient, how many findings; and how many sentences were not understood."""
    patient = " ".join(filter(None, (f"{read.patient.age:g} years" if read.patient.age else "", read.patient.sex)))
    count = len(read.findings)
    unread = sum(sentence.role == "not understood" for sentence in read.left)
    parts = (read.modality or "modality not stated", read.dated, patient, f"{count} finding{'s' * (count != 1)}",
             f"{unread} sentence{'s' * (unread != 1)} not understood" if unread else "every sentence understood")  # fmt: skip
    return f'<p class="rq-where" role="status">{text(" · ".join(filter(None, parts)))}</p>'


def findings(read: ReadReport) -> str:
    """The table: a row for each finding with its place in the text, category, advice with its source, and what is missing to decide."""
    if not read.findings:
        return '<p class="rq-sentence">No finding was read in this report; below stands what every sentence was taken for.</p>'
    sources = list(dict.fromkeys(finding.advice.source.title for finding in read.findings if finding.advice.source))
    numbers = {title: number for number, title in enumerate(sources, 1)}
    return table("Findings", _HEADERS, (_row(finding, numbers) for finding in read.findings))


def _row(finding: Finding, numbers: Mapping[str, int]) -> str:
    given = finding.advice
    first = f'<th scope="row"><a class="rq-finding" href="#said-{text(finding.id)}">{text(finding.id)}</a></th>'
    return (
        f'<tr id="row-{text(finding.id)}">{first}<td>{text(_upper(heading(finding)))}</td><td>{_category(given)}</td>'
        f"<td>{_advice(finding, numbers)}</td><td>{text(', '.join(given.deciding))}</td></tr>"
    )


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _category(given: Advice) -> str:
    name = f'<span class="rq-where">{text(given.system)}</span>' if given.system and not given.category.startswith(given.system) else ""
    if given.category:
        return f"<b>{text(given.category)}</b> {name}"
    return f"{text(' or '.join(given.possible))} {name}" if given.possible else name


def _advice(finding: Finding, numbers: Mapping[str, int]) -> str:
    """What to do with its source as a chip, how it came about folded away, and what speaks against it."""
    given = finding.advice
    says = UNRULED if given.says == NOT_ASKED else given.says
    source = chip(cited(given.source, numbers[given.source.title]), f"report-{finding.id}") if given.source else ""
    disagrees = f'<p class="rq-unreached">{text(given.disagrees)}</p>' if given.disagrees else ""
    own = f'<div><span class="rq-where">The report: {text(" ".join(finding.recommended))}</span></div>' if finding.recommended else ""
    return f"{text(says)}{source}{disagrees}{own}{_how(given.score) if given.score else ''}"


def _how(score: Score) -> str:
    return f'<details class="rq-more"><summary>How it comes about</summary>{steps(score)}</details>'


def cited(source: Cited, number: int) -> Chip:
    """The row of a card as a citation with its source's number."""
    shown = (Piece(text=source.spoken or source.quote),)
    year = str(source.year or "")
    return Chip(number=number, title=source.title, details=year, place="", authority="", tone="plain", link=source.link, passage=shown)


def marked(read: ReadReport) -> str:
    """The report's text; each sentence carries the findings that come from it, and what was not understood is underlined."""
    spans: dict[tuple[int, int], list[str]] = {}
    for finding in read.findings:
        for sentence in finding.sentences:
            spans.setdefault((sentence.start, sentence.end), []).append(finding.id)
    roles = {(sentence.start, sentence.end): sentence.role for sentence in read.left}
    named: set[str] = set()
    pieces, position = [], 0
    for start, end in sorted({*spans, *roles}):
        if start < position:
            continue  # a sentence that is listed twice is shown once
        pieces += [
            text(read.text[position:start]),
            _marked(read.text[start:end], spans.get((start, end), []), roles.get((start, end), ""), named),
        ]
        position = end
    return f'<div class="rq-report rq-read">{"".join(pieces)}{text(read.text[position:])}</div>'


def _marked(sentence: str, found: Sequence[str], role: str, named: set[str]) -> str:
    if found:
        return f"<mark>{text(sentence)}</mark>{''.join(_number(one, named) for one in found)}"
    return f'<span class="rq-unread" title="not understood">{text(sentence)}</span>' if role == "not understood" else text(sentence)


def _number(finding: str, named: set[str]) -> str:
    """A finding's number behind its sentence; the first one is where its row leads to."""
    place = "" if finding in named else f' id="said-{text(finding)}"'
    named.add(finding)
    return f'<a class="rq-finding"{place} href="#row-{text(finding)}">{text(finding)}</a>'


def rest(read: ReadReport) -> str:
    """Every sentence that gave no finding, by what it was taken for; what needs no look is folded away."""
    parts = []
    for role, name in _ROLES:
        if said := [sentence for sentence in read.left if sentence.role == role]:
            parts.append(_listed(f"{name} ({len(said)})", said, opened=role == "not understood"))
    if further := [sentence for sentence in read.left if sentence.role in _FURTHER]:
        parts.append(_listed(f"Technique, indication, comparison ({len(further)})", further, opened=False))
    return "".join(parts)


def _listed(name: str, said: Sequence[Stretch], *, opened: bool) -> str:
    lines = "".join(f"<li>{text(' '.join(sentence.text.split()))}</li>" for sentence in said)
    return f'<details class="rq-more"{" open" * opened}><summary>{text(name)}</summary><ul class="rq-notes">{lines}</ul></details>'


def looks(read: ReadReport) -> str:
    """What the reader should look at; nothing without any."""
    lines = "".join(f"<li><b>{text(flag.kind.capitalize())}:</b> {text(flag.says)}</li>" for flag in read.flags)
    return f'<h2>To look at</h2><ul class="rq-notes rq-flags">{lines}</ul>' if lines else ""


def change(read: ReadReport) -> str:
    """This report against the earlier one; nothing without one."""
    if read.comparison is None:
        return ""
    rows = (
        f'<tr><th scope="row">{text(one.state)}</th><td>{text(one.name)}</td><td>{_mm(one.earlier_mm)}</td><td>{_mm(one.mm)}</td>'
        f"<td>{_difference(one.difference_mm, one.difference_percent)}</td><td>{text(one.says)}</td></tr>"
        for one in read.comparison.changes
    )
    lines = list(changed(read.comparison))[len(read.comparison.changes) :]
    notes = "".join(f"<li>{text(line)}</li>" for line in lines)
    shown = table("Change", ("", "Lesion", "earlier", "now", "change", ""), rows) if read.comparison.changes else ""
    return f'<h2>Change</h2>{shown}<ul class="rq-notes">{notes}</ul>'


def _mm(value: float | None) -> str:
    return f"{value:g} mm" if value is not None else ""


def _difference(mm: float | None, percent: float | None) -> str:
    return "" if mm is None else f"{mm:+g} mm" + ("" if percent is None else f" ({percent:+g} %)")


def outcome(score: Score) -> str:
    """A score by hand: category and advice or all that are still possible, what decides, and the steps with their rows."""
    if score.refused:
        return f'<p class="rq-headline">These values cannot be together</p><p class="rq-sentence">{text(score.refused)}</p>'
    points = f" ({score.points})" if score.points else ""
    head = score.category or (f"Possible: {', '.join(score.possible)}" if score.possible else score.management or "Not decided")
    parts = [f'<p class="rq-headline">{text(head + points)}</p>', *_what_to_do(score)]
    parts += [f'<p class="rq-sentence">{text(score.uncovered)}</p>'] if score.uncovered else []
    parts += [f'<p class="rq-sentence"><b>Not given, and decides:</b> {text(", ".join(score.deciding))}</p>'] if score.deciding else []
    parts += [f'<p class="rq-where">Assumed: {text(f"{name} {value}")}</p>' for name, value in score.assumed.items()]
    parts.append(f"<h3>Steps</h3>{steps(score)}")
    if score.notes:
        parts.append(f'<ul class="rq-notes">{"".join(f"<li>{text(note)}</li>" for note in score.notes)}</ul>')
    if source := score.source:
        parts.append(f'<p class="rq-where">Source: {link(source.link, source.title)} {text(f"({source.year})" if source.year else "")}</p>')
    return "".join(parts)


def _what_to_do(score: Score) -> Iterator[str]:
    if score.management and score.category:
        yield f'<p class="rq-sentence rq-first">{text(score.management)}</p>'
    elif len(score.managements) > 1:
        yield f'<ul class="rq-list">{"".join(f"<li>{text(one)}</li>" for one in score.managements)}</ul>'


def steps(score: Score) -> str:
    """Each step of a score: what it gives, and the card's rows that it rests on."""
    return table("Steps", ("step", "gives", "by the card's rows"), _steps(score))


def _steps(score: Score) -> Iterable[str]:
    for step in score.steps:
        values = score.points if step.gives == "points" else " or ".join(step.values)
        rows = "".join(f"<div>{text(row.spoken)}</div>" for row in step.rows[:_SHOWN])
        more = f'<div class="rq-where">and {len(step.rows) - _SHOWN} more</div>' if len(step.rows) > _SHOWN else ""
        yield f'<tr><th scope="row">{text(step.gives)}</th><td>{text(values or "no row")}</td><td>{rows}{more}</td></tr>'


_SHOWN = 6
"""Rows of a step that are shown."""
