"""Politeness towards one host: so many requests a second, so many at once, and none for a while after it failed again and again."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from corpora.types import Frozen

FAILURES, REST_S = 3, 30.0
"""After so many failures in a row a host is left alone for so many seconds; then one request tries it again."""


class Rate(Frozen):
    """What a host asks of its callers: requests a second on average, that many at a time in a burst, and open at once."""

    per_second: float = 1.0
    burst: int = 2
    at_once: int = 4


class TooLong(Exception):
    """The turn comes only after `wait` seconds."""

    def __init__(self, wait: float) -> None:
        """Keep the wait."""
        super().__init__(f"{wait:.1f} s")
        self.wait = wait


class Pace:
    """Lets requests to one host pass at its rate."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the rate and the clock."""
        self._rate, self._clock = rate, clock
        self._tokens, self._filled = float(rate.burst), clock()
        self._not_before = 0.0
        self._open = asyncio.Semaphore(rate.at_once)

    def wait_for_turn(self) -> float:
        """Seconds until a request may go; takes the turn."""
        now = self._clock()
        self._tokens = min(float(self._rate.burst), self._tokens + (now - self._filled) * self._rate.per_second)
        self._filled = now
        self._tokens -= 1
        wait = -self._tokens / self._rate.per_second if self._tokens < 0 else 0.0
        return max(wait, self._not_before - now, 0.0)

    def hold(self, seconds: float) -> None:
        """Let nothing pass for so long: the host asked for it."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    @asynccontextmanager
    async def turn(self, within: float = math.inf) -> AsyncIterator[None]:
        """Wait for the turn, then hold one of the open places.

        Raises:
            TooLong: at once, where the turn comes later than `within` seconds from now.
        """
        if (wait := self.wait_for_turn()) > 0:
            try:
                if wait > within:
                    raise TooLong(wait)
                await asyncio.sleep(wait)
            except (asyncio.CancelledError, TooLong):
                self._tokens += 1  # whoever gives up waiting has not asked
                raise
        async with self._open:
            yield


class Breaker:
    """Opens after `FAILURES` failures in a row, for `REST_S` seconds; then lets one request try."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the clock."""
        self._clock = clock
        self._failures, self._until = 0, 0.0

    @property
    def rests(self) -> float:
        """Seconds for which the host is still left alone; 0 when it may be asked."""
        return max(0.0, self._until - self._clock())

    def tries(self) -> None:
        """A request leaves; after a rest it goes alone, until it is known what came of it."""
        if self._failures >= FAILURES:
            self._until = self._clock() + REST_S

    def succeeded(self) -> None:
        """It answered."""
        self._failures, self._until = 0, 0.0

    def failed(self) -> None:
        """It did not."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._until = self._clock() + REST_S
