"""Readers: one file per format or collection; each turns a file into `Document`s.

`read_path` picks by the file's ending, and where that does not say enough (.xml, .json, .csv, .txt, Office) by what the file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from corpora.catalogue import described
from corpora.errors import MalformedDocument, MissingCorpus, NotRead, RadqaError
from corpora.readers import content, html, jsonl, markdown, office, pdf
from corpora.readers.files import files_below, names, shown
from corpora.readers.text import document_id
from corpora.readers.trust import untrusted
from corpora.types import Document

READERS: dict[str, Callable[[Path], Iterator[Document]]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": content.read_text,
    ".pdf": pdf.read,
    ".docx": office.read,
    ".pptx": office.read,
    ".xlsx": office.read,
    ".html": html.read,
    ".htm": html.read,
    ".jsonl": jsonl.read,
    ".xml": content.read_xml,
    ".nxml": content.read_xml,
    ".json": content.read_json,
    ".csv": content.read_csv,
    ".tsv": content.read_csv,
}
OnBad = Callable[[MalformedDocument], None]


def read_path(path: Path, on_bad: OnBad | None = None) -> Iterator[Document]:
    """Documents of a file, or of every readable file below a folder, in name order; see `located`."""
    return (document for _, document in located([path], on_bad))


def located(paths: Sequence[Path], on_bad: OnBad | None = None) -> Iterator[tuple[Path, Document]]:
    """Documents of files and folders with the file each came from; called by its path within the folder given unless it names itself.

    Files that `radqa corpus pull` brought carry what their catalogue knows: licence, citation, DOI and address. What only the
    package may say of a source (`supersedes`, `checked`, that it is a guideline) is taken from no file.

    Args:
        paths: files with a known ending, or folders.
        on_bad: called for each file or row that cannot be read, and reading goes on; without it the error is raised. Files that
            are not read although nothing is wrong with them (`NotRead`) are told to it too, and are no error without it.

    Raises:
        MissingCorpus: nothing readable there.
        MalformedDocument: names file and line.
    """
    for file, name in listed(paths, on_bad).items():
        yield from ((file, document) for document in documents_of(file, name, on_bad))


def listed(paths: Sequence[Path], on_bad: OnBad | None = None) -> dict[Path, str]:
    """The files that `located` reads, in its order, with the name that each one's document gets; see there."""
    files: dict[Path, tuple[Path, Path]] = {}
    for path in paths:
        for file in _files(path, on_bad):
            files.setdefault(file.resolve(), (path, file))
    return names(list(files.values()))


def _files(path: Path, on_bad: OnBad | None) -> Iterator[Path]:
    """The files of a path in name order."""
    if not path.exists():
        raise MissingCorpus(f"{shown(path)} does not exist.", "Give a file or a folder of documents.")
    if path.is_file() and path.suffix.lower() in READERS:
        yield path
        return
    found, problems = [], 0
    for item in files_below(path, READERS) if path.is_dir() else ():
        if isinstance(item, Path):
            found.append(item)
            continue
        problems += not isinstance(item, NotRead)
        if on_bad:
            on_bad(item)
        elif not isinstance(item, NotRead):
            raise item
    if not found and not problems:
        raise MissingCorpus(f"{shown(path)} holds no readable document.", f"Readable endings: {' '.join(READERS)}")
    yield from found


def documents_of(file: Path, name: str, on_bad: OnBad | None = None) -> Iterator[Document]:
    """A file's documents. Whatever a reader stumbles over costs this file (or row) only, and names it."""
    try:
        for document in _documents(file, on_bad):
            yield untrusted(described(_renamed(document, document_id(file), name), file))
    except RadqaError as error:
        problem = error if isinstance(error, MalformedDocument) else MalformedDocument(shown(file), str(error))
        if on_bad is None:
            raise problem from error
        on_bad(problem)
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".encode(errors="replace").decode().split())[:200]
        problem = MalformedDocument(shown(file), f"cannot be read ({said})")
        if on_bad is None:
            raise problem from error
        on_bad(problem)


def _documents(file: Path, on_bad: OnBad | None) -> Iterator[Document]:
    """A file's documents; a bad row of many costs that row only."""
    ending = file.suffix.lower()
    if ending == ".jsonl":
        return jsonl.read(file, on_bad)
    return content.read_csv(file, on_bad) if ending in (".csv", ".tsv") else READERS[ending](file)


def _renamed(document: Document, stem: str, name: str) -> Document:
    """A document that its reader called by the file's name, called by the file's path; one that names itself stays."""
    if name == stem or not (document.id == stem or document.id.startswith(f"{stem}:")):
        return document
    return document.called(name + document.id.removeprefix(stem))
