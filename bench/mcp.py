"""What the Model Context Protocol adds to the Python call: `ask` by the SDK's own client, over standard input and output and over HTTP.

    python -m bench mcp            # RADQA_INDEX names an index; by default the embedded one

The same questions by a client of `radqa mcp` and by `RadiologyAgent.aask` in this process, in turns, one at a time, without a chat
model. Told are the difference of the medians, and the median of each round trip less the answer inside it (`bench.timed`), which other
work on the machine does not move; the goal is held by the second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.app import RadiologyAgent
from bench.report import keep
from bench.serve import OVERHEAD_QUESTIONS, QUESTIONS, SKIPPED, added, free_port
from bench.timed import told

if TYPE_CHECKING:
    from mcp import Client

GOALS = {"stdio_added_ms_median": 50, "http_added_ms_median": 50}


async def overhead(client: Client, agent: RadiologyAgent, inside: Path) -> dict[str, Any]:
    """What this client's way adds to an answer, milliseconds."""
    by_tool, by_call = [], []
    for number in range(OVERHEAD_QUESTIONS + SKIPPED):
        question = QUESTIONS[number % len(QUESTIONS)]
        began = time.perf_counter()
        result = await client.call_tool("ask", {"question": question})
        between = time.perf_counter()
        await agent.aask(question)
        by_tool.append((between - began) * 1000)
        by_call.append((time.perf_counter() - between) * 1000)
        if result.is_error:
            raise SystemExit(f"The tool failed: {result.content}")
    return added(by_tool[SKIPPED:], by_call[SKIPPED:], told(inside)[SKIPPED:])


async def by_stdio(agent: RadiologyAgent, inside: Path) -> dict[str, Any]:
    """The client starts the program itself."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    program = StdioServerParameters(command=sys.executable, args=["-m", "bench.timed", str(inside), "serve.mcp_cli"], env=dict(os.environ))
    async with Client(program) as client:
        return await overhead(client, agent, inside)


async def by_http(agent: RadiologyAgent, inside: Path, port: int) -> dict[str, Any]:
    """The client reaches a server by streamable HTTP."""
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    async with Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp")) as client:
        return await overhead(client, agent, inside)


@contextlib.contextmanager
def listening(port: int, inside: Path) -> Iterator[None]:
    """`radqa mcp --http`, as soon as it can be reached."""
    program = [sys.executable, "-m", "bench.timed", str(inside), "serve.mcp_cli"]
    running = subprocess.Popen([*program, "--http", "--port", str(port), "--data", str(inside.parent)], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 300
        while not _reached(port):
            if running.poll() is not None or time.monotonic() > until:
                raise SystemExit("The server did not start; run `radqa mcp --http` to see why.")
            time.sleep(0.2)
        yield
    finally:
        running.terminate()
        running.wait(60)


def _reached(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def main() -> int:
    """Measure, keep the figures, and say whether the goals are met."""
    agent = RadiologyAgent()
    agent.warm()
    with tempfile.TemporaryDirectory(prefix="radqa-bench-") as place:
        found = {"stdio": asyncio.run(by_stdio(agent, Path(place) / "stdio"))}
        port = free_port()
        with listening(port, Path(place) / "http"):
            found["http"] = asyncio.run(by_http(agent, Path(place) / "http", port))
    made = {f"{way}_{name}": value for way, told in found.items() for name, value in told.items()}
    met = all(made[name] <= goal for name, goal in GOALS.items())
    keep("mcp", {**made, "load_average": round(os.getloadavg()[0], 1), "goals": GOALS, "goals_met": met})
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
