"""A build cut into partitions of files: each is read, split, linked and embedded by itself, and what came of it is one file.

    DIR/.partitions/p-<hash>.npz    documents, what was not read, links and vectors of one partition

The hash names the files as they lie on the disk, the model and the vocabulary, so that a build that was stopped finds what it had done,
and a file that changed is worked on again. `merged` puts the partitions together to what a build in one process would have.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter

from corpora.concepts.vocabulary import stamp as stamp_of_vocabulary
from corpora.disk import write_whole
from corpora.errors import MalformedDocument, NotRead
from corpora.gathering import Gathering
from corpora.passages import split
from corpora.readers import documents_of
from corpora.types import ConceptMention, Document, Frozen, Passage
from retrievers.asserted import Links
from retrievers.embedding import Embedder, Matrix
from retrievers.index import Prepared, prepare
from retrievers.vectors import VectorCache

FOLDER = ".partitions"
_FORMAT = 1
FILES, BYTES, DOCUMENTS = 64, 4 << 20, 200
"""A partition's files, their bytes and the package's documents in one, at most; a file is never cut."""
PARTS, FEWEST_FILES, FEWEST_BYTES = 32, 4, 64 << 10
"""Partitions that a folder is cut into where it can be, so that few workers end at the same time; but none needs be smaller than this."""


class Problem(Frozen):
    """What was left out or not read, as it travels between processes."""

    path: str
    reason: str
    line: int | None = None
    not_read: bool = False

    @classmethod
    def of(cls, error: MalformedDocument) -> Problem:
        """From the error."""
        return cls(path=error.path, reason=error.reason, line=error.line, not_read=isinstance(error, NotRead))

    @property
    def error(self) -> MalformedDocument:
        """The error again."""
        return (NotRead if self.not_read else MalformedDocument)(self.path, self.reason, self.line)


class Partition(Frozen):
    """Files with the names of their documents, or documents of the package; `name` is its file in the folder of partitions."""

    name: str
    files: tuple[tuple[Path, str], ...] = ()
    documents: tuple[Document, ...] = ()

    @property
    def shown(self) -> str:
        """What a message calls it."""
        first = str(self.files[0][0]) if self.files else f"document {self.documents[0].id} of the package"
        more = max(len(self.files), len(self.documents)) - 1
        return f"{first} and {more} more" if more else first


class _Kept(Frozen):
    """The part of a partition's file that is text: mentions stand once in `mentions`, passages point at them."""

    documents: tuple[tuple[str, Document], ...]
    """The file that each document is of ("" for the package's), and the document."""
    problems: tuple[Problem, ...]
    mentions: tuple[tuple[ConceptMention, ...], ...]
    links: tuple[tuple[int, int, int], ...]
    fresh: int


class Done(NamedTuple):
    """What came of a partition."""

    documents: Sequence[tuple[str, Document]]
    problems: Sequence[Problem]
    links: Sequence[Links]
    vectors: Matrix
    fresh: int


_TEXT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


