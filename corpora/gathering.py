"""Documents of several folders as one collection: each with a name of its own, the same text once, and all that was not read told."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from corpora.errors import MalformedDocument, NotRead
from corpora.readers import located
from corpora.readers.files import shown
from corpora.readers.trust import UNREAD, UNRELIABLE
from corpora.types import Document

PREFIX = "own/"
"""What stands before the name of an own document that is called like one of the package."""


class Gathered(NamedTuple):
    """What was read, and what was not."""

    documents: list[Document]
    left_out: list[MalformedDocument]
    """Files and rows that something is wrong with."""
    not_read: list[NotRead]
    """Files of other formats, links, parts of files, texts that are there already."""

    @property
    def whole(self) -> bool:
        """Whether nothing had to be left out."""
        return not self.left_out


def gather(paths: Sequence[Path], beside: Iterable[Document] = ()) -> Gathered:
    """The documents of files and folders, to be indexed beside those of the package.

    Raises:
        MissingCorpus: nothing readable in one of the paths.
    """
    gathering = Gathering(beside)
    for file, read in located(paths, gathering.tell):
        gathering.add(file, read)
    return gathering.gathered


class Gathering:
    """A collection while it grows, document by document in the order of the files."""

    def __init__(self, beside: Iterable[Document] = ()) -> None:
        """Begin beside the documents of the package, which are not part of what is gathered."""
        packaged = list(beside)
        self.gathered = Gathered([], [], [])
        self._texts = {same_text(document.text): document.id for document in packaged}
        self._files: dict[str, Path | None] = dict.fromkeys(document.id for document in packaged)

    def tell(self, problem: MalformedDocument) -> None:
        """Note what was left out or not read."""
        if isinstance(problem, NotRead):
            self.gathered.not_read.append(problem)
        else:
            self.gathered.left_out.append(problem)

    def add(self, file: Path, read: Document) -> Document | None:
        """The document as it is kept, under a name of its own; None where its text or its name is there already, which is told."""
        document = read.called(f"{PREFIX}{read.id}") if self._files.get(read.id, file) is None else read
        key = same_text(document.text)
        if key in self._texts:
            held = self._texts[key]
            self.tell(NotRead(shown(file), f"holds the same text as {held}, which is kept: one source ({document.id})"))
            return None
        if document.id in self._files:
            other = shown(self._files[document.id] or file)
            self.tell(MalformedDocument(shown(file), f"is called {document.id!r} like a document of {other}"))
            return None
        self._files[document.id], self._texts[key] = file, document.id
        self.gathered.documents.append(document)
        self.gathered.not_read.extend(NotRead(shown(file), reason) for reason in missing_of(document))
        return document


def same_text(text: str) -> bytes:
    """A key that is equal for texts with the same words and signs, however they are spaced, cased and encoded."""
    return hashlib.blake2b(" ".join(unicodedata.normalize("NFKC", text).casefold().split()).encode(errors="replace")).digest()


def missing_of(document: Document) -> list[str]:
    """What of a document's file was not read, or not reliably."""
    metadata = document.source.metadata
    unread = [f"was read in part: {metadata[UNREAD]}"] if UNREAD in metadata else []
    return unread + ([f"is read unreliably: {metadata[UNRELIABLE]}"] if UNRELIABLE in metadata else [])
