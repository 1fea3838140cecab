"""The HTTP cache on disk: hishel after RFC 9111, with a floor under what may be kept and a cap over all of it."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from hishel import AsyncSqliteStorage, CacheOptions
from hishel.httpx import AsyncCacheTransport
from platformdirs import user_cache_path

from retrievers.errors import SourceUnavailable
from retrievers.settings import WebSettings

KEPT_S = 30 * 86_400
"""After so many seconds an entry is dropped, whatever its headers said."""

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


class FloorTransport(httpx.AsyncBaseTransport):
    """Sends what the cache does not have, through the request's own gate, and sees to what may be kept.

    Gives successful answers a lifetime of at least `floor_s`; those whose source forbids keeping them stay as they are.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, floor_s: int) -> None:
        """Take the transport that really asks."""
        self._inner, self._floor_s = inner, floor_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The inner answer with its caching headers raised to the floor, and without cookies."""
        async with request.extensions["gate"]():
            response = await self._inner.handle_async_request(request)
        request.extensions["opened"].append(response)
        control = response.headers.get("cache-control", "")
        response.headers.pop("set-cookie", None)
        if response.status_code == 200 and self._floor_s and "no-store" not in control.lower():
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


def cached(inner: httpx.AsyncBaseTransport, settings: WebSettings) -> tuple[httpx.AsyncBaseTransport, str]:
    """The transport behind the cache of these settings, and why there is no cache, where it cannot be used."""
    folder = settings.cache.expanduser() if settings.cache else user_cache_path("radqa") / "web"
    asked = Nowhere() if settings.offline else FloorTransport(inner, settings.cache_floor_s)
    file = folder / "http-2.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(file)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(entries)")}
    except (OSError, sqlite3.Error) as error:
        return asked, f"{folder} cannot be used ({error})"
    if columns and "expires_at" not in columns:
        return asked, f"{file} was made by another version; delete it"
    return AsyncCacheTransport(asked, storage=_storage(file, settings), rfc=CacheOptions(shared=False)), ""


def _storage(file: Path, settings: WebSettings) -> AsyncSqliteStorage:
    return AsyncSqliteStorage(
        database_path=file,
        default_ttl=KEPT_S,
        max_size=settings.cache_mb << 20,
        max_stream_size=int(settings.page_mb * (1 << 20)),
    )


def caching(url: str, *, offline: bool) -> dict[str, Any]:
    """How one request uses the cache: by its headers, or, offline, whatever there is however old."""
    return {"key": hashlib.sha256(url.encode()).hexdigest(), "rfc": False if offline else CacheOptions(shared=False)}
