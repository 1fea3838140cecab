"""Readers: one file per format or collection; each turns a file into `Document`s.

`read_path` picks by the file's ending, and where that does not say enough (.xml, .json, .csv, .txt) by what the file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from corpora.catalogue import described
from corpora.errors import MalformedDocument, MissingCorpus
from corpora.readers import content, html, jsonl, markdown, pdf
from corpora.types import Document

READERS: dict[str, Callable[[Path], Iterator[Document]]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": content.read_text,
    ".pdf": pdf.read,
    ".html": html.read,
    ".htm": html.read,
    ".jsonl": jsonl.read,
    ".xml": content.read_xml,
    ".nxml": content.read_xml,
    ".json": content.read_json,
    ".csv": content.read_csv,
}


def read_path(path: Path, on_bad: Callable[[MalformedDocument], None] | None = None) -> Iterator[Document]:
    """Documents of a file, or of every readable file below a folder, in name order.

    Files that `radqa corpus pull` brought carry what their catalogue knows: licence, citation, DOI and address.

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
            yield from (described(document, file) for document in _documents(file, on_bad))
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
