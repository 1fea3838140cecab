"""What live sources cost an answer: beside sources that take 300 ms, beside dead ones, and over a thousand questions of random faults.

    python -m bench.web [--questions 24] [--faulty 1000]

Sources are a server on loopback that speaks their formats (`tests/retrievers/web/server.py`). Every question is new to the cache.
"Added" is an answer's time with live sources less its time without, the same question asked both ways in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.app import RadiologyAgent
from agent.settings import load
from agent.types import TraceEvent
from bench.report import keep
from retrievers.types import Query
from retrievers.web import guard, pace
from retrievers.web.http import Client
from retrievers.web.voice import WebVoice, warm
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.server import FAULTS, LiveServer, Request

OPTIONS = {"A": "Bosniak I", "B": "Bosniak IIF", "C": "Bosniak III", "D": "Bosniak IV"}
NAMES = {"PubMed", "Europe PMC", "ClinicalTrials.gov", "openFDA", "SearXNG"}
SOURCE_OF = {"pubmed": "PubMed", "europepmc": "Europe PMC", "clinicaltrials": "ClinicalTrials.gov", "openfda": "openFDA"}
"""By the beginning of a path; the rest are SearXNG's pages."""
DEAD = ("/pubmed", "/searxng")
APART_S = 1.0
"""Between questions: without it they come faster than ClinicalTrials.gov allows (0.8 a second), and its pace is what is measured."""


def main(arguments: Sequence[str] = ()) -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--faulty", type=int, default=1000)
    given = parser.parse_args(list(arguments))
    guard.resolved = loopback
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        figures["added_300ms_s"] = asyncio.run(added(Path(folder) / "a", given.questions, dead=False))
        figures["added_two_dead_s"] = asyncio.run(added(Path(folder) / "b", given.questions, dead=True))
        figures["faulty"] = asyncio.run(faulty(Path(folder) / "c", given.faulty))
    keep("web", figures)


def question(number: int) -> str:
    """A question with four facets that every source is asked about, new to the cache each time."""
    sign = f"{'bcdfghjk'[number % 8]}{'aeiou'[number % 5]}{'lmnprst'[number % 7]}aritis"  # a new word of a medical form each time
    return f"Which Bosniak class is a cystic renal mass with {sign} after gadobutrol?"


async def added(folder: Path, count: int, *, dead: bool) -> dict[str, Any]:
    """Seconds that live sources add to the retrieval of four facets, and to the whole answer."""
    server = LiveServer(delay_s=0.3).start()
    web = settings_for(server, folder, cache_floor_s=0).model_dump(exclude={"pubmed_key", "openfda_key"})
    alone, live = RadiologyAgent(load()), RadiologyAgent(load(web=web))
    alone.warm()
    live.warm()
    found, whole, plain, came = [], [], [], 0
    for number in range(-2, count):
        if number == 0 and dead:  # the first two warm up
            server.faults = dict.fromkeys(DEAD, "slow")
        told = {}
        await asyncio.sleep(APART_S)
        for agent in (alone, live) if number % 2 else (live, alone):
            told[agent is live] = await timed(agent, question(number + 10))
        if number >= 0:
            found.append(told[True][0] - told[False][0])
            whole.append(told[True][1] - told[False][1])
            plain.append(told[False][1])
            came += told[True][2]
    await live.aclose()
    server.stop()
    return {
        "retrieval": summary(found), "answer": summary(whole), "answer_without": summary(plain), "answers": came, "n": count,
        "budget_s": live.settings.web.seconds,
    }  # fmt: skip


async def timed(agent: RadiologyAgent, asked: str) -> tuple[float, float, bool]:
    """Seconds of retrieval (from the plan to the last facet's first hits), seconds of all, and whether an answer came."""
    started, planned, retrieved, came = time.perf_counter(), 0.0, 0.0, False
    async for item in agent.astream(asked, OPTIONS):
        if not isinstance(item, TraceEvent):
            came = True
        elif item.stage == "plan":
            planned = item.seconds
        elif item.stage == "retrieve" and item.round == 1:
            retrieved = max(retrieved, item.seconds)
    return retrieved - planned, time.perf_counter() - started, came


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile (by rank) and worst."""
    ordered = sorted(seconds)
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[-(-len(ordered) * 19 // 20) - 1], 3),
        "worst": round(ordered[-1], 3),
    }  # fmt: skip


class Faulty(LiveServer):
    """A server that keeps which of its paths failed and which were answered."""

    def __post_init__(self) -> None:
        self.failed: list[str] = []
        self.served: list[str] = []

    async def _fail(self, fault: str, request: Request, writer: asyncio.StreamWriter) -> bool:
        self.failed.append(request.path)
        return await super()._fail(fault, request, writer)

    def _answer(self, request: Request) -> tuple[int, str, bytes, dict[str, str]]:
        self.served.append(request.path)
        return super()._answer(request)


async def faulty(folder: Path, count: int) -> dict[str, Any]:
    """A run of questions of which a third of all requests fail in one of many ways; five at a time, each with a server of its own."""
    pace.Pace.wait_for_turn = lambda self: 0.0  # type: ignore[method-assign]
    pace.FAILURES = 10**9
    warm()
    seconds: list[float] = []
    memory: list[int] = []
    told: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    served: Counter[str] = Counter()
    requests = 0

    async def lane(first: int) -> None:
        nonlocal requests
        server = Faulty(random_faults=0.3, chance=random.Random(first))
        server.start()
        settings = settings_for(server, folder / str(first), seconds=0.5, cache_floor_s=0)
        client = Client(settings)
        for number in range(first, count, 5):
            server.failed, server.served = [], []
            voice = WebVoice(settings, f"Xanthogranulomatous pyelonephritis after gadobutrol grade {number % 90}", client=client)
            started = time.perf_counter()
            await voice.retrieve(Query(text="pyelonephritis", k=9))
            seconds.append(time.perf_counter() - started)
            silent.update(NAMES - {contact.source for contact in voice.contacts})
            errors = {contact.source for contact in voice.contacts if contact.error}
            for path in {path for path in server.failed if path not in server.served}:
                source = SOURCE_OF.get(path.split("/")[1], "SearXNG")
                served[source] += 1
                told[source] += source in errors
            if number % 100 == 0:
                gc.collect()
                memory.append(resident())
        await client.aclose()
        server.stop()
        requests += len(server.requests)

    await asyncio.gather(*(lane(first) for first in range(5)))
    half = memory[len(memory) // 2 :]
    return {
        "n": count, "faults": len(FAULTS), "hung": sum(spent > 3 for spent in seconds), "silent": dict(silent),
        "unrecovered_faults": dict(served), "told": dict(told), "slowest_s": round(max(seconds), 2),
        "requests": requests, "memory_mb_first": memory[1] if len(memory) > 1 else memory[0],
        "memory_mb_half": half[0], "memory_mb_end": memory[-1],
    }  # fmt: skip


def resident() -> int:
    """Megabytes this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 1_000_000


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
