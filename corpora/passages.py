"""Document -> Passage: section-aware, a table row whole, ids stable and offsets exact; never larger than `LARGEST` tokens.

Sentences are kept whole unless one alone is larger: lists without full stops are cut at their lines, the rest at clauses, words, signs.
"""

from __future__ import annotations

import hashlib
import re
import weakref
from collections.abc import Iterable, Iterator
from itertools import pairwise

from corpora.types import Document, Passage, Section, split_row

UNTOLD = ("History", "Technique")
"""Sections of an invented case that are no passages: one patient's story answers nobody's question, and words of it are everywhere."""
TOLD_APART = ("Differential", "Teaching points")
"""Sections of an invented case whose sentences stand alone."""
WORDS_PER_PASSAGE = 110
"""Target length; of 60, 110 and 200 words this retrieved best with the packaged model."""
LARGEST = 240
"""Tokens of a passage at most, as `tokens` counts them: what the packaged model reads of a text is 256."""

_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_SAY = re.compile(r"^say:[ \t]*(\S[^\n]*)$\s*\Z", re.MULTILINE)
"""A table's sentence pattern: the line before the table."""
_DELIMITER = re.compile(r"^(?=[\s|:]{0,80}-)[\s|:-]*$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|ca|approx|Fig|Figs|Dr|Prof|No|Nos|et al|resp|incl|max|min|St|Tab|Eq|ref|refs)|(?<=\s)[A-Z]|^\s*\d+)\.$"
)
_UNCASED = "\u0590-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1200-\u137f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts whose letters have no capitals to begin a sentence with."""
_BOUNDARY = re.compile(
    rf"(?<=[.!?؟۔।])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9<>À-ÖØ-ÞΑ-ΩА-Я{_UNCASED}])|(?<=[。！？])(?=[^\s。！？」』）])"
    r"|\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)"
)
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0fff]|[^\W\d_]+|\d+|[^\w\s]|_")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0fff]")
"""Signs of scripts that put no space between words."""
_NAMED = re.compile(r"[^.:!?\n]{2,60}:\s")
_GOES_ON = frozenset("the a an of in on at to for from with without by and or is are was be than as der die das und oder mit von".split())
"""Words after which a line goes on in the next."""
_CUTS = (re.compile(r"\n"), re.compile(r"(?<=[;；])"), re.compile(r"(?<=[,，、:：])"), re.compile(r"(?<=\s)"))
"""Where a sentence that is too large may be cut, the best first."""
_LIST_MARK = re.compile(r"\s{0,40}(?:[-*+]|\d{1,9}[.)])\s{1,40}")


def split(document: Document) -> list[Passage]:
    """The document's passages in order. Sections without text give none; a document without sections is one section.

    A document is split once: what is checked on load is indexed as it was split then.
    """
    known = _known.get(id(document))
    if known is None:
        known = _known[id(document)] = _split(document)
        weakref.finalize(document, _known.pop, id(document), None).atexit = False
    return list(known)


_known: dict[int, list[Passage]] = {}
"""The passages of the documents that are in memory."""


def _split(document: Document) -> list[Passage]:
    seen: dict[str, int] = {}
    cards = document.source.kind in ("guideline", "topic")  # a card's sentences stand alone
    invented = document.source.metadata.get("fictional") == "true"
    sections = document.sections or (Section(heading="", start=0, end=len(document.text)),)
    if invented:
        sections = tuple(section for section in sections if section.heading not in UNTOLD)
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
        for start, end, header, say in _spans(
            document.text, section, 1 if cards or (invented and section.heading in TOLD_APART) else WORDS_PER_PASSAGE
        )
    ]


