"""OpenTelemetry spans of nodes and model calls, when an exporter is configured by its own variables; nothing leaves otherwise.

`pip install "radqa[otel]"` and `OTEL_EXPORTER_OTLP_ENDPOINT=http://...` (or `OTEL_TRACES_EXPORTER`) turn it on. Spans carry names,
counts and seconds, never a question's text. LangSmith traces by its own variables (`LANGSMITH_TRACING`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

SERVICE = "radqa"


def configured() -> bool:
    """Whether an exporter is named in the environment and the packages are there."""
    named = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(named) and find_spec("opentelemetry") is not None and find_spec("opentelemetry.sdk") is not None


@cache
def _tracer() -> Any:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer(SERVICE)


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[dict[str, str | int | float]]:
    """A span around the block; what the block puts into the yielded dictionary becomes its attributes."""
    late: dict[str, str | int | float] = {}
    if not configured():
        yield late
        return
    with _tracer().start_as_current_span(name, attributes=attributes) as made:
        try:
            yield late
        finally:
            for key, value in late.items():
                made.set_attribute(key, value)
