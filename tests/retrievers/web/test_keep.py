"""Fetching a page that a person names."""

from __future__ import annotations

import time

import pytest

from retrievers.errors import SourceRefused, SourceUnavailable
from retrievers.settings import WebSettings
from retrievers.web.http import Client
from retrievers.web.keep import fetched
from tests.retrievers.web.server import SITE, LiveServer


async def test_a_page_has_its_time_and_no_more(client: Client, settings: WebSettings, live: LiveServer, monkeypatch):
    monkeypatch.setattr("retrievers.web.keep.SECONDS", 0.5)
    live.faults = {"/articles/": "drip"}
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"within 0\.5 s"):
        await fetched(f"http://{SITE}:{live.port}/articles/bosniak", settings, client)
    assert time.monotonic() - started < 1.5


async def test_a_page_that_was_asked_for_is_read(client: Client, settings: WebSettings, live: LiveServer):
    found = await fetched(f"http://{SITE}:{live.port}/articles/bosniak", settings, client)
    assert found.source.title == "Bosniak classification"


@pytest.mark.parametrize("url", ["http://xn--0.test/", "nothing", "http://[::"])
async def test_what_is_no_address_is_refused(client: Client, settings: WebSettings, url: str):
    with pytest.raises(SourceRefused, match="no address"):
        await fetched(url, settings, client)
