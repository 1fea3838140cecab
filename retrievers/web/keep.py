"""Keeping what was found: a live document as a Markdown file of a local collection, with its licence, for `radqa index build`."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import yaml

from corpora.catalogue import Catalogue, Entry, sha256
from corpora.errors import FolderUnwritable
from corpora.licences import licence
from corpora.types import Document, Frozen
from retrievers.errors import SourceRefused, SourceUnavailable
from retrievers.settings import WebSettings
from retrievers.web.http import Client, Session
from retrievers.web.searxng import read_page

SECONDS = 20.0
"""For one page that a person asked for."""

_LIVE = ("live", "standing", "accessed")


class Kept(Frozen):
    """A document that was kept."""

    file: str
    title: str
    url: str
    licence: str


async def fetched(url: str, settings: WebSettings, client: Client | None = None) -> Document:
    """A page of any public site as a document: who names an address lists its site by that.

    Raises:
        SourceError: it cannot be fetched, its robots.txt forbids it, or it holds instructions to a language model.
    """
    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceRefused("web page", f"{url[:200]!r} is no address") from error
    if not host:
        raise SourceRefused("web page", f"{url[:200]!r} is no address; give one with http:// or https://")
    allowed = settings.model_copy(update={"sites": (*settings.sites, host.lower()), "seconds": SECONDS})
    used = client or Client(allowed)
    if client:
        client.settings = allowed
    try:
        async with asyncio.timeout(SECONDS):
            document = await read_page(await Session(used, SECONDS).page(host, url), host)
    except TimeoutError as error:
        raise SourceUnavailable(host, f"gave no page within {SECONDS:g} s") from error
    finally:
        if client is None:
            await used.aclose()
    if document is None:
        raise SourceRefused(host, "the page shows no text")
    return document


def keep(document: Document, folder: Path) -> Kept:
    """Write a document into a folder and its catalogue; an older copy of the same one is replaced.

    Raises:
        FolderUnwritable: the folder cannot be made or written to.
    """
    source = document.source
    stated = source.licence or "not stated"
    name = re.sub(r"[^\w.-]+", "-", document.id).strip("-.") + ".md"
    front = {
        "title": source.title, "kind": source.kind, "organisation": source.organisation, "year": source.year, "version": source.version,
        "citation": source.citation, "doi": source.doi, "url": source.url, "licence": stated, "topics": list(source.topics),
        "retracted": source.retracted, "metadata": {key: value for key, value in source.metadata.items() if key not in _LIVE},
    }  # fmt: skip
    head = yaml.safe_dump({key: value for key, value in front.items() if value}, allow_unicode=True, sort_keys=False, width=1_000)
    data = f"---\n{head}---\n\n{document.text.strip()}\n".encode()
    try:
        _write(folder, name, data)
        Catalogue(folder).add(
            Entry(
                id=document.id, source=source.metadata.get("live", "web"), state="kept", file=name, size=len(data), sha256=sha256(data),
                title=source.title, licence=stated, citation=source.citation, doi=source.doi, url=source.url, fetched_from=source.url,
                fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )  # fmt: skip
    except OSError as error:
        raise FolderUnwritable(f"{folder} cannot be written to ({error.strerror}).") from error
    return Kept(file=str(folder / name), title=source.title, url=source.url, licence=stated)


def _write(folder: Path, name: str, data: bytes) -> None:
    """Beside its place, then in one step into it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".keeping-", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(beside).replace(folder / name)


def keep_open(documents: Iterable[Document], folder: Path) -> tuple[list[Kept], list[str]]:
    """Keep those documents whose licence allows a copy; the second list says of the others why not.

    Raises:
        FolderUnwritable: the folder cannot be made or written to.
    """
    kept, left = [], []
    for document in documents:
        stated = document.source.licence
        if document.source.retracted:
            left.append(f"Not kept: {document.source.title} (retracted).")
        elif licence(stated) is None:
            left.append(f"Not kept: {document.source.title} ({f'licence {stated}' if stated else 'no licence stated'} allows no copy).")
        else:
            kept.append(keep(document, folder))
    return kept, left
