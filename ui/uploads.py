"""A person's own documents: read, kept as collections that can be switched on and off, and indexed beside the library.

FOLDER/shelf.json              the collections
FOLDER/<collection>.jsonl      the documents of each, as they were read; the uploaded files themselves are not kept
FOLDER/index/                  the index over the library and the collections that are on
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import TypeAdapter

from corpora.errors import MalformedDocument, MissingCorpus
from corpora.readers import READERS, read_path
from corpora.types import Document, Frozen
from retrievers.errors import IndexMismatch
from ui.view import plain

if TYPE_CHECKING:
    from retrievers.embedding import Embedder
    from retrievers.vectors import Progress

SUFFIXES = tuple(sorted(suffix.removeprefix(".") for suffix in READERS))
LARGEST = 50_000_000
"""Bytes of one file."""
OWN = "own-"
"""How the ids of own documents begin."""


class FileNote(Frozen):
    """What came of an uploaded file: how many documents it gave, and what was wrong with it, if anything."""

    name: str
    documents: int = 0
    problem: str = ""


class Collection(Frozen):
    """Some documents of a person, searched while `on`."""

    id: str
    name: str
    on: bool = True
    files: tuple[FileNote, ...] = ()

    @property
    def documents(self) -> int:
        """How many documents it holds."""
        return sum(file.documents for file in self.files)


class _Contents(Frozen):
    collections: tuple[Collection, ...] = ()
    indexed: str = ""


class Shelf:
    """One person's collections and the index over them; changes of one shelf wait for each other within the process."""

    _locks: ClassVar[dict[Path, threading.RLock]] = {}
    _found_sound: ClassVar[dict[Path, tuple[str, str]]] = {}
    """Index folder -> the generation and the model it was last opened with: opening it for every question would take a second each."""

    def __init__(self, folder: Path) -> None:
        """Take the person's folder, which need not exist."""
        self.folder = folder
        self._lock = self._locks.setdefault(folder.resolve(), threading.RLock())

    @property
    def index_folder(self) -> Path:
        """Where the index over library and collections is."""
        return self.folder / "index"

    def collections(self) -> tuple[Collection, ...]:
        """All collections, in the order they were made."""
        return self._read().collections

    def add(self, name: str, files: Iterable[tuple[str, bytes]]) -> tuple[FileNote, ...]:
        """Read files into the collection of that name, made if needed; a broken file is noted and the rest go in."""
        with self._lock:
            contents = self._read()
            wanted = " ".join(plain(name).split())[:80] or "My documents"
            collection = next((one for one in contents.collections if one.name == wanted), None) or Collection(
                id=uuid.uuid4().hex[:12], name=wanted
            )
            notes: list[FileNote] = []
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / f"{collection.id}.jsonl").open("a", encoding="utf-8") as out:
                for file_name, content in files:
                    documents, note = read_upload(file_name, content, collection)
                    out.writelines(f"{document.model_dump_json()}\n" for document in documents)
                    notes.append(note)
            good = tuple(note for note in notes if note.documents)
            if good:
                self._replace(contents, collection.model_copy(update={"files": (*collection.files, *good)}))
            return tuple(notes)

    def switch(self, collection: str, *, on: bool) -> None:
        """Search a collection, or leave it out."""
        self._change(collection, {"on": on})

    def delete(self, collection: str) -> None:
        """Remove a collection and its documents for good, and the index that holds their text: the next question builds another."""
        with self._lock:
            contents = self._read()
            self._write(contents.model_copy(update={"collections": tuple(one for one in contents.collections if one.id != collection)}))
            (self.folder / f"{collection}.jsonl").unlink(missing_ok=True)
            shutil.rmtree(self.index_folder, ignore_errors=True)

    def documents(self) -> dict[str, list[Document]]:
        """Collection id -> its documents."""
        return {one.id: self._documents(one.id) for one in self.collections()}

    def index(self, library: Mapping[str, Document], stamp: str, model: Embedder, progress: Progress | None = None) -> Path | None:
        """The folder of an index over the library and the collections that are on, built when anything changed; None without any.

        Args:
            library: the documents that everybody searches.
            stamp: changes whenever they do.
            model: the embedding model of the index.
            progress: called with passages embedded and passages to embed; with zeros before those are counted.
        """
        from retrievers.index import build

        with self._lock:
            contents = self._read()
            on = [one for one in contents.collections if one.on and one.documents]
            if not on:
                return None
            state = f"{stamp}:{model.fingerprint}:" + ",".join(f"{one.id}/{len(one.files)}" for one in on)
            if contents.indexed != state or not self._sound(model):
                if progress:
                    progress(0, 0)
                own = [document for one in on for document in self._documents(one.id)]
                build([*library.values(), *own], self.index_folder, model, progress=progress)
                self._write(contents.model_copy(update={"indexed": state}))
            return self.index_folder

    def _sound(self, model: Embedder) -> bool:
        from retrievers.index import PassageIndex

        folder = self.index_folder.resolve()
        current = folder / "current"
        known = (current.read_text(encoding="utf-8") if current.exists() else "", model.fingerprint)
        if self._found_sound.get(folder) != known:
            try:
                PassageIndex.open(folder, model)
            except IndexMismatch:
                return False
            self._found_sound[folder] = known
        return True

    def _change(self, collection: str, update: Mapping[str, object]) -> None:
        with self._lock:
            contents = self._read()
            for one in contents.collections:
                if one.id == collection:
                    self._replace(contents, one.model_copy(update=dict(update)))

    def _replace(self, contents: _Contents, collection: Collection) -> None:
        known = [one.id for one in contents.collections]
        changed = tuple(collection if one.id == collection.id else one for one in contents.collections)
        self._write(contents.model_copy(update={"collections": changed if collection.id in known else (*changed, collection)}))

    def _documents(self, collection: str) -> list[Document]:
        path = self.folder / f"{collection}.jsonl"
        if not path.exists():
            return []
        with path.open(encoding="utf-8") as file:
            return [Document.model_validate_json(line) for line in file]

    def _read(self) -> _Contents:
        path = self.folder / "shelf.json"
        return _SHELF.validate_json(path.read_bytes()) if path.exists() else _Contents()

    def _write(self, contents: _Contents) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / "shelf.json.partial"
        beside.write_text(contents.model_dump_json(indent=1), encoding="utf-8")
        beside.replace(self.folder / "shelf.json")


