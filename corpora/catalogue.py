"""The catalogue of a folder of pulled documents: where each file came from, under which licence, and its checksum.

    DIR/catalogue.ndjson    one `Entry` a line, appended as documents arrive; the last line for an id counts
    DIR/PMC123.xml          the documents as their source gave them, unchanged

An entry is written after its file is in place, so an entry without its file means that someone removed it.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.types import Document, Frozen

NAME = "catalogue.ndjson"


class Entry(Frozen):
    """One document that was kept, refused or could not be read."""

    id: str = Field(min_length=1)
    source: str
    state: Literal["kept", "refused", "unreadable"]
    reason: str = Field(default="", description="why it was refused or could not be read")
    file: str = Field(default="", description="relative to the folder; empty unless kept")
    size: int = Field(default=0, ge=0, description="bytes")
    sha256: str = ""
    title: str = ""
    licence: str = Field(default="", description="as the source or the document states it")
    citation: str = ""
    doi: str = ""
    url: str = Field(default="", description="the page a person opens")
    fetched_from: str = ""
    fetched_at: str = Field(default="", description="ISO 8601, UTC")


class Catalogue:
    """A folder's entries; `add` writes through to disk."""

    def __init__(self, folder: Path) -> None:
        """Read what is there. A last line that a killed process left unfinished is dropped."""
        self.folder, self.path = folder, folder / NAME
        self._entries: dict[str, Entry] = {}
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(self.path, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                entry = Entry.model_validate_json(line)
            except ValidationError as error:
                raise MalformedDocument(str(self.path), f"no catalogue entry: {error.errors()[0]['msg']}", number) from error
            self._entries[entry.id] = entry

    def __len__(self) -> int:
        """How many ids it knows."""
        return len(self._entries)

    def get(self, name: str) -> Entry | None:
        """The entry of this id."""
        return self._entries.get(name)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""
        return tuple(self._entries.values())

    def add(self, entry: Entry) -> None:
        """Append an entry and flush it to disk."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(entry.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._entries[entry.id] = entry

    def problem(self, entry: Entry) -> str:
        """What is wrong with a kept entry's file: missing, cut short, altered; empty when it is sound."""
        path = self.folder / entry.file
        if not path.is_file():
            return f"{entry.file} is missing"
        if path.stat().st_size != entry.size:
            return f"{entry.file} has {path.stat().st_size} bytes and should have {entry.size}"
        return "" if sha256(path.read_bytes()) == entry.sha256 else f"{entry.file} was altered"


def sha256(data: bytes) -> str:
    """The checksum an entry carries."""
    return hashlib.sha256(data).hexdigest()


def described(document: Document, path: Path) -> Document:
    """The document with what its folder's catalogue knows beside: licence, citation, DOI and address where its own text is silent."""
    entry = _kept(path.parent, _stamp(path.parent)).get(path.name)
    if entry is None:
        return document
    known = {"licence": entry.licence, "citation": entry.citation, "doi": entry.doi, "url": entry.url}
    silent = {key for key in known if not getattr(document.source, key)}
    if licence(document.source.licence) is None:
        silent.add("licence")  # words that name no licence say less than the collection does
    missing = {key: value for key, value in known.items() if value and key in silent}
    return document.model_copy(update={"source": document.source.model_copy(update=missing)}) if missing else document


def _stamp(folder: Path) -> tuple[int, int]:
    try:
        status = (folder / NAME).stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _kept(folder: Path, stamp: tuple[int, int]) -> dict[str, Entry]:
    """Kept entries by file name; `stamp` makes a changed catalogue be read again."""
    return {entry.file: entry for entry in Catalogue(folder).entries if entry.state == "kept"} if stamp != (0, 0) else {}
