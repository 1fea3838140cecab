"""OpenTelemetry spans of nodes and model calls, when an exporter is configured by its own variables; nothing leaves otherwise.

`pip install "radqa[otel]"` and `OTEL_EXPORTER_OTLP_ENDPOINT=http://...` (or `OTEL_TRACES_EXPORTER=otlp|console`) turn it on. Spans
carry names, counts and seconds, never a question's text. LangSmith traces by its own variables (`LANGSMITH_TRACING`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

SERVICE = "radqa"


def configured() -> bool:
    """Whether an exporter is named in the environment and the packages are there."""
    named = _exporter()
    return bool(named) and _installed("opentelemetry.sdk") and (named == "console" or _installed(_OTLP))


_OTLP = "opentelemetry.exporter.otlp.proto.http"


@cache
def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nor is what it lies in
        return False


def _exporter() -> str:
    """Which exporter the environment names: "otlp", "console", or none."""
    named = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or named == "none":
        return ""
    if named in ("otlp", "console"):
        return named
    there = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return "otlp" if there else ""


@cache
def _tracer() -> Any:
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    if _exporter() == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer(SERVICE)


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[dict[str, str | int | float]]:
    """A span around the block; what the block puts into the yielded dictionary becomes its attributes.

    Of an error only its class is told: its message may repeat what was sent.
    """
    late: dict[str, str | int | float] = {}
    if not configured():
        yield late
        return
    with _tracer().start_as_current_span(name, attributes=attributes, record_exception=False, set_status_on_exception=False) as made:
        try:
            yield late
        except Exception as error:
            late["error"] = type(error).__name__
            raise
        finally:
            for key, value in late.items():
                made.set_attribute(key, value)
