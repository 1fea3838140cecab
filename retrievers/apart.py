"""Work that goes on apart, in a process forked off, while the rest goes on here: Python's threads share one core."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import cache

FEWEST = 10_000
"""Passages from which a second process is worth its start."""


def can_fork() -> bool:
    """Whether a fork is safe and gains something: Linux, a second core, and no other thread that may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def begun(work: Callable[[], None]) -> Callable[[], bool]:
    """Begin the work in a forked process. What comes back waits for its end and says whether it went well; what it did lies on the disk."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  whoever waits does the work anew and meets the error itself
            os._exit(1)
        os._exit(0)

    @cache
    def ended() -> bool:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    return ended
