"""Every request to a live source goes through here; nothing else in the package opens a connection.

One `Client` per event loop holds the connections, the cache, and per host its pace, its breaker and its robots.txt. One `Session`
per question says who asks, how long there is, and keeps the record of what was sent. Faults become `SourceError`s in one place:

| answer | error | tried again |
|---|---|---|
| 429, 503 with Retry-After | SourceRateLimited | after the wait it asks for, while there is time |
| no connection, cut connection, timeout, 408, 500, 502, 503, 504 | SourceUnavailable | with growing waits and jitter, while there is time |
| 401, 403, 407, 451, a CAPTCHA page, robots.txt, a forbidden address, too large | SourceRefused | no |
| other 4xx, a foreign content type, broken packing | MalformedSourceResponse | no |
"""

from __future__ import annotations

import asyncio
import codecs
import math
import re
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any

import httpx
import stamina
from protego import Protego

from corpora.privacy.identifiers import mask
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError, SourceRateLimited, SourceRefused, SourceUnavailable
from retrievers.settings import WebSettings
from retrievers.types import Sent
from retrievers.web.body import body
from retrievers.web.cache import cached, caching, storage
from retrievers.web.guard import Guard, GuardedTransport, proxy_note
from retrievers.web.pace import Breaker, Pace, Rate, TooLong

ATTEMPTS, REDIRECTS = 3, 4
MARGIN_S = 0.3
"""A request that could leave only so shortly before the end does not leave."""
BLOCK_CHARACTERS = 1_000
"""What a page shows that asks for a CAPTCHA is shorter than this."""
ROBOTS_S = 86_400.0
"""A robots.txt is asked for again after so many seconds (RFC 9309, 2.4)."""
AGENT = "radqa"
PAGES = Rate(per_second=2.0, burst=4, at_once=4)
_CAPTCHA = re.compile(
    rb"captcha|cf-challenge|unusual traffic|are you a robot|are not a robot|access denied|bot detection|just a moment\.\.\.|you are human",
    re.IGNORECASE,
)
_RETRYABLE = frozenset({408, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403, 407, 451})


_NO_PAGE = frozenset({"idna", "punycode", "undefined"})
"""Encodings of Python's that no page is written in; the first two take time that grows with the square of the length."""

_NO_ROBOTS = tuple(status for status in range(400, 500) if status not in (408, 429))
"""With these a host says that it has no robots.txt; with the two left out, that it cannot answer now."""

Record = Callable[[], None]
Left = Callable[[], float]
Gate = Callable[[], AbstractAsyncContextManager[None]]


class Reply:
    """An answer within all limits."""

    def __init__(self, url: httpx.URL, content: bytes, kind: str, charset: str, status: int, *, from_cache: bool) -> None:
        """Take the address it came from in the end, its bytes, and what its headers say of them."""
        self.url, self.content, self.kind, self.charset, self.status, self.from_cache = url, content, kind, charset, status, from_cache

    @property
    def text(self) -> str:
        """The bytes as text; what is not of the stated encoding is replaced."""
        try:
            known = codecs.lookup(self.charset or "utf-8").name
            return self.content.decode("utf-8" if known in _NO_PAGE else known, "replace")
        except (LookupError, ValueError):
            return self.content.decode("utf-8", "replace")


@dataclass
class _Host:
    pace: Pace
    breaker: Breaker = field(default_factory=Breaker)
    robots: Protego | None = None
    robots_until: float = 0.0
    reading_robots: asyncio.Lock = field(default_factory=asyncio.Lock)


