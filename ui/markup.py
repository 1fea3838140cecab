"""The views as HTML in which every piece of text is escaped; no address but plain http(s) becomes a link. Pure.

Citations open with the browser's own popovers: no script, Escape closes, the keyboard reaches them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from agent.types import DISCLAIMER, TraceEvent
from corpora.types import ConceptMention, Document, Passage, split_row
from ui import live
from ui.view import AnswerView, Chip, OptionLine, Piece, Sentence, SourceLine, plain, safe_link

STYLE = Path(__file__).parent / "assets" / "style.css"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_DELIMITER = re.compile(r"^[\s|:-]*-[\s|:-]*$")


def text(value: str) -> str:
    """The value as HTML text: nothing in it is markup, hidden or reordering."""
    return escape(plain(value), quote=True)


def label(value: str) -> str:
    """The value for a place that reads Markdown (button and expander labels, messages): every sign of punctuation escaped."""
    return _MARKDOWN.sub(r"\\\1", " ".join(plain(value).split()))


def link(address: str, shown: str) -> str:
    """An anchor that opens apart and tells the page nothing; the text alone where the address is not plain http(s)."""
    safe = safe_link(address)
    if not safe:
        return text(shown)
    return f'<a href="{text(safe)}" target="_blank" rel="noopener noreferrer">{text(shown)}</a>'


def answer(view: AnswerView, key: str) -> str:
    """A whole answer or abstention with its panel; `key` keeps the ids of several answers on one page apart."""
    body = _abstained(view, key) if view.kind == "abstained" else _answered(view, key)
    return f'<div class="rq-answer rq-{view.kind}"><div class="rq-main">{body}</div><aside class="rq-side" aria-label="Evidence">{_side(view)}</aside></div>'


def _answered(view: AnswerView, key: str) -> str:
    head = f'<p class="rq-headline">{text(view.headline)}</p>' if view.headline else ""
    return head + _sentences(view.sentences, key) + _confidence(view) + _notes(view) + _footing(view)


def _sentences(sentences: Sequence[Sentence], key: str) -> str:
    return "".join(_sentence(item, f"{key}-{number}", first=number == 0) for number, item in enumerate(sentences))


def _sentence(item: Sentence, key: str, *, first: bool) -> str:
    kind = " rq-first" if first else ""
    kind += " rq-urgent" if item.urgent else ""
    note = f'<span class="rq-note">{text(item.note)}</span> ' if item.note else ""
    doubt = f' <span class="rq-doubt">({text(item.doubtful)})</span>' if item.doubtful else ""
    chips = "".join(chip(one, f"{key}-{number}") for number, one in enumerate(item.chips))
    return f'<p class="rq-sentence{kind}">{note}{text(item.text)}{doubt}{chips}</p>'


def chip(item: Chip, key: str) -> str:
    """A numbered button and the popover with the passage that it opens on click, Enter or hovering."""
    name = f"rq-{hashlib.blake2b(key.encode(), digest_size=6).hexdigest()}"
    where = " · ".join(part for part in (item.details, item.place) if part)
    open_link = f'<div class="rq-open">{link(item.link, "Open the source")}</div>' if item.link else ""
    said = f"Source {item.number}: {item.title}"
    return (
        f'<button type="button" class="rq-chip" popovertarget="{name}" aria-label="{text(said)}" style="anchor-name:--{name}">{item.number}</button>'
        f'<span popover class="rq-pop" id="{name}" role="note" style="position-anchor:--{name}"><b class="rq-title">{text(item.title)}</b>'
        f'<span class="rq-where">{text(where)}</span>{_authority(item.authority, item.tone)}'
        f'<q class="rq-passage">{passage(item.passage)}</q>{open_link}</span>'
    )


def passage(pieces: Iterable[Piece]) -> str:
    """A passage with the quoted words marked."""
    return "".join(f"<mark>{text(piece.text)}</mark>" if piece.marked else text(piece.text) for piece in pieces)


def _authority(name: str, tone: str) -> str:
    return f'<span class="rq-authority rq-{tone}">{text(name)}</span>' if name else ""


def _confidence(view: AnswerView) -> str:
    if not view.level:
        return ""
    return (
        f'<p class="rq-confidence"><span class="rq-level rq-level-{text(view.level)}">{text(view.level.capitalize())} confidence</span> '
        f"{view.sure} % · {text(view.why)}</p>"
    )


def _notes(view: AnswerView) -> str:
    lines = [f"<li>{text(line)}</li>" for line in view.limitations]
    lines += [f'<li class="rq-unreached"><b>Not reached:</b> {text(line)}</li>' for line in view.unreached]
    return f'<ul class="rq-notes" aria-label="Limitations">{"".join(lines)}</ul>' if lines else ""


def _footing(view: AnswerView) -> str:
    return f'<p class="rq-footing">{text(view.footing)} · {text(DISCLAIMER)}</p>'


def _abstained(view: AnswerView, key: str) -> str:
    parts = ['<p class="rq-headline">No answer from these sources</p>', f'<p class="rq-sentence rq-first">{text(view.reason)}</p>']
    if view.missing:
        words = "".join(f"<li>{text(word)}</li>" for word in view.missing)
        parts.append(f'<div class="rq-block"><h4>Not found in the sources</h4><ul class="rq-words">{words}</ul></div>')
    if view.nearest:
        near = "".join(_nearest(item, f"{key}-n{number}") for number, item in enumerate(view.nearest))
        parts.append(f'<div class="rq-block"><h4>Nearest evidence</h4>{near}</div>')
    return "".join(parts) + _notes(view) + _footing(view)


def _nearest(item: Chip, key: str) -> str:
    return (
        f'<div class="rq-near"><p>{link(item.link, item.title)}{chip(item, key)} <span class="rq-where">{text(item.details)}</span></p>'
        f'<q class="rq-passage">{passage(item.passage)}</q></div>'
    )


def _side(view: AnswerView) -> str:
    parts = [_options(view.options)] if view.options else []
    cited = [line for line in view.sources if line.number is not None]
    read = [line for line in view.sources if line.number is None]
    if cited:
        parts.append(f'<h4>Sources</h4><ol class="rq-sources">{"".join(_source(line) for line in cited)}</ol>')
    if read:
        parts.append(
            f'<details class="rq-more"><summary>Read, not cited ({len(read)})</summary>'
            f'<ol class="rq-sources">{"".join(_source(line) for line in read)}</ol></details>'
        )
    if view.searched:
        opened = " open" if view.kind == "abstained" else ""
        queries = "".join(f"<li>{text(query)}</li>" for query in view.searched)
        parts.append(
            f'<details class="rq-more"{opened}><summary>Searched for ({len(view.searched)})</summary><ul class="rq-queries">{queries}</ul></details>'
        )
    return "".join(parts)


def _source(line: SourceLine) -> str:
    number = f'<span class="rq-number">{line.number}</span>' if line.number is not None else '<span class="rq-number rq-none">·</span>'
    where = " · ".join(part for part in (line.details, line.place) if part)
    quotes = "".join(f'<q class="rq-quote">{text(quote)}</q>' for quote in line.quotes[:3])
    more = f'<span class="rq-where">and {len(line.quotes) - 3} more passages</span>' if len(line.quotes) > 3 else ""
    return (
        f'<li>{number}<div class="rq-body">{link(line.link, line.title)}<span class="rq-where">{text(where)}</span>'
        f"{_authority(line.authority, line.tone)}{quotes}{more}</div></li>"
    )


def _options(lines: Sequence[OptionLine]) -> str:
    rows = "".join(_option(line) for line in lines)
    return (
        '<h4>For and against</h4><table class="rq-options"><thead><tr><th scope="col">Option</th>'
        f'<th scope="col" class="rq-against">against</th><th scope="col" class="rq-for">for</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _option(line: OptionLine) -> str:
    kind = ' class="rq-chosen"' if line.chosen else ""
    chosen = ' <span class="rq-tick">chosen</span>' if line.chosen else ""
    number = f' <span class="rq-number">{line.number}</span>' if line.number else ""
    why = f'<tr class="rq-because"><td colspan="3"><q>{text(line.because)}</q>{number}</td></tr>' if line.because and line.chosen else ""
    return (
        f'<tr{kind}><th scope="row"><b>{text(line.label)}</b> {text(line.text)}{chosen}</th>'
        f'<td class="rq-against">{_bar(line.contradicting)}</td><td class="rq-for">{_bar(line.supporting)}</td></tr>{why}'
    )


def _bar(share: float) -> str:
    percent = round(100 * min(1.0, share))
    return f'<span class="rq-bar" style="width:{percent}%"></span><span class="rq-value">{percent / 100:.2f}</span>'


def progress(state: live.Live, key: str, seconds: float) -> str:
    """A run under way: the step, the plan with each facet's rounds, and the sentences verified so far."""
    facets = "".join(_facet(line) for line in state.facets)
    reading = f'<p class="rq-where">Understood as {text(state.reading)}</p>' if state.reading else ""
    trouble = "".join(f'<p class="rq-unreached">{text(line)}</p>' for line in state.troubles)
    return (
        f'<div class="rq-live" role="status"><p class="rq-step"><span class="rq-pulse"></span>{text(state.step)}'
        f'<span class="rq-time">{seconds:.1f} s</span></p>{reading}<ul class="rq-facets">{facets}</ul>{trouble}</div>'
        + (f'<div class="rq-main">{_sentences(state.sentences, key)}</div>' if state.sentences else "")
    )


