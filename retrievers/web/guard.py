"""Which addresses may be reached: http and https only, no credentials, and no host whose address is not public.

A name is resolved once per connection, every address it has is judged, and the connection goes to the very address that was
judged: a name that answers differently a moment later (DNS rebinding) gains nothing. Redirects pass the same gate, hop by hop.
A proxy would resolve names in our place, unjudged: none is used, and where one is set a failed connection says so.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

import httpcore
import httpx

from retrievers.errors import SourceRefused, SourceUnavailable
from retrievers.settings import network_and_port

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_INSIDE = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "3fff::/20")))
"""Inside a provider's or documentation's network, though `ipaddress` calls some of it global: RFC 6890, Azure's host, RFC 9637."""
DEAD_S, SLOW_S = 30.0, 0.5
"""A name that was not resolved is not asked for again for so long; one that was given up counts after so many seconds."""
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


async def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system resolves it.

    In a thread of its own that nothing waits for: without a name server it hangs, and would hold up whoever shares its thread pool.
    """
    answer: Future[list[Any]] = Future()
    answer.set_running_or_notify_cancel()

    def look() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    Thread(target=look, name=f"resolves {host}", daemon=True).start()
    return tuple(dict.fromkeys(str(item[4][0]) for item in await asyncio.wrap_future(answer)))


def innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, Teredo, NAT64, compatible), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if carried is None and (address in _NAT64 or int(address) >> 32 == 0):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried or address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not loopback, private, link-local, shared, multicast or reserved."""
    inner = innermost(address)
    usual = inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified or inner.is_loopback)
    inside = any(inner in network for network in _INSIDE)
    return usual and not inside and not (isinstance(inner, ipaddress.IPv6Address) and (inner.is_site_local or inner in _LOCAL_NAT64))


def proxy_note() -> str:
    """What to add to a failed connection where the environment names a proxy; empty where it names none."""
    named = next((name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower())), "")
    return f"; {named} is set, but live sources connect directly: proxies are not supported" if named else ""


class Guard:
    """Judges URLs and addresses; `allowed` names addresses that may be reached although they are not public."""

    def __init__(self, allowed: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        """Take "address[:port]" or networks to allow, and how names are resolved."""
        self._allowed = [network_and_port(item) for item in allowed]
        self._resolve = resolve or resolved
        self._dead: dict[str, float] = {}

    def check(self, url: httpx.URL, source: str) -> None:
        """Refuse what is wrong with a URL before anything is resolved.

        Raises:
            SourceRefused: another scheme than http and https, credentials, or no host.
        """
        if url.scheme not in ("http", "https"):
            raise SourceRefused(source, f"its address is {url.scheme or 'no scheme'}, and only http and https are followed")
        if url.userinfo or "@" in url.netloc.decode("ascii", "replace"):
            raise SourceRefused(source, f"its address at {url.host} carries credentials")
        if not url.host or len(str(url)) > 4_000:
            raise SourceRefused(source, "its address has no host or is too long")

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all judged.

        Raises:
            SourceUnavailable: the name cannot be resolved.
            SourceRefused: one of its addresses is not public and not allowed.
        """
        started = time.monotonic()
        if started < self._dead.get(host, 0.0):
            raise _unresolved(host, "tried a moment ago")
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            self._dead[host] = time.monotonic() + DEAD_S
            raise _unresolved(host, error.__class__.__name__) from error
        except asyncio.CancelledError:
            if time.monotonic() - started > SLOW_S:
                self._dead[host] = time.monotonic() + DEAD_S
            raise
        for text in found:
            if not self.allows(text, port):
                raise SourceRefused(host, f"its address {text} is not public; to reach it, add it to web.allow_addresses")
        return list(found)

    def allows(self, text: str, port: int) -> bool:
        """Whether an address may be reached on a port."""
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = innermost(address)
        named = any((inner in network or address in network) and only in (None, port) for network, only in self._allowed)
        return named or is_public(address)


def _unresolved(host: str, why: str) -> SourceUnavailable:
    error = SourceUnavailable(host, f"its name cannot be resolved ({why}){proxy_note()}")
    error.retryable = False
    return error


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only; never to a Unix socket."""

    def __init__(self, guard: Guard) -> None:
        """Take the judge."""
        self._guard, self._network = guard, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first judged address that answers."""
        try:
            addresses = await asyncio.wait_for(self._guard.addresses(host, port), timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:3]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: raises `SourceRefused`."""
        raise SourceRefused(path, "a Unix socket is no web source")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over guarded connections; takes no proxy and no settings from the environment."""

    def __init__(self, guard: Guard, limits: httpx.Limits) -> None:
        """Take the judge and the connection limits."""
        context: ssl.SSLContext = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=GuardedBackend(guard),
        )
