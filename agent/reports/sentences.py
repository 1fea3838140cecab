"""A report's sentences with the part and the label they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agent.reports.vocabulary import organ_words, part_organs
from corpora.passages import sentence_spans
from corpora.readers.reports import sections
from corpora.types import Section

_LABEL = re.compile(r"(?P<label>[A-Za-z][A-Za-z0-9 ,/&()#'.-]{1,48}?)\s?:\s+(?=\S)|(?P<alone>[A-Za-z][A-Za-z /&-]{1,40}):\s*$")
_MARK = re.compile(r"^(?:\(?\d{1,2}[.)]|[-*•])\s+")


class Sentence(NamedTuple):
    """`text[start:end]`, its part ("Findings"), the label in front of it ("Liver"), and its number in the report.

    Of a report in another language `text` is the sentence in English and `original` what stands in the report.
    """

    text: str
    start: int
    end: int
    section: str
    label: str
    number: int
    original: str = ""


def parts(text: str) -> tuple[Section, ...]:
    """The parts of a report; one without headings is all findings."""
    found = sections(text, empty=True)
    named = {part.heading for part in found}
    if named <= {""}:
        return tuple(part.model_copy(update={"heading": "Findings"}) for part in found)
    return found if "Findings" in named else tuple(piece for part in found for piece in _headed(text, part))


def _headed(text: str, part: Section) -> Iterator[Section]:
    """A part of a report without the heading "Findings": what follows the first line of its head parts is findings."""
    line = text.find("\n", part.start, part.end)
    if part.heading not in _HEAD or line < 0:
        yield part
        return
    yield part.model_copy(update={"end": line})
    start = line + len(text[line : part.end]) - len(text[line : part.end].lstrip())
    yield Section(heading="Findings", start=start, end=part.end)


_HEAD = ("Indication", "Technique", "Comparison", "Examination")


def sentences(text: str, *, other: bool = False) -> list[Sentence]:
    """Every sentence, in order; a line's label ("Liver: ...") is taken off and holds for the rest of its line or paragraph.

    In an `other` language than English every word before a colon is taken for a label.
    """
    found: list[Sentence] = []
    for part in parts(text):
        label = ""
        for start, end in _spans(text, part):
            if mark := _MARK.match(text[start:end]):
                start += mark.end()
            line = _line_start(text, start, part)
            if re.search(r"\n\s*\n", text[found[-1].end if found and found[-1].section == part.heading else part.start : start]):
                label = ""
            if named := _LABEL.match(text, start, end):
                said = (named["label"] or named["alone"]).strip()
                if _NUMBERED.search(said):
                    label = ""
                elif _names_something(said) or other:
                    label, start = said, named.end()
            elif line:
                label = ""
            if text[start:end].strip():
                found.append(Sentence(text[start:end], start, end, part.heading, label, len(found)))
    return found


def _spans(text: str, part: Section) -> Iterator[tuple[int, int]]:
    """Sentence by sentence, and within them line by line where a line begins with a label or a list mark."""
    for start, end in sentence_spans(text, part.start, part.end):
        position = start
        for cut in re.finditer(r"\n[ \t]*(?=(?:\(?\d{1,2}[.)]\s|[-*•]\s|[A-Z][A-Za-z ,/&-]{1,40}:\s))|\n\s*\n", text[start:end]):
            if text[position : start + cut.start()].strip():
                yield _stripped(text, position, start + cut.start())
            position = start + cut.end()
        if text[position:end].strip():
            yield _stripped(text, position, end)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _line_start(text: str, start: int, part: Section) -> bool:
    """Whether the sentence begins a line."""
    return start == part.start or "\n" in text[max(part.start, start - 6) : start]


def _names_something(label: str) -> bool:
    """Whether a word before a colon is a label of an organ or region."""
    return bool(organ_words().has(label) or part_organs().has(label) or _REGIONS.search(label))


_NUMBERED = re.compile(r"(?i)\b(?:nodule|lesion|mass|cyst|observation|target|node|index)\s?#?\d")
_REGIONS = re.compile(
    r"(?i)\b(?:other|vessels|upper abdomen|chest|abdomen|pelvis|extrahepatic|airways|miscellaneous|additional|visualized portions|"
    r"lines and tubes)\b"
)
