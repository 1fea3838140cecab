"""What of an identifier leaves the machine: made-up reports full of them, asked of the whole agent with live sources on.

    python -m bench.leaks [--reports 240]

A third of the questions is plain, a third names somebody, a third has its report pasted in; every report is given as a report too. A
server on loopback stands in for every source and keeps all that it is asked. Beside it: the mask's recall on identifiers that were
written after its rules.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.app import RadiologyAgent
from agent.settings import load
from bench.report import keep
from retrievers.web import guard, pace
from retrievers.words import words
from tests.corpora.privacy.test_identifiers import covered, lines, marked
from tests.retrievers.web.conftest import loopback, settings_for
from tests.retrievers.web.reports import ASKED, COMMON, holds, made_up, telling, tokens
from tests.retrievers.web.server import LiveServer


def main(arguments: Sequence[str] = ()) -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=240)
    given = parser.parse_args(list(arguments))
    guard.resolved = loopback
    pace.Pace.wait_for_turn = lambda self: 0.0  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(left(Path(folder), given.reports))
    recalls = {
        name.removesuffix(".txt"): recall(name)
        for name in ("handwritten.txt", "heldout.txt", "heldout_2.txt", "heldout_3.txt", "heldout_4.txt")
    }
    keep("leaks", figures | {"mask_recall": recalls})


async def left(folder: Path, count: int) -> dict[str, Any]:
    """How many words of identifiers reached the server, and which."""
    server = LiveServer().start()
    web = settings_for(server, folder, contact="", cache_floor_s=0).model_dump(exclude={"pubmed_key", "openfda_key"})
    agent = RadiologyAgent(load(preset="offline", web=web))
    for plain in ASKED:
        await asked(agent, plain, "")
    own = frozenset(words(" ".join(ASKED))) | tokens(" ".join(f"{request.words} {request.headers}" for request in server.requests))
    found: Counter[str] = Counter()
    identifiers = 0
    for made in made_up(count):
        before = len(server.requests)
        await asked(agent, made.question, made.report)
        sent = " ".join(f"{request.words} {request.headers}" for request in server.requests[before:])
        identifiers += len(made.secrets)
        found.update({part for secret in made.secrets for part in telling(secret) if part not in own and holds(sent, part)})
    await agent.aclose()
    server.stop()
    return {
        "reports": count, "identifiers": identifiers, "requests": len(server.requests),
        "telling_words_left": {part: times for part, times in found.items() if part not in COMMON},
        "common_words_left": {part: times for part, times in found.items() if part in COMMON},
    }  # fmt: skip


async def asked(agent: RadiologyAgent, question: str, report: str) -> None:
    """Ask, and wait for the answer."""
    async for _ in agent.astream(question, report=report):
        pass


def recall(name: str) -> dict[str, int]:
    """Identifiers in a file of snippets, and how many of them the mask covers whole."""
    spans = [(text, span) for line in lines(name) for text, several in [marked(line)] for span in several]
    return {"identifiers": len(spans), "masked": sum(covered(text, span) for text, span in spans)}


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
