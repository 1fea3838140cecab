"""Model answers kept by what was asked: the same model, schema and messages cost nothing the second time, and a run can be replayed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from platformdirs import user_cache_path

from agent.errors import ModelUnavailable
from agent.settings import Settings


class Kept(NamedTuple):
    """An answer that was kept, and what it cost when it was made."""

    answer: str
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


_TURNS: weakref.WeakValueDictionary[tuple[Path, str, int], asyncio.Lock] = weakref.WeakValueDictionary()


class Responses:
    """A store of model answers in one SQLite file; safe to use from several threads."""

    def __init__(self, path: Path | None = None, *, replay: bool = False) -> None:
        """Open (or create) the file; with `replay`, an answer that is not in it is an error instead of a call."""
        self.path, self.replay = path or user_cache_path("radqa") / "responses.sqlite", replay
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(self.path, check_same_thread=False, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")  # survives a killed process; 0.3 ms an answer instead of 7
        self._connection.execute("DROP TABLE IF EXISTS kept")  # of before the seconds were kept
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS answers "
            "(key TEXT PRIMARY KEY, answer TEXT NOT NULL, tokens_in INTEGER, tokens_out INTEGER, seconds REAL)"
        )

    def get(self, key: str) -> Kept | None:
        """The answer that was kept, or None. Raises `ModelUnavailable` in a replay that lacks it."""
        with self._lock:
            row = self._connection.execute("SELECT answer, tokens_in, tokens_out, seconds FROM answers WHERE key = ?", (key,)).fetchone()
        if row is None and self.replay:
            raise ModelUnavailable(f"{self.path} holds no recorded answer for this call: the prompts, settings or model changed.")
        return None if row is None else Kept(*row)

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer."""
        with self._lock, self._connection:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, *kept))

    def turn(self, key: str) -> asyncio.Lock:
        """To be held while asking: whoever wants the same answer in the meantime waits for it instead of asking again."""
        return _TURNS.setdefault((self.path, key, id(asyncio.get_running_loop())), asyncio.Lock())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def response_key(model: str, settings: Settings, schema: dict[str, Any], messages: Sequence[tuple[str, str]]) -> str:
    """A hash of everything that decides an answer."""
    limits = [settings.temperature, settings.context_tokens, settings.output_tokens]
    document = json.dumps([model, limits, schema, list(messages)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()
