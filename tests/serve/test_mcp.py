"""The tools' server, asked by the SDK's own client: in process, as a program that the client starts, and over HTTP."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from agent.render import as_text
from serve import mcp_cli
from serve.keys import KeyRing
from serve.mcp_server import server
from serve.settings import serve_settings
from serve.tenants import Tenants
from tests.serve.conftest import OPTIONS, QUESTION


@pytest.fixture
def small_server(small_agent):
    async def agent_for(_):
        return small_agent

    return server(agent_for)


async def test_the_tools_say_what_they_take_and_give(small_server):
    async with Client(small_server) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"ask", "search_evidence", "read_document", "score", "read_report"}
    assert all(tool.description and tool.output_schema and tool.annotations.read_only_hint for tool in tools.values())
    assert set(tools["ask"].input_schema["properties"]) == {"question", "options", "report"}


async def test_an_answer_comes_as_text_and_as_data(small_server, small_agent):
    async with Client(small_server) as client:
        result = await client.call_tool("ask", {"question": QUESTION, "options": OPTIONS})
    own = small_agent.ask(QUESTION, OPTIONS)
    assert not result.is_error
    assert result.content[0].text == as_text(own)
    assert result.structured_content["option"] == own.option == "B"
    assert [one["text"] for one in result.structured_content["sentences"]] == [claim.text for claim in own.claims]
    assert result.structured_content["sentences"][0]["citations"][0]["document_id"] == "nodule-card"


async def test_an_abstention_is_no_error(small_server):
    async with Client(small_server) as client:
        result = await client.call_tool("ask", {"question": "What is the capital of France?"})
    assert not result.is_error
    assert result.structured_content["kind"] == "abstained"


async def test_what_was_found_can_be_read(small_server, small_agent, monkeypatch):
    monkeypatch.setattr("serve.mcp_server.PAGE_CHARACTERS", 50)
    async with Client(small_server) as client:
        found = (await client.call_tool("search_evidence", {"query": "solid nodule 7 mm", "k": 2})).structured_content["hits"]
        read, offset = "", 0
        while offset is not None:
            page = (await client.call_tool("read_document", {"document_id": found[0]["document_id"], "offset": offset})).structured_content
            read, offset = read + page["text"], page["next_offset"]
    assert len(found) == 2
    assert read == small_agent.library.document("nodule-card").text


async def test_mistakes_are_told_to_the_model(small_server):
    async with Client(small_server) as client:
        for tool, arguments, said in (
            ("ask", {"question": " "}, "empty"),
            ("ask", {"question": QUESTION, "options": {"A": "one"}}, "one option"),
            ("read_document", {"document_id": "nobody"}, "no document"),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert said in result.content[0].text


async def test_cards_and_topics_are_listed_page_by_page(small_server, small_agent, monkeypatch):
    monkeypatch.setattr("serve.mcp_resources.PAGE", 3)
    async with Client(small_server) as client:
        first = await client.list_resources()
        listed, cursor = list(first.resources), first.next_cursor
        while cursor is not None:
            page = await client.list_resources(cursor=cursor)
            assert len(page.resources) <= 3
            listed, cursor = listed + page.resources, page.next_cursor
        read = [(await client.read_resource(one.uri)).contents[0].text for one in listed]
        with pytest.raises(Exception, match="no page 'last'"):
            await client.list_resources(cursor="last")
    cards = [one.id for one in small_agent.library.index.documents.values() if one.source.kind in ("guideline", "topic")]
    assert [one.name for one in first.resources] == ["guidelines", "topics", min(cards)]
    assert sorted(one.name for one in listed[2:]) == sorted(cards)
    assert all(f"# {one.title}" in text for one, text in zip(listed[2:], read[2:], strict=True))


async def test_cards_are_resources(small_server):
    async with Client(small_server) as client:
        listed = (await client.read_resource("radqa://guidelines")).contents[0].text
        card = (await client.read_resource("radqa://guidelines/nodule-card")).contents[0].text
        with pytest.raises(Exception, match="no guideline"):
            await client.read_resource("radqa://guidelines/nobody")
    assert "radqa://guidelines/nodule-card" in listed
    assert card.startswith("# Lung nodules found by chance")
    assert "Massive haemoptysis" in card


async def test_a_client_starts_the_program_and_asks(small_index_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT", 120)  # past its 2 s the client leaves a process on a busy machine
    settings = {"RADQA_INDEX": str(small_index_folder), "RADQA_EMBEDDING": "hash", "RADQA_READER": "words", "RADQA_THRESHOLD": "0.3"}
    folders = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": ":".join(sys.path)}
    program = StdioServerParameters(command=sys.executable, args=["-m", "serve.mcp_cli"], env=settings | folders, cwd=tmp_path)
    async with Client(program) as client:
        result = await client.call_tool("ask", {"question": QUESTION})
    assert result.structured_content["kind"] == "answered"


def test_a_client_that_goes_away_leaves_no_traceback(small_index_folder, tmp_path):
    settings = {"RADQA_INDEX": str(small_index_folder), "RADQA_EMBEDDING": "hash", "RADQA_READER": "words"}
    folders = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": ":".join(sys.path)}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "gone", "version": "1"}}
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    running = subprocess.Popen(
        [sys.executable, "-m", "serve.mcp_cli"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | settings | folders, cwd=tmp_path,
    )  # fmt: skip
    running.stdout.close()
    _, told = running.communicate(f"{request}\n", timeout=120)
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    assert running.returncode == 0


@pytest.mark.localhost
@pytest.mark.enable_socket
async def test_over_http_a_key_opens_the_tenants_documents(small_agent, tmp_path, monkeypatch):
    tenants = Tenants(small_agent, tmp_path / "tenants", 2)
    tenants.shelf("ann").add("Mine", [("spacer.md", b"# Spacer protocol\n\nAfter a hydrogel spacer the planning MRI is done on day 14.")])
    monkeypatch.setattr("serve.tenants.made", lambda *_: tenants)
    ring, found = KeyRing(tmp_path), {}
    ann, bob = ring.add("ann")[1], ring.add("bob")[1]
    with listening(mcp_cli.over_http(serve_settings(data=tmp_path), ring)) as address:
        for key in (ann, bob, "nonsense"):
            async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=120) as http:
                if key == "nonsense":
                    found[key] = (await http.post(address, json={})).status_code
                    continue
                async with Client(streamable_http_client(address, http_client=http)) as client:
                    asked = {"query": "hydrogel spacer planning MRI", "k": 1}
                    found[key] = (await client.call_tool("search_evidence", asked)).structured_content["hits"][0]["title"]
                    listed = {one.name for one in (await client.list_resources()).resources}
                    assert {"guidelines", "topics", "nodule-card"} <= listed
    assert found[ann] == "Spacer protocol"
    assert found[bob] != "Spacer protocol"
    assert found["nonsense"] == 401


@contextmanager
def listening(app):
    """An app on a free port of this machine, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=running.run, args=([taken],), daemon=True)
        thread.start()
        until = time.monotonic() + 120
        while not running.started and time.monotonic() < until:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/mcp"
        running.should_exit = True
        thread.join(20)
