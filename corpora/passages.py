"""Document -> Passage: section-aware, a table row whole, sentences never cut, ids stable and offsets exact."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from corpora.types import Document, Passage, Section, split_row

WORDS_PER_PASSAGE = 110
"""Target length; of 60, 110 and 200 words this retrieved best with the packaged model."""

_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_SAY = re.compile(r"^say:[ \t]*(\S[^\n]*?)[ \t]*$\s*\Z", re.MULTILINE)
"""A table's sentence pattern: the line before the table."""
_DELIMITER = re.compile(r"^[\s|:-]*-[\s|:-]*$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|ca|approx|Fig|Figs|Dr|Prof|No|Nos|et al|resp|incl|max|min|St|Tab|Eq|ref|refs)|(?<=\s)[A-Z]|^\s*\d+)\.$"
)
_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9<>])|\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)")
_LIST_MARK = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")


def split(document: Document) -> list[Passage]:
    """The document's passages in order. Sections without text give none; a document without sections is one section."""
    seen: dict[str, int] = {}
    words = 1 if document.source.kind in ("guideline", "topic") else WORDS_PER_PASSAGE  # a card's sentences stand alone
    sections = document.sections or (Section(heading="", start=0, end=len(document.text)),)
    return [
        Passage(
            id=_identify(document.id, section.heading, document.text[start:end], seen),
            document_id=document.id,
            text=document.text[start:end],
            start=start,
            end=end,
            section=section.heading,
            header=header,
            say=say,
            page=section.page,
            source=document.source,
        )
        for section in sections
        for start, end, header, say in _spans(document.text, section, words)
    ]


def _identify(document_id: str, heading: str, text: str, seen: dict[str, int]) -> str:
    digest = hashlib.sha256(f"{heading}\x1f{text}".encode()).hexdigest()[:10]
    seen[digest] = seen.get(digest, 0) + 1
    return f"{document_id}#{digest}" + (f"-{seen[digest]}" if seen[digest] > 1 else "")


def _spans(text: str, section: Section, words: int) -> Iterator[tuple[int, int, tuple[str, ...], str]]:
    """Character spans of the section's passages, each with its table header and sentence pattern (both empty for prose)."""
    position = section.start
    for start, end in _tables(text, section):
        pattern = _SAY.search(text, position, start)
        yield from ((a, b, (), "") for a, b in _prose(text, position, pattern.start() if pattern else start, words))
        yield from ((a, b, header, pattern[1] if pattern else "") for a, b, header in _rows(text, start, end))
        position = end
    yield from ((a, b, (), "") for a, b in _prose(text, position, section.end, words))


def _tables(text: str, section: Section) -> Iterator[tuple[int, int]]:
    """Spans of consecutive table lines that have a header and a delimiter line."""
    lines = list(_TABLE.finditer(text, section.start, section.end))
    block: list[re.Match[str]] = []
    for line in [*lines, None]:
        if line is not None and block and text[block[-1].end() : line.start()].strip(" \t") == "\n":
            block.append(line)
            continue
        if len(block) > 2 and _DELIMITER.match(block[1][0]):
            yield block[0].start(), block[-1].end()
        block = [line] if line is not None else []


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    lines = list(_TABLE.finditer(text, start, end))
    header = split_row(lines[0][0])
    for line in lines[2:]:
        yield (*_stripped(text, line.start(), line.end()), header)


def _prose(text: str, start: int, end: int, words: int) -> Iterator[tuple[int, int]]:
    """Groups of whole sentences of about so many words; a heading's sentences are never mixed with the next's."""
    group: list[tuple[int, int]] = []
    gathered = 0
    for a, b in sentence_spans(text, start, end):
        length = len(text[a:b].split())
        if group and gathered + length > words * 1.25:
            yield group[0][0], group[-1][1]
            group, gathered = [], 0
        group.append((a, b))
        gathered += length
    if group:
        yield group[0][0], group[-1][1]


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences in text[start:end], without surrounding space or list marks; headings and tables are not sentences."""
    end = len(text) if end is None else end
    spans, position = [], start
    for boundary in _BOUNDARY.finditer(text, start, end):
        if "\n" not in boundary[0] and _ABBREVIATION.search(text[position : boundary.start()]):
            continue
        spans.append((position, boundary.start()))
        position = boundary.end()
    spans.append((position, end))
    return [span for a, b in spans if (span := _sentence(text, a, b))]


def _sentence(text: str, start: int, end: int) -> tuple[int, int] | None:
    mark = _LIST_MARK.match(text, start, end)
    start, end = _stripped(text, mark.end() if mark else start, end)
    while start < end and text[start] == "#":  # a heading line inside the span
        newline = text.find("\n", start, end)
        start, end = _stripped(text, newline if newline >= 0 else end, end)
    return (start, end) if any(character.isalnum() for character in text[start:end]) else None


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def sentences(passage: Passage) -> list[str]:
    """The passage's sentences, verbatim; a table row is one."""
    if passage.is_row:
        return [passage.text]
    return [passage.text[a:b] for a, b in sentence_spans(passage.text)]


def split_all(documents: Iterable[Document]) -> Iterator[Passage]:
    """The passages of all documents, in order."""
    for document in documents:
        yield from split(document)
