"""Word documents, PowerPoint slides and Excel workbooks (Office Open XML), told apart by what the file holds, not by its ending.

Read is what a reader of the file sees: hidden runs, slides, sheets and deleted text are left out, and hidden parts are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from corpora.errors import MalformedDocument
from corpora.readers.spreadsheets import document, read_workbook
from corpora.readers.tables import table_of_rows
from corpora.types import Document

LARGEST = 400_000_000
"""Bytes that a file may unpack to."""
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING = re.compile(r"(?:heading|title|überschrift|titel|titre|título|titolo)\b", re.IGNORECASE)
_LISTED = re.compile(r"list|aufzählung|liste", re.IGNORECASE)


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` when the file is empty, encrypted, no Office document, or holds no text."""
    if not path.stat().st_size:
        raise MalformedDocument(str(path), "is empty")
    with path.open("rb") as file:
        try:
            with ZipFile(file) as parts:
                names, size = set(parts.namelist()), sum(part.file_size for part in parts.infolist())
        except BadZipFile as error:
            encrypted = path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
            reason = "is encrypted, or of the format before 2007; save it anew without a password" if encrypted else "no Office document"
            raise MalformedDocument(str(path), reason) from error
        if size > LARGEST:
            raise MalformedDocument(str(path), f"unpacks to {size // 1_000_000} MB; at most {LARGEST // 1_000_000} MB are read")
        file.seek(0)
        if "xl/workbook.xml" in names:
            yield from read_workbook(path, file)
        elif "ppt/presentation.xml" in names:
            yield from _slides(path, file)
        elif "word/document.xml" in names:
            yield from _letter(path, file)
        else:
            raise MalformedDocument(str(path), "holds neither a Word document nor slides nor a workbook")


def _letter(path: Path, file: IO[bytes]) -> Iterator[Document]:
    """A Word document, its headings as sections."""
    import docx
    from docx.table import Table

    opened = docx.Document(file)
    parts: list[tuple[str, list[str]]] = [("", [])]
    for block in opened.iter_inner_content():
        if isinstance(block, Table):
            if table := table_of_rows(list(_word_rows(block))):
                parts[-1][1].append(table)
            continue
        text = _word_text(block._p)
        style = str(block.style.name) if block.style is not None else ""
        if text and _HEADING.match(style):
            parts.append((text, []))
        elif text:
            listed = block._p.find(f"{_WORD}pPr/{_WORD}numPr") is not None or _LISTED.search(style)
            parts[-1][1].append(f"- {text}" if listed else text)
    if not any(lines for _, lines in parts):
        raise MalformedDocument(str(path), "holds no text")
    pictures = len(opened.inline_shapes)
    unread = f"text within {pictures} picture{'s' if pictures > 1 else ''}" if pictures else ""
    yield document(path, [(heading, _joined(lines)) for heading, lines in parts], unread, str(opened.core_properties.title or ""))


def _joined(lines: Sequence[str]) -> str:
    """Paragraphs apart, list entries below each other."""
    text = ""
    for before, line in zip(["", *lines], lines, strict=False):
        text += ("\n" if before.startswith("- ") and line.startswith("- ") else "\n\n") + line
    return text.strip()


def _word_text(paragraph: Any) -> str:
    """A paragraph's text with what was inserted, without what was deleted or is hidden."""
    pieces: list[str] = []

    def walk(element: Any) -> None:
        if element.tag in (f"{_WORD}del", f"{_WORD}moveFrom", _FALLBACK) or _vanishes(element):
            return
        if element.tag == f"{_WORD}t":
            pieces.append(element.text or "")
        elif element.tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
            pieces.append(" ")
        for child in element:
            walk(child)

    walk(paragraph)
    return " ".join("".join(pieces).split())


def _vanishes(element: Any) -> bool:
    """Whether a run is hidden, or white on nothing."""
    properties = element.find(f"{_WORD}rPr") if element.tag == f"{_WORD}r" else None
    if properties is None:
        return False
    mark, colour = properties.find(f"{_WORD}vanish"), properties.find(f"{_WORD}color")
    shaded = properties.find(f"{_WORD}shd") is not None or properties.find(f"{_WORD}highlight") is not None
    white = colour is not None and str(colour.get(f"{_WORD}val")).upper() == "FFFFFF" and not shaded
    return white or (mark is not None and mark.get(f"{_WORD}val") not in ("0", "false"))


def _word_rows(table: Any) -> Iterator[list[str]]:
    """Rows of cells; a merged cell is repeated in each that it covers, and the paragraphs of a cell are one text."""
    for row in table.rows:
        yield [" ".join(_word_text(paragraph._p) for paragraph in cell.paragraphs) for cell in row.cells]


def _slides(path: Path, file: IO[bytes]) -> Iterator[Document]:
    """Slides, a section each under its title; speaker notes stand behind the slide."""
    import pptx

    show = pptx.Presentation(file)
    parts: list[tuple[str, str]] = []
    hidden, pictures = [], 0
    for number, slide in enumerate(show.slides, 1):
        if slide._element.get("show") == "0":
            hidden.append(str(number))
            continue
        heading = slide.shapes.title.text_frame.text.strip() if slide.shapes.title is not None else ""
        shapes = [shape for shape in _shapes(slide.shapes) if shape != slide.shapes.title]
        pictures += sum(hasattr(shape, "image") for shape in shapes)
        parts.append((f"Slide {number}: {' '.join(heading.split())}".rstrip(": "), "\n\n".join(filter(None, map(_shape_text, shapes)))))
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame.text.strip()):
            parts.append((f"Notes to slide {number}", notes))
    if not any(body for _, body in parts):
        raise MalformedDocument(str(path), "holds no text")
    unread = [f"hidden slide{'s' if len(hidden) > 1 else ''} {', '.join(hidden)}"] if hidden else []
    unread += [f"text within {pictures} picture{'s' if pictures > 1 else ''}"] if pictures else []
    yield document(path, parts, "; ".join(unread), str(show.core_properties.title or ""))


def _shapes(shapes: Any) -> Iterator[Any]:
    """Shapes from top to bottom, groups opened."""
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _shape_text(shape: Any) -> str:
    if getattr(shape, "has_table", False):
        return table_of_rows([[cell.text_frame.text for cell in row.cells] for row in shape.table.rows])
    if not getattr(shape, "has_text_frame", False):
        return ""
    lines = [" ".join(paragraph.text.split()) for paragraph in shape.text_frame.paragraphs]
    lines = [line for line in lines if line]
    return "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)