class Client:
    """The connections of one event loop to all live sources; see the module. Close it with `aclose`."""

    def __init__(self, settings: WebSettings, *, guard: Guard | None = None, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Take the settings; `guard` and `transport` are for tests."""
        self.settings = settings
        self.guard = guard or Guard(settings.allow_addresses)
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=20, keepalive_expiry=30)
        self._storage, self.uncached = storage(settings)  # and why nothing is kept, if so
        self._http = httpx.AsyncClient(
            transport=cached(transport or GuardedTransport(self.guard, limits), settings, self._storage),
            timeout=httpx.Timeout(settings.seconds, connect=min(2.0, settings.seconds), write=2.0),
            headers={"User-Agent": self.agent, "Accept-Encoding": "gzip, deflate", "Accept-Language": "en;q=1.0, *;q=0.5"},
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )
        self._hosts: dict[tuple[str, int | None, Rate], _Host] = {}

    @property
    def agent(self) -> str:
        """The User-Agent: program, version and whom to write to."""
        contact = re.sub(r"[^\x20-\x7e()]|[()]", "", self.settings.contact).strip()
        return f"{AGENT}/{version('radqa')}" + (f" ({contact})" if contact else "")

    async def aclose(self) -> None:
        """Close connections and cache."""
        await self._http.aclose()

    def host(self, url: httpx.URL, rate: Rate) -> _Host:
        """Pace and breaker of a URL's host, one for each rate: an interface and the pages of one host have rules of their own."""
        return self._hosts.setdefault((url.host, url.port, rate), _Host(Pace(rate)))

    @asynccontextmanager
    async def _gate(self, source: str, host: _Host, left: Left, record: Record) -> AsyncIterator[None]:
        """What a request passes before it really leaves; an answer from the cache never comes here."""
        _awake(source, host)
        try:
            async with host.pace.turn(within=left() - MARGIN_S):
                _awake(source, host)
                host.breaker.tries()
                record()
                yield
        except TooLong as error:
            raise SourceRateLimited(source, f"may be asked again only in {error.wait:.0f} s, to keep to its limits", error.wait) from error

    async def fetch(
        self,
        source: str,
        url: httpx.URL,
        *,
        rate: Rate,
        accept: Sequence[str],
        none: Sequence[int] = (),
        secret: Mapping[str, str] | None = None,
        record: Record = lambda: None,
        left: Left = lambda: math.inf,
    ) -> Reply:
        """One GET without redirects: paced, judged, within limits; its failure counts against the host once it has left.

        Args:
            source: for messages.
            url: what is asked.
            rate: the host's.
            accept: content types that are read.
            none: statuses that are an answer too.
            secret: parameters that are added on the way out, and neither kept nor logged.
            record: called when the request really leaves.
            left: seconds that there are for it.

        Raises:
            SourceError: as in the module's table.
        """
        host = self.host(url, rate)
        gone: list[bool] = []

        def leaves() -> None:
            gone.append(True)
            record()

        try:
            reply = await self._once(source, url, accept, none, secret or {}, lambda: self._gate(source, host, left, leaves))
        except (asyncio.CancelledError, SourceRateLimited, SourceUnavailable) as error:
            if gone:
                host.breaker.failed()
                if isinstance(error, SourceRateLimited):
                    host.pace.hold(min(error.retry_after_s or 1.0, 300.0))
            raise
        except SourceError:
            if gone:
                host.breaker.succeeded()  # it answers, be it what we do not want
            raise
        if gone:
            host.breaker.succeeded()
        return reply

    async def _once(
        self, source: str, url: httpx.URL, accept: Sequence[str], none: Sequence[int], secret: Mapping[str, str], gate: Gate
    ) -> Reply:
        opened: list[httpx.Response] = []
        passed = AsyncExitStack()

        async def enter() -> None:
            await passed.aclose()  # of an answer that only confirmed what the cache has
            await passed.enter_async_context(gate())

        caching_ = caching(str(url), offline=self.settings.offline)
        extensions = {"caching": caching_, "gate": enter, "opened": opened, "secret": secret}
        try:
            async with self._http.stream("GET", url, headers={"Accept": ", ".join(accept)}, extensions=extensions) as response:
                content = await body(response, source, int(self.settings.page_mb * (1 << 20)))
        except SourceError as error:
            raise _renamed(error, source) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise fault(error, source) from error
        finally:  # a request given up while the cache is at work would keep its connection for good
            try:
                for upstream in opened:
                    await asyncio.shield(upstream.aclose())
            finally:
                await passed.aclose()  # the host's place is held until its answer has been read
        if response.status_code not in none and not response.is_redirect:
            try:
                refuse(response, content, source, accept)
            except SourceError:
                await self.forget(url)
                raise
        kind, charset = _content_type(response)
        status: Any = response.extensions.get("caching") or {}
        return Reply(
            _target(response, url) if response.is_redirect else url, content, kind, charset, response.status_code,
            from_cache=bool(status.get("from_cache")),
        )  # fmt: skip

    async def forget(self, url: httpx.URL) -> None:
        """Drop from the cache what it has for an address: an answer that was no answer."""
        if self._storage is not None:
            for entry in await self._storage.get_entries(caching(str(url), offline=False)["key"]):
                await self._storage.remove_entry(entry.id)

    async def allowed_by_robots(
        self, source: str, url: httpx.URL, record: Callable[[httpx.URL], None] = lambda url: None, left: Left = lambda: math.inf
    ) -> bool:
        """Whether the host's robots.txt lets us fetch a page; a host without one allows everything (RFC 9309, 2.3.1.3).

        Raises:
            SourceError: it fails at the moment, or is a CAPTCHA, too large or packed in a way that is not read.
        """
        host = self.host(url, PAGES)
        async with host.reading_robots:
            if host.robots is None or time.monotonic() > host.robots_until:
                address = url.copy_with(path="/robots.txt", query=None, fragment=None)
                host.robots = Protego.parse((await self._robots(source, address, record, left))[: 500 << 10])
                host.robots_until = time.monotonic() + ROBOTS_S
        return bool(host.robots.can_fetch(str(url), AGENT))

    async def _robots(self, source: str, address: httpx.URL, record: Callable[[httpx.URL], None], left: Left) -> str:
        """The text of a robots.txt, its redirects followed within the listed sites; empty where there is none."""
        for _ in range(REDIRECTS + 1):
            self.guard.check(address, source)
            try:
                reply = await self.fetch(
                    source, address, rate=PAGES, accept=("text/plain", "*/*"), none=_NO_ROBOTS, record=partial(record, address), left=left
                )
            except SourceRefused as error:
                why = str(error).removeprefix(f"{source}: ")
                raise SourceRefused(source, f"robots.txt of {address.host} cannot be read, so its pages are left alone: {why}") from error
            if reply.kind == "text/html" and reply.status == 200 and _CAPTCHA.search(reply.content):
                await self.forget(address)
                raise SourceRefused(source, f"{address.host} asks for a CAPTCHA instead of answering")
            if not 300 <= reply.status < 400:
                return reply.text if reply.status == 200 else ""
            if not self.settings.listed(reply.url.host):
                return ""
            address = reply.url
        return ""


class Session:
    """One question's requests: how long there is, and the record of what was sent where."""

    def __init__(self, client: Client, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the client and the seconds for everything together, counted from now."""
        self.client, self.settings = client, client.settings
        self._clock, self._end = clock, clock() + seconds
        self.sent: list[Sent] = []

    @property
    def left(self) -> float:
        """Seconds that are left, 0 or above."""
        return max(0.0, self._end - self._clock())

    async def get(
        self,
        source: str,
        url: str,
        words: Mapping[str, str] | None = None,
        *,
        fixed: Mapping[str, str | int] | None = None,
        rate: Rate,
        accept: Sequence[str] = ("application/json",),
        none: Sequence[int] = (),
        secret: Mapping[str, str] | None = None,
    ) -> Reply:
        """An answer of a source's interface, tried again while that can help and there is time.

        Args:
            source: the source's name, for messages and the record.
            url: the interface's address.
            words: parameters that hold words of the question; the mask of patient identifiers passes over them.
            fixed: parameters that are ours or came from the source itself: formats, sizes, its own ids and cursors.
            rate: what the source asks of its callers.
            accept: content types it may answer with.
            none: statuses that are an answer too, e.g. 404 where that says "nothing found".
            secret: parameters that are sent and neither recorded nor kept nor logged (keys).

        Raises:
            SourceError: as in the module's table.
        """
        masked = {name: mask(value).text for name, value in (words or {}).items()}
        address = httpx.URL(url, params={**masked, **(fixed or {})}) if masked or fixed else httpx.URL(url)
        self.client.guard.check(address, source)
        reply = await self._tried(source, address, rate, accept, none, secret)
        if 300 <= reply.status < 400:
            raise SourceRefused(source, f"its interface moved to {reply.url.host}; set its new address in web.endpoints")
        return reply

    async def page(self, source: str, url: str) -> Reply:
        """A page of a listed site, its redirects followed within the listed sites, where robots.txt allows.

        Raises:
            SourceError: as in the module's table.
        """
        address = httpx.URL(url)
        for _ in range(REDIRECTS + 1):
            self.client.guard.check(address, source)
            if not self.settings.listed(address.host):
                raise SourceRefused(source, f"{address.host} is not one of the listed sites (web.sites)")
            if not await self.client.allowed_by_robots(source, address, partial(self._note, source), lambda: self.left):
                raise SourceRefused(source, f"robots.txt of {address.host} asks not to fetch this page")
            reply = await self._tried(source, address, PAGES, ("text/html", "application/xhtml+xml", "text/plain"))
            if not 300 <= reply.status < 400:
                return reply
            if address.scheme == "https" and reply.url.scheme == "http":
                raise SourceRefused(source, f"{address.host} redirects to an unencrypted page")
            address = reply.url
        raise SourceRefused(source, f"{address.host} redirects more than {REDIRECTS} times")

    @asynccontextmanager
    async def judged(self, reply: Reply) -> AsyncIterator[None]:
        """What is made of an answer; one that turns out to be none (an error, a block, another format) is not kept."""
        try:
            yield
        except SourceEmpty:
            raise
        except SourceError:
            await self.client.forget(reply.url)
            raise

    def _note(self, source: str, url: httpx.URL) -> None:
        self.sent.append(Sent(source=source, host=url.host, what=url.path))

    async def _tried(
        self,
        source: str,
        url: httpx.URL,
        rate: Rate,
        accept: Sequence[str],
        none: Sequence[int] = (),
        secret: Mapping[str, str] | None = None,
    ) -> Reply:
        attempts = 1 if self.settings.offline else ATTEMPTS
        async for attempt in stamina.retry_context(
            on=self._worth_waiting, attempts=attempts, timeout=None, wait_initial=0.2, wait_max=2.0, wait_jitter=0.3
        ):
            with attempt:
                entry = Sent(source=source, host=url.host, what=f"{url.path} {_shown(url)}".strip())
                return await self.client.fetch(
                    source, url, rate=rate, accept=accept, none=none, secret=secret,
                    record=partial(self.sent.append, entry), left=lambda: self.left,
                )  # fmt: skip
        raise AssertionError("unreachable")

    def _worth_waiting(self, error: Exception) -> bool | float:
        """Whether trying again can help within the time left; the wait that the source asked for, if it did."""
        if not isinstance(error, SourceError) or not error.retryable or self.left < 0.5:
            return False
        if isinstance(error, SourceRateLimited) and error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s < self.left - 0.3 else False
        return True


def _awake(source: str, host: _Host) -> None:
    """Raise `SourceUnavailable` while the host is left alone."""
    if host.breaker.rests:
        error = SourceUnavailable(source, f"failed repeatedly and is left alone for another {host.breaker.rests:.0f} s")
        error.retryable = False
        raise error


def _shown(url: httpx.URL) -> str:
    return ", ".join(f"{name}={value}" for name, value in url.params.multi_items())


_CLIENTS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Client]] = weakref.WeakKeyDictionary()


def shared(settings: WebSettings) -> Client:
    """The client of the running event loop for these settings; made at the first call."""
    clients = _CLIENTS.setdefault(asyncio.get_running_loop(), [])
    for client in clients:
        if client.settings == settings:
            return client
    clients.append(Client(settings))
    return clients[-1]


async def close_shared() -> None:
    """Close every client of the running event loop."""
    for client in _CLIENTS.pop(asyncio.get_running_loop(), []):
        await client.aclose()


def refuse(response: httpx.Response, content: bytes, source: str, accept: Sequence[str]) -> None:
    """Raise the error that an unsuccessful or foreign answer means; nothing for a good one."""
    status = response.status_code
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        wait = retry_after(response.headers.get("retry-after", ""))
        raise SourceRateLimited(source, f"asks for fewer requests ({status})", wait)
    if status in _RETRYABLE or status >= 500:
        raise SourceUnavailable(source, f"fails at the moment ({status})")
    marked = response.headers.get("cf-mitigated") == "challenge"
    challenged = marked or bool(_CAPTCHA.search(content[: 64 << 10]))
    if status in _REFUSED:
        raise SourceRefused(source, f"refuses us ({status}{', asking for a CAPTCHA' if challenged else ''})")
    if status >= 400:
        raise MalformedSourceResponse(source, f"does not accept the request ({status})")
    if marked:
        raise SourceRefused(source, "asks for a CAPTCHA instead of answering")
    kind, _ = _content_type(response)
    if "*/*" not in accept and kind and not any(kind == wanted or kind.endswith(f"+{wanted.rpartition('/')[2]}") for wanted in accept):
        if challenged:
            raise SourceRefused(source, "asks for a CAPTCHA instead of answering")
        raise MalformedSourceResponse(source, f"answers with {kind[:60]} instead of {accept[0]}")


def asks_for_captcha(text: str) -> bool:
    """Whether what a page shows is a CAPTCHA and no text: short, and naming one."""
    return len(text) < BLOCK_CHARACTERS and bool(_CAPTCHA.search(text.encode("utf-8", "replace")))


def fault(error: Exception, source: str) -> SourceError:
    """What an exception of httpx means."""
    match error:
        case httpx.ConnectTimeout():
            return SourceUnavailable(source, f"does not answer in time{proxy_note()}")
        case httpx.TimeoutException():
            return SourceUnavailable(source, "does not answer in time")
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.TooManyRedirects() | httpx.LocalProtocolError() | UnicodeError():
            return SourceRefused(source, f"its address cannot be used ({error.__class__.__name__})")
        case httpx.DecodingError():
            return MalformedSourceResponse(source, "its answer cannot be unpacked")
        case httpx.ConnectError():
            return SourceUnavailable(source, f"cannot be reached{proxy_note()}")
        case _:
            return SourceUnavailable(source, f"broke the connection off ({error.__class__.__name__})")


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """The header's seconds or date as seconds from now, 0 or above; None when it says neither."""
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None


def _renamed(error: SourceError, source: str) -> SourceError:
    """The same error, said of the source that was asked rather than of its host."""
    if error.source == source:
        return error
    made = type(error)(source, f"{error}")
    made.retryable = error.retryable
    return made


def _content_type(response: httpx.Response) -> tuple[str, str]:
    stated = response.headers.get("content-type", "")
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", stated, re.IGNORECASE)
    return stated.partition(";")[0].strip().lower(), charset[1] if charset else ""


def _target(response: httpx.Response, url: httpx.URL) -> httpx.URL:
    try:
        return url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError, KeyError) as error:
        raise SourceRefused(url.host, "redirects to an address that cannot be used") from error
