"""The index: an immutable artefact that is built beside and put in place with one rename.

    DIR/current                 names the generation in use (replaced atomically)
    DIR/g-<hash>/manifest.json  what was indexed, with which model, and every file's size and hash
                 documents.jsonl passages.json faiss.index space.npz lexical.npz lexical-terms.json concepts.npz concepts.json

A build that is killed at any moment leaves the old generation in use, or none. One build writes at a time; a generation is kept as long
as some process has it open, and swept by a later build.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from corpora import embedded
from corpora.concepts.vocabulary import stamp as stamp_of_vocabulary
from corpora.disk import Held, flushed, is_in_use, one_writer
from corpora.errors import MissingCorpus
from corpora.passages import split_all
from corpora.types import Document, Frozen, Passage
from retrievers import apart, concept, dense, lexical, space
from retrievers.asserted import Links, asserted_sentences, asserted_words, link_all, reads_whole
from retrievers.concept import ConceptIndex
from retrievers.dense import DenseIndex, embedding_text
from retrievers.embedding import Embedder, Matrix, embedder
from retrievers.errors import IndexMismatch, IndexWriteFailed
from retrievers.lexical import LexicalIndex
from retrievers.vectors import Progress, VectorCache, embed_all

FORMAT = 5
CURRENT, MANIFEST, DOCUMENTS, PASSAGES = "current", "manifest.json", "documents.jsonl", "passages.json"
_BESIDE = ".building-"
_LOCK, _WAIT_S = ".build.lock", 600.0
_NEW_OBJECTS = 1_000_000
"""Objects made between two looks for garbage."""
_TRIES = 4
"""Times that an index is opened anew when it was built anew in between."""
_REMEDY = "Build it again: radqa index build --out DIR"


class FileStamp(Frozen):
    """A file of the index: bytes and SHA-256."""

    size: int
    sha256: str


class Manifest(Frozen):
    """What an index holds; enough to know whether it fits this program and this model."""

    format: int
    corpus_hash: str
    embedded_stamp: str = ""
    model: str
    model_fingerprint: str
    dimensions: int
    vocabulary: str = ""
    documents: int
    passages: int
    kinds: dict[str, int]
    licences: dict[str, int]
    embedded_now: int
    files: dict[str, FileStamp]


class PassageIndex:
    """An opened index: its passages, documents and the search structures over them. Read-only and safe to share."""

    def __init__(
        self, folder: Path, manifest: Manifest, documents: dict[str, Document], passages: list[Passage], held: Held | None = None
    ) -> None:
        """Use `PassageIndex.open`; `held` keeps the generation's files from being swept as long as the index lives."""
        self.folder, self.manifest, self.documents, self.passages, self._held = folder, manifest, documents, passages, held

    @classmethod
    def open(cls, directory: Path, model: Embedder | None = None, *, thorough: bool = False) -> PassageIndex:
        """Open the generation in use.

        Args:
            directory: what `build` was given.
            model: the model that queries will be embedded with; must be the one the index was made with.
            thorough: read every file and compare its hash, not only its size.

        Raises:
            IndexMismatch: no index there, made with another model, vocabulary or version, or a file is missing, cut short or altered.
        """
        for _ in range(_TRIES - 1):
            folder = _generation(directory)
            try:
                return cls._opened(directory, folder, model, thorough=thorough)
            except IndexMismatch:
                if _generation(directory) == folder:  # else it was built anew meanwhile
                    raise
        return cls._opened(directory, _generation(directory), model, thorough=thorough)

    @classmethod
    def _opened(cls, directory: Path, folder: Path, model: Embedder | None, *, thorough: bool) -> PassageIndex:
        """The generation in `folder`, held as long as the index lives."""
        try:
            held = Held(folder / MANIFEST)
        except OSError as error:
            raise IndexMismatch(f"The index in {directory} has no readable manifest ({error.strerror}).", _REMEDY) from error
        manifest = _manifest(folder)
        if model is not None and model.fingerprint != manifest.model_fingerprint:
            raise IndexMismatch(
                f"The index in {directory} was made with the model {manifest.model!r} ({manifest.model_fingerprint}); "
                f"this is {model.name!r} ({model.fingerprint}).",
                _REMEDY,
            )
        if manifest.vocabulary != stamp_of_vocabulary():
            raise IndexMismatch(
                f"The concepts of the index in {directory} were linked with another vocabulary than the one in use.", _REMEDY
            )
        _check_files(folder, manifest, thorough=thorough)
        try:
            documents = {document.id: document for document in _read_documents(folder / DOCUMENTS)}
            passages = _read_passages(folder / PASSAGES, documents)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise IndexMismatch(f"The index in {directory} cannot be read ({error}).", _REMEDY) from error
        if len(passages) != manifest.passages or len(documents) != manifest.documents:
            raise IndexMismatch(f"The index in {directory} does not hold what its manifest says.", _REMEDY)
        return cls(folder, manifest, documents, passages, held)

    @cached_property
    def dense(self) -> DenseIndex:
        """The vectors."""
        return DenseIndex.open(self.folder)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The BM25 weights."""
        return LexicalIndex.open(self.folder)

    @cached_property
    def concepts(self) -> ConceptIndex:
        """The concepts linked in each passage."""
        return ConceptIndex.open(self.folder)

    @cached_property
    def of_document(self) -> dict[str, list[Passage]]:
        """The passages of each document, in order."""
        grouped: dict[str, list[Passage]] = {}
        for passage in self.passages:
            grouped.setdefault(passage.document_id, []).append(passage)
        return grouped


class Prepared(NamedTuple):
    """What is made of passages before they are written: it takes nearly all of a build's time."""

    links: Sequence[Links]
    vectors: Matrix
    fresh: int
    """Texts that were embedded now rather than found."""


