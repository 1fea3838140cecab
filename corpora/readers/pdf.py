"""PDF: one section per page, so that every passage keeps its page number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.readers.text import document_id, title_of
from corpora.types import Document, Section, SourceRecord

_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_WRAPPED = re.compile(r"(?<![.:;!?\n])\n(?=[^\n])")


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` when the file is no PDF, encrypted, or holds no text (a scan)."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise MalformedDocument(str(path), "is encrypted; save a copy without a password")
        pages = [_plain(page.extract_text()) for page in reader.pages]
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except (
        PyPdfError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:  # what pypdf lets through on broken files
        raise MalformedDocument(str(path), f"not a readable PDF ({error or type(error).__name__})") from error
    text, sections = "", []
    for number, page in enumerate(pages, 1):
        if page:
            sections.append(Section(heading=f"Page {number}", start=len(text), end=len(text) + len(page), page=number))
            text += f"{page}\n\n"
    if not sections:
        raise MalformedDocument(str(path), "holds no text (a scan?); run OCR on it first")
    name = document_id(path)
    source = SourceRecord(id=name, title=title.strip() or title_of(path), licence="user's own")
    yield Document(id=name, text=text, source=source, sections=tuple(sections))


def _plain(text: str) -> str:
    text = _HYPHENATED.sub("", text.replace("\r\n", "\n").replace("\0", ""))
    return _WRAPPED.sub(" ", text).strip()