def partitioned(files: Mapping[Path, str], packaged: Sequence[Document], model: Embedder) -> list[Partition]:
    """The work of a build in its order: the package's documents, then the files."""
    about = f"{_FORMAT}:{_version()}:{model.fingerprint}:{stamp_of_vocabulary()}"
    made = [
        Partition(name=_name(about, (document.content_hash for document in group)), documents=tuple(group))
        for group in _grouped(packaged, DOCUMENTS)
    ]
    lengths = {file: _size(file) for file in files}
    most = min(FILES, max(FEWEST_FILES, -(-len(files) // PARTS)))
    most_bytes = min(BYTES, max(FEWEST_BYTES, -(-sum(lengths.values()) // PARTS)))
    group, size = list[tuple[Path, str]](), 0
    for file, name in files.items():
        length = lengths[file]
        if group and (len(group) == most or size + length > most_bytes):
            made.append(_of_files(about, group))
            group, size = [], 0
        group.append((file, name))
        size += length
    return [*made, _of_files(about, group)] if group else made


def work(partition: Partition, folder: Path, model: Embedder, cache: VectorCache | None = None) -> int:
    """Read, split, link and embed a partition and write its file; how many passages it has. Nothing is done where the file is there.

    Raises:
        OSError: the file cannot be written.
    """
    if is_done(partition, folder):
        return 0
    problems: list[Problem] = []
    found = [("", document) for document in partition.documents]
    for file, name in partition.files:
        found += [(str(file), document) for document in documents_of(file, name, lambda error: problems.append(Problem.of(error)))]
    passages = [passage for _, document in found for passage in split(document)]
    made = prepare(passages, model, cache)
    numbers: dict[int, int] = {}
    mentions: list[tuple[ConceptMention, ...]] = []

    def numbered(said: Sequence[ConceptMention]) -> int:
        if id(said) not in numbers:
            numbers[id(said)] = len(mentions)
            mentions.append(tuple(said))
        return numbers[id(said)]

    links = tuple((numbered(link.title), numbered(link.section), numbered(link.text)) for link in made.links)
    kept = _Kept(documents=tuple(found), problems=tuple(problems), mentions=tuple(mentions), links=links, fresh=made.fresh)
    buffer = io.BytesIO()
    np.savez(buffer, text=np.frombuffer(_TEXT.dump_json(kept), dtype=np.uint8), vectors=made.vectors)
    write_whole(folder / partition.name, buffer.getvalue())
    return len(passages)


def is_done(partition: Partition, folder: Path) -> bool:
    """Whether the partition's file is there and whole."""
    try:
        with zipfile.ZipFile(folder / partition.name) as file:
            return {"text.npy", "vectors.npy"} <= set(file.namelist())  # its list stands at its end
    except (OSError, zipfile.BadZipFile):
        return False


def opened(partition: Partition, folder: Path) -> Done:
    """What came of a partition that is done. Raises `OSError` or `ValueError` where its file cannot be read."""
    with np.load(folder / partition.name) as arrays:
        kept, vectors = _TEXT.validate_json(arrays["text"].tobytes()), arrays["vectors"]
    links = [Links(*(kept.mentions[number] for number in row)) for row in kept.links]
    return Done(kept.documents, kept.problems, links, vectors, kept.fresh)


class Merged:
    """The partitions as one collection: the documents in order, each once, and what was prepared of them."""

    def __init__(self, partitions: Iterable[Partition], folder: Path, packaged: Sequence[Document], gathering: Gathering) -> None:
        """Read them in order; `gathering` decides what is kept under which name."""
        self.documents: list[Document] = list(packaged)
        self._links: list[Links] = []
        self._rows: list[Matrix] = []
        self._fresh = 0
        for partition in partitions:
            done = opened(partition, folder)
            for problem in done.problems:
                gathering.tell(problem.error)
            self._fresh += done.fresh
            rest = iter(zip(done.links, done.vectors, strict=True))
            for file, document in done.documents:
                self._take(document, list(islice(rest, len(split(document)))), gathering, file)

    def _take(self, document: Document, rows: list[tuple[Links, Any]], gathering: Gathering, file: str) -> None:
        kept = gathering.add(Path(file), document) if file else document
        if kept is None:
            return
        if file:
            self.documents.append(kept)
        self._links += (links for links, _ in rows)
        self._rows += (row for _, row in rows)

    def prepared(self, passages: Sequence[Passage]) -> Prepared:
        """See `retrievers.index.build`: links and vectors of the passages of `documents`."""
        if len(passages) != len(self._links):
            raise ValueError(f"{len(passages)} passages, and {len(self._links)} were prepared")
        return Prepared(self._links, np.stack(self._rows), self._fresh)


def _of_files(about: str, group: Sequence[tuple[Path, str]]) -> Partition:
    return Partition(name=_name(about, (_stamped(file, name) for file, name in group)), files=tuple(group))


def _grouped(documents: Sequence[Document], size: int) -> Iterator[Sequence[Document]]:
    return (documents[start : start + size] for start in range(0, len(documents), size))


def _name(about: str, parts: Iterable[str]) -> str:
    return f"p-{hashlib.blake2b('|'.join((about, *parts)).encode(), digest_size=16).hexdigest()}.npz"


def _stamped(file: Path, name: str) -> str:
    try:
        found = file.stat()
    except OSError:
        return f"{file}:{name}"
    return f"{file}:{name}:{found.st_size}:{found.st_mtime_ns}"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _version() -> str:
    try:
        return version("radqa")
    except PackageNotFoundError:
        return ""