def prepare(passages: Sequence[Passage], model: Embedder, cache: VectorCache | None = None, progress: Progress | None = None) -> Prepared:
    """Links and vectors of passages, in their order."""
    links = link_all(passages)
    sentences = map(asserted_sentences, passages, links)
    vectors, fresh = embed_all([embedding_text(*pair) for pair in zip(passages, sentences, strict=True)], model, cache, progress)
    return Prepared(links, vectors, fresh)


@contextlib.contextmanager
def _rarely_collected() -> Iterator[None]:
    """Look for garbage seldom: a build keeps nearly all it makes, and looking through it again and again is a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_rarely_collected()
def build(
    documents: Iterable[Document],
    directory: Path,
    model: Embedder | None = None,
    *,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
    embedded_stamp: str = "",
    prepared: Callable[[Sequence[Passage]], Prepared] | None = None,
) -> Manifest:
    """Build an index in `directory` and put it in use; embeds only what no earlier build did, or takes what was `prepared` elsewhere.

    Raises:
        MissingCorpus: there is no document, or two have the same id.
        IndexWriteFailed: disk full or not writable; the old index stays.
        FolderBusy: another build has been writing there for ten minutes.
    """
    model = model or embedder()
    kept = _unique(documents)
    passages = list(split_all(kept.values()))
    if not passages:
        raise MissingCorpus("There is nothing to index: no document with text was found.", "Give a folder with documents.")
    with _words_apart(passages) as write_words:
        links, vectors, fresh = prepared(passages) if prepared else prepare(passages, model, cache, progress)
        return _written(directory, kept, passages, model, Prepared(links, vectors, fresh), embedded_stamp, write_words)


@contextlib.contextmanager
def _words_apart(passages: Sequence[Passage]) -> Iterator[Callable[[Path, Sequence[Links]], None]]:
    """What writes the words' index into a folder; a second process builds it meanwhile where it needs no links."""
    with contextlib.ExitStack() as stack:
        place, ended = Path(), None
        if len(passages) >= apart.FEWEST and apart.can_fork() and all(map(reads_whole, passages)):
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="radqa-words-")))
            ended = apart.begun(lambda: LexicalIndex.build(passages).save(place))
            stack.callback(ended)

        def write(folder: Path, links: Sequence[Links]) -> None:
            if ended and ended():
                for name in lexical.FILES:
                    shutil.move(place / name, folder / name)
            else:
                LexicalIndex.build(passages, list(map(asserted_words, passages, links))).save(folder)

        yield write


