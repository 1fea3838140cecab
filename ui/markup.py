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
from corpora.legible import plain
from ui import live
from ui.view import AnswerView, Case, Chip, OptionLine, Piece, Sentence, Side, SourceLine, Told, joined, safe_link

STYLE = Path(__file__).parent / "assets" / "style.css"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


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
    """An answer or abstention without its panel; `key` keeps the ids of several answers on one page apart."""
    body = _abstained(view, key) if view.kind == "abstained" else _answered(view, key)
    return f'<div class="rq-answer rq-{view.kind}"><div class="rq-main">{body}</div></div>'


def panel(view: AnswerView) -> str:
    """What stands beside an answer: its options, its sources, and what was searched for."""
    return f'<aside class="rq-side" aria-label="Evidence for: {text(" ".join(view.asked.split())[:120])}">{_side(view)}</aside>'


def _answered(view: AnswerView, key: str) -> str:
    support = f'<p class="rq-support">{text(view.support)}</p>' if view.support else ""
    return support + _headline(view, key) + _body(view, key) + _confidence(view) + _notes(view) + _footing(view)


def _body(view: AnswerView, key: str) -> str:
    """The sentences as the answer's shape wants them."""
    lead = f'<p class="rq-lead">{text(view.lead)}</p>' if view.lead else ""
    if view.sides:
        return lead + _columns(view.sides, key) + _sentences(view.sentences, key, lead=False)
    if view.cases:
        names = [choice.condition for choice in view.depends]
        told = f'<p class="rq-lead">It depends on {text(" and ".join(names))}</p>'
        return told + _cases(names, view.cases, key) + _sentences(view.sentences, key, lead=False)
    if view.shape == "list" and len(view.sentences) > 1:
        return lead + f'<ul class="rq-list">{"".join(_entry(item, f"{key}-{number}") for number, item in enumerate(view.sentences))}</ul>'
    return lead + _sentences(view.sentences, key, lead=not view.head)


def _columns(sides: Sequence[Side], key: str) -> str:
    """What speaks for each of two things, side by side."""
    columns = "".join(
        f'<section class="rq-column"><h3>{text(one.name)}</h3>{_sentences(one.sentences, f"{key}-c{number}", lead=False)}</section>'
        for number, one in enumerate(sides)
    )
    return f'<div class="rq-columns">{columns}</div>'


def _cases(names: Sequence[str], cases: Sequence[Case], key: str) -> str:
    """What holds under each value of the open conditions, the conditions first."""
    rows = (
        "<tr>"
        + "".join(f'<th scope="row">{text(value)}</th>' for value in case.given)
        + f"<td>{_told_with_chips(case.sentence, f'{key}-d{number}')}</td></tr>"
        for number, case in enumerate(cases)
    )
    return table("It depends", (*names, "then"), rows)


def _entry(item: Sentence, key: str) -> str:
    """An entry of a list: what it is, then what tells it apart."""
    at = item.text.casefold().find(item.subject.casefold()) if item.subject else -1
    if not item.subject or at == 0:
        name = f"<b>{text(item.text[: len(item.subject)])}</b>" if item.subject else ""
        return f"<li>{_told_with_chips(item, key, name=name, after=len(item.subject))}</li>"
    return f"<li>{_told_with_chips(item, key, name=f'<b>{text(item.subject)}:</b> ')}</li>"


def _headline(view: AnswerView, key: str) -> str:
    """The chosen option; with its chips where the first sentence would only say it again."""
    if not view.headline:
        return ""
    chips = "".join(chip(one, f"{key}-h{number}") for number, one in enumerate(view.head))
    return f'<div class="rq-head-line"><p class="rq-headline">{text(view.headline)}</p>{chips}</div>'


def _sentences(sentences: Sequence[Sentence], key: str, *, lead: bool = True) -> str:
    """The sentences; the first stands out where it is the answer."""
    return "".join(_sentence(item, f"{key}-{number}", first=lead and number == 0) for number, item in enumerate(joined(sentences)))


def _sentence(item: Sentence, key: str, *, first: bool) -> str:
    kind = " rq-first" if first else ""
    kind += " rq-urgent" if item.urgent else ""
    kind += f" rq-basis-{item.basis}" if item.basis != "evidence" else ""
    note = f'<span class="rq-note">{text(item.note)}</span> ' if item.note else ""
    return f'<p class="rq-sentence{kind}">{note}{_told_with_chips(item, key)}</p>'


def _told_with_chips(item: Sentence, key: str, *, name: str = "", after: int = 0) -> str:
    """The sentence's text, what it rests on and its chips; of a text that is named already, only what comes `after`."""
    doubt = f' <span class="rq-doubt">({text(item.doubtful)})</span>' if item.doubtful else ""
    chips = "".join(chip(one, f"{key}-{number}") for number, one in enumerate(item.chips))
    body, _, last = item.text[after:].rpartition(" ")
    end = f'<span class="rq-end">{text(last)}{doubt}{chips}</span>'  # a chip never stands on a line alone
    return f"{name}{text(f'{body} ' if body else '')}{end}"


