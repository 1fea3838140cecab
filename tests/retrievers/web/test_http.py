"""Politeness, patience and the cache."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from protego import Protego

from retrievers.errors import SourceRateLimited, SourceRefused, SourceUnavailable
from retrievers.settings import WebSettings
from retrievers.types import Query
from retrievers.web.guard import Guard
from retrievers.web.http import PAGES, ROBOTS_S, Client, Reply, Session, close_shared, fault, retry_after, shared
from retrievers.web.pace import FAILURES, REST_S, Breaker, Pace, Rate
from retrievers.web.voice import WebVoice
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.server import SITE, LiveServer

FAST = Rate(per_second=1000, burst=100, at_once=10)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def ask(session: Session, live: LiveServer, path: str = "/clinicaltrials/studies", term: str = "nodule", rate: Rate = FAST):
    return await session.get("A source", f"{live.base}{path}", {"query.term": term}, rate=rate)


def test_pace_keeps_rate_and_burst():
    clock = Clock()
    pace = Pace(Rate(per_second=2, burst=2, at_once=9), clock)
    assert [pace.wait_for_turn() for _ in range(4)] == [0, 0, 0.5, 1.0]
    clock.now += 10
    assert [pace.wait_for_turn() for _ in range(3)] == [0, 0, 0.5]


def test_pace_holds_when_the_host_asks():
    clock = Clock()
    pace = Pace(Rate(per_second=9, burst=9, at_once=9), clock)
    pace.hold(30)
    assert pace.wait_for_turn() == 30
    clock.now += 31
    assert pace.wait_for_turn() == 0


async def test_whoever_gives_up_waiting_takes_no_turn():
    pace = Pace(Rate(per_second=0.001, burst=1, at_once=5))
    async with pace.turn():
        pass
    before = pace._tokens
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), pace.turn():
            pass
    assert pace._tokens == pytest.approx(before, abs=0.01)


def test_breaker_opens_rests_and_tries_again():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.rests == 0
    breaker.failed()
    assert breaker.rests == REST_S
    clock.now += REST_S
    assert breaker.rests == 0
    breaker.failed()
    assert breaker.rests == REST_S
    clock.now += REST_S
    breaker.tries()
    assert breaker.rests == REST_S  # the others wait for what this one finds
    breaker.succeeded()
    assert breaker.rests == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("Wed, 21 Oct 2026 07:28:10 GMT", 10.0),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("\xb2", None),
        ("Wed, 21 Oct 2099 99999999999999999999:28:00 GMT", None),
    ],
)
def test_reads_retry_after(value, seconds):
    assert retry_after(value, datetime(2026, 10, 21, 7, 28, 0, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout("x"), SourceUnavailable), (httpx.ReadError("x"), SourceUnavailable), (httpx.ConnectError("x"), SourceUnavailable),
        (httpx.RemoteProtocolError("x"), SourceUnavailable), (httpx.UnsupportedProtocol("x"), SourceRefused), (httpx.InvalidURL("x"), SourceRefused),
        (OSError("x"), SourceUnavailable),
    ],
)  # fmt: skip
def test_maps_every_exception(error, kind):
    assert isinstance(fault(error, "A"), kind)


async def test_tries_again_after_a_passing_fault(session: Session, live: LiveServer):
    live.faults = {"/clinicaltrials": "500"}

    async def recover() -> None:
        await asyncio.sleep(0.15)
        live.faults = {}

    reply, _ = await asyncio.gather(ask(session, live), recover())
    assert reply.status == 200
    assert len(live.requests) == 2
    assert len(session.sent) == 2


async def test_waits_as_long_as_the_source_asks_when_there_is_time(session: Session, live: LiveServer):
    live.faults = {"/clinicaltrials": "429-short"}

    async def recover() -> None:
        await asyncio.sleep(0.3)
        live.faults = {}

    started = time.monotonic()
    await asyncio.gather(ask(session, live), recover())
    assert time.monotonic() - started >= 1.0


async def test_does_not_wait_longer_than_there_is_time(session: Session, live: LiveServer):
    live.faults = {"/clinicaltrials": "429"}
    started = time.monotonic()
    with pytest.raises(SourceRateLimited) as caught:
        await ask(session, live)
    assert caught.value.retry_after_s == 30
    assert time.monotonic() - started < 1.0
    assert len(live.requests) == 1


async def test_a_dead_host_is_left_alone(client: Client, live: LiveServer):
    live.faults = {"/clinicaltrials": "cut"}
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            await ask(Session(client, 4), live)
    asked = len(live.requests)
    with pytest.raises(SourceUnavailable, match="left alone"):
        await ask(Session(client, 4), live)
    assert len(live.requests) == asked


async def test_the_same_question_is_answered_from_the_cache_and_nothing_is_sent(session: Session, live: LiveServer):
    first, again = await ask(session, live), await ask(session, live)
    assert first.content == again.content
    assert again.from_cache
    assert len(live.requests) == len(session.sent) == 1


async def test_offline_answers_from_the_cache_only(live: LiveServer, settings: WebSettings):
    client = Client(settings)
    await ask(Session(client, 4), live)
    await client.aclose()
    offline = Client(settings.model_copy(update={"offline": True}))
    session = Session(offline, 4)
    assert (await ask(session, live)).from_cache
    with pytest.raises(SourceUnavailable, match="offline"):
        await ask(session, live, term="something else")
    await offline.aclose()
    assert len(live.requests) == 1
    assert session.sent == []


async def test_a_source_may_forbid_keeping_its_answer(live: LiveServer, settings: WebSettings, monkeypatch):
    send = live._send

    async def never_kept(writer, status, kind, body, more=None):
        await send(writer, status, kind, body, {**(more or {}), "Cache-Control": "no-store"})

    monkeypatch.setattr(live, "_send", never_kept)
    client = Client(settings)
    session = Session(client, 4)
    assert not (await ask(session, live)).from_cache
    assert not (await ask(session, live)).from_cache
    await client.aclose()


async def test_errors_are_not_kept(session: Session, live: LiveServer):
    live.faults = {"/clinicaltrials": "403"}
    with pytest.raises(SourceRefused):
        await ask(session, live)
    live.faults = {}
    assert (await ask(session, live)).status == 200


async def test_the_cache_keeps_under_its_cap(live: LiveServer, tmp_path):
    settings = settings_for(live, tmp_path / "c", cache_mb=1)
    live.pages = {f"/p{number}": "x" * 200_000 for number in range(12)}
    client = Client(settings, guard=Guard(settings.allow_addresses, loopback))
    session = Session(client, 20)
    for number in range(12):
        await session.get("A", f"{live.base}/p{number}", rate=FAST, accept=("text/html",))
    await client.aclose()
    assert sum(path.stat().st_size for path in (tmp_path / "c").rglob("*")) < 3 << 20


async def test_keeps_no_cookies(session: Session, live: LiveServer, monkeypatch):
    send = live._send

    async def with_cookie(writer, status, kind, body, more=None):
        await send(writer, status, kind, body, {**(more or {}), "Set-Cookie": "id=1; Path=/"})

    monkeypatch.setattr(live, "_send", with_cookie)
    await ask(session, live, term="a")
    await ask(session, live, term="b")
    assert all("cookie" not in request.headers for request in live.requests)


async def test_identifiers_are_masked_in_every_question(session: Session, live: LiveServer):
    await ask(session, live, term="nodule in Mrs Featherstone MRN 12345678")
    assert "Featherstone" not in live.requests[0].words
    assert "12345678" not in live.requests[0].words


async def test_logs_hold_no_question_at_the_default_level(session: Session, live: LiveServer, caplog):
    with caplog.at_level(logging.WARNING):
        await ask(session, live, term="secretword nodule")
        live.faults = {"/clinicaltrials": "500"}
        with pytest.raises(SourceUnavailable):
            await ask(session, live, term="secretword again")
    assert "secretword" not in caplog.text


async def test_one_client_per_event_loop_and_settings(live: LiveServer, settings: WebSettings):
    assert shared(settings) is shared(settings.model_copy())
    assert shared(settings) is not shared(settings.model_copy(update={"seconds": 5.0}))
    await close_shared()


async def test_takes_no_proxy_from_the_environment(live: LiveServer, settings: WebSettings, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    client = Client(settings)
    assert (await ask(Session(client, 4), live)).status == 200
    await client.aclose()


async def test_robots_txt_is_followed_to_where_a_listed_site_moved_it(session: Session, live: LiveServer):
    live.pages = {"/rules": "User-agent: *\nDisallow: /articles/bosniak\n"}
    live.faults = {"/robots.txt": f"redirect:http://www.{SITE}:{live.port}/rules"}
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        await session.page("a page", f"http://{SITE}:{live.port}/articles/bosniak")
    assert [(sent.host, sent.what) for sent in session.sent] == [(SITE, "/robots.txt"), (f"www.{SITE}", "/rules")]
    assert not live.asked("/articles/")


async def test_robots_txt_is_not_followed_elsewhere(session: Session, live: LiveServer):
    live.faults = {"/robots.txt": "redirect:http://evil.test/robots.txt"}
    assert (await session.page("a page", f"http://{SITE}:{live.port}/articles/bosniak")).status == 200
    assert {sent.host for sent in session.sent} == {SITE}


async def test_a_host_whose_robots_txt_fails_is_not_read(session: Session, live: LiveServer):
    live.faults = {"/robots.txt": "500"}
    with pytest.raises(SourceUnavailable):
        await session.page("a page", f"http://{SITE}:{live.port}/articles/bosniak")
    assert not live.asked("/articles/")


async def test_robots_txt_is_asked_for_again_after_a_day(client: Client, live: LiveServer, monkeypatch):
    url = f"http://{SITE}:{live.port}/articles/bosniak"
    assert (await Session(client, 4).page("a page", url)).status == 200
    assert (await Session(client, 4).page("a page", f"{url}?again")).status == 200
    host = client.host(httpx.URL(url), PAGES)
    assert 86_000 < host.robots_until - time.monotonic() <= ROBOTS_S
    host.robots_until, host.robots = 0.0, Protego.parse("User-agent: *\nDisallow: /")
    assert (await Session(client, 4).page("a page", f"{url}?once-more")).status == 200


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "hex", "no-such", "latin-1", ""])
def test_a_page_of_any_stated_encoding_is_read(charset):
    assert Reply(httpx.URL("http://x.test"), "<p>nodule</p> \xb7 \ufffd".encode(), "text/html", charset, 200, from_cache=False).text


@pytest.mark.parametrize("broken", ["a file in its place", "an old database", "no database"])
async def test_a_cache_that_cannot_be_used_is_told_and_done_without(live: LiveServer, tmp_path, broken):
    folder = tmp_path / "cache"
    if broken == "a file in its place":
        folder.write_text("x", encoding="utf-8")
    else:
        folder.mkdir()
        (folder / "http-2.db").write_bytes(b"no database at all" * 100)
    if broken == "an old database":
        (folder / "http-2.db").unlink()
        with closing(sqlite3.connect(folder / "http-2.db")) as database:
            database.execute("CREATE TABLE entries (id BLOB, cache_key BLOB, data BLOB, created_at REAL, deleted_at REAL)")
    settings = settings_for(live, folder)
    client = Client(settings, guard=Guard(settings.allow_addresses, loopback))
    heard = WebVoice(settings, "Imaging of xanthogranulomatous pyelonephritis?", client=client)
    assert await heard.retrieve(Query(text="pyelonephritis", k=5))
    assert [contact.problem for contact in heard.contacts if "is not kept" in contact.problem]
    await client.aclose()


async def test_a_turn_that_comes_too_late_is_told_at_once_and_not_held_against_the_host(client: Client, live: LiveServer):
    live.faults = {"/clinicaltrials": "429"}
    with pytest.raises(SourceRateLimited):
        await ask(Session(client, 4), live)
    live.faults = {}
    started = time.monotonic()
    for _ in range(FAILURES + 1):
        with pytest.raises(SourceRateLimited, match=r"asked again only in \d+ s"):
            await ask(Session(client, 4), live)
    assert time.monotonic() - started < 0.5
    assert client.host(httpx.URL(live.base), FAST).breaker.rests == 0
    assert len(live.requests) == 1


async def test_many_questions_at_once_open_no_breaker_of_a_host_that_answers(client: Client, live: LiveServer):
    slow = Rate(per_second=0.8, burst=3, at_once=2)
    asked = [ask(Session(client, 1.5), live, term=f"nodule {letter}", rate=slow) for letter in "abcdefghi"]
    async with asyncio.timeout(2):
        came = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(reply).__name__ for reply in came].count("Reply") == 3
    assert {type(reply) for reply in came if isinstance(reply, Exception)} == {SourceRateLimited}
    assert client.host(httpx.URL(live.base), slow).breaker.rests == 0


async def test_after_a_rest_one_request_tries_the_host_alone(client: Client, live: LiveServer):
    host = client.host(httpx.URL(live.base), FAST)
    for _ in range(FAILURES):
        host.breaker.failed()
    host.breaker._until = 0.0
    live.delay_s = 0.2
    came = await asyncio.gather(*(ask(Session(client, 4), live, term=term) for term in "abc"), return_exceptions=True)
    assert len(live.requests) == 1
    assert sum(isinstance(reply, SourceUnavailable) for reply in came) == 2
    assert (await ask(Session(client, 4), live, term="d")).status == 200


async def test_a_host_s_places_are_held_until_its_answers_are_read(client: Client, live: LiveServer):
    live.faults = {"/clinicaltrials": "drip"}
    two = Rate(per_second=1000, burst=100, at_once=2)
    asked = [asyncio.create_task(ask(Session(client, 4), live, term=term, rate=two)) for term in "abcd"]
    await asyncio.sleep(0.5)
    assert len(live.requests) == 2
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    live.faults = {}
    assert (await ask(Session(client, 4), live, rate=two)).status == 200


async def test_keys_are_sent_and_neither_logged_nor_kept(live: LiveServer, settings: WebSettings, caplog):
    client = Client(settings)
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            await Session(client, 4).get(
                "A", f"{live.base}/clinicaltrials/studies", {"query.term": "a"}, rate=FAST, secret={"api_key": "hush"}
            )
    await client.aclose()
    assert [request.query["api_key"] for request in live.requests] == [["hush"]]
    assert "hush" not in caplog.text
    assert settings.cache
    assert all(b"hush" not in path.read_bytes() for path in settings.cache.rglob("*"))


@pytest.mark.parametrize("control", ["no-cache", "max-age=0, no-store"])
async def test_the_floor_does_not_override_what_a_source_forbids(live: LiveServer, settings: WebSettings, monkeypatch, control):
    send = live._send

    async def forbidding(writer, status, kind, body, more=None):
        await send(writer, status, kind, body, {**(more or {}), "Cache-Control": control})

    monkeypatch.setattr(live, "_send", forbidding)
    client = Client(settings)
    await ask(Session(client, 4), live)
    await ask(Session(client, 4), live)
    await client.aclose()
    assert len(live.requests) == 2


async def test_a_block_of_status_200_is_not_kept(session: Session, live: LiveServer):
    live.faults = {"/clinicaltrials": "captcha-200"}
    with pytest.raises(SourceRefused):
        await ask(session, live)
    live.faults = {}
    assert (await ask(session, live)).status == 200


async def test_a_robots_txt_is_asked_for_once_by_pages_read_together(session: Session, live: LiveServer):
    live.delay_s = 0.1
    await asyncio.gather(
        *(session.page("a page", f"http://{SITE}:{live.port}/articles/{name}") for name in ("bosniak", "pulmonary-nodule"))
    )
    assert len(live.asked("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("fault", "error"), [("429", SourceRateLimited), ("huge", SourceRefused), ("packed-br", SourceRefused), ("captcha-200", SourceRefused)]
)
async def test_a_robots_txt_that_cannot_be_read_allows_nothing(session: Session, live: LiveServer, fault, error):
    live.faults = {"/robots.txt": fault}
    with pytest.raises(error):
        await session.page("a page", f"http://{SITE}:{live.port}/articles/bosniak")
    assert not live.asked("/articles/")
    client = session.client
    client.host(httpx.URL(f"http://{SITE}:{live.port}"), PAGES).pace._not_before = 0.0
    live.faults = {}
    assert (await session.page("a page", f"http://{SITE}:{live.port}/articles/bosniak")).status == 200  # and is not remembered
