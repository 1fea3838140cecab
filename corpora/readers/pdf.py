"""PDF: one section per page, so that every passage keeps its page number; columns and tables as the page shows them.

Pages without text (scans) are read by OCR where tesseract is installed (extra `ocr`), otherwise told by their numbers.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.errors import MalformedDocument
from corpora.readers.glyphs import Line, Page, page_of
from corpora.readers.layout import read_page
from corpora.readers.ocr import recognised
from corpora.readers.text import document_id, title_of
from corpora.readers.trust import UNREAD, UNRELIABLE
from corpora.types import Document, Section, SourceRecord

if TYPE_CHECKING:
    import pypdfium2

PAGES = 3_000
"""Most pages that are read of one file."""
_IN_USE = threading.Lock()
"""PDFium is not to be called from two threads."""
_JUNK_TITLE = re.compile(
    r"\s*|untitled.*|unknown|(?:microsoft word|powerpoint)\s*-.*|(?:document|dokument|presentation|slide|book|page)\s*\d*"
    r"|.{0,60}\.(?:docx?|pptx?|xlsx?|pdf|indd|qxd|tex|dvi|ps|rtf|odt)|[\W\d_]+|\(anonymous\)|anonymous|none|null|title",
    re.IGNORECASE,
)
_MARGIN = 0.12
"""Share of a page's height at its top and bottom in which headers and footers stand."""


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` when the file is no PDF, encrypted, or holds no text that can be read."""
    import pypdfium2

    with _IN_USE:
        opened = _opened(path)
        try:
            pages = [page_of(opened[number]) for number in range(min(len(opened), PAGES))]
            scans = {number: recognised(opened[number]) for number, page in enumerate(pages) if not page.letters and not page.layer}
            title, count = str(opened.get_metadata_value("Title") or ""), len(opened)
        except pypdfium2.PdfiumError as error:
            raise MalformedDocument(str(path), f"not a readable PDF ({_said(error)})") from error
        finally:
            opened.close()
    _refuse_unreadable(path, pages)
    read_pages = [read_page(page) for page in _once(pages)]
    texts = [scans.get(number) or page.text for number, page in enumerate(read_pages)]
    text, sections = "", []
    for number, body in enumerate(map(str.strip, texts), 1):
        if body:
            sections.append(Section(heading=f"Page {number}", start=len(text), end=len(text) + len(body), page=number))
            text += f"{body}\n\n"
    if not sections:
        raise MalformedDocument(str(path), "holds no text (a scan?); run OCR on it first, or install tesseract and radqa[ocr]")
    name = document_id(path)
    doubts = _doubts(pages, [number for number, page in enumerate(read_pages, 1) if page.doubtful], [n + 1 for n, t in scans.items() if t])
    unread = _unread(pages, [number for number, body in enumerate(texts, 1) if not body.strip()], count)
    notes = {UNREAD: "; ".join(unread), UNRELIABLE: "; ".join(doubts)}
    source = SourceRecord(
        id=name,
        title=title_of(path) if _JUNK_TITLE.fullmatch(title) else " ".join(title.split()),
        licence="user's own",
        metadata={key: said for key, said in notes.items() if said},
    )
    yield Document(id=name, text=text, source=source, sections=tuple(sections))


def _opened(path: Path) -> pypdfium2.PdfDocument:
    import pypdfium2

    if not path.stat().st_size:
        raise MalformedDocument(str(path), "is empty")
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise MalformedDocument(str(path), "is encrypted; save a copy without a password") from error
        raise MalformedDocument(str(path), f"not a readable PDF ({_said(error)})") from error


def _said(error: Exception) -> str:
    """What the library found, without its frame around it: "Data format error"."""
    inner = re.search(r"PDFium: ([^()]{1,80})", str(error))
    return inner[1] if inner else str(error).rstrip(". ")


def _refuse_unreadable(path: Path, pages: Sequence[Page]) -> None:
    unmapped, letters = sum(page.unmapped for page in pages), sum(page.letters for page in pages)
    if unmapped > letters:
        raise MalformedDocument(str(path), "its text is not readable: its fonts do not say which characters they show; run OCR on it")


def _once(pages: Sequence[Page]) -> list[Page]:
    """The pages without headers and footers that an earlier page had; digits in them (page numbers) may differ."""
    if len(pages) < 3:
        return list(pages)
    seen = Counter(mark for page in pages for mark in {_mark(line) for line in _edges(page)})
    told: set[str] = set()
    made = []
    for page in pages:
        again = {id(line) for line in _edges(page) if seen[_mark(line)] > max(2, len(pages) / 3) and _mark(line) in told}
        told |= {_mark(line) for line in _edges(page)}
        made.append(page._replace(lines=tuple(line for line in page.lines if id(line) not in again)))
    return made


def _edges(page: Page) -> list[Line]:
    return [line for line in page.lines if line.box.bottom < _MARGIN * page.height or line.box.top > (1 - _MARGIN) * page.height]


def _mark(line: Line) -> str:
    """A line's words with digits as one sign, and where it stands."""
    return f"{round(line.box.top / 8)} " + re.sub(r"\d+", "0", " ".join(word.text for word in line.words))


def _unread(pages: Sequence[Page], empty: Sequence[int], count: int) -> list[str]:
    said = [f"{_numbered(empty)} no text (a scan?)".replace("  ", " ")] if empty else []
    if hidden := [number for number, page in enumerate(pages, 1) if page.hidden]:
        said.append(f"hidden text on {_numbered(hidden, verb='')}".strip())
    if count > PAGES:
        said.append(f"pages after {PAGES}")
    return said


def _doubts(pages: Sequence[Page], doubtful: Sequence[int], scanned: Sequence[int]) -> list[str]:
    """Why what was read may differ from what the pages show."""
    kinds: list[tuple[Sequence[int], str]] = [
        (doubtful, "columns and tables could not be told apart"),
        (scanned, "read by OCR"),
        ([number for number, page in enumerate(pages, 1) if page.layer], "text that was laid under a scan"),
        ([number for number, page in enumerate(pages, 1) if page.unmapped > 0.02 * page.letters], "signs whose font does not name them"),
        ([number for number, page in enumerate(pages, 1) if page.turned > 0.1 * page.letters], "turned text left out"),
    ]
    return [f"{_numbered(numbers, verb='')}: {why}" for numbers, why in kinds if numbers]


def _numbered(numbers: Sequence[int], verb: str = "hold") -> str:
    """Page numbers as ranges: "pages 2-5, 9 hold"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    listed = ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in ranges)
    one = len(numbers) == 1
    return " ".join(part for part in ("page" if one else "pages", listed, f"{verb}s" if verb and one else verb) if part)
