"""Readers: one file per format; each turns a file into `Document`s. `read_folder` picks the reader by file ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from corpora.errors import MalformedDocument, MissingCorpus
from corpora.readers import html, jsonl, markdown, pdf, text
from corpora.types import Document

READERS: dict[str, Callable[[Path], Iterator[Document]]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": text.read,
    ".pdf": pdf.read,
    ".html": html.read,
    ".htm": html.read,
    ".jsonl": jsonl.read,
}


def read_path(path: Path, on_bad: Callable[[MalformedDocument], None] | None = None) -> Iterator[Document]:
    """Documents of a file, or of every readable file below a folder, in name order.

    Args:
        path: a file with a known ending, or a folder.
        on_bad: called for each file or row that cannot be read, and reading goes on; without it the error is raised.

    Raises:
        MissingCorpus: nothing readable there.
        MalformedDocument: names file and line.
    """
    if not path.exists():
        raise MissingCorpus(f"{path} does not exist.", "Give a file or a folder of documents.")
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix.lower() in READERS and not _hidden(p, path))
    if not files or files[0].suffix.lower() not in READERS:
        raise MissingCorpus(f"{path} holds no readable document.", f"Readable endings: {' '.join(READERS)}")
    for file in files:
        try:
            yield from _documents(file, on_bad)
        except MalformedDocument as error:
            if on_bad is None:
                raise
            on_bad(error)


def _documents(file: Path, on_bad: Callable[[MalformedDocument], None] | None) -> Iterator[Document]:
    """A file's documents; a bad row of many costs that row only."""
    ending = file.suffix.lower()
    return jsonl.read(file, on_bad) if ending == ".jsonl" else READERS[ending](file)


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
