"""The HTTP cache on disk: hishel after RFC 9111, with a floor under what may be kept and a cap over all of it."""

from __future__ import annotations

import hashlib
import logging
import re
import sqlite3
from contextlib import closing
from typing import Any

import httpx
from hishel import AsyncSqliteStorage, CacheOptions
from hishel.httpx import AsyncCacheTransport

from corpora.disk import cache_folder
from retrievers.errors import SourceUnavailable
from retrievers.settings import WebSettings

KEPT_S = 30 * 86_400
"""After so many seconds an entry is dropped, whatever its headers said."""

logging.getLogger("hishel").setLevel(logging.CRITICAL)
"""An answer that could not be kept is asked for again; its traceback is nothing to a reader."""

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


_FORBIDS = re.compile(r"no-store|no-cache", re.IGNORECASE)


def _with_secret(request: httpx.Request) -> httpx.Request:
    secret = dict(request.extensions["secret"])
    if not secret:
        return request
    return httpx.Request(request.method, request.url.copy_merge_params(secret), headers=request.headers, extensions=request.extensions)


class FloorTransport(httpx.AsyncBaseTransport):
    """Sends what the cache does not have, through the request's own gate, and sees to what may be kept.

    Gives successful answers a lifetime of at least `floor_s`; those whose source forbids keeping them, or using them unasked, stay as
    they are (one person's cache may keep what is `private`). Secret parameters are added here: cache and log never see them.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, floor_s: int) -> None:
        """Take the transport that really asks."""
        self._inner, self._floor_s = inner, floor_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The inner answer with its caching headers raised to the floor, and without cookies."""
        await request.extensions["gate"]()
        response = await self._inner.handle_async_request(_with_secret(request))
        request.extensions["opened"].append(response)
        control = response.headers.get("cache-control", "")
        response.headers.pop("set-cookie", None)
        if response.status_code == 200 and self._floor_s and not _FORBIDS.search(control):
            stated = _MAX_AGE.search(control)
            response.headers["cache-control"] = f"max-age={max(self._floor_s, int(stated[1]) if stated else 0)}"
            response.headers.pop("expires", None)
            response.headers.pop("pragma", None)
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class Nowhere(httpx.AsyncBaseTransport):
    """What is asked instead of the network while offline: nothing ever leaves."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raise `SourceUnavailable`."""
        raise SourceUnavailable(request.url.host, "not in the cache, and the offline setting keeps everything here")


def storage(settings: WebSettings) -> tuple[AsyncSqliteStorage | None, str]:
    """The cache of these settings, or None and why it cannot be used."""
    folder = settings.cache.expanduser() if settings.cache else cache_folder() / "web"
    file = folder / "http-2.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(file)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(entries)")}
    except (OSError, sqlite3.Error) as error:
        return None, f"{folder} cannot be used ({error})"
    if columns and "expires_at" not in columns:
        return None, f"{file} was made by another version; delete it"
    largest = int(settings.page_mb * (1 << 20))
    return AsyncSqliteStorage(database_path=file, default_ttl=KEPT_S, max_size=settings.cache_mb << 20, max_stream_size=largest), ""


def cached(inner: httpx.AsyncBaseTransport, settings: WebSettings, kept: AsyncSqliteStorage | None) -> httpx.AsyncBaseTransport:
    """The transport behind the cache."""
    asked = Nowhere() if settings.offline else FloorTransport(inner, settings.cache_floor_s)
    return AsyncCacheTransport(asked, storage=kept, rfc=CacheOptions(shared=False)) if kept else asked


def caching(url: str, *, offline: bool) -> dict[str, Any]:
    """How one request uses the cache: by its headers, or, offline, whatever there is however old."""
    return {"key": hashlib.sha256(url.encode()).hexdigest(), "rfc": False if offline else CacheOptions(shared=False)}
