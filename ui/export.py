"""Conversations as Markdown, PDF and JSON, and judged answers as an eval set. Pure but for the PDF's font file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.render import as_json, described, shown_quote
from agent.types import DISCLAIMER, Abstained, Answer, Answered, cited
from corpora.errors import MissingExtra
from ui.store import Turn
from ui.view import ROLES, headline, plain, safe_link

if TYPE_CHECKING:
    from fpdf import FPDF

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#+!|~$&:@-])")
_FONT = "FiraSans"


def markdown(title: str, turns: Sequence[Turn]) -> str:
    """The conversation as Markdown in which nothing that was quoted is markup."""
    parts = [f"# {_md(title)}", *(_turn_markdown(turn) for turn in turns), f"*{DISCLAIMER}*"]
    return "\n\n".join(parts) + "\n"


def _turn_markdown(turn: Turn) -> str:
    lines = [f"## {_md(turn.question)}"]
    if turn.options:
        lines.append("\n".join(f"- **{_md(label)}** {_md(text)}" for label, text in turn.options.items()))
    if turn.report:
        lines.append("Report:\n\n" + "\n".join(f"> {_md(line)}" for line in turn.report.splitlines()))
    lines += _answer_markdown(turn.answer) if turn.answer else [_md(turn.problem or turn.plain or "No answer yet.")]
    return "\n\n".join(lines)


def _answer_markdown(answer: Answer) -> list[str]:
    if isinstance(answer, Abstained):
        near = [f"- {_md(citation.title)}: “{_md(shown_quote(citation))}”" for citation in answer.nearest]
        missing = [f"Not found in the sources: {_md(', '.join(answer.missing))}."] if answer.missing else []
        return [f"**No answer.** {_md(answer.reason)}", *missing, *(["Nearest evidence:\n\n" + "\n".join(near)] if near else [])]
    lines = [f"**{_md(headline(answer))}**"] if answer.option else []
    lines += [f"{_role(claim.role)}{_md(claim.text)} {_md(cited(claim))}" for claim in answer.claims]
    lines.append("Sources:\n\n" + "\n".join(_source_markdown(answer, source.number) for source in answer.sources if source.cited))
    lines += [f"Note: {_md(limitation)}" for limitation in answer.limitations]
    return [*lines, f"Confidence: {answer.confidence.level} ({_md(answer.confidence.why)})"]


def _source_markdown(answer: Answered, number: int) -> str:
    source = next(one for one in answer.sources if one.number == number and one.cited)
    quotes = [citation for claim in answer.claims for citation in claim.citations if citation.number == number]
    quote = f" “{_md(shown_quote(quotes[0]))}”" if quotes else ""
    address = safe_link(source.url)
    return f"{number}. {_md(described(source))}, {_md(source.authority.value)}.{quote}" + (f" <{address}>" if address else "")


def _role(role: str) -> str:
    return f"*{ROLES[role]}:* " if role in ROLES else ""


def _md(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(plain(text).split()))


def as_document(title: str, turns: Sequence[Turn]) -> str:
    """The conversation as one JSON document."""
    asked = [
        {
            "question": turn.question, "options": turn.options or None, "report": turn.report, "status": turn.status,
            "asked": datetime.fromtimestamp(turn.asked, UTC).isoformat(timespec="seconds"), "problem": turn.problem,
            "answer": as_json(turn.answer) if turn.answer else None,
            "feedback": turn.feedback.model_dump() if turn.feedback else None,
        }
        for turn in turns
    ]  # fmt: skip
    return json.dumps({"title": title, "disclaimer": DISCLAIMER, "turns": asked}, ensure_ascii=False, indent=1)


def eval_set(turns: Sequence[Turn]) -> str:
    """Judged turns as a question set, JSON Lines, which `radqa eval run` replays.

    What was found helpful is the answer, or, of an abstention, that there is none; all else is asked again and not scored.
    """
    return "".join(json.dumps(_item(turn), ensure_ascii=False) + "\n" for turn in turns if turn.feedback)


def _item(turn: Turn) -> dict[str, Any]:
    answer, judged = turn.answer, turn.feedback
    helpful = bool(judged and judged.helpful)
    right = _right(turn) if helpful else None
    meta: dict[str, Any] = {"helpful": helpful, "answered": turn.plain, "kind": answer.kind if answer else turn.status}
    if isinstance(answer, Answered) and right:
        meta["relevant_docs"] = sorted({c.document_id for claim in answer.claims for c in claim.citations})
    elif isinstance(answer, Abstained) and helpful:
        meta["unanswerable"] = True
    else:
        meta["unscored"] = True
    if turn.report:
        meta["context"] = "report"
    if turn.read_as:
        meta["asked"] = turn.question
    return {
        "id": f"chat-{turn.id[:12]}", "question": turn.read_as or turn.question, "options": turn.options or None, "answer": right,
        "context": turn.report or None, "rationale": judged.comment if judged and judged.comment else None, "topic": None,
        "source": "judged in the chat", "meta": meta,
    }  # fmt: skip


def _right(turn: Turn) -> str | None:
    """The option or the sentences of an answer; None where there is neither, or no option was chosen among several."""
    if not isinstance(turn.answer, Answered):
        return None
    return turn.answer.option if turn.options else " ".join(claim.text for claim in turn.answer.claims)


@cache
def _font_folder() -> Path:
    try:
        import fontpkg_fira_sans
    except ImportError as error:
        raise MissingExtra("PDF export needs the packages of the chat.", 'Run: pip install "radqa[ui]"') from error
    return Path(fontpkg_fira_sans.__file__).parent / "files"


def pdf(title: str, turns: Sequence[Turn]) -> bytes:
    """The conversation as a PDF of A4 pages, with the disclaimer on each.

    Raises:
        MissingExtra: the packages of the chat are not installed.
    """
    page = _new_page()
    if not turns or title != turns[0].question:
        _write(page, title, size=16, bold=True, after=4)
    for turn in turns:
        _turn_pdf(page, turn)
    return bytes(page.output())


def _new_page() -> FPDF:
    from fpdf import FPDF

    class Page(FPDF):
        def footer(self) -> None:
            self.set_y(-13)
            self.set_font(_FONT, size=8)
            self.set_text_color(100)
            self.cell(0, 5, f"{DISCLAIMER}    {self.page_no()}", align="C")

    page = Page(format="A4")
    page.set_margins(20, 18, 20)
    page.set_auto_page_break(True, margin=20)
    page.add_font(_FONT, "", _font_folder() / "FiraSans-Regular.ttf")
    page.add_font(_FONT, "B", _font_folder() / "FiraSans-SemiBold.ttf")
    page.set_title("radqa")
    page.add_page()
    return page


def _write(
    page: FPDF, text: str, *, size: float = 10, bold: bool = False, grey: bool = False, indent: float = 0, after: float = 1.5
) -> None:
    page.set_font(_FONT, style="B" if bold else "", size=size)
    page.set_text_color(95 if grey else 20)
    page.set_x(page.l_margin + indent)
    page.multi_cell(0, size * 0.52, _drawable(text), align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(after)


def _drawable(text: str) -> str:
    """What the font can draw; the rest as a question mark rather than an empty box."""
    known = _glyphs()
    return "".join(character if character in "\n " or ord(character) in known else "?" for character in plain(text))


@cache
def _glyphs() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(_font_folder() / "FiraSans-Regular.ttf").getBestCmap())


def _turn_pdf(page: FPDF, turn: Turn) -> None:
    _write(page, turn.question, size=12, bold=True)
    for label, text in turn.options.items():
        _write(page, f"{label}  {text}", indent=4, after=0.5)
    if turn.report:
        _write(page, turn.report, size=9, grey=True, indent=4)
    if isinstance(turn.answer, Answered):
        _answered_pdf(page, turn.answer)
    elif isinstance(turn.answer, Abstained):
        _write(page, f"No answer. {turn.answer.reason}", bold=True)
        if turn.answer.missing:
            _write(page, f"Not found in the sources: {', '.join(turn.answer.missing)}", grey=True)
        for citation in turn.answer.nearest:
            _write(page, f"Nearest: {citation.title}: “{shown_quote(citation)}”", size=9, indent=4)
    else:
        _write(page, turn.problem or turn.plain or "No answer yet.", grey=True)
    page.ln(3)


def _answered_pdf(page: FPDF, answer: Answered) -> None:
    if answer.option:
        _write(page, headline(answer), size=11, bold=True)
    for claim in answer.claims:
        role = f"{ROLES[claim.role]}: " if claim.role in ROLES else ""
        _write(page, f"{role}{claim.text} {cited(claim)}")
    _write(page, f"Confidence: {answer.confidence.level} ({answer.confidence.why})", size=9, grey=True)
    for limitation in answer.limitations:
        _write(page, f"Note: {limitation}", size=9, grey=True)
    for source in (one for one in answer.sources if one.cited):
        quotes = [citation for claim in answer.claims for citation in claim.citations if citation.number == source.number]
        _write(page, f"[{source.number}]  {described(source)}, {source.authority.value}", size=9, indent=4, after=0)
        if quotes:
            _write(page, f"“{shown_quote(quotes[0])}”", size=9, grey=True, indent=10, after=0)
        if safe_link(source.url):
            _write(page, safe_link(source.url), size=8, grey=True, indent=10)
