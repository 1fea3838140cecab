"""Addresses: what is public, what a URL may look like, and names that change their mind."""

from __future__ import annotations

import asyncio
import ipaddress
import time

import httpx
import pytest

from retrievers.errors import SourceRefused, SourceUnavailable
from retrievers.settings import WebSettings, network_and_port
from retrievers.web.guard import Guard, GuardedBackend, is_public, resolved
from retrievers.web.http import Client, Session, fault
from retrievers.web.pace import Rate
from tests.retrievers.web.conftest import settings_for
from tests.retrievers.web.server import SITE, LiveServer

FORBIDDEN = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::", "2001:0:53aa:64c:0:0:80ff:fffe", "::127.0.0.1", "2001:db8::1",
    "192.0.0.192", "168.63.129.16", "::ffff:168.63.129.16", "3fff::1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "130.14.29.110", "193.62.193.80", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_inside_is_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/a", "gopher://example.org/", "data:text/html,hi", "javascript:alert(1)", "//example.org/",
        "http://user:pass@example.org/", "https://user@example.org/", "http:///path", "https://example.org/" + "a" * 5_000,
    ],
)  # fmt: skip
def test_refuses_other_schemes_credentials_and_no_host(url):
    with pytest.raises(SourceRefused):
        Guard().check(httpx.URL(url), "a page")


