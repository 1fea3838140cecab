"""How nodes tell what they do: one typed event, timed since the question was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langgraph.runtime import Runtime

from agent.tracing import span
from agent.types import Stage, TraceEvent


def tell(runtime: Runtime[Any], stage: Stage, detail: str, *, facet_id: str = "", round: int = 0, **data: Any) -> None:
    """Send one event to whoever streams the run; the context, whatever else it holds, has the `budget` whose seconds date it."""
    seconds = runtime.context.budget.seconds
    runtime.stream_writer(TraceEvent(stage=stage, detail=detail, facet_id=facet_id, round=round, seconds=seconds, data=data))


@contextmanager
def timed(runtime: Runtime[Any], stage: Stage) -> Iterator[None]:
    """Count the block's seconds under the stage."""
    started = time.monotonic()
    try:
        with span(f"radqa.{stage}"):
            yield
    finally:
        runtime.context.budget.staged(stage, time.monotonic() - started)
