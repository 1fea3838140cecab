"""HTML pages: the main text, as trafilatura extracts it, with headings as sections. Scripts are never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.readers.markdown import headed_sections
from corpora.readers.text import decode, document_id, title_of
from corpora.types import Document, SourceRecord


def read(path: Path) -> Iterator[Document]:
    """One document. Raises `MalformedDocument` when no main text can be found."""
    title, text = main_text(decode(path))
    if not text:
        raise MalformedDocument(str(path), "no main text found in this page")
    name = document_id(path)
    yield Document(
        id=name,
        text=text,
        source=SourceRecord(id=name, title=title or title_of(path), licence="user's own"),
        sections=headed_sections(text),
    )


def main_text(page: str) -> tuple[str, str]:
    """Title and main text of a page as Markdown; both empty when there is none."""
    import trafilatura

    text = trafilatura.extract(page, output_format="markdown", include_tables=True, include_comments=False, include_links=False) or ""
    metadata = trafilatura.extract_metadata(page)
    return (metadata.title if metadata and metadata.title else ""), text
