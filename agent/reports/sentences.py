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


_SHORT = {
    "w/o": "without", "w/": "with ", "c/w": "consistent with", "s/p": "status post", "s/o": "suggestive of", "h/o": "history of",
    "2/2": "due to",
    "bilat": "bilateral", "bilat.": "bilateral", "b/l": "bilateral", "r/o": "rule out", "d/t": "due to",
}  # fmt: skip
"""What is typed short for little words, which say what belongs together."""
_SHORTS = re.compile(
    r"(?i)(?<![\w/])(?:" + "|".join(re.escape(one) for one in sorted(_SHORT, key=len, reverse=True)) + r")(?![\w/])|(?<![\w/])w/(?=\w)"
)


def _spelled_out(text: str) -> str:
    return _SHORTS.sub(lambda match: _SHORT[match[0].lower()], text)


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
                found.append(Sentence(_spelled_out(text[start:end]), start, end, part.heading, label, len(found), text[begins:end], begins))
    return found


def _spans(text: str, part: Section) -> Iterator[tuple[int, int]]:
    """Sentence by sentence, and within them line by line where a line begins with a label or a list mark."""
    for start, end in sentence_spans(text, part.start, part.end):
        position = start
        for cut in _CUTS.finditer(text, start, end):
            if text[position : cut.start()].strip():
                yield _stripped(text, position, cut.start())
            position = cut.end()
        for begin, stop in _unstopped(text, position, end):
            if text[begin:stop].strip():
                yield _stripped(text, begin, stop)


def _unstopped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What was dictated without stops, cut where a new statement begins."""
    if end - start > _UNSTOPPED and not re.search(r"[.;:](?=\s)", text[start : end - 1]):
        for cut in _STATEMENT.finditer(text, start + 1, end):
            yield start, cut.start()
            start = cut.start()
    yield start, end


_UNSTOPPED = 120
"""Characters of a piece without any stop, from which on it is taken for dictation."""
_STATEMENT = re.compile(
    r"(?<=\s)(?:there\s(?:is|are)\b|incidental\b|(?<!and\s)(?<!or\s)(?<!is\s)(?<!with\s)(?<!has\s)no\s(?=\w)|both\s(?=\w+s\b)"
    r"|(?<!of\s)(?<!in\s)(?<!the\s)(?:the\s)?(?:liver|gall\s?bladder|spleen|pancreas|kidneys?|aorta|bladder|uterus|appendix|lungs?|heart|bowel|bones?"
    r"|adrenals?|prostate|ovar(?:y|ies)|portal\svein|thyroid|ventricles|bile\sducts?)\s"
    r"(?=(?:is|are|shows?|contains?|appears?|normal|unremarkable|has|have|thickened|dilated|enlarged)\b))",
    re.IGNORECASE,
)
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
