"""What a person pastes: a question, "A. ... B. ..." options and a report are told apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from pydantic import Field

from corpora.types import Frozen

_LETTERS = tuple(ascii_uppercase)
_NUMBERS = tuple(str(number) for number in range(1, 27))
_LINE = re.compile(r"^[ \t]*[(\[]?(?P<label>[A-Za-z]|[1-9]\d?)[.):\]][ \t]+(?=\S)", re.MULTILINE)
_INLINE = re.compile(r"(?:(?<=\s)|(?<=[?:;,.]))[(\[]?(?P<label>[A-Za-z])[.):\]]\s+(?=\S)")
_ASKING_LINE = re.compile(r"\n(?=[^\n]*\?[ \t]*(?:\n|$))")
_HEADING = re.compile(
    r"^[ \t]*(?P<name>findings?|impression|conclusions?|technique|indication|comparison|clinical (?:information|history|details)|history"
    r"|procedure|examination|exam|study|report|befund|beurteilung|indikation|technik|klinische angaben|résultats?|conclusion|indication"
    r"|hallazgos|impresión|técnica|reperti|conclusioni|achados|impressão)[ \t]*(?::|\n|$)",
    re.MULTILINE | re.IGNORECASE,
)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_REQUEST = re.compile(r"\s{0,40}(?:give|classify|grade|stage|assign|summari[sz]e|name|tell)\b[^:]{0,2000}$", re.IGNORECASE)
_LONG_REPORT = 200
"""Characters after a single heading from which a text counts as a report."""


class Pasted(Frozen):
    """A pasted text taken apart; `question` is empty where only a report was pasted."""

    question: str
    options: dict[str, str] = Field(default_factory=dict)
    report: str = ""


def read(text: str) -> Pasted:
    """The question, the options and the report in a text; what is not recognised stays in the question."""
    body, options = split_options(text.replace("\r\n", "\n").strip())
    question, report = split_report(body)
    return Pasted(question=question, options=options, report=report)


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """The text without its options, and label -> text of the options; none unless two or more follow each other in order."""
    marks = _run(list(_LINE.finditer(text)), text) or _run(_after_question(text), text)
    if not marks:
        return text, {}
    ends = [mark.start() for mark in marks[1:]]
    last_end = _last_option_end(text, marks[-1].end())
    options = {
        mark["label"].upper(): " ".join(text[mark.end() : end].split()).rstrip(";,")
        for mark, end in zip(marks, [*ends, last_end], strict=True)
    }
    rest = "\n\n".join(part for part in (text[: marks[0].start()].strip(), text[last_end:].strip()) if part)
    return (rest, options) if all(options.values()) else (text, {})


def _after_question(text: str) -> list[re.Match[str]]:
    """Marks within a line, which count only from a question mark or colon on: "which? A. one B. two"."""
    found = list(_INLINE.finditer(text))
    for number, mark in enumerate(found):
        if mark["label"].upper() == "A" and text[: mark.start()].rstrip().endswith(("?", ":")):
            return found[number:]
    return []


def _run(marks: Sequence[re.Match[str]], text: str) -> list[re.Match[str]]:
    """The first run A, B, C ... (or 1, 2, 3 ... right after a question) of at least two marks, one of each label."""
    for start, first in enumerate(marks):
        label = first["label"].upper()
        if label not in ("A", "1") or (label == "1" and not text[: first.start()].rstrip().endswith("?")):
            continue
        order = _LETTERS if label == "A" else _NUMBERS
        run = [first]
        for mark in marks[start + 1 :]:
            if len(run) < len(order) and mark["label"].upper() == order[len(run)]:
                run.append(mark)
        if len(run) > 1:
            return run
    return []


def _last_option_end(text: str, start: int) -> int:
    """The last option ends with its paragraph, or before a line that asks."""
    ends = (_PARAGRAPHS.search(text, start), _ASKING_LINE.search(text, start))
    return min((end.start() for end in ends if end), default=len(text))


def split_report(text: str) -> tuple[str, str]:
    """The question and the report in a text: a report has two headings such as FINDINGS and IMPRESSION, or one and some length."""
    headings = list(_HEADING.finditer(text))
    if not headings or (len(headings) < 2 and len(text) - headings[0].end() < _LONG_REPORT):
        return text, ""
    before, body = text[: headings[0].start()].strip(), text[headings[0].start() :].strip()
    asked = [line for line in before.splitlines() if line.strip().endswith("?") or _REQUEST.match(line)]
    if asked:
        title = "\n".join(line for line in before.splitlines() if line not in asked).strip()
        return " ".join(line.strip() for line in asked), "\n".join(part for part in (title, body) if part)
    question, body = _closing_question(body)
    return question, "\n".join(part for part in (before, body) if part)


def _closing_question(body: str) -> tuple[str, str]:
    """The last paragraph, or else the last line, where it is a question; and the rest."""
    for cut in [*(match.end() for match in _PARAGRAPHS.finditer(body)), body.rfind("\n") + 1][::-1]:
        last = body[cut:].strip()
        if cut and last.endswith("?") and not _HEADING.match(last):
            return " ".join(last.split()), body[:cut].strip()
    return "", body
