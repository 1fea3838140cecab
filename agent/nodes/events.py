"""How nodes tell what they do: one typed event, timed since the question was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from langgraph.runtime import Runtime

from agent.state import Deps
from agent.tracing import span
from agent.types import Stage, TraceEvent

AnyDeps = TypeVar("AnyDeps", bound=Deps)


def tell(runtime: Runtime[AnyDeps], stage: Stage, detail: str, *, facet_id: str = "", round: int = 0, **data: Any) -> None:
    """Send one event to whoever streams the run."""
    seconds = runtime.context.budget.seconds
    runtime.stream_writer(TraceEvent(stage=stage, detail=detail, facet_id=facet_id, round=round, seconds=seconds, data=data))


@contextmanager
def timed(runtime: Runtime[AnyDeps], stage: Stage) -> Iterator[None]:
    """Count the block's seconds under the stage."""
    started = time.monotonic()
    try:
        with span(f"radqa.{stage}"):
            yield
    finally:
        runtime.context.budget.staged(stage, time.monotonic() - started)
