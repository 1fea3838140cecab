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

    def started(name, attributes, record_exception=True, set_status_on_exception=True):  # OpenTelemetry's own defaults
        made = Span(name, attributes)
        made.tells_errors = record_exception or set_status_on_exception
        return made

    tracer = SimpleNamespace(start_as_current_span=started)
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


def test_of_an_error_a_span_tells_the_class_and_never_the_message(spans):
    with pytest.raises(ValueError, match="Mrs Miller"), tracing.span("radqa.model"):
        raise ValueError("refused: 'Mrs Miller has a nodule'")
    (span,) = spans
    assert span.attributes == {"error": "ValueError"}
    assert not span.tells_errors


@pytest.mark.parametrize(
    ("exporter", "there", "configured"),
    [
        ("otlp", ("opentelemetry", "opentelemetry.sdk"), False),
        ("otlp", ("opentelemetry", "opentelemetry.sdk", tracing._OTLP), True),
        ("console", ("opentelemetry", "opentelemetry.sdk"), True),
        ("console", ("opentelemetry",), False),
        ("console", (), False),
    ],
)
def test_a_package_that_is_not_there_leaves_the_question_alone(monkeypatch, exporter, there, configured):
    def find_spec(name):
        if name.rpartition(".")[0] not in ("", *there, "opentelemetry.exporter.otlp.proto" if tracing._OTLP in there else ""):
            raise ModuleNotFoundError(name)
        return object() if name in there else None

    monkeypatch.setenv("OTEL_TRACES_EXPORTER", exporter)
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    monkeypatch.setattr(tracing, "find_spec", find_spec)
    tracing._installed.cache_clear()
    assert tracing.configured() is configured
    tracing._installed.cache_clear()


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
