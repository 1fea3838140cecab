"""What an evaluation costs by itself: throughput against a stub model, memory over 5,000 items, seconds of a report.

The stub answers after 200 ms in a process of its own; the ideal is concurrency / 0.2 s items a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evals.types import Record

DELAY_S, CONCURRENCY, ITEMS = 0.2, 16, 5_000
_LETTER = json.dumps({"reason": "The report says so.", "letter": "B", "evidence": []})


async def _serve() -> None:
    """A chat-completions server on loopback that answers every request after the delay; prints its port."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": _LETTER}}
    usage = {"prompt_tokens": 300, "completion_tokens": 30, "total_tokens": 330}
    body = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice], "usage": usage}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
                length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
                await reader.readexactly(length)
                await asyncio.sleep(DELAY_S)
                writer.write(head + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def stub() -> Iterator[str]:
    """The base URL of a running stub."""
    process = subprocess.Popen([sys.executable, "-m", "bench.evals", "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Run 5,000 items against the stub, then report on them."""
    with tempfile.TemporaryDirectory() as folder, stub() as url:
        figures = asked(Path(folder), url)
        figures |= reported(Path(folder) / "run")
    keep("evals", figures)


def asked(folder: Path, url: str) -> dict[str, Any]:
    """Throughput and memory of the closed-book system, everything kept on the disk as in any run."""
    from agent.app import open_index
    from agent.settings import load
    from evals import run
    from evals.systems import System

    settings = load(base_url=url, model="stub")
    index = open_index(settings)
    plan = run.Plan(sets=(_questions(folder),), systems=(System.parse("closed-book"),), concurrency=CONCURRENCY)
    prepared = run.begin(plan, folder / "run", settings, index, resume=False)
    followed = _Followed()
    started, worked = time.perf_counter(), time.process_time()
    asyncio.run(prepared.run(CONCURRENCY, 10.0, run.Followed(on_record=followed.record)))
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    ideal = ITEMS * DELAY_S / CONCURRENCY
    return {
        "throughput": {"items_per_s": round(ITEMS / seconds, 1), "of_ideal": round(ideal / seconds, 3), "n": ITEMS,
                       "concurrency": CONCURRENCY, "delay_s": DELAY_S, "own_ms_per_item": round(1000 * worked / ITEMS, 2),
                       "load_of_machine": round(os.getloadavg()[0], 1)},
        "memory_mb": followed.memory | {"growth_after_1000": round(followed.memory["5000"] - followed.memory["1000"], 1)},
    }  # fmt: skip


class _Followed:
    """Memory of this process at some counts of items."""

    def __init__(self) -> None:
        self.count, self.memory = 0, dict[str, float]()

    def record(self, record: Record) -> None:
        self.count += 1
        if self.count in (100, 1000, 2000, 3000, 4000, ITEMS):
            self.memory[str(self.count)] = round(_resident_mb(), 1)


def _resident_mb() -> float:
    """Memory that this process holds now, MB."""
    fields = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in fields if line.startswith("VmRSS")).split()[1]) / 1e3


def _questions(folder: Path) -> Path:
    path = folder / "stub.jsonl"
    options = {letter: f"answer {letter} of the question" for letter in "ABCD"}
    rows = ({"id": f"s{n:05d}", "question": f"Question {n}: which of these applies?", "options": options, "answer": "ABCD"[n % 4],
             "topic": f"topic {n % 12}"} for n in range(ITEMS))  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def reported(folder: Path) -> dict[str, Any]:
    """Seconds of `radqa eval report DIR --html FILE` in a fresh process, and the page's size."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        command = [sys.executable, "-m", "agent.cli", "eval", "report", str(folder), "--html", str(folder / "page.html")]
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(round(time.perf_counter() - started, 2))
    size = (folder / "page.html").stat().st_size / 1e6
    return {"report": {"median_s": sorted(seconds)[1], "worst_s": max(seconds), "items": ITEMS, "html_mb": round(size, 2)}}


if __name__ == "__main__":
    asyncio.run(_serve()) if sys.argv[1:] == ["serve"] else main()