_SHELF = TypeAdapter(_Contents)


def read_upload(name: str, content: bytes, collection: Collection) -> tuple[list[Document], FileNote]:
    """The documents of an uploaded file as own documents of a collection, named like no other file's, and the note on it."""
    shown, file = safe_name(name), uuid.uuid4().hex[:8]
    if Path(shown).suffix.lower() not in READERS:
        return [], FileNote(name=shown, problem=f"cannot be read: endings are {', '.join(SUFFIXES)}")
    if len(content) > LARGEST:
        return [], FileNote(name=shown, problem=f"is larger than {LARGEST // 1_000_000} MB")
    problems: list[MalformedDocument] = []
    with tempfile.TemporaryDirectory(prefix="radqa-upload-") as folder:
        path = Path(folder) / shown
        path.write_bytes(content)
        try:
            found = list(read_path(path, problems.append))
        except MissingCorpus as error:
            return [], FileNote(name=shown, problem=str(error).replace(str(path), shown))
    owned = [_owned(document, f"{OWN}{collection.id}-{file}-{position}", collection, shown) for position, document in enumerate(found)]
    return owned, FileNote(name=shown, documents=len(owned), problem="; ".join(said(problem) for problem in problems))


def said(problem: MalformedDocument) -> str:
    """A reader's complaint without the folder the file was read in."""
    return f"line {problem.line}: {problem.reason}" if problem.line else problem.reason


def safe_name(name: str) -> str:
    """A file name without folders and without signs that mean something to a shell or a file system."""
    bare = re.sub(r"[^\w .()+-]", "_", Path(plain(name).replace("\\", "/")).name).strip(". ")
    return bare[-120:] or "document"


def _owned(document: Document, name: str, collection: Collection, file: str) -> Document:
    """The document as this person's: its id cannot collide with the library's, and it cannot claim a checked guideline's authority."""
    metadata = {**document.source.metadata, "collection": collection.name, "file": file}
    source = document.source.model_copy(
        update={"id": name, "kind": "document", "checked": (), "supersedes": (), "metadata": metadata, "licence": "user's own"}
    )
    return document.model_copy(update={"id": name, "source": source})


def problems(notes: Sequence[FileNote]) -> list[str]:
    """One line per file that gave trouble; says how much of it went in all the same."""
    rest = {note.name: f" ({note.documents} documents of it went in)" if note.documents else "" for note in notes}
    return [f"{note.name}: {note.problem}{rest[note.name]}" for note in notes if note.problem]
