"""Pulling a collection into a folder: what its licences allow is kept, unchanged and checksummed; the rest is refused with the reason.

A pull may be killed at any moment and run again: the folder's catalogue says what is there, files are checked against it, and
only what is missing is fetched. A document is written beside its place, read once with the reader that the index will use,
renamed into place, and only then entered in the catalogue.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from corpora.catalogue import Catalogue, Entry, sha256
from corpora.disk import flushed, one_writer
from corpora.errors import FolderUnwritable, InputError, MalformedDocument, NotGiven, SourceError, SourceUnavailable
from corpora.licences import licence, refusal
from corpora.readers import READERS
from corpora.sources.protocol import Collection, Offer, Wanted
from corpora.sources.wire import Wire
from corpora.types import Document, Frozen

PATIENCE = 5
"""Documents in a row that may fail before the source counts as down."""

_RESERVED = re.compile(r"all rights reserved|non-?\s?commercial", re.I)
Progress = Callable[[int, int], None]


class Pulled(Frozen):
    """What a pull did."""

    folder: str
    kept: int
    new: int
    refused: dict[str, int]
    """Reason -> how many."""
    unreadable: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left that a second run could still bring."""
        return not self.failed


def pull(collection: Collection, wanted: Wanted, folder: Path, wire: Wire, progress: Progress | None = None) -> Pulled:
    """Bring up to `wanted.most` documents into the folder; those already there and sound count and are not fetched again.

    Raises:
        SourceError: the collection cannot be searched, or document after document fails. What was kept stays.
        FolderBusy: another pull is at work there.
        FolderUnwritable: no permission, or the disk is full.
        MalformedDocument: the folder's catalogue was altered by hand; names the line.
    """
    try:
        with _alone(folder):
            return _Pull(collection, wanted, folder, wire, progress).run()
    except OSError as error:
        raise FolderUnwritable(f"{folder} cannot be written to: {error}. What was kept before is unchanged.") from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One pull a folder; the lock ends with the process, however it ends. Leftovers of a killed one are swept away."""
    busy = f"Another pull is writing into {folder}. Wait for it, or give another folder."
    with one_writer(folder / ".pull.lock", busy):
        for leftover in folder.glob(".arriving-*"):
            leftover.unlink(missing_ok=True)
        yield


class _Pull:
    """One run over one folder."""

    def __init__(self, collection: Collection, wanted: Wanted, folder: Path, wire: Wire, progress: Progress | None) -> None:
        self.collection, self.wanted, self.folder, self.wire, self.progress = collection, wanted, folder, wire, progress
        self.catalogue = Catalogue(folder)
        self.kept, self.new, self.row = 0, 0, 0
        self.refused: Counter[str] = Counter()
        self.unreadable: list[str] = []
        self.failed: list[str] = []

    def run(self) -> Pulled:
        seen: set[str] = set()
        with contextlib.closing(self.collection.offers(self.wanted, self.wire, self.folder)) as offers:
            for offer in offers:
                if offer.id not in seen:
                    seen.add(offer.id)
                    self._take(offer)
                if self.progress:
                    self.progress(self.kept, self.wanted.most)
                if self.kept >= self.wanted.most:
                    break
        return Pulled(
            folder=str(self.folder),
            kept=self.kept,
            new=self.new,
            refused=dict(self.refused.most_common()),
            unreadable=tuple(self.unreadable),
            failed=tuple(self.failed),
        )

    def _take(self, offer: Offer) -> None:
        known = self.catalogue.get(offer.id)
        if known and known.state == "kept" and not self.catalogue.problem(known) and not refusal(known.licence, self.wanted.licences):
            self.kept += 1
        elif reason := self._reason(offer, known):
            self._refuse(offer, reason, offer.licence if offer.licence is not None else known.licence if known else "")
        else:
            self._fetch(offer)

    def _reason(self, offer: Offer, known: Entry | None) -> str:
        """Why it is not even fetched: what its catalogue says of it, or what the document itself said the last time."""
        if offer.retracted:
            return "was retracted"
        if offer.licence is not None and (reason := refusal(offer.licence, self.wanted.licences)):
            return reason
        if known and known.state in ("refused", "kept") and known.licence:
            return refusal(known.licence, self.wanted.licences)
        return ""

    def _fetch(self, offer: Offer) -> None:
        try:
            data = offer.fetch()
        except NotGiven as error:
            self._refuse(offer, str(error).removeprefix(f"{error.source}: ").replace(offer.fetched_from, "").strip(), offer.licence or "")
        except SourceError as error:
            self._fail(error)
        else:
            self.row = 0
            self._put(offer, data)

    def _fail(self, error: SourceError) -> None:
        self.failed.append(str(error))
        self.row += 1
        if self.row >= PATIENCE:
            raise SourceUnavailable(
                error.source,
                f"{self.row} documents in a row failed; {self.kept} are kept. Run it again later to go on. The last one: {error}",
            ) from error

    def _put(self, offer: Offer, data: bytes) -> None:
        beside = self.folder / f".arriving-{offer.file}"
        _write(beside, data)
        try:
            documents = list(READERS[beside.suffix](beside))
        except MalformedDocument as error:
            beside.unlink()
            self.unreadable.append(f"{offer.id}: {error.reason}")
            self._leave_out(offer, "unreadable", error.reason, offer.licence or "")
            return
        stated = _stated(offer, documents)
        if reason := self._reason_in(documents, stated):
            beside.unlink()
            self._refuse(offer, reason, stated)
            return
        beside.replace(self.folder / offer.file)
        flushed(self.folder)
        self._enter(offer, "kept", file=offer.file, size=len(data), sha256=sha256(data), licence=stated, document=documents[0])
        self.kept += 1
        self.new += 1

    def _reason_in(self, documents: list[Document], stated: str) -> str:
        """Why the document is not kept after all, by what itself says."""
        if not documents:
            return "holds no document"
        if any(document.source.retracted for document in documents):
            return "was retracted"
        return refusal(stated, self.wanted.licences)

    def _refuse(self, offer: Offer, reason: str, licence: str) -> None:
        """Count and record it; a file that was kept under other wishes stays where it is, and stays in the catalogue."""
        self.refused[reason] += 1
        self._leave_out(offer, "refused", reason, licence)

    def _leave_out(self, offer: Offer, state: str, reason: str, licence: str) -> None:
        known = self.catalogue.get(offer.id)
        if not (known and (known.state == "kept" or (known.state, known.reason) == (state, reason))):
            self._enter(offer, state, reason=reason, licence=licence)

    def _enter(
        self, offer: Offer, state: str, *, reason: str = "", file: str = "", size: int = 0, sha256: str = "", licence: str = "",
        document: Document | None = None,
    ) -> None:  # fmt: skip
        source = document.source if document else None
        self.catalogue.add(
            Entry.model_validate(
                {
                    "id": offer.id,
                    "source": self.collection.about.name,
                    "state": state,
                    "reason": reason,
                    "file": file,
                    "size": size,
                    "sha256": sha256,
                    "licence": licence,
                    "title": offer.title or (source.title if source else ""),
                    "citation": offer.citation or (source.citation if source else ""),
                    "doi": offer.doi or (source.doi if source else ""),
                    "url": offer.url or (source.url if source else ""),
                    "fetched_from": offer.fetched_from,
                    "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        )


def _stated(offer: Offer, documents: list[Document]) -> str:
    """The licence that counts: the document's own, so that a stricter article is not kept; the collection's where it names none."""
    own = next((document.source.licence for document in documents if document.source.licence), "")
    if licence(own) or not offer.licence or _RESERVED.search(own):
        return own
    return offer.licence


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def problems(folder: Path) -> list[str]:
    """What is wrong with a pulled folder: kept files that are missing, cut short or altered. Raises `InputError` without a catalogue."""
    catalogue = Catalogue(folder)
    if not len(catalogue):
        raise InputError(f"{folder} holds no catalogue of pulled documents.")
    return [problem for entry in catalogue.entries if entry.state == "kept" and (problem := catalogue.problem(entry))]
