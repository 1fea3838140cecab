"""How much is taken at once. What cannot be begun soon is turned away at the door, with the time after which to ask again."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import lru_cache

from limits import RateLimitItem, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from corpora.errors import RadqaError

LONGEST_RETRY_S = 60
_WEIGHT = 0.1
"""Of the newest request in the mean of how long one takes."""


class TurnedAway(RadqaError):
    """A request is not taken now; `retry_after_s` says when to ask again, `why` is a word for the figures."""

    def __init__(self, message: str, why: str, retry_after_s: float) -> None:
        """Round the wait up to whole seconds, one at least."""
        super().__init__(message)
        self.why, self.retry_after_s = why, min(max(math.ceil(retry_after_s), 1), LONGEST_RETRY_S)


class Draining(TurnedAway):
    """The server is about to end."""


class Admission:
    """Places for requests: some are worked on, some wait in the order in which they came. Of one event loop."""

    def __init__(self, running: int, waiting: int, patience_s: float) -> None:
        """Take how many may run and wait, and how long one waits at most."""
        self._most_waiting, self._patience_s, self._places = waiting, patience_s, running
        self._free = running
        self._queue: deque[asyncio.Future[None]] = deque()
        self._mean_s = 1.0
        self.draining = False

    @property
    def running(self) -> int:
        """Requests that are worked on."""
        return self._places - self._free

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return len(self._queue)

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Hold a place while the block runs.

        Raises:
            TurnedAway: too many wait, it waited too long, or (`Draining`) the server ends.
        """
        await self._taken()
        began = time.monotonic()
        try:
            yield
        finally:
            self._mean_s += _WEIGHT * (time.monotonic() - began - self._mean_s)
            self._give_back()

    async def _taken(self) -> None:
        if self.draining:
            raise _ending()
        if self._free and not self._queue:
            self._free -= 1
            return
        if len(self._queue) >= self._most_waiting:
            raise self._busy("Too many requests are waiting.")
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await asyncio.wait_for(asyncio.shield(turn), self._patience_s)
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give_back()  # it had its turn at the very moment in which it stopped waiting
            elif turn in self._queue:
                self._queue.remove(turn)
                turn.cancel()
            if isinstance(error, TimeoutError):
                raise self._busy(f"No turn came within {self._patience_s:g} s.") from error
            raise

    def _give_back(self) -> None:
        """Hand a place to who waits longest, or keep it free."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def drain(self) -> None:
        """Take nobody in any more: who waits is told, who runs ends in peace."""
        self.draining = True
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_exception(_ending())

    def _busy(self, message: str) -> TurnedAway:
        expected = (len(self._queue) + 1) * self._mean_s / self._places
        return TurnedAway(f"{message} Ask again later.", "busy", expected)


def _ending() -> Draining:
    return Draining("The server is shutting down. Ask again in a moment.", "draining", 5)


class Rates:
    """Requests per key and time, counted in this process or in a store that several share."""

    def __init__(self, store: str, usual: str) -> None:
        """Take the store's address and the rate of keys without one of their own."""
        self._limiter = SlidingWindowCounterRateLimiter(storage_from_string(store))
        self._usual = usual

    async def count(self, key: str, rate: str = "") -> None:
        """Count one request of a key.

        Raises:
            TurnedAway: it has asked too often.
        """
        allowed = _rate(rate or self._usual)
        if not await self._limiter.hit(allowed, key):
            reset = (await self._limiter.get_window_stats(allowed, key)).reset_time
            raise TurnedAway(f"This key may ask {allowed}. Ask again later.", "rate", reset - time.time())


@lru_cache(maxsize=256)
def _rate(text: str) -> RateLimitItem:
    return parse(text)