def trail(events: Sequence[TraceEvent]) -> str:
    """The finished research of an answer, facet by facet."""
    return f'<ul class="rq-facets">{"".join(_facet(line) for line in live.facets(events))}</ul>'


def _facet(line: live.FacetLine) -> str:
    rounds = "".join(
        f'<li><span class="rq-round">{one.number}</span> {text(one.found or "searching")}{_said(one.verdict)}'
        f'<div class="rq-queries">{text(" | ".join(one.queries))}</div>{_seen(one.evidence)}</li>'
        for one in line.rounds
    )
    mark = "rq-done" if line.done else "rq-open-facet"
    return f'<li class="{mark}"><b>{text(line.label)}</b><ol class="rq-rounds">{rounds}</ol></li>'


def _said(verdict: str) -> str:
    return f' · <span class="rq-verdict">{text(verdict)}</span>' if verdict else ""


def _seen(evidence: Sequence[str]) -> str:
    return f'<div class="rq-where">{text(evidence[0][:220])}</div>' if evidence else ""


def question(asked: str, options: dict[str, str], report: str, context: str = "") -> str:
    """What the person asked, as it will be read."""
    rows = "".join(f"<li><b>{text(name)}</b> {text(value)}</li>" for name, value in options.items())
    listed = f'<ul class="rq-asked-options">{rows}</ul>' if rows else ""
    attached = (
        f'<details class="rq-more"><summary>Report, {len(report):,} characters</summary><pre class="rq-report">{text(report)}</pre></details>'
        if report
        else ""
    )
    earlier = f'<p class="rq-where">Read together with: {text(context)}</p>' if context else ""
    return f'<div class="rq-asked"><p>{text(asked)}</p>{listed}{attached}{earlier}</div>'


