"""A person's own documents: read, kept as collections that can be switched on and off, and indexed beside the library.

FOLDER/shelf.json              the collections
FOLDER/<collection>.jsonl      the documents of each, as they were read; the uploaded files themselves are not kept
FOLDER/index/                  the index over the library and the collections that are on

Each file is written whole or not at all, the documents before the list that names them; what is not listed is not searched.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import TypeAdapter, ValidationError

from corpora.disk import one_writer, set_aside, write_whole
from corpora.errors import FolderUnwritable, MalformedDocument, MissingCorpus
from corpora.gathering import missing_of, same_text
from corpora.legible import plain
from corpora.readers import READERS, read_path
from corpora.types import Document, Frozen
from retrievers.errors import IndexMismatch

if TYPE_CHECKING:
    from retrievers.embedding import Embedder
    from retrievers.vectors import Progress

SUFFIXES = tuple(sorted(suffix.removeprefix(".") for suffix in READERS))
LARGEST = 50_000_000
"""Bytes of one file."""
QUOTA = 500_000_000
"""Bytes that one person's documents may take as text."""
OWN = "own-"
"""How the ids of own documents begin."""


class FileNote(Frozen):
    """What came of an uploaded file: how many documents it gave, and what was wrong with it, if anything.

    `id` stands in the ids of its documents; empty in notes of before files had one.
    """

    name: str
    id: str = ""
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
        """Read files into the collection of that name, made if needed; a broken file is noted and the rest go in.

        Raises:
            FolderUnwritable: disk full or not writable; what was there before stays as it was.
        """
        with self._changing():
            contents = self._read()
            wanted = " ".join(plain(name).split())[:80] or "My documents"
            collection = next((one for one in contents.collections if one.name == wanted), None) or Collection(
                id=uuid.uuid4().hex[:12], name=wanted
            )
            held = {one.id: self._documents(one) for one in contents.collections}
            known = {same_text(document.text): document.source.title for documents in held.values() for document in documents}
            room = QUOTA - sum(path.stat().st_size for path in self.folder.glob("*.jsonl"))
            notes: list[FileNote] = []
            fresh: list[Document] = []
            for file_name, content in files:
                documents, note = read_upload(file_name, content, collection)
                documents, note = _once(documents, note, known)
                room -= sum(len(document.text) for document in documents)
                if documents and room < 0:
                    documents, note = [], FileNote(name=note.name, problem=f"does not fit: your documents take {QUOTA // 1_000_000} MB")
                fresh += documents
                notes.append(note)
            good = tuple(note for note in notes if note.documents)
            if good:
                self._write_documents(collection.id, [*held.get(collection.id, []), *fresh])
                self._replace(contents, collection.model_copy(update={"files": (*collection.files, *good)}))
            return tuple(notes)

    def switch(self, collection: str, *, on: bool) -> None:
        """Search a collection, or leave it out."""
        self._change(collection, {"on": on})

    def delete(self, collection: str) -> None:
        """Remove a collection and its documents for good, and the index that holds their text: the next question builds another."""
        with self._changing():
            contents = self._read()
            self._write(contents.model_copy(update={"collections": tuple(one for one in contents.collections if one.id != collection)}))
            (self.folder / f"{collection}.jsonl").unlink(missing_ok=True)
            shutil.rmtree(self.index_folder, ignore_errors=True)

    def documents(self) -> dict[str, list[Document]]:
        """Collection id -> its documents."""
        return {one.id: self._documents(one) for one in self.collections()}

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
                texts = {same_text(document.text) for document in library.values()}
                own: list[Document] = []
                for document in (document for one in on for document in self._documents(one)):
                    if (key := same_text(document.text)) not in texts:  # the same text twice is one source
                        texts.add(key)
                        own.append(document)
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
        with self._changing():
            contents = self._read()
            for one in contents.collections:
                if one.id == collection:
                    self._replace(contents, one.model_copy(update=dict(update)))

    def _replace(self, contents: _Contents, collection: Collection) -> None:
        known = [one.id for one in contents.collections]
        changed = tuple(collection if one.id == collection.id else one for one in contents.collections)
        self._write(contents.model_copy(update={"collections": changed if collection.id in known else (*changed, collection)}))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time, of all threads and processes; a full or read-only disk is said."""
        with self._lock:
            try:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                with one_writer(self.folder / ".shelf.lock", "Another window is changing your documents. Try again in a moment.", 30.0):
                    yield
            except OSError as error:
                raise FolderUnwritable(
                    f"Your documents could not be kept in {self.folder}: {error}. What was there is unchanged."
                ) from error

    def _documents(self, collection: Collection) -> list[Document]:
        """The documents of a collection's files; lines of files that are not listed, or that cannot be read, are passed over."""
        path = self.folder / f"{collection.id}.jsonl"
        listed = {note.id for note in collection.files}
        found = []
        with path.open("rb") if path.exists() else contextlib.nullcontext(()) as lines:
            for line in lines:
                with contextlib.suppress(ValidationError):
                    document = Document.model_validate_json(line)
                    if "" in listed or _file_of(document) in listed:
                        found.append(document)
        return found

    def _write_documents(self, collection: str, documents: Iterable[Document]) -> None:
        write_whole(self.folder / f"{collection}.jsonl", "".join(f"{one.model_dump_json()}\n" for one in documents).encode())

    def _read(self) -> _Contents:
        path = self.folder / "shelf.json"
        try:
            return _SHELF.validate_json(path.read_bytes()) if path.exists() else _Contents()
        except ValidationError:
            set_aside(path)
            return _Contents(collections=tuple(self._recovered()))

    def _recovered(self) -> Iterator[Collection]:
        """The collections as their documents tell of them, when the list is lost."""
        for path in sorted(self.folder.glob("*.jsonl")):
            documents = self._documents(Collection(id=path.stem, name=path.stem, files=(FileNote(name=""),)))
            if documents:
                names = Counter((_file_of(document), document.source.metadata.get("file", "")) for document in documents)
                files = tuple(FileNote(id=file, name=name, documents=count) for (file, name), count in names.items())
                yield Collection(id=path.stem, name=documents[0].source.metadata.get("collection", path.stem), files=files)

    def _write(self, contents: _Contents) -> None:
        write_whole(self.folder / "shelf.json", contents.model_dump_json(indent=1).encode())


