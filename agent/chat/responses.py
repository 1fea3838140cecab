"""Model answers kept by what was asked: the same model, schema and messages cost nothing the second time, and a run can be replayed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agent.errors import InvalidSettings, ModelUnavailable
from agent.settings import Settings
from corpora.disk import cache_folder


class Kept(NamedTuple):
    """An answer that was kept, and what it cost when it was made."""

    answer: str
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class AnswerStore(Protocol):
    """Where model answers are kept: a file, or a server that workers share (`agent.chat.shared_responses`)."""

    def get(self, key: str) -> Kept | None:
        """The answer that was kept, or None."""
        ...

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer."""
        ...

    def turn(self, key: str) -> asyncio.Lock:
        """To be held while asking: whoever wants the same answer in the meantime waits for it instead of asking again."""
        ...

    def close(self) -> None:
        """Close the file or the connections."""
        ...


MOST_MB = 500
"""Megabytes from which on the older half of the kept answers is forgotten when the file is opened."""
_TURNS: weakref.WeakValueDictionary[tuple[Path, str, int], asyncio.Lock] = weakref.WeakValueDictionary()


class Responses:
    """A store of model answers in one SQLite file; safe to use from several threads."""

    def __init__(self, path: Path | None = None, *, replay: bool = False) -> None:
        """Open (or create) the file; with `replay` it is only read, and an answer that is not in it is an error instead of a call.

        Raises:
            InvalidSettings: the file cannot be used.
        """
        self.path, self.replay = path or cache_folder() / "responses.sqlite", replay
        self._lock = threading.Lock()
        with self._used():
            self._connection = self._read_only() if replay else self._writable()

    def _read_only(self) -> sqlite3.Connection:
        sealed = "" if os.access(self.path.absolute().parent, os.W_OK) else "&immutable=1"  # else SQLite wants to write beside it
        made = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro{sealed}", uri=True, check_same_thread=False, timeout=30)
        made.execute("SELECT key FROM answers LIMIT 1")
        return made

    def _writable(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(self.path, check_same_thread=False, timeout=30)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=NORMAL")  # survives a killed process; 0.3 ms an answer instead of 7
        made.execute("DROP TABLE IF EXISTS kept")  # of before the seconds were kept
        made.execute(
            "CREATE TABLE IF NOT EXISTS answers "
            "(key TEXT PRIMARY KEY, answer TEXT NOT NULL, tokens_in INTEGER, tokens_out INTEGER, seconds REAL)"
        )
        if self.path.stat().st_size > MOST_MB << 20:
            made.execute("DELETE FROM answers WHERE rowid <= (SELECT (MIN(rowid) + MAX(rowid)) / 2 FROM answers)")
            made.commit()
            made.execute("VACUUM")
        return made

    @contextmanager
    def _used(self) -> Iterator[None]:
        """The file in use, by one thread at a time; what goes wrong names it."""
        try:
            with self._lock:
                yield
        except (OSError, sqlite3.Error) as error:
            other = "a replay needs the recorded ones" if self.replay else "RADQA_REUSE=false keeps none"
            remedy = f"Set RADQA_RESPONSES to a file of kept answers that can be used; {other}."
            raise InvalidSettings(f"{self.path} cannot be used for model answers: {error}.", remedy) from error

    def get(self, key: str) -> Kept | None:
        """The answer that was kept, or None. Raises `ModelUnavailable` in a replay that lacks it."""
        with self._used():
            row = self._connection.execute("SELECT answer, tokens_in, tokens_out, seconds FROM answers WHERE key = ?", (key,)).fetchone()
        if row is None and self.replay:
            raise ModelUnavailable(f"{self.path} holds no recorded answer for this call: the prompts, settings or model changed.")
        return None if row is None else Kept(*row)

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer."""
        with self._used(), self._connection:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, *kept))

    def turn(self, key: str) -> asyncio.Lock:
        """See `AnswerStore.turn`."""
        return _TURNS.setdefault((self.path, key, id(asyncio.get_running_loop())), asyncio.Lock())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def answer_store(settings: Settings) -> AnswerStore:
    """Where the settings keep answers: a recording of its own, else the server that workers share, else the file in the user's cache.

    Raises:
        InvalidSettings: the file or the server cannot be used.
        MissingExtra: the server's client is not installed.
    """
    if settings.shared_responses.get_secret_value() and not (settings.responses or settings.replay):
        from agent.chat.shared_responses import SharedResponses

        return SharedResponses.at(settings.shared_responses.get_secret_value())
    return Responses(settings.responses, replay=settings.replay)


def response_key(model: str, settings: Settings, schema: dict[str, Any], messages: Sequence[tuple[str, str]]) -> str:
    """A hash of everything that decides an answer."""
    limits = [settings.temperature, settings.context_tokens, settings.output_tokens]
    document = json.dumps([model, limits, schema, list(messages)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()
