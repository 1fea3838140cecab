"""HTML pages: the main text, as trafilatura extracts it, with headings as sections. Scripts are never run, hidden text never read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.readers.front import headed_sections
from corpora.readers.text import decode, document_id, title_of
from corpora.types import Document, SourceRecord
from corpora.visible.clean import main_text


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` when no main text can be found."""
    page = main_text(decode(path))
    title, text = page.title, page.text
    if not text:
        raise MalformedDocument(str(path), "no main text found in this page")
    name = document_id(path)
    yield Document(
        id=name,
        text=text,
        source=SourceRecord(id=name, title=title or title_of(path), licence="user's own"),
        sections=headed_sections(text),
    )
