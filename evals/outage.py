"""A model that is out: the run pauses, tries again with growing waits, and stops when the patience is used up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from corpora.errors import RadqaError

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
_HOPELESS = 5
"""So many items in a row without any answer (wrong key, no such model, timeouts), and the run stops instead of failing every item."""


class RunStopped(RadqaError):
    """The run ended early and cleanly; everything that was done is kept, and `--resume` goes on."""


class Gate:
    """Lets items through while the model answers. One wait serves everybody who saw the same outage."""

    def __init__(self, patience_s: float, tell: Callable[[str], None] = lambda text: None) -> None:
        """Take the seconds to wait in all, and who is told of a pause."""
        self._patience, self._tell = patience_s, tell
        self._open = asyncio.Event()
        self._open.set()
        self._wait, self._waited = FIRST_WAIT_S, 0.0
        self.outages = 0
        self.answers = 0
        self._refused = 0
        self._stopped: RunStopped | None = None

    async def passable(self) -> int:
        """Wait until the gate is open; returns the number of the last outage, to be given to `pause`. Raises `RunStopped`."""
        await self._open.wait()
        if self._stopped:
            raise self._stopped
        return self.outages

    def answered(self) -> None:
        """An item came through: the model works."""
        self.answers += 1
        self._refused = 0
        self._wait, self._waited = FIRST_WAIT_S, 0.0

    def refused(self, error: RadqaError) -> None:
        """An item got no answer for good. Raises `RunStopped` when that repeats and nothing is answered in between."""
        self._refused += 1
        if self._refused >= _HOPELESS:
            self._stop(f"The model answers nothing: {error}")

    async def pause(self, seen: int, error: RadqaError) -> None:
        """Wait out an outage that began after `seen`. Raises `RunStopped` when the patience is used up."""
        if seen != self.outages:
            return
        self.outages += 1
        if self._waited >= self._patience:
            self._stop(f"The model is out: {error} Waited {self._waited:.0f} s.")
        wait = min(self._wait, LONGEST_WAIT_S, self._patience - self._waited)
        self._tell(f"The model is out ({error}); waiting {wait:.0f} s.")
        self._open.clear()
        try:
            await asyncio.sleep(wait)
        finally:
            self._waited += wait
            self._wait *= 2
            self._open.set()

    def _stop(self, why: str) -> None:
        self._stopped = RunStopped(f"{why} What is done is kept: go on with --resume.")
        self._open.set()
        raise self._stopped
