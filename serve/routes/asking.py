"""`POST /v1/ask` and `/v1/ask/stream`: a question, and its answer with the evidence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from agent.render import as_json
from agent.types import Answer, Question, TraceEvent
from corpora.errors import RadqaError
from serve.callers import AgentOf, Caller, HouseOf, KnownCaller, too_slow, while_listening
from serve.logs import told
from serve.problems import RESPONSES, ProblemReply, body_of
from serve.schemas import AnswerDocument, Asked

router = APIRouter(tags=["ask"])
_log = logging.getLogger(__name__)
_REFUSED = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ProblemReply.__name__}"}}}
STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events `trace` (a TraceEvent each), then one `answer` (as of /v1/ask), or one `error`."},
    **{status: {"description": more["description"], "content": _REFUSED} for status, more in RESPONSES.items()},
}
"""What stops a stream before it begins is told as elsewhere, in JSON; without this FastAPI would say that it comes as events."""


def checked(asked: Asked) -> Question:
    """The question, refused before anything waits for it.

    Raises:
        InputError: it cannot be asked like this.
    """
    return Question.of(asked.question, asked.options or None, asked.report)


@router.post("/v1/ask", response_model=AnswerDocument, responses=RESPONSES)
async def ask(
    request: Request, asked: Asked, _: Annotated[Question, Depends(checked)], caller: KnownCaller, agent: AgentOf, of: HouseOf
) -> Any:
    """Answer a question, or abstain where the evidence does not carry an answer."""
    thread = _thread(caller, asked)
    work = agent.aask(asked.question, asked.options or None, asked.report, thread)
    answer = await while_listening(request, work, of.settings.seconds)
    of.figures.answers.labels(answer.kind).inc()
    return as_json(answer)


@router.post("/v1/ask/stream", response_class=EventSourceResponse, responses=STREAM_RESPONSES)
async def ask_stream(
    request: Request, asked: Asked, _: Annotated[Question, Depends(checked)], caller: KnownCaller, agent: AgentOf, of: HouseOf
) -> AsyncIterable[ServerSentEvent]:
    """What happens while a question is answered, as server-sent events, and then the answer."""
    work = agent.astream(asked.question, asked.options or None, asked.report, _thread(caller, asked))
    async for item in told_all(request, work, of.settings.seconds):
        if isinstance(item, TraceEvent):
            yield ServerSentEvent(event="trace", data=item.model_dump(mode="json"))
        elif isinstance(item, dict):
            yield ServerSentEvent(event="error", data=item)
        else:
            of.figures.answers.labels(item.kind).inc()
            yield ServerSentEvent(event="answer", data=as_json(item))


async def told_all(
    request: Request, work: AsyncIterator[TraceEvent | Answer], seconds: float
) -> AsyncIterator[TraceEvent | Answer | dict[str, Any]]:
    """What a running question tells, within `seconds`; an error is the last thing told, in the form of every other error."""
    try:
        async with asyncio.timeout(seconds), aclosing(work) as stream:  # type: ignore[type-var]
            async for item in stream:
                yield item
    except TimeoutError:
        yield _problem(request, too_slow(seconds))
    except RadqaError as error:
        yield _problem(request, error)
    except Exception as error:  # noqa: BLE001  the reply has begun: only an event can tell the client
        _log.error("a stream failed", extra={"request": request.scope.get("radqa.request", "")} | told(error))
        yield _problem(request, error)


def _problem(request: Request, error: Exception) -> dict[str, Any]:
    return body_of(error) | {"request_id": request.scope.get("radqa.request", "")}


def _thread(caller: Caller, asked: Asked) -> str:
    """The conversation's name, which no other tenant's can be."""
    return f"{caller.tenant}:{asked.thread}" if asked.thread else ""
