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
