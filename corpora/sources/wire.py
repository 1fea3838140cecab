"""Requests to open collections: spaced out, named, retried with growing waits, limited in size, never half a document.

Faults become `SourceError`s in one place, `answer_problem`:

| answer | error | tried again |
|---|---|---|
| 429, or 503 with Retry-After | SourceRateLimited | after the wait the source asks for, up to `patience_s` |
| 500, 502, 503, 504; no connection; cut connection; timeout | SourceUnavailable | with growing waits |
| 404, 410, 451; larger than the limit | NotGiven | no |
| 401, 403 and other 4xx | SourceRefused | no |
| not in the documented format | MalformedSourceResponse | with growing waits |
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import httpx
import stamina

from corpora.errors import MalformedSourceResponse, MissingExtra, NotGiven, SourceError, SourceRateLimited, SourceRefused, SourceUnavailable

ATTEMPTS = 6
LARGEST_DOCUMENT = 64 << 20
LARGEST_ARCHIVE = 2 << 30
T = TypeVar("T")
_TIMEOUT = httpx.Timeout(60.0, connect=15.0)


def is_public(host: str) -> bool:
    """Whether every address of a host is one of the open internet; a name that cannot be resolved is left to the connection to report."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        found = [str(ip_address(host))]
    except ValueError:
        try:
            found = [str(address[0]) for *_, address in socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)]
        except (OSError, UnicodeError):
            return True
    return all(ip_address(address.partition("%")[0]).is_global for address in found)