def _written(
    directory: Path,
    kept: dict[str, Document],
    passages: Sequence[Passage],
    model: Embedder,
    made: Prepared,
    embedded_stamp: str,
    write_words: Callable[[Path, Sequence[Links]], None],
) -> Manifest:
    """Write all files of a generation beside, and put it in use."""
    try:
        busy = f"Another build is writing into {directory}. Wait for it, or give another folder."
        with one_writer(directory / _LOCK, busy, _WAIT_S):
            for leftover in directory.glob(f"{_BESIDE}*"):  # whoever made it is dead, since the lock is ours
                shutil.rmtree(leftover, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=_BESIDE, dir=directory))
            folder.chmod(directory.stat().st_mode & 0o777)  # who may look into the folder may use the index
            try:
                _write_documents(folder / DOCUMENTS, kept.values())
                _write_passages(folder / PASSAGES, passages, list(kept))
                DenseIndex.build(made.vectors, model.fingerprint).save(folder)
                ConceptIndex.build(made.links).save(folder)
                write_words(folder, made.links)
                manifest = _describe(folder, kept, passages, model, made.vectors.shape[1], made.fresh, embedded_stamp)
                (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
                _put_in_use(folder, directory, manifest)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except (OSError, RuntimeError) as error:  # FAISS reports a full disk as RuntimeError
        raise IndexWriteFailed(f"The index could not be written to {directory}: {error}. What was there before is unchanged.") from error
    return manifest


def stamp_of_embedded() -> str:
    """Changes when the embedded corpus does, or the space that it is put into."""
    return f"{embedded.stamp()}-{space.stamp()}"


def verify(directory: Path) -> list[str]:
    """Problems of an index beyond what opening finds, none if it is sound: hashes, offsets, vectors, passages split anew."""
    try:
        index = PassageIndex.open(directory, thorough=True)
    except IndexMismatch as error:
        return [str(error)]
    problems = []
    again = [passage.id for passage in split_all(index.documents.values())]
    if again != [passage.id for passage in index.passages]:
        problems.append("splitting the documents again gives other passages")
    if index.dense.count != len(index.passages):
        problems.append(f"{index.dense.count} vectors for {len(index.passages)} passages")
    if index.lexical.weights.shape[1] != len(index.passages):
        problems.append(f"{index.lexical.weights.shape[1]} lexical columns for {len(index.passages)} passages")
    if index.concepts.asserted.shape[1] != len(index.passages):
        problems.append(f"{index.concepts.asserted.shape[1]} columns of concepts for {len(index.passages)} passages")
    return problems


def _unique(documents: Iterable[Document]) -> dict[str, Document]:
    kept: dict[str, Document] = {}
    for document in documents:
        if document.id in kept and kept[document.id] != document:
            raise MissingCorpus(f"Two documents are called {document.id!r}.", "Rename one of them, or give one a `doc_id` of its own.")
        kept[document.id] = document
    return kept


def _write_documents(path: Path, documents: Iterable[Document]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(document.model_dump_json() + "\n")


def _read_documents(path: Path) -> Iterator[Document]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Document.model_validate_json(line)


def _write_passages(path: Path, passages: Sequence[Passage], order: list[str]) -> None:
    position = {name: number for number, name in enumerate(order)}
    rows = [[p.id, position[p.document_id], p.start, p.end, p.section, list(p.header), p.say, p.page] for p in passages]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _read_passages(path: Path, documents: dict[str, Document]) -> list[Passage]:
    order = list(documents.values())
    return [
        Passage(
            id=name, document_id=order[number].id, text=order[number].text[start:end], start=start, end=end, section=section,
            header=tuple(header), say=say, page=page, source=order[number].source,
        )
        for name, number, start, end, section, header, say, page in json.loads(path.read_text(encoding="utf-8"))
    ]  # fmt: skip


def _describe(
    folder: Path, documents: dict[str, Document], passages: Sequence[Passage], model: Embedder, width: int, fresh: int, stamp: str
) -> Manifest:
    """What was built; the vectors' width is theirs, since asking the model for it would load the model."""
    digest = hashlib.sha256("\n".join(sorted(document.content_hash for document in documents.values())).encode())
    files = {
        str(path.relative_to(folder)): FileStamp(size=path.stat().st_size, sha256=_sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    sources = [document.source for document in documents.values()]
    return Manifest(
        format=FORMAT,
        corpus_hash=digest.hexdigest()[:16],
        embedded_stamp=stamp,
        model=model.name,
        model_fingerprint=model.fingerprint,
        dimensions=width,
        vocabulary=stamp_of_vocabulary(),
        documents=len(documents),
        passages=len(passages),
        kinds=_counted([source.kind for source in sources]),
        licences=_counted([source.licence or "Apache-2.0" for source in sources]),
        embedded_now=fresh,
        files=files,
    )


def _counted(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}


def _put_in_use(beside: Path, directory: Path, manifest: Manifest) -> None:
    """Flush everything to disk, give the generation its name, then point `current` at it and drop older ones."""
    for path in [p for p in beside.rglob("*") if p.is_file()]:
        flushed(path)
    name = f"g-{hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()[:16]}"
    if (directory / name).exists() and not _sound(directory / name):
        name += f"-{beside.name.removeprefix(_BESIDE)}"  # the same content again, in place of a damaged generation
    if not (directory / name).exists():
        beside.rename(directory / name)
    pointer = directory / f".{CURRENT}-{os.getpid()}"
    pointer.write_text(name, encoding="utf-8")
    flushed(pointer)
    pointer.replace(directory / CURRENT)
    flushed(directory)
    for old in directory.glob("g-*"):
        if old.name != name and not is_in_use(old / MANIFEST):
            shutil.rmtree(old, ignore_errors=True)


def _sound(folder: Path) -> bool:
    """Whether a generation is as it was written."""
    try:
        _check_files(folder, _manifest(folder), thorough=True)
    except IndexMismatch:
        return False
    return True


def _generation(directory: Path) -> Path:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        name = (directory / CURRENT).read_text(encoding="utf-8").strip()
        if name.startswith("g-") and "/" not in name and (directory / name).is_dir():
            return directory / name
    raise IndexMismatch(f"There is no index in {directory}.", _REMEDY)


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexMismatch(f"The index in {folder.parent} has no readable manifest.", _REMEDY) from error
    if manifest.format != FORMAT:
        raise IndexMismatch(f"The index in {folder.parent} has format {manifest.format}; this version reads {FORMAT}.", _REMEDY)
    return manifest


def _check_files(folder: Path, manifest: Manifest, *, thorough: bool) -> None:
    expected = {DOCUMENTS, PASSAGES, *dense.FILES, *lexical.FILES, *concept.FILES}
    if missing := expected - set(manifest.files):
        raise IndexMismatch(f"The index in {folder.parent} lacks {sorted(missing)}.", _REMEDY)
    for name, stamp in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != stamp.size:
            raise IndexMismatch(f"{name} of the index in {folder.parent} is missing or cut short.", _REMEDY)
        if (thorough or stamp.size < 1 << 26) and _sha256(path) != stamp.sha256:
            raise IndexMismatch(f"{name} of the index in {folder.parent} was altered.", _REMEDY)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