def chip(item: Chip, key: str) -> str:
    """A numbered button and the popover with the passage that it opens on click, Enter or hovering."""
    name = f"rq-{hashlib.blake2b(key.encode(), digest_size=6).hexdigest()}"
    where = " · ".join(part for part in (item.details, item.place) if part)
    shown = link(item.link, "Open the source") if item.link else "This source has no address that can be opened."
    open_link = f'<span class="rq-open">{shown}</span>'
    said = f"Source {item.number}: {item.title}" + (f", {1 + len(item.further)} passages" if item.further else "")
    further = "".join(f'<q class="rq-passage">{passage(one)}</q>' for one in item.further)
    return (
        f'<button type="button" class="rq-chip" popovertarget="{name}" aria-label="{text(said)}" style="anchor-name:--{name}">'
        f"{item.number}</button>"
        f'<span popover class="rq-pop" id="{name}" role="note" style="position-anchor:--{name}"><b class="rq-title">{text(item.title)}</b>'
        f'<span class="rq-where">{text(where)}</span>{authority(item.authority, item.tone)}'
        f'<q class="rq-passage">{passage(item.passage)}</q>{further}{open_link}</span>'
    )


def passage(pieces: Iterable[Piece]) -> str:
    """A passage with the quoted words marked."""
    return "".join(f"<mark>{text(piece.text)}</mark>" if piece.marked else text(piece.text) for piece in pieces)


def authority(name: str, tone: str) -> str:
    """The name of an authority as a small tag; nothing without one."""
    return f'<span class="rq-authority rq-{tone}">{text(name)}</span>' if name else ""


def _confidence(view: AnswerView) -> str:
    if not view.level:
        return ""
    return (
        f'<p class="rq-confidence"><span class="rq-level rq-level-{text(view.level)}">{text(view.level.capitalize())} confidence</span> '
        f"{view.sure} % · {text(view.why)}</p>"
    )


def _notes(view: AnswerView) -> str:
    lines = [f'<li class="rq-open-part"><b>Open:</b> {text(part)}</li>' for part in view.open]
    lines += [f"<li>{text(line)}</li>" for line in (view.before, *view.limitations) if line]
    lines += [f'<li class="rq-unreached"><b>Not reached:</b> {text(line)}</li>' for line in view.unreached]
    return f'<ul class="rq-notes" aria-label="Limitations">{"".join(lines)}</ul>' if lines else ""


def _footing(view: AnswerView) -> str:
    return f'<p class="rq-footing">{text(view.footing)} · {text(DISCLAIMER)}</p>'


def _abstained(view: AnswerView, key: str) -> str:
    parts = ['<p class="rq-headline">No answer from these sources</p>', f'<p class="rq-sentence rq-first">{text(view.reason)}</p>']
    if view.missing:
        words = "".join(f"<li>{text(word)}</li>" for word in view.missing)
        parts.append(f'<div class="rq-block"><h3>Not found in the sources</h3><ul class="rq-words">{words}</ul></div>')
    if view.related:
        near = "".join(_related(item, f"{key}-n{number}") for number, item in enumerate(view.related))
        said = '<p class="rq-where">The nearest passages, quoted; nothing says that they answer the question.</p>'
        parts.append(f'<div class="rq-block rq-related"><h3>Possibly related</h3>{said}{near}</div>')
    return "".join(parts) + _notes(view) + _footing(view)


def _related(item: Chip, key: str) -> str:
    quoted = item.passage if any(not piece.marked for piece in item.passage) else [Piece(text=piece.text) for piece in item.passage]
    return (
        f'<div class="rq-near"><p>{link(item.link, item.title)}{chip(item, key)} <span class="rq-where">{text(item.details)}</span></p>'
        f'<q class="rq-passage">{passage(quoted)}</q></div>'
    )


def _side(view: AnswerView) -> str:
    parts = [_options(view.options, exception=view.exception)] if view.options else []
    cited = [line for line in view.sources if line.number is not None]
    read = [line for line in view.sources if line.number is None]
    if cited:
        parts.append(f'<h3>Sources</h3><ol class="rq-sources">{"".join(_source(line) for line in cited)}</ol>')
    if read:
        parts.append(
            f'<details class="rq-more"><summary>Read, not cited ({len(read)})</summary>'
            f'<ol class="rq-sources">{"".join(_source(line) for line in read)}</ol></details>'
        )
    if view.searched:
        opened = " open" if view.kind == "abstained" else ""
        queries = "".join(f"<li>{text(query)}</li>" for query in view.searched)
        parts.append(
            f'<details class="rq-more"{opened}><summary>Searched for ({len(view.searched)})</summary>'
            f'<ul class="rq-queries">{queries}</ul></details>'
        )
    return "".join(parts)