async def test_one_bad_address_among_several_refuses_the_host():
    async def mixed(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(SourceRefused, match="not public"):
        await Guard(resolve=mixed).addresses("example.org", 443)


async def test_a_name_that_cannot_be_resolved_is_unavailable():
    async def nothing(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(SourceUnavailable):
        await Guard(resolve=nothing).addresses("example.org", 443)


def test_allows_only_the_named_port():
    guard = Guard(["127.0.0.1:8888", "10.1.0.0/16", "[::1]:80"])
    assert guard.allows("127.0.0.1", 8888)
    assert not guard.allows("127.0.0.1", 8889)
    assert guard.allows("10.1.2.3", 443)
    assert not guard.allows("10.2.0.1", 443)
    assert guard.allows("::1", 80)
    assert guard.allows("::ffff:127.0.0.1", 8888)


@pytest.mark.parametrize("text", ["nonsense", "127.0.0.1:port", "300.1.1.1"])
def test_settings_refuse_what_is_no_address(text):
    with pytest.raises(ValueError, match=r"."):
        network_and_port(text)
    with pytest.raises(ValueError, match="allow_addresses"):
        WebSettings(allow_addresses=(text,))


async def test_connects_to_the_very_address_that_was_judged():
    """DNS rebinding: the name answers with a public address first and with loopback a moment later."""
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    connected: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    class Recording:
        async def connect_tcp(self, host: str, *_: object) -> str:
            connected.append(host)
            return "stream"

    backend = GuardedBackend(Guard(resolve=rebinding))
    backend._network = Recording()  # type: ignore[assignment]
    assert await backend.connect_tcp("rebind.test", 80) == "stream"
    assert connected == ["8.8.8.8"]
    with pytest.raises(SourceRefused):
        await backend.connect_tcp("rebind.test", 80)
    assert connected == ["8.8.8.8"]


async def test_a_name_that_takes_long_to_resolve_times_out():
    async def slow(host: str, port: int) -> list[str]:
        await asyncio.sleep(30)
        return ["8.8.8.8"]

    with pytest.raises(Exception, match="not resolved in time"):
        await GuardedBackend(Guard(resolve=slow)).connect_tcp("slow.test", 80, timeout=0.05)


async def test_loopback_is_refused_unless_it_is_allowed(live: LiveServer, tmp_path):
    settings = settings_for(live, tmp_path / "c", allow_addresses=())
    client = Client(settings)
    with pytest.raises(SourceRefused, match="allow_addresses"):
        await Session(client, 3).get("PubMed", f"{live.base}/pubmed/esearch.fcgi", {"term": "x"}, rate=Rate())
    await client.aclose()
    assert not live.requests


REDIRECTS = {
    "http://evil.test/": "not one of the listed sites",
    "http://169.254.169.254/latest/meta-data/": "not one of the listed sites",
    "http://127.0.0.1/": "not one of the listed sites",
    "file:///etc/passwd": "only http and https",
    "http://xn--0.test/": "cannot be used",
    f"http://user:pw@{SITE}/": "credentials",
    f"http://inner.{SITE}/": "not public",
}


@pytest.mark.parametrize(("target", "reason"), REDIRECTS.items())
async def test_every_redirect_passes_the_gate_again(live: LiveServer, settings: WebSettings, target, reason):
    async def split(host: str, port: int) -> list[str]:
        return ["192.168.7.7"] if host.startswith("inner") else ["127.0.0.1"]

    client = Client(settings, guard=Guard(settings.allow_addresses, split))
    live.faults = {"/go": f"redirect:{target}"}
    with pytest.raises(SourceRefused, match=reason):
        await Session(client, 4).page("a page", f"http://{SITE}:{live.port}/go")
    await client.aclose()


async def test_follows_a_redirect_within_the_listed_sites(session: Session, live: LiveServer):
    live.faults = {"/go": f"redirect:http://www.{SITE}:{live.port}/articles/bosniak"}
    reply = await session.page("a page", f"http://{SITE}:{live.port}/go")
    assert reply.url.host == f"www.{SITE}"


async def test_redirects_do_not_go_round_for_ever(session: Session, live: LiveServer):
    live.faults = {"/go": f"redirect:http://{SITE}:{live.port}/go"}
    with pytest.raises(SourceRefused, match="more than"):
        await session.page("a page", f"http://{SITE}:{live.port}/go")


async def test_names_that_hide_loopback_are_judged_by_what_they_resolve_to(live: LiveServer):
    for name in ("0x7f.1", "2130706433", "017700000001", "localhost"):
        with pytest.raises((SourceRefused, SourceUnavailable)):
            await Guard().addresses(name, 80)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_failed_connection_names_the_proxy_that_is_not_used(name, monkeypatch):
    async def nothing(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    for other in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(other, raising=False)
        monkeypatch.delenv(other.lower(), raising=False)
    assert "proxies are not supported" not in str(fault(httpx.ConnectError("x"), "PubMed"))
    monkeypatch.setenv(name, "http://proxy.example:3128")
    for error in (httpx.ConnectError("x"), httpx.ConnectTimeout("x")):
        assert f"{name.upper()} is set, but live sources connect directly: proxies are not supported" in str(fault(error, "PubMed"))
    with pytest.raises(SourceUnavailable, match="proxies are not supported"):
        await Guard(resolve=nothing).addresses("example.org", 443)
    assert "proxies" not in str(fault(httpx.ReadTimeout("x"), "PubMed"))


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_name_that_is_not_resolved_is_left_alone_for_a_while(live: LiveServer, tmp_path, hangs, monkeypatch):
    tries: list[str] = []

    async def dead(host: str, port: int) -> list[str]:
        tries.append(host)
        if hangs:
            await asyncio.sleep(30)
        raise OSError(-3, "Temporary failure in name resolution")

    monkeypatch.setattr("retrievers.web.guard.SLOW_S", 0.05)
    settings = settings_for(live, tmp_path / "c")
    client = Client(settings, guard=Guard(settings.allow_addresses, dead))
    for _ in range(2):
        with pytest.raises((SourceUnavailable, TimeoutError)):
            async with asyncio.timeout(0.6):
                await Session(client, 0.6).get("PubMed", "http://dead.test/x", {"term": "x"}, rate=Rate())
    assert tries == ["dead.test"]
    await client.aclose()


async def test_a_name_server_that_hangs_keeps_nobody_else_s_threads(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(1.5))
    hanging = [asyncio.create_task(resolved(f"h{number}.test", 80)) for number in range(40)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    assert await asyncio.to_thread(lambda: 1) == 1
    assert time.monotonic() - started < 0.5
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_resolves_names_as_the_system_does(monkeypatch):
    def answer(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host == "none.test":
            raise OSError(-2, "Name or service not known")
        return [(2, 1, 6, "", ("192.0.2.7", port)), (2, 1, 6, "", ("192.0.2.7", port))]

    monkeypatch.setattr("socket.getaddrinfo", answer)
    assert await resolved("a.test", 80) == ("192.0.2.7",)
    with pytest.raises(OSError, match="not known"):
        await resolved("none.test", 80)