def _file_of(document: Document) -> str:
    """The id of the uploaded file that an own document came from: "own-COLLECTION-FILE-POSITION"."""
    return document.id.split("-")[-2] if document.id.count("-") > 2 else ""


def _once(documents: Sequence[Document], note: FileNote, known: dict[bytes, str]) -> tuple[list[Document], FileNote]:
    """The documents whose text is not there yet, and the note saying which are."""
    kept, again = [], []
    for document in documents:
        key = same_text(document.text)
        if key in known:
            again.append(known[key])
        else:
            known[key] = document.source.title
            kept.append(document)
    if not again:
        return kept, note
    problem = f"holds the same text as {again[0]}, which is there already" + (f" ({len(again)} times)" if len(again) > 1 else "")
    return kept, note.model_copy(update={"documents": len(kept), "problem": "; ".join(filter(None, (note.problem, problem)))})


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
    told = [*(said(problem) for problem in problems), *(reason for document in found for reason in missing_of(document))]
    return owned, FileNote(id=file, name=shown, documents=len(owned), problem="; ".join(told))


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
        update={"id": name, "kind": "document", "checked": (), "supersedes": (), "superseded_by": "", "metadata": metadata,
                "licence": "user's own"}
    )  # fmt: skip
    return document.model_copy(update={"id": name, "source": source})


def problems(notes: Sequence[FileNote]) -> list[str]:
    """One line per file that gave trouble; says how much of it went in all the same."""
    rest = {note.name: f" ({note.documents} documents of it went in)" if note.documents else "" for note in notes}
    return [f"{note.name}: {note.problem}{rest[note.name]}" for note in notes if note.problem]
