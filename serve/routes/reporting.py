"""`POST /v1/report` and `/v1/score`: a report's findings with advice, and a finding scored by hand."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from fastapi import APIRouter, Request

from agent.reports.reading import read
from agent.reports.types import ReadReport
from corpora.rules.scoring import Score, score
from corpora.rules.system import named, systems
from serve.callers import AgentOf, CountedCaller, HouseOf, while_listening
from serve.problems import RESPONSES
from serve.schemas import Reported, Scored, SystemReply

router = APIRouter(tags=["report"], responses=RESPONSES)


@router.post("/v1/report", response_model=ReadReport)
async def report(request: Request, reported: Reported, agent: AgentOf, of: HouseOf) -> Any:
    """A row per finding with category, advice and source; what became of every other sentence; identifiers masked."""
    system = named(reported.system) if reported.system else None
    asker = agent.ask if reported.ask else None
    work = asyncio.to_thread(partial(read, reported.report, reported.prior or None, system=system, ask=asker))
    return await while_listening(request, work, of.settings.seconds)


@router.post("/v1/score", response_model=Score)
async def score_finding(scored: Scored, _: CountedCaller) -> Any:
    """Category and advice of a finding, the rows that decide, and what is still possible where a feature is missing."""
    return await asyncio.to_thread(partial(score, named(scored.system), scored.features, assume=scored.assume))


@router.get("/v1/score/systems")
async def scoring_systems(_: CountedCaller) -> list[SystemReply]:
    """The scoring systems, and what each asks of a finding."""
    return [SystemReply.of(system) for system in systems().values()]
