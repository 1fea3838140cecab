"""A report's sentences with the part and the label they stand under."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from agent.reports.measuring import sizes
from agent.reports.setting import modality, patient
from agent.reports.vocabulary import kind_words, organ_words, part_organs, words_of
from corpora.passages import sentence_spans
from corpora.readers.reports import sections
from corpora.types import Section

_LABEL = re.compile(r"(?P<label>[A-Za-z][A-Za-z0-9 ,/&()#'.-]{1,48}?)\s?:\s+(?=\S)|(?P<alone>[A-Za-z][A-Za-z /&-]{1,40}):\s*$")
_MARK = re.compile(r"^(?:\(?\d{1,2}[.)]|[-*•])\s+")


class Sentence(NamedTuple):
    """`text[start:end]`, its part ("Findings"), the label in front of it ("Liver"), and its number in the report.

    `original` is what stands in the report from `begins` on: with its label, and of a report in another language in that language.
    """

    text: str
    start: int
    end: int
    section: str
    label: str
    number: int
    original: str = ""
    begins: int = -1


Spoken = Callable[[str], str]
"""A piece of a report in English."""


def parts(text: str, spoken: Spoken = str) -> tuple[Section, ...]:
    """The parts of a report; one without headings is its head, and then all findings."""
    found = sections(text, empty=True)
    named = {part.heading for part in found}
    if named <= {""}:
        return tuple(piece for part in found for piece in _opened(text, part, spoken, whole=True))
    return found if "Findings" in named else tuple(piece for part in found for piece in _headed(text, part, spoken))


def _opened(text: str, part: Section, spoken: Spoken, *, whole: bool = False) -> Iterator[Section]:
    """A part without a heading: its title and what is said of patient and study stay head, the rest is findings."""
    end = _head_end(text, part, spoken)
    end = part.start if whole and not text[end : part.end].strip() else end
    if end > part.start:
        yield part.model_copy(update={"heading": "", "end": end})
    start = end + len(text[end : part.end]) - len(text[end : part.end].lstrip())
    if start < part.end:
        yield Section(heading="Findings", start=start, end=part.end)


_HEAD_SENTENCES = 5
"""Sentences in which a report without headings says who was examined, why and how."""


def _head_end(text: str, part: Section, spoken: Spoken) -> int:
    """Where the head of a part ends: behind its title, and behind sentences that measure nothing and speak of patient or study."""
    end = part.start
    for number, (start, stop) in enumerate(_lines_and_sentences(text, part)):
        said = text[start:stop]
        about = patient(spoken(said))
        opens = number == 0 and (bool(modality(said)) or not said.rstrip().endswith("."))
        if (
            number >= _HEAD_SENTENCES
            or sizes(said)
            or ":" in said[:-1]
            or not (opens or about.age or about.sex or _AGED.search(said) or words_of("opening").has(spoken(said)))
        ):
            break
        end = stop
    return end


_AGED = re.compile(r"(?i)^\W*\d{1,3}\s?(?:mo|wks?|d|y|yo|j\.?|a\.?|ans|anos|años|anni)\b")


def _lines_and_sentences(text: str, part: Section) -> Iterator[tuple[int, int]]:
    for line in re.finditer(r"[^\n]+", text[part.start : part.end]):
        for piece in re.finditer(r".+?(?:[.!?](?=\s)|$)", line[0]):
            if piece[0].strip():
                yield _stripped(text, part.start + line.start() + piece.start(), part.start + line.start() + piece.end())


def _headed(text: str, part: Section, spoken: Spoken) -> Iterator[Section]:
    """A part of a report without the heading "Findings": what follows the first line of its head parts is findings."""
    if not part.heading:
        yield from _opened(text, part, spoken)
        return
    line = text.find("\n", part.start, part.end)
    if part.heading not in _HEAD or line < 0:
        yield part
        return
    yield part.model_copy(update={"end": line})
    start = line + len(text[line : part.end]) - len(text[line : part.end].lstrip())
    yield Section(heading="Findings", start=start, end=part.end)


_HEAD = ("Indication", "Technique", "Comparison", "Examination")


def sentences(text: str, *, other: bool = False, spoken: Spoken = str) -> list[Sentence]:
    """Every sentence, in order; a line's label ("Liver: ...") is taken off and holds for the rest of its line or paragraph.

    In an `other` language than English every word before a colon is taken for a label, and `spoken` puts a sentence into English.
    """
    found: list[Sentence] = []
    for part in parts(text, spoken):
        label = ""
        for start, end in _spans(text, part):
            if mark := _MARK.match(text[start:end]):
                start += mark.end()
            line, begins = _line_start(text, start, part), start
            if re.search(r"\n\s*\n", text[found[-1].end if found and found[-1].section == part.heading else part.start : start]):
                label = ""
            if named := _LABEL.match(text, start, end):
                said = (named["label"] or named["alone"]).strip()
                if _NUMBERED.search(said):
                    label = ""
                elif (_names_something(said) or other) and not (sizes(said) and kind_words().has(spoken(said))):
                    label, begins, start = said, start, named.end()
            elif line:
                label = ""
            if text[start:end].strip():
                found.append(Sentence(text[start:end], start, end, part.heading, label, len(found), text[begins:end], begins))
    return found


def _spans(text: str, part: Section) -> Iterator[tuple[int, int]]:
    """Sentence by sentence, and within them line by line where a line begins with a label or a list mark."""
    for start, end in sentence_spans(text, part.start, part.end):
        position = start
        for cut in _CUTS.finditer(text, start, end):
            if text[position : cut.start()].strip():
                yield _stripped(text, position, cut.start())
            position = cut.end()
        if text[position:end].strip():
            yield _stripped(text, position, end)


_CUTS = re.compile(
    r"\n[ \t]*(?=(?:\(?\d{1,2}[.)]\s|[-*•]\s|[A-ZÀ-Þ][\w ,/&-]{1,40}\s?:\s))|\n\s*\n"
    r"|(?<=[a-zà-ÿ]{4}\.)(?<!approx\.)(?<!incl\.)(?<!inkl\.)(?<!beids\.)(?<!bzgl\.)\s+(?=[a-zà-ÿ]{3})|(?<=\d mm\.)\s+(?=[a-zà-ÿ]{3})"
)
"""Within what is no sentence's end by capitals: list marks and labels at a line's start, blank lines, and dictation in small letters."""


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _line_start(text: str, start: int, part: Section) -> bool:
    """Whether the sentence begins a line."""
    return start == part.start or "\n" in text[max(part.start, start - 6) : start]


def _names_something(label: str) -> bool:
    """Whether a word before a colon is a label of an organ or region."""
    named = [*organ_words().find(label), *part_organs().find(label)]
    return bool(_REGIONS.search(label)) or any(not PHASE.match(label, one.end) for one in named)


_NUMBERED = re.compile(r"(?i)\b(?:nodule|lesion|mass|cyst|observation|target|node|index)\s?#?\d")
PHASE = re.compile(r"(?i)[\s-](?:(?:dominant|venous|late)\s)?(?:phase|hyper|enhanc|washout|perfusion)")
"""Behind "arterial" or "portal venous": a phase of the contrast, no vessel."""
_REGIONS = re.compile(
    r"(?i)\b(?:other|vessels|upper abdomen|chest|abdomen|pelvis|extrahepatic|airways|miscellaneous|additional|visualized portions|"
    r"lines and tubes|right|left)\b"
)
