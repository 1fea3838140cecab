import sys
from types import SimpleNamespace

import pytest

from agent import tracing


@pytest.fixture
def spans(monkeypatch):
    made = []

    class Span:
        def __init__(self, name, attributes):
            self.name, self.attributes = name, dict(attributes)

        def __enter__(self):
            made.append(self)
            return self

        def __exit__(self, *error):
            return False

        def set_attribute(self, key, value):
            self.attributes[key] = value

    tracer = SimpleNamespace(start_as_current_span=lambda name, attributes: Span(name, attributes))
    monkeypatch.setattr(tracing, "configured", lambda: True)
    monkeypatch.setattr(tracing, "_tracer", lambda: tracer)
    return made


def test_nothing_is_traced_unless_an_exporter_is_named(monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert not tracing.configured()
    with tracing.span("radqa.compose") as late:
        late["sentences"] = 3
    assert "opentelemetry.sdk" not in sys.modules


def test_a_span_carries_what_the_block_learnt(spans):
    with tracing.span("radqa.compose", attempt=1) as late:
        late["sentences"] = 3
    assert [(span.name, span.attributes) for span in spans] == [("radqa.compose", {"attempt": 1, "sentences": 3})]


def test_every_node_of_a_question_is_a_span_and_none_holds_its_text(spans, radqa_agent):
    radqa_agent.ask("Follow-up for a 7 mm solid nodule in a heavy smoker?")
    assert {"radqa.retrieve", "radqa.grade", "radqa.weigh", "radqa.compose", "radqa.verify", "radqa.conclude"} <= {s.name for s in spans}
    assert "nodule" not in repr([(span.name, span.attributes) for span in spans])


@pytest.mark.parametrize(
    ("environment", "exporter"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, ""),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, ""),
    ],
)
def test_an_exporter_is_named_by_opentelemetrys_own_variables(monkeypatch, environment, exporter):
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert tracing._exporter() == exporter
