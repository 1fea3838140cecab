"""What one question may cost: seconds, tokens, model calls and money. One instance per question; counts, and says when it is spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.errors import BudgetExceeded
from agent.settings import Settings
from agent.types import ModelCall


@dataclass
class Budget:
    """Counts what a question has cost so far; safe to use from several tasks and threads."""

    settings: Settings
    masked: frozenset[str] = frozenset()
    started: float = field(default_factory=time.monotonic)
    calls: int = 0
    cached: int = 0
    cached_in: int = 0
    cached_out: int = 0
    cached_seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    made: list[ModelCall] = field(default_factory=list)
    sent: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    _asking: list[tuple[float, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seconds(self) -> float:
        """Since the question was asked."""
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float:
        """Until the question's time is over; negative after it."""
        return self.settings.seconds - self.seconds

    @property
    def model_seconds(self) -> float:
        """Seconds in which at least one model call was under way: calls at the same time count once."""
        total, until = 0.0, float("-inf")
        with self._lock:
            for start, end in sorted(self._asking):
                total += max(0.0, end - max(start, until))
                until = max(until, end)
        return total

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around one try of a model call: counted before it begins, its time also when it fails.

        Raises:
            BudgetExceeded: a limit is reached; of several that begin at once no more begin than are left.
        """
        with self._lock:
            self.check()
            self.calls += 1
        begun = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._asking.append((begun, time.monotonic()))

    def spend(self, *, tokens_in: int = 0, tokens_out: int = 0, seconds: float = 0.0, cost: float = 0.0, calls: int = 1) -> None:
        """Count one model call that ended just now and took `seconds`."""
        with self._lock:
            self.calls += calls
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out
            ended = time.monotonic()
            self._asking.append((ended - seconds, ended))
            self.cost += cost + (tokens_in * self.settings.price_in + tokens_out * self.settings.price_out) / 1e6

    def reuse(self, tokens_in: int = 0, tokens_out: int = 0, seconds: float = 0.0, waited: float = 0.0) -> None:
        """Count a call that a kept answer spared, with what it cost when it was made; `waited` for it are seconds of the model."""
        with self._lock:
            self.cached += 1
            self.cached_seconds += max(0.0, seconds - waited)
            now = time.monotonic()
            self._asking.append((now - waited, now))
            self.cached_in += tokens_in
            self.cached_out += tokens_out

    def note(self, call: ModelCall) -> None:
        """Keep what one answer of the model was for and cost, for the reader to see."""
        with self._lock:
            self.made.append(call)

    def note_sent(self, host: str, masked: frozenset[str]) -> None:
        """Count a prompt that goes to a remote host now, and keep the identifiers masked in it; nothing for a local model."""
        if host:
            with self._lock:
                prompts, identifiers = self.sent.get(host, (0, frozenset()))
                self.sent[host] = (prompts + 1, identifiers | masked | self.masked)

    def staged(self, stage: str, seconds: float) -> None:
        """Count time spent in a stage; parallel branches add up."""
        with self._lock:
            self.stages[stage] = self.stages.get(stage, 0.0) + seconds

    def check(self) -> None:
        """Raise `BudgetExceeded` when a limit of the settings is reached."""
        for limit, spent, allowed in (
            ("seconds", self.seconds, self.settings.seconds),
            ("calls", self.calls, self.settings.calls),
            ("tokens", self.tokens_in + self.tokens_out, self.settings.tokens),
            ("money", self.cost, self.settings.money),
        ):
            if spent >= allowed:
                raise BudgetExceeded(limit, spent)

    @property
    def left(self) -> bool:
        """Whether another step may be taken."""
        try:
            self.check()
        except BudgetExceeded:
            return False
        return True
