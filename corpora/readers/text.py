"""Plain text: one file, one document. Also what every reader of free text shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.types import Document, Section, SourceRecord


def read(path: Path) -> Iterator[Document]:
    """The file as one document. Raises `MalformedDocument` when it is not UTF-8 text or empty."""
    yield Document(
        id=document_id(path), text=decode(path), source=SourceRecord(id=document_id(path), title=title_of(path), licence="user's own")
    )


def decode(path: Path) -> str:
    """The file's text with Unix line ends. Raises `MalformedDocument` naming the byte that is not UTF-8."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedDocument(str(path), f"not UTF-8 text (byte {error.start}); convert it, e.g. with iconv") from error
    if "\0" in text:
        raise MalformedDocument(str(path), "holds NUL bytes: this is no text file")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise MalformedDocument(str(path), "is empty")
    return text


def document_id(path: Path) -> str:
    """The id of a user's file: its name without ending."""
    return path.stem


def title_of(path: Path) -> str:
    """A readable title from the file name."""
    return path.stem.replace("_", " ").replace("-", " ").strip() or path.name


def headed(parts: Iterable[tuple[str, str]]) -> tuple[str, tuple[Section, ...]]:
    """A text made of (heading, body) pairs, and a section for each body; empty bodies are left out."""
    text, sections = "", []
    for heading, body in parts:
        if body := body.strip():
            sections.append(Section(heading=heading, start=len(text), end=len(text) + len(body)))
            text += f"{body}\n\n"
    return text, tuple(sections)
