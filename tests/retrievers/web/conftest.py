"""A live server, settings that point every source to it, and a client whose names all resolve to loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from retrievers.settings import WebSettings
from retrievers.web.guard import Guard
from retrievers.web.http import Client, Session
from tests.retrievers.web.server import SITE, LiveServer


async def loopback(host: str, port: int) -> tuple[str, ...]:
    return ("127.0.0.1",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "live" in getattr(item, "fixturenames", ()) or "offline_free" in item.keywords:
            item.add_marker(pytest.mark.localhost)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture
def live() -> Iterator[LiveServer]:
    server = LiveServer().start()
    yield server
    server.stop()


def settings_for(server: LiveServer, cache: Path, **more: object) -> WebSettings:
    chosen = {
        "on": True, "contact": "radiology@example.org", "searxng": f"{server.base}/searxng", "sites": (SITE,), "cache": cache,
        "allow_addresses": (f"127.0.0.1:{server.port}",), "endpoints": server.endpoints,
    }  # fmt: skip
    return WebSettings.model_validate(chosen | more)


@pytest.fixture
def settings(live: LiveServer, tmp_path: Path) -> WebSettings:
    return settings_for(live, tmp_path / "web")


@pytest_asyncio.fixture
async def client(settings: WebSettings) -> AsyncIterator[Client]:
    made = Client(settings, guard=Guard(settings.allow_addresses, loopback))
    yield made
    await made.aclose()


@pytest.fixture
def session(client: Client) -> Session:
    return Session(client, client.settings.seconds)