def document(item: Document, passages: Sequence[Passage], mentions: Sequence[ConceptMention] = ()) -> str:
    """A document in full: its sections, paragraphs and tables, with concepts marked where they are given."""
    sections = item.sections or ()
    if not sections:
        return f'<article class="rq-document">{_block(item.text, 0, mentions)}</article>'
    parts = []
    for section in sections:
        page = f' <span class="rq-where">page {section.page}</span>' if section.page and section.heading != f"Page {section.page}" else ""
        parts.append(f"<h3>{text(section.heading)}{page}</h3>" if section.heading else "")
        parts.append(_block(item.text[section.start : section.end], section.start, mentions))
    return f'<article class="rq-document">{"".join(parts)}</article>'


def _block(body: str, offset: int, mentions: Sequence[ConceptMention]) -> str:
    """Paragraphs, lists and tables of a stretch of text; offsets are kept so that concept marks land where they belong."""
    parts: list[str] = []
    rows: list[tuple[str, int]] = []
    position = offset
    for line in body.splitlines(keepends=True):
        start, position = position, position + len(line)
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
            parts.append(f"<h4>{text(heading[2])}</h4>")
    if rows:
        parts.append(_table(rows, mentions))
    return "".join(parts)


def _table(rows: Sequence[tuple[str, int]], mentions: Sequence[ConceptMention]) -> str:
    has_head = len(rows) > 1 and bool(_DELIMITER.match(rows[1][0]))
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in split_row(rows[0][0])) if has_head else ""
    body = "".join(f"<tr>{_cells(line, start, mentions)}</tr>" for line, start in rows[2 if has_head else 0 :])
    return f'<div class="rq-scroll" tabindex="0" role="region" aria-label="Table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


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
        said = f"{mention.name} ({mention.cui}), {mention.assertion}"
        parts.append(text(stretch[position:a]))
        parts.append(
            f'<span class="rq-concept rq-{text(mention.assertion)}" title="{text(said)}">{text(stretch[a:b])}'
            f'<span class="rq-hidden"> ({text(mention.assertion)})</span></span>'
        )
        position = b
    return "".join([*parts, text(stretch[position:])])
