"""Our client against a real metasearch engine: Debian's searx on loopback, with one engine over an SQLite full-text table.

`make test-web` installs it; without it these tests skip and say so.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from retrievers.errors import SourceEmpty
from retrievers.types import Query
from retrievers.web.guard import Guard
from retrievers.web.http import Client, Session
from retrievers.web.outbound import outgoing
from retrievers.web.searxng import SearXNG
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.server import PAGES, SITE, LiveServer

EXAMPLE = Path("/usr/share/doc/searx/examples/settings.yml")
pytestmark = [
    pytest.mark.web,
    pytest.mark.skipif(not EXAMPLE.exists(), reason="searx is not installed; `make test-web` installs it"),
    pytest.mark.localhost,
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


def table(path: Path, port: int) -> None:
    """A full-text table of the pages that the live server has, and of one page of an unlisted site."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIRTUAL TABLE pages USING fts5(url, title, content)")
        rows = [(f"http://{SITE}:{port}{name}", title, text[:200]) for name, (title, text) in PAGES.items()]
        rows.append(("http://blog.evil.test/pyelonephritis", "Xanthogranulomatous pyelonephritis at home", "pyelonephritis"))
        connection.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)
    connection.close()


def configured(folder: Path, database: Path, port: int) -> Path:
    settings = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    settings["server"] |= {"port": port, "bind_address": "127.0.0.1", "secret_key": secrets.token_hex(16)}
    settings["search"]["formats"] = ["html", "json"]
    wanted = "replace(replace(:query, '-', ' '), ' ', ' OR ')"
    settings["engines"] = [
        {
            "name": "pages", "engine": "sqlite", "shortcut": "pg", "database": str(database), "categories": "general",
            "query_str": f"SELECT url, title, content FROM pages WHERE pages MATCH {wanted} ORDER BY rank", "disabled": False,
        }
    ]  # fmt: skip
    path = folder / f"settings-{port}.yml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def started(folder: Path, database: Path) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    environment = {**os.environ, "SEARX_SETTINGS_PATH": str(configured(folder, database, port)), "PYTHONPATH": ""}
    log = (folder / f"searx-{port}.log").open("wb")
    process = subprocess.Popen(["/usr/bin/python3", "-m", "searx.webapp"], env=environment, stdout=log, stderr=log, cwd=folder)
    log.close()
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        if process.poll() is not None:
            pytest.fail((folder / f"searx-{port}.log").read_text(encoding="utf-8", errors="replace")[-2000:])
        try:
            httpx.get(address, timeout=2)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return process, address
    process.kill()
    pytest.fail("searx did not start within 20 s")


@pytest.fixture
def searx(live: LiveServer, tmp_path: Path) -> Iterator[str]:
    database = tmp_path / "pages.db"
    table(database, live.port)
    process, address = started(tmp_path, database)
    yield address
    process.terminate()
    process.wait(10)


def client_for(searx: str, live: LiveServer, folder: Path) -> Client:
    own = searx.removeprefix("http://")
    allowed = (f"127.0.0.1:{live.port}", own)
    settings = settings_for(live, folder / "cache", searxng=searx, endpoints={}, allow_addresses=allowed, sources=("searxng",))
    return Client(settings, guard=Guard(allowed, loopback))


def known(stem: str) -> bool:
    return stem in {"pulmonari", "nodul", "solid", "smoker", "heavi"}


async def test_a_real_engine_finds_pages_that_are_fetched_and_cited(searx: str, live: LiveServer, tmp_path: Path):
    client = client_for(searx, live, tmp_path)
    session = Session(client, 10)
    found = await SearXNG(session, known).retrieve(Query(text="What is xanthogranulomatous pyelonephritis?", k=5))
    await client.aclose()
    assert found
    assert found[0].passage.source.url == f"http://{SITE}:{live.port}/articles/xanthogranulomatous-pyelonephritis"
    assert "bear paw sign" in " ".join(hit.passage.text for hit in found)
    assert all("evil" not in hit.passage.source.url for hit in found)
    assert {sent.host for sent in session.sent} == {"127.0.0.1", SITE}


async def test_a_real_engine_finds_nothing(searx: str, live: LiveServer, tmp_path: Path):
    client = client_for(searx, live, tmp_path)
    with pytest.raises(SourceEmpty):
        await SearXNG(Session(client, 10), known).find(outgoing("cholangiocarcinoma", known=known))
    await client.aclose()
