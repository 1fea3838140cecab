"""`POST /v1/chat/completions` and `GET /v1/models`: OpenAI's interface, so that any client of it can ask radqa."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from agent.app import RadiologyAgent
from agent.types import Answer, Question, TraceEvent
from serve import openai
from serve.callers import AgentOf, CountedCaller, HouseOf, while_listening
from serve.problems import RESPONSES, ProblemReply
from serve.routes.asking import told_all

router = APIRouter(tags=["OpenAI"], responses=RESPONSES)
_STARTED = int(time.time())
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"itemSchema": {"type": "object"}}}, "description": "A completion, or its chunks as events"},
    404: {"model": ProblemReply, "description": "There is no such model here"},
}


def heard(wanted: openai.ChatRequest) -> openai.Conversation:
    """The conversation, refused before anything waits for it.

    Raises:
        InputError: nothing in it can be answered.
    """
    asked = openai.conversation(wanted)
    Question.of(asked.read, asked.options or None, asked.report)
    return asked


@router.get("/v1/models")
async def models(_: CountedCaller) -> dict[str, Any]:
    """The models that can be asked: radqa."""
    return openai.models(_STARTED)


@router.post("/v1/chat/completions", response_model=None, responses=_STREAM)
async def complete(
    request: Request,
    wanted: openai.ChatRequest,
    asked: Annotated[openai.Conversation, Depends(heard)],
    agent: AgentOf,
    of: HouseOf,
) -> dict[str, Any] | StreamingResponse:
    """Answer the last message; [n] in the text are sources, listed under it and given as annotations."""
    name = f"chatcmpl-{uuid.uuid4().hex}"
    work = _asked(agent, asked)
    if wanted.stream:
        with_usage = bool(wanted.stream_options and wanted.stream_options.include_usage)
        return StreamingResponse(_events(request, of, work, name, with_usage=with_usage), media_type="text/event-stream")
    answer = await while_listening(request, _answer(work), of.settings.seconds)
    of.figures.answers.labels(answer.kind).inc()
    return openai.completion(answer, name)


def _asked(agent: RadiologyAgent, asked: openai.Conversation) -> AsyncGenerator[TraceEvent | Answer, None]:
    """A model that reasons hears what was said and the dialogue before it; the rules hear a question that stands alone."""
    reasons = bool(asked.dialogue) and agent.reasons
    return agent.astream(asked.said if reasons else asked.read, asked.options or None, asked.report, dialogue=asked.dialogue)


async def _answer(work: AsyncGenerator[TraceEvent | Answer, None]) -> Answer:
    async with aclosing(work) as stream:
        async for item in stream:
            if not isinstance(item, TraceEvent):
                return item
    raise AssertionError("the agent ended without an answer")


async def _events(
    request: Request, of: HouseOf, work: AsyncIterator[TraceEvent | Answer], name: str, *, with_usage: bool
) -> AsyncIterator[bytes]:
    yield _event(openai.opening(name))
    async for item in told_all(request, work, of.settings.seconds):
        if isinstance(item, TraceEvent):
            yield format_sse_event(comment=item.stage)  # shows proxies and clients that something happens
        elif isinstance(item, dict):
            yield _event(item)
        else:
            of.figures.answers.labels(item.kind).inc()
            for chunk in openai.chunks(item, name, with_usage=with_usage):
                yield _event(chunk)
    yield format_sse_event(data_str="[DONE]")


def _event(data: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(data))
