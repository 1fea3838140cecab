"""Conversations as Markdown, PDF and JSON, and judged answers as an eval set. Pure but for the PDF's font file.

What identifies a patient is masked in every file unless it is asked for `whole`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from agent.render import as_json, described, nearest, shown_quote, told
from agent.types import DISCLAIMER, Abstained, Answer, Answered, Claim, Source, cited
from corpora.errors import MissingExtra
from corpora.legible import plain
from ui.masking import Veil, veiled
from ui.store import Turn
from ui.view import NO_MODEL, ROLES, SUPPORT, OptionLine, Told, doubtful, headline, options, safe_link

if TYPE_CHECKING:
    from fpdf import FPDF

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#+!|~$&:@-])")
_FONT = "FiraSans"

Kind = Literal["question", "title", "lead", "text", "item", "source", "report", "note"]


class Block(NamedTuple):
    """A paragraph of an exported turn; `name` stands before the text, `quotes` and `link` after it."""

    kind: Kind
    text: str
    name: str = ""
    quotes: tuple[str, ...] = ()
    link: str = ""


def blocks(turn: Turn, veil: Veil) -> list[Block]:
    """Everything that a turn shows, in reading order and behind a veil: what Markdown and PDF write."""
    return [one._replace(text=veil(one.text), name=veil(one.name), quotes=tuple(map(veil, one.quotes))) for one in _blocks(turn)]


def _blocks(turn: Turn) -> list[Block]:
    made = [Block("question", turn.question)]
    if turn.read_as:
        made.append(Block("note", turn.read_as, "Read as"))
    made += [Block("item", text, label) for label, text in turn.options.items()]
    if turn.report:
        made += [Block("title", "Report"), Block("report", turn.report)]
    if isinstance(turn.answer, Answered):
        made += _answered(turn.answer)
    elif isinstance(turn.answer, Abstained):
        made += _abstained(turn.answer)
    else:
        made.append(Block("text", turn.problem or turn.plain or "No answer yet."))
    return [*made, *_made(turn)]


def _answered(answer: Answered) -> list[Block]:
    made = [Block("lead", headline(answer))] if answer.option else []
    made += [Block("text", _sentence(claim), ROLES.get(claim.role, "")) for claim in answer.claims]
    made += [Block("note", "; ".join(told(choice) for choice in answer.depends), "It depends on")] if answer.depends else []
    made += [Block("note", part, "Left open") for part in answer.open]
    made += [Block("note", SUPPORT[answer.support], "Support")] if SUPPORT[answer.support] else []
    made.append(Block("note", f"{answer.confidence.level} ({answer.confidence.why})", "Confidence"))
    made += [*_noted(answer), *_weighed(answer), Block("title", "Sources")]
    return made + [_source(source, answer) for source in answer.sources if source.cited]


def _sentence(claim: Claim) -> str:
    doubt = doubtful(claim)
    return " ".join(part for part in (claim.text, cited(claim), f"({doubt})" if doubt else "") if part)


def _source(source: Source, answer: Answered) -> Block:
    quotes = [shown_quote(one) for claim in answer.claims for one in claim.citations if one.number == source.number]
    text = f"{described(source)}, {source.authority.value}."
    return Block("source", text, str(source.number), tuple(dict.fromkeys(quotes)), safe_link(source.url))


def _abstained(answer: Abstained) -> list[Block]:
    made = [Block("lead", f"No answer. {answer.reason}")]
    if answer.missing:
        made.append(Block("note", ", ".join(answer.missing), "Not found in the sources"))
    made += [*_noted(answer), *_weighed(answer)]
    if answer.related:
        made.append(Block("title", "Possibly related, quoted without a claim"))
        made += [Block("item", one.title, "", (nearest(one),), safe_link(one.url)) for one in answer.related]
    if answer.searched:
        made.append(Block("title", "Searched for"))
        made += [Block("item", query) for query in dict.fromkeys(answer.searched)]
    return made


def _noted(answer: Answer) -> list[Block]:
    return [Block("note", limitation, "Note") for limitation in answer.limitations]


def _weighed(answer: Answer) -> list[Block]:
    """The options with what stands for and against each; nothing for an open question."""
    lines = options(answer)
    return (
        [Block("title", "For and against, 0 to 1"), *(Block("item", _for_and_against(line), line.label) for line in lines)] if lines else []
    )


def _for_and_against(line: OptionLine) -> str:
    sides = (("says so", line.supporting, line.so), ("says otherwise", line.contradicting, line.otherwise))
    weighed = [f"{name} {share:.2f}{_words(evidence)}" for name, share, evidence in sides]
    return f"{line.text}{' (chosen)' if line.chosen else ''}: {'; '.join(weighed)}"


def _words(evidence: Told | None) -> str:
    if evidence is None:
        return ""
    return f" “{evidence.text}” {f'[{evidence.number}]' if evidence.number else f'({evidence.title})'}"


def _made(turn: Turn) -> list[Block]:
    """When the question was asked, of whom, and over which index."""
    parts = [_when(turn, "minutes").replace("T", " ").replace("+00:00", " UTC")] if turn.asked else []
    if turn.answer:
        came = turn.answer.provenance
        parts += [came.model or NO_MODEL, f"preset {came.preset}" if came.preset else "", f"index {came.index}" if came.index else ""]
        parts += came.sent
    line = " · ".join(part for part in parts if part)
    return [Block("note", line, "Asked")] if line else []


def _when(turn: Turn, to: str) -> str:
    return datetime.fromtimestamp(turn.asked, UTC).isoformat(timespec=to)


def markdown(title: str, turns: Sequence[Turn], *, whole: bool = False) -> str:
    """The conversation as Markdown in which nothing that was quoted is markup."""
    title, turns, veil = veiled(title, turns, whole=whole)
    parts = [f"# {_md(title)}"]
    for turn in turns:
        before: Kind = "question"
        for block in blocks(turn, veil):
            joined = block.kind == before and block.kind in ("item", "source")  # a list is one
            parts[-1:] = [f"{parts[-1]}\n{_block_md(block)}"] if joined else [parts[-1], _block_md(block)]
            before = block.kind
    return "\n\n".join([*parts, f"*{DISCLAIMER}*"]) + "\n"


def _block_md(block: Block) -> str:
    if block.kind == "report":
        return "\n".join(f"> {_md(line)}" for line in block.text.splitlines())
    name = _md(block.name)
    text = _md(block.text) + "".join(f" “{_md(quote)}”" for quote in block.quotes) + (f" <{block.link}>" if block.link else "")
    forms: dict[Kind, str] = {
        "question": f"## {text}", "title": f"### {text}", "lead": f"**{text}**", "text": f"*{name}:* {text}" if name else text,
        "item": f"- **{name}** {text}" if name else f"- {text}", "source": f"{block.name}. {text}", "note": f"{name}: {text}",
    }  # fmt: skip
    return forms[block.kind]


def _md(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(plain(text).split()))


def as_document(title: str, turns: Sequence[Turn], *, whole: bool = False) -> str:
    """The conversation as one JSON document."""
    title, turns, veil = veiled(title, turns, whole=whole)
    asked = [
        {
            "question": turn.question, "read_as": turn.read_as or None, "options": turn.options or None, "report": turn.report,
            "status": turn.status, "asked": _when(turn, "seconds"), "problem": turn.problem,
            "answer": as_json(turn.answer) if turn.answer else None,
            "feedback": turn.feedback.model_dump() if turn.feedback else None,
        }
        for turn in turns
    ]  # fmt: skip
    document = {"title": title, "disclaimer": DISCLAIMER, "masked": not whole, "turns": veil.through(asked)}
    return json.dumps(document, ensure_ascii=False, indent=1)


def eval_set(turns: Sequence[Turn], *, whole: bool = False) -> str:
    """Judged turns as a question set, JSON Lines, which `radqa eval run` replays.

    What was found helpful is the answer, or, of an abstention, that there is none; all else is asked again and not scored.
    """
    _, turns, veil = veiled("", turns, whole=whole)
    return "".join(json.dumps(veil.through(_item(turn)), ensure_ascii=False) + "\n" for turn in turns if turn.feedback)


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


def pdf(title: str, turns: Sequence[Turn], *, whole: bool = False) -> bytes:
    """The conversation as a PDF of A4 pages, with the disclaimer on each.

    Raises:
        MissingExtra: the packages of the chat are not installed.
    """
    title, turns, veil = veiled(title, turns, whole=whole)
    page = _new_page()
    if not turns or title != turns[0].question:
        _write(page, title, size=16, bold=True, after=4)
    for turn in turns:
        _turn_pdf(page, turn, veil)
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
    """What the font can draw; spaces and dashes that it lacks as plain ones, the rest as a question mark rather than an empty box."""
    return "".join(map(_drawn, plain(text).replace("\r\n", "\n")))


_ALIKE = {"\t": "    ", "\r": "\n", "Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-", "Cf": ""}
"""What stands for a character, or for any of its category: spaces, line ends, dashes, and signs that only steer the setting."""


def _drawn(character: str) -> str:
    if character in "\n " or ord(character) in _glyphs():
        return character
    for known in (character, unicodedata.category(character)):
        if known in _ALIKE:
            return _ALIKE[known]
    parts = unicodedata.normalize("NFKC", character)
    return parts if all(ord(part) in _glyphs() or part == " " for part in parts) else "?"


@cache
def _glyphs() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(_font_folder() / "FiraSans-Regular.ttf").getBestCmap())


_PDF: Mapping[Kind, Mapping[str, Any]] = {
    "question": {"size": 12, "bold": True},
    "title": {"size": 9, "bold": True, "after": 0.5},
    "lead": {"size": 11, "bold": True},
    "text": {},
    "item": {"size": 9, "indent": 4, "after": 0.5},
    "source": {"size": 9, "indent": 4, "after": 0},
    "report": {"size": 9, "grey": True, "indent": 4},
    "note": {"size": 9, "grey": True},
}


def _turn_pdf(page: FPDF, turn: Turn, veil: Veil) -> None:
    for block in blocks(turn, veil):
        _write(page, _named(block), **_PDF[block.kind])
        for quote in block.quotes:
            _write(page, f"“{quote}”", size=9, grey=True, indent=10, after=0)
        if block.link:
            _write(page, block.link, size=8, grey=True, indent=10)
        elif block.quotes:
            page.ln(1.5)
    page.ln(3)


def _named(block: Block) -> str:
    forms: dict[Kind, str] = {"item": f"{block.name}  {block.text}", "source": f"[{block.name}]  {block.text}"}
    return forms.get(block.kind, f"{block.name}: {block.text}") if block.name else block.text