class Wire:
    """A polite connection to one source.

    Args:
        source: the collection's name, for messages.
        rate: requests a second at most.
        contact: a mail address the source can write to instead of blocking; goes into `User-Agent` and `From`.
        patience_s: the longest wait a source may ask for with Retry-After, in seconds.
        wait_initial_s: the first wait before a retry; each further one doubles, up to a minute.
        client: an httpx client to use instead of an own one, e.g. over a fake transport.
        sleep: how to wait between requests.
    """

    def __init__(
        self,
        source: str,
        rate: float,
        contact: str = "",
        *,
        patience_s: float = 120.0,
        wait_initial_s: float = 1.0,
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """See the class."""
        self.source, self.patience_s, self.wait_initial_s = source, patience_s, wait_initial_s
        self._gap, self._sleep, self._next = 1.0 / rate, sleep, 0.0
        try:
            self._client = client or httpx.Client(timeout=_TIMEOUT, follow_redirects=True, max_redirects=5)
        except ImportError as error:  # httpx reads the proxy from the environment and has no SOCKS of its own
            raise MissingExtra("The environment names a SOCKS proxy.", 'Run: pip install "httpx[socks]", or unset ALL_PROXY.') from error
        self._client.event_hooks["response"] = [*self._client.event_hooks["response"], self._stays_outside]
        self._client.headers["User-Agent"] = f"radqa/{version('radqa')}" + (f" (mailto:{contact})" if contact else "")
        if contact:
            self._client.headers["From"] = contact

    def __enter__(self) -> Wire:
        """The wire itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def json(self, url: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at an address. Raises `SourceError`; `MalformedSourceResponse` when it is none, tried again before."""
        return self._patiently(lambda: self._json(url, params))

    def document(self, url: str, *, accept: str = "*/*", check: Callable[[bytes], None] | None = None) -> bytes:
        """The whole document at an address.

        Args:
            url: where it is.
            accept: the media type to ask for.
            check: raises `MalformedSourceResponse` when the bytes are not what they should be; they are fetched again then.
        """

        def once() -> bytes:
            body = self._body(url, None, accept)
            if check:
                check(body)
            return body

        return self._patiently(once)

    def archive(self, url: str, path: Path) -> None:
        """Put the file at an address in `path`, taking up where an earlier try or a killed process left off.

        What has arrived stands in `path` with `.part` behind it, the source's mark of its version (ETag or Last-Modified)
        beside it; the rest is asked for with Range and If-Range, so that parts of two versions are never joined.
        """
        part, mark = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.version")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._patiently(lambda: self._archive(url, part, mark))
        part.replace(path)
        mark.unlink(missing_ok=True)

    def _stays_outside(self, response: httpx.Response) -> None:
        """Refuse a redirect to this machine or its network before it is followed; one within the same host may stay."""
        if not response.has_redirect_location:
            return
        target = response.request.url.join(response.headers["location"])
        if target.host != response.request.url.host and not is_public(target.host):
            raise SourceRefused(self.source, f"{response.request.url.host} redirects to {target.host}, which is no public address")

    def _patiently(self, once: Callable[[], T]) -> T:
        for attempt in stamina.retry_context(
            on=self._wait, attempts=ATTEMPTS, timeout=None, wait_initial=self.wait_initial_s, wait_max=60.0, wait_jitter=self.wait_initial_s
        ):
            with attempt:
                return once()
        raise AssertionError("stamina ends with a result or an error")

    def _wait(self, error: Exception) -> bool | float:
        """Whether to try again, or how many seconds to wait before it."""
        if isinstance(error, SourceRateLimited) and error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.patience_s else False
        return isinstance(error, MalformedSourceResponse) or (isinstance(error, SourceError) and error.retryable)

    def _json(self, url: str, params: dict[str, str] | None) -> dict[str, Any]:
        try:
            answer = json.loads(self._body(url, params, "application/json"))
        except ValueError as error:
            raise MalformedSourceResponse(self.source, f"{url} did not answer with JSON ({error})") from error
        if not isinstance(answer, dict):
            raise MalformedSourceResponse(self.source, f"{url} answered with JSON that is no object")
        return answer

    def _body(self, url: str, params: dict[str, str] | None, accept: str) -> bytes:
        with self._answer(url, params, {"Accept": accept}) as response:
            body = bytearray()
            for block in response.iter_bytes():
                body += block
                if len(body) > LARGEST_DOCUMENT:
                    raise NotGiven(self.source, f"{url} is larger than {LARGEST_DOCUMENT >> 20} MiB")
        return bytes(body)

    def _archive(self, url: str, part: Path, mark: Path) -> None:
        have, known = (part.stat().st_size if part.exists() else 0), (mark.read_text("utf-8") if mark.exists() else "")
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-", "If-Range": known} if have and known else {})
        with self._answer(url, None, headers, allow=(416,)) as response:
            if response.status_code == 416:  # what we have is all there is, or more: begin again
                part.unlink()
                raise SourceUnavailable(self.source, f"{url} cannot continue at byte {have}")
            goes_on = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            mark.write_text(response.headers.get("ETag") or response.headers.get("Last-Modified", ""), encoding="utf-8")
            with part.open("ab" if goes_on else "wb") as file:
                for block in response.iter_raw():
                    file.write(block)
                    if file.tell() > LARGEST_ARCHIVE:
                        raise SourceRefused(self.source, f"{url} is larger than {LARGEST_ARCHIVE >> 20} MiB")

    @contextmanager
    def _answer(
        self, url: str, params: dict[str, str] | None, headers: dict[str, str], allow: tuple[int, ...] = ()
    ) -> Iterator[httpx.Response]:
        """A response that succeeded, after waiting for our turn; every fault as a `SourceError`."""
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap
        try:
            with self._client.stream("GET", url, params=params, headers=headers) as response:
                if not response.is_success and response.status_code not in allow:
                    raise answer_problem(self.source, response)
                yield response
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise SourceUnavailable(self.source, f"{url} could not be read ({type(error).__name__}: {error})") from error
        except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise SourceRefused(self.source, f"{url} cannot be followed ({error})") from error


def answer_problem(source: str, response: httpx.Response) -> SourceError:
    """The error that an answer without success stands for; see the module's table."""
    status, where = response.status_code, response.request.url
    wait = retry_after_s(response.headers.get("Retry-After", ""))
    if status == 429 or (status == 503 and wait is not None):
        asked = f" for {wait:.0f} s" if wait is not None else ""
        return SourceRateLimited(source, f"{where} answered {status} and asks to wait{asked}", wait)
    if status >= 500 or status == 408:
        return SourceUnavailable(source, f"{where} answered {status} {response.reason_phrase}".rstrip())
    refused = NotGiven if status in (404, 410, 451) else SourceRefused
    return refused(source, f"{where} answered {status} {response.reason_phrase}".rstrip())


def retry_after_s(value: str, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, written as seconds or as a date; None without one."""
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