def _source(line: SourceLine) -> str:
    number = f'<span class="rq-number">{line.number}</span>' if line.number is not None else '<span class="rq-number rq-none">·</span>'
    where = " · ".join(part for part in (line.details, line.place) if part)
    quotes = "".join(f'<q class="rq-quote">{text(quote)}</q>' for quote in line.quotes[:3])
    rest = len(line.quotes) - 3
    more = f'<span class="rq-where">and {rest} more passage{"s" * (rest > 1)}</span>' if rest > 0 else ""
    return (
        f'<li>{number}<div class="rq-body">{link(line.link, line.title)}<span class="rq-where">{text(where)}</span>'
        f"{authority(line.authority, line.tone)}{quotes}{more}</div></li>"
    )


def _options(lines: Sequence[OptionLine], *, exception: bool) -> str:
    said = {line.so: line.label for line in reversed(lines) if line.so}
    rows = "".join(_option(line, said) for line in lines)
    turned = " The question asks for the exception: the option stands that the evidence says least." if exception else ""
    return (
        '<h3>For and against</h3><p class="rq-where rq-scale">How strongly the best evidence says so, and how strongly any says '
        f"something else, which may be about another case; 0 to 1.{turned}</p>"
        '<table class="rq-options"><thead><tr><th scope="col">Option</th><th scope="col" class="rq-against">says otherwise</th>'
        f'<th scope="col" class="rq-for">says so</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _option(line: OptionLine, said: dict[Told, str]) -> str:
    """Two rows of the table; `said` tells beside which option words stand already, and they are not written again."""
    kind = ' class="rq-chosen"' if line.chosen else ""
    chosen = ' <span class="rq-tick">chosen</span>' if line.chosen else ""
    why = _told("Says so", line.so) if line.so else ""
    if line.otherwise:
        beside = said.setdefault(line.otherwise, line.label)
        why += _told("Says otherwise", line.otherwise) if beside == line.label else _told_beside(beside)
    return (
        f'<tr{kind}><th scope="row"><b>{text(line.label)}</b> {text(line.text)}{chosen}</th>'
        f'<td class="rq-against">{_bar(line.contradicting)}</td><td class="rq-for">{_bar(line.supporting)}</td></tr>'
        + (f'<tr class="rq-because"><td colspan="3">{why}</td></tr>' if why else "")
    )


def _told(name: str, told: Told) -> str:
    where = f'<span class="rq-number">{told.number}</span>' if told.number else f'<span class="rq-where">({text(told.title)})</span>'
    return f'<p class="rq-told"><b>{name}:</b> <q>{text(told.text)}</q> {where}</p>'


def _told_beside(option: str) -> str:
    return f'<p class="rq-told"><b>Says otherwise:</b> the words beside {text(option)}</p>'


def _bar(share: float) -> str:
    return f'<span class="rq-bar" style="width:{round(100 * share)}%"></span><span class="rq-value">{share:.2f}</span>'


def progress(state: live.Live, key: str, seconds: float) -> str:
    """A run under way: the step, the plan with each facet's rounds, and the sentences verified so far."""
    facets = "".join(_facet(line) for line in state.facets)
    reading = f'<p class="rq-where">Understood as {text(state.reading)}</p>' if state.reading else ""
    trouble = "".join(f'<p class="rq-unreached">{text(line)}</p>' for line in state.troubles)
    return (
        f'<div class="rq-live"><p class="rq-step"><span class="rq-pulse"></span><span role="status">{text(state.step)}</span>'
        f'<span class="rq-time" aria-hidden="true">{seconds:.0f} s</span></p>{reading}<ul class="rq-facets">{facets}</ul>{trouble}</div>'
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
    return f'<ul class="rq-seen">{"".join(f"<li>{text(line[:220])}</li>" for line in evidence)}</ul>' if evidence else ""


def question(asked: str, options: dict[str, str], report: str, read_as: str = "") -> str:
    """What the person asked, as it will be read."""
    rows = "".join(f"<li><b>{text(name)}</b> {text(value)}</li>" for name, value in options.items())
    listed = f'<ul class="rq-asked-options">{rows}</ul>' if rows else ""
    attached = (
        f'<details class="rq-more"><summary>Report, {len(report):,} characters</summary>'
        f'<pre class="rq-report">{text(report)}</pre></details>'
        if report
        else ""
    )
    earlier = f'<p class="rq-where">Read as: {text(read_as)}</p>' if read_as else ""
    return f'<div class="rq-asked"><h2>{text(asked)}</h2>{listed}{attached}{earlier}</div>'


def advanced(rows: Iterable[tuple[str, str]]) -> str:
    """Raw identifiers, folded away; nothing without any."""
    shown = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in rows if value)
    return f'<details class="rq-more"><summary>Advanced</summary><dl class="rq-raw">{shown}</dl></details>' if shown else ""


def table(name: str, headers: Sequence[str], rows: Iterable[str]) -> str:
    """A table that scrolls sideways where it is too wide; `rows` are table rows as HTML, `headers` plain text."""
    head = "".join(f'<th scope="col">{text(header)}</th>' for header in headers)
    shown = f"<thead><tr>{head}</tr></thead>" if headers else ""
    return (
        f'<div class="rq-scroll" tabindex="0" role="region" aria-label="{text(name)}"><table class="rq-table">{shown}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
