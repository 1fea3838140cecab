"""Figures of the server for Prometheus: counts and seconds by route, never by what was asked."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several workers keep their figures together; read by prometheus_client when it is imported."""
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Figures:
    """What one worker counts."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = registry = CollectorRegistry()
        self.requests = Counter("radqa_requests", "Requests that were answered", ("route", "status"), registry=registry)
        self.seconds = Histogram(
            "radqa_request_seconds", "From the request's first byte to the answer's last", ("route",), buckets=_SECONDS, registry=registry
        )
        self.answers = Counter("radqa_answers", "Questions that were answered or abstained from", ("kind",), registry=registry)
        self.turned_away = Counter("radqa_turned_away", "Requests that were not taken", ("why",), registry=registry)
        self.running = Gauge("radqa_running", "Requests worked on now", registry=registry, multiprocess_mode="livesum")
        self.waiting = Gauge("radqa_waiting", "Requests waiting for their turn now", registry=registry, multiprocess_mode="livesum")

    def text(self) -> bytes:
        """All figures in Prometheus' text form; of all workers where they share a folder."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
