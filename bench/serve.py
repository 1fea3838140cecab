"""The HTTP API under load: what it adds to the Python call, many clients at once, and being told to end while it works.

    python -m bench serve            # RADQA_INDEX names an index; by default the embedded one
    python -m bench.serve --overhead # that alone

Three measurements against a server of its own on loopback, without a chat model. *Overhead*: the same questions by HTTP and by
`RadiologyAgent.ask` in turns, one at a time; the difference of the medians, and the median of each round trip less the answer inside it
(`bench.timed`), which other work on the machine does not move and by which the goal is held. *Load*: clients that each ask one question
after the other and come back after `Retry-After` when they are turned away; every answer is compared with the one that its question got
alone, so that a mixed-up answer is seen. *End*: requests in flight when SIGTERM, then SIGKILL, arrives; a reply that is whole, a refusal
and a broken connection are told apart from half an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench.report import keep
from bench.timed import told

SKIPPED = 2
"""The first questions load what is loaded once."""
CLIENTS, SECONDS, OVERHEAD_QUESTIONS, IN_FLIGHT = (int(os.environ.get(f"RADQA_BENCH_{name}", usual)) for name, usual in (
    ("CLIENTS", "200"), ("SECONDS", "60"), ("QUESTIONS", "40"), ("IN_FLIGHT", "50")))  # fmt: skip
GOALS = {"added_ms_median": 15, "failed": 0, "mixed_up": 0, "half_written": 0}
QUESTIONS = [f"Follow-up for a {size} mm {kind} nodule in a heavy smoker?" for size in range(3, 13) for kind in ("solid", "part-solid")]


@contextlib.contextmanager
def served(port: int, inside: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is ready; `inside` is where it writes how long each answer took, where that is wanted."""
    with tempfile.TemporaryDirectory() as folder:
        program = ["-m", "bench.timed", str(inside), "serve.cli"] if inside else ["-c", "from serve.cli import app; app()"]
        command = [sys.executable, *program, "--port", str(port), "--data", folder]
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 900
            while not _ready(port):
                if running.poll() is not None or time.monotonic() > until:
                    raise SystemExit("The server did not start; run `radqa serve` to see why.")
                time.sleep(0.5)
            yield running
        finally:
            if running.poll() is None:
                running.kill()
            running.wait()


def _ready(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    return False


def _memory_mb(running: subprocess.Popen[bytes]) -> float:
    with open(f"/proc/{running.pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000


def overhead() -> dict[str, Any]:
    """What HTTP adds to an answer, milliseconds; HTTP calls and Python calls take turns."""
    from agent.app import RadiologyAgent

    agent = RadiologyAgent()
    agent.warm()
    by_http, by_call = [], []
    with tempfile.TemporaryDirectory(prefix="radqa-bench-") as folder:
        inside, port = Path(folder) / "inside", free_port()
        with served(port, inside), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
            for number in range(OVERHEAD_QUESTIONS + SKIPPED):
                question = QUESTIONS[number % len(QUESTIONS)]
                began = time.perf_counter()
                client.post("/v1/ask", json={"question": question}).raise_for_status()
                between = time.perf_counter()
                agent.ask(question)
                by_http.append((between - began) * 1000)
                by_call.append((time.perf_counter() - between) * 1000)
            return added(by_http[SKIPPED:], by_call[SKIPPED:], told(inside)[SKIPPED:])


def added(by_door: list[float], by_call: list[float], inside: list[float]) -> dict[str, Any]:
    """What a door adds, from milliseconds of round trips, of Python calls, and of the answers inside the round trips."""
    more = [whole - answer for whole, answer in zip(by_door, inside, strict=True)]
    return {
        "call_ms_median": round(statistics.median(by_call), 1),
        "door_ms_median": round(statistics.median(by_door), 1),
        "overhead_ms_median": round(statistics.median(by_door) - statistics.median(by_call), 1),
        "added_ms_median": round(statistics.median(more), 1),
        "added_ms_p95": round(statistics.quantiles(more, n=20)[-1], 1),
        "n": len(by_door),
    }


async def load(port: int, running: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Many clients for a while."""
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    mixed, before = 0, _memory_mb(running)
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300, limits=limits) as client:
        alone = {q: (await client.post("/v1/ask", json={"question": q})).json()["text"] for q in QUESTIONS}
        warm = _memory_mb(running)
        until = time.monotonic() + SECONDS

        async def ask(number: int) -> None:
            nonlocal mixed
            turn = number
            while time.monotonic() < until:
                question = QUESTIONS[turn % len(QUESTIONS)]
                began = time.perf_counter()
                reply = await client.post("/v1/ask", json={"question": question})
                statuses[reply.status_code] += 1
                if reply.status_code == 429:
                    await asyncio.sleep(min(float(reply.headers["retry-after"]), max(until - time.monotonic(), 0)))
                    continue
                seconds.append(time.perf_counter() - began)
                mixed += reply.status_code != 200 or reply.json()["text"] != alone[question]
                turn += 7

        began = time.perf_counter()
        await asyncio.gather(*map(ask, range(CLIENTS)))
        took = time.perf_counter() - began
    return {
        "clients": CLIENTS, "seconds": round(took, 1), "answered": statuses[200], "turned_away": statuses[429],
        "failed": sum(count for status, count in statuses.items() if status >= 500), "mixed_up": mixed,
        "answers_per_s": round(statuses[200] / took, 2), "p50_s": round(statistics.median(seconds), 2),
        "p95_s": round(statistics.quantiles(seconds, n=20)[-1], 2),
        "memory_mb": [round(before), round(warm), round(_memory_mb(running))],
    }  # fmt: skip


async def ended(port: int, running: subprocess.Popen[bytes], how: signal.Signals) -> dict[str, int]:
    """What becomes of requests that are under way when the server is told to end."""
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300, limits=limits) as client:

        async def ask(number: int) -> str:
            try:
                reply = await client.post("/v1/ask", json={"question": QUESTIONS[number % len(QUESTIONS)]})
            except httpx.HTTPError:
                return "connection_broken"
            try:
                body = reply.json()
            except ValueError:
                return "half_written"
            return "answered" if reply.status_code == 200 and body["text"] else "told" if reply.status_code in (429, 503) else "failed"

        asked = [asyncio.create_task(ask(number)) for number in range(IN_FLIGHT)]
        await asyncio.sleep(1.0)
        running.send_signal(how)
        return dict(Counter(await asyncio.gather(*asked)))


def main() -> int:
    """Measure, keep the figures, and say whether the goals are met."""
    made = overhead()
    if "--overhead" in sys.argv:
        keep("overhead-http", {**made, "load_average": round(os.getloadavg()[0], 1), "goals": {"added_ms_median": 15}})
        return int(made["added_ms_median"] > GOALS["added_ms_median"])
    port = free_port()
    with served(port) as running:
        made |= asyncio.run(load(port, running))
        made["sigterm"] = asyncio.run(ended(port, running, signal.SIGTERM))
        made["exit_after_sigterm"] = running.wait(60)
    with served(port) as running:
        made["sigkill"] = asyncio.run(ended(port, running, signal.SIGKILL))
    made["half_written"] = sum(made[how].get("half_written", 0) for how in ("sigterm", "sigkill"))
    met = all(made[name] <= goal for name, goal in GOALS.items())
    keep("serve", {**made, "load_average": round(os.getloadavg()[0], 1), "goals": GOALS, "goals_met": met})
    return int(not met)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
