"""A document in full as HTML: sections, paragraphs and tables, every piece of text escaped, concepts marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpora.types import ConceptMention, Document, SourceRecord, split_row
from ui.markup import advanced, authority, link, text
from ui.view import details, tone

_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_PATTERN = re.compile(r"^say:[ \t]{0,9}\S[^\n]{0,4000}\n(?=[ \t]{0,9}\|)", re.MULTILINE)
"""How the rows of the table below it are spoken; it is for the program, and no reader needs it."""
_DELIMITER = re.compile(r"^(?=[\s|:]{0,80}-)[\s|:-]*$")


def head(record: SourceRecord) -> str:
    """Who says it, how far it was checked, and where it can be opened."""
    rows = [
        ("Authority", authority(record.authority.value, tone(record.authority))),
        ("Reference", text(record.citation)),
        ("Address", link(record.link, record.link) if record.link else ""),
        ("Checked against", "<br>".join(link(page, page) for page in record.checked)),
        ("Modality", text(", ".join(record.modality))),
        ("Subspecialty", text(record.subspecialty)),
        ("Topics", text(", ".join(record.topics))),
        ("Also called", text(", ".join(record.aliases))),
        ("Superseded by", text(record.superseded_by)),
        ("Sources last looked at", text(record.current)),
        ("Replaces", text(", ".join(record.supersedes))),
        ("Licence", text(record.licence)),
    ]
    raw = [("Identifier", record.id), *((name.replace("_", " ").capitalize(), value) for name, value in record.metadata.items())]
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows if value)
    described = f'<p class="rq-where">{text(details(record))}</p><dl>{shown}</dl>'
    return f'<header class="rq-head"><h1>{text(record.title)}</h1>{described}{advanced(raw)}</header>'


def seen(item: Document, mentions: Sequence[ConceptMention]) -> list[ConceptMention]:
    """The concepts in what is shown of a document."""
    hidden = [match.span() for match in _PATTERN.finditer(item.text)]
    return [mention for mention in mentions if not any(start <= mention.start < end for start, end in hidden)]


def legend(mentions: Sequence[ConceptMention]) -> str:
    """What the marks of concepts mean, and how many there are of each; nothing without any."""
    counts = {said: sum(mention.assertion == said for mention in mentions) for said in ("present", "absent", "uncertain")}
    shown = " · ".join(f'<span class="rq-concept rq-{said}">{said}</span> {count}' for said, count in counts.items() if count)
    return f'<p class="rq-where rq-legend">Concepts marked: {shown}</p>' if shown else ""


def document(item: Document, mentions: Sequence[ConceptMention] = ()) -> str:
    """A document in full: its sections, paragraphs and tables, with concepts marked where they are given."""
    sections = item.sections or ()
    if not sections:
        return f'<article class="rq-document">{_block(item.text, 0, mentions)}</article>'
    parts = []
    for section in sections:
        page = f' <span class="rq-where">page {section.page}</span>' if section.page and section.heading != f"Page {section.page}" else ""
        parts.append(f"<h2>{text(section.heading)}{page}</h2>" if section.heading else "")
        parts.append(_block(item.text[section.start : section.end], section.start, mentions))
    return f'<article class="rq-document">{"".join(parts)}</article>'


def _block(body: str, offset: int, mentions: Sequence[ConceptMention]) -> str:
    """Paragraphs, lists and tables of a stretch of text; offsets are kept so that concept marks land where they belong."""
    parts: list[str] = []
    rows: list[tuple[str, int]] = []
    position = offset
    unspoken = {offset + match.start() for match in _PATTERN.finditer(body)}
    for line in body.splitlines(keepends=True):
        start, position = position, position + len(line)
        if start in unspoken:
            continue
        bare = line.strip()
        if bare.startswith("|") and bare.endswith("|") and len(bare) > 1:
            rows.append((bare, start + line.index("|")))
            continue
        if rows:
            parts.append(_table(rows, mentions))
            rows = []
        if bare and not (heading := _HEADING.match(bare)):
            parts.append(f"<p>{marked(line.rstrip(), start, mentions)}</p>")
        elif bare and heading:
            parts.append(f"<h3>{text(heading[2])}</h3>")
    if rows:
        parts.append(_table(rows, mentions))
    return "".join(parts)


def _table(rows: Sequence[tuple[str, int]], mentions: Sequence[ConceptMention]) -> str:
    has_head = len(rows) > 1 and bool(_DELIMITER.match(rows[1][0]))
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in split_row(rows[0][0])) if has_head else ""
    body = "".join(f"<tr>{_cells(line, start, mentions)}</tr>" for line, start in rows[2 if has_head else 0 :])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="rq-scroll" tabindex="0" role="region" aria-label="Table at {rows[0][1]}">{table}</div>'


def _cells(line: str, start: int, mentions: Sequence[ConceptMention]) -> str:
    cells, position = [], 0
    for cell in split_row(line):
        found = line.find(cell, position) if cell else position
        position = found + len(cell)
        cells.append(f"<td>{marked(cell, start + found, mentions)}</td>")
    return "".join(cells)


def marked(stretch: str, start: int, mentions: Sequence[ConceptMention]) -> str:
    """Text whose first character stands at `start` of its document, with the concepts in it marked by what is said of them."""
    parts, position = [], 0
    inside = [m for m in mentions if start <= m.start < m.end <= start + len(stretch)]
    for mention in sorted(inside, key=lambda m: (m.start, -m.end)):
        a, b = mention.start - start, mention.end - start
        if a < position:
            continue
        said = f"{mention.name}, {mention.assertion}"
        parts.append(text(stretch[position:a]))
        parts.append(
            f'<span class="rq-concept rq-{text(mention.assertion)}" title="{text(said)}">{text(stretch[a:b])}'
            f'<span class="rq-hidden"> ({text(mention.assertion)})</span></span>'
        )
        position = b
    return "".join([*parts, text(stretch[position:])])