def tokens(text: str) -> int:
    """About how many tokens a model counts: a word of letters one for every four, digits one for two, any other sign one."""
    return sum((len(one) + 3) // 4 if one.isalpha() else (len(one) + 1) // 2 if one.isdecimal() else 1 for one in _TOKEN.findall(text))


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
        for a, b, header in _rows(text, start, end):
            say = pattern[1].rstrip() if pattern else ""
            yield from ((c, d, part, say if part == header else "") for c, d, part in _row_parts(text, a, b, header))
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


def _row_parts(text: str, start: int, end: int, header: tuple[str, ...]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The row, or where it is too large for a passage its cells in groups that are not; a cell that alone is too large as prose."""
    if tokens(text[start:end]) + tokens(" ".join(header)) <= LARGEST:
        yield start, end, header
        return
    places = [start + match.start() for match in re.finditer(r"(?<!\\)\|", text[start:end])]
    held: list[tuple[int, int, str]] = []
    for (a, b), name in zip(pairwise(places), header, strict=False):
        size = sum(tokens(text[c:d]) + tokens(known) for c, d, known in held) + tokens(text[a:b]) + tokens(name)
        if held and size > LARGEST:
            yield held[0][0], held[-1][1] + 1, tuple(known for _, _, known in held)
            held = []
        if tokens(text[a:b]) + tokens(name) > LARGEST:
            yield from ((c, d, ()) for c, d in sentence_spans(text, a + 1, b))
        else:
            held.append((a, b, name))
    if held:
        yield held[0][0], held[-1][1] + 1, tuple(known for _, _, known in held)


def _prose(text: str, start: int, end: int, words: int) -> Iterator[tuple[int, int]]:
    """Groups of whole sentences of about so many words; a heading's sentences are never mixed with the next's."""
    group: list[tuple[int, int]] = []
    gathered, size = 0.0, 0
    for a, b in sentence_spans(text, start, end):
        length, more = _length(text[a:b]), tokens(text[a:b])
        if group and (gathered + length > words * 1.25 or size + more > LARGEST):
            yield group[0][0], group[-1][1]
            group, gathered, size = [], 0.0, 0
        group.append((a, b))
        gathered += length
        size += more
    if group:
        yield group[0][0], group[-1][1]


def _length(text: str) -> float:
    """Words; of scripts without spaces a sign counts as 0.6 of one."""
    return len(text.split()) + 0.6 * len(_SPACELESS.findall(text))


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences in text[start:end], without surrounding space or list marks; headings and tables are not sentences.

    Lines of a list without full stops are a sentence each, and none is larger than `LARGEST` tokens.
    """
    end = len(text) if end is None else end
    spans, position = [], start
    for boundary in _BOUNDARY.finditer(text, start, end):
        if "\n" not in boundary[0] and _ABBREVIATION.search(text[max(position, boundary.start() - 24) : boundary.start()]):
            continue
        spans.append((position, boundary.start()))
        position = boundary.end()
    spans.append((position, end))
    whole = (span for a, b in spans for c, d in _records(text, a, b) if (span := _sentence(text, c, d)))
    return [part for a, b in whole for part in _fitting(text, a, b)]


def _records(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of a stretch that is a list, one entry a line; else the stretch as it is."""
    lines = [line.strip() for line in text[start:end].split("\n") if line.strip()] if "\n" in text[start:end] else []
    begins = _is_like if len(lines) < 3 else _begins_anew
    anew = sum(begins(above, below) for above, below in pairwise(lines))
    if len(lines) < 2 or anew < 0.8 * (len(lines) - 1) or sum(len(line) < 100 for line in lines) < 0.8 * len(lines):
        yield start, end
        return
    position = start
    for line in text[start:end].split("\n"):
        yield position, position + len(line)
        position += len(line) + 1


def _begins_anew(above: str, below: str) -> bool:
    """Whether a line begins an entry rather than going on with the one above."""
    if above[-1] in ",-–(" or above.split()[-1].lower() in _GOES_ON:
        return False
    return below[0].isupper() or below[0].isdecimal() or _is_like(above, below)


def _is_like(above: str, below: str) -> bool:
    """Whether two lines are entries of one kind: they begin with the same word, or both say "name: value"."""
    return above.split()[0] == below.split()[0] or bool(_NAMED.match(above) and _NAMED.match(below))


def _fitting(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or where it is too large its parts: cut at lines, clauses, words, and where there are none anywhere."""
    if end - start <= LARGEST or tokens(text[start:end]) <= LARGEST:  # a token is a sign at least
        yield start, end
        return
    held, size = start, 0
    for a, b in _pieces(text, start, end, 0):
        more = tokens(text[a:b])
        if a > held and size + more > LARGEST:
            yield _stripped(text, held, a)
            held, size = a, 0
        size += more
    yield _stripped(text, held, end)


def _pieces(text: str, start: int, end: int, kind: int) -> Iterator[tuple[int, int]]:
    """Neighbouring pieces of a stretch that are small enough each, cut as late in `_CUTS` as need be."""
    if kind and (end - start <= LARGEST // 4 or tokens(text[start:end]) <= LARGEST // 4):
        yield start, end
        return
    if kind == len(_CUTS):
        yield from ((place, min(place + LARGEST // 2, end)) for place in range(start, end, LARGEST // 2))
        return
    position = start
    for cut in _CUTS[kind].finditer(text, start, end):
        if cut.end() > position:
            yield from _pieces(text, position, cut.end(), kind + 1)
            position = cut.end()
    if position < end:
        yield from _pieces(text, position, end, kind + 1)


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
