"""Model answers kept in Redis or Valkey, so that what one worker asked costs the others nothing.

`GET` and `SET` with an expiry are all that is used. A server that fails later costs the reuse, never the question: it is left alone for a
while and said once.
"""

from __future__ import annotations

import asyncio
import json
import time
import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.chat.responses import Kept
from agent.errors import InvalidSettings
from corpora.errors import MissingExtra

if TYPE_CHECKING:
    from redis import Redis

PREFIX = "radqa:answer:"
KEPT_S = 30 * 86_400
"""Seconds after which an answer is forgotten; the server's own limit of memory may forget it earlier."""
_PATIENCE_S, _PAUSE_S = 0.5, 30.0
_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}
_REMEDY = "Check RADQA_SHARED_RESPONSES, e.g. redis://host:6379/0; empty keeps answers in a file of each machine."


class SharedResponses:
    """A store of model answers that several workers share; safe to use from several threads. Made by `SharedResponses.at`."""

    def __init__(self, client: Redis, shown: str) -> None:
        """Take a client, and the server's address as it may be shown."""
        self._client, self._shown = client, shown
        self._left_alone_until = 0.0
        self._turns: weakref.WeakValueDictionary[tuple[str, int], asyncio.Lock] = weakref.WeakValueDictionary()

    @classmethod
    def at(cls, url: str) -> SharedResponses:
        """The store of a server: `redis://`, `rediss://`, `valkey://`, `valkeys://` or `unix://`.

        Raises:
            MissingExtra: the client is not installed.
            InvalidSettings: it is no such address, or the server does not answer.
        """
        try:
            from redis import Redis, RedisError
        except ImportError as error:
            raise MissingExtra("Answers shared by workers need a client of Redis.", 'Run: pip install "radqa[redis]"') from error
        scheme, colon, rest = url.partition("://")
        shown = f"{scheme}{colon}{rest.rpartition('@')[2].partition('?')[0]}"
        try:
            client = Redis.from_url(
                f"{_SCHEMES.get(scheme, scheme)}{colon}{rest}", socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S
            )
            client.ping()
        except (RedisError, ValueError, OSError) as error:
            raise InvalidSettings(f"The shared answers' server {shown} cannot be used: {error}.", _REMEDY) from error
        return cls(client, shown)

    def get(self, key: str) -> Kept | None:
        """The answer that was kept, or None; None too while the server fails."""
        raw = self._tried(lambda: self._client.get(PREFIX + key))
        if not isinstance(raw, bytes):
            return None
        try:
            answer, tokens_in, tokens_out, seconds = json.loads(raw)
            return Kept(str(answer), int(tokens_in), int(tokens_out), float(seconds))
        except (ValueError, TypeError):  # not ours
            return None

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer; nothing is kept while the server fails."""
        self._tried(lambda: self._client.set(PREFIX + key, json.dumps(kept), ex=KEPT_S))

    def turn(self, key: str) -> asyncio.Lock:
        """To be held while asking, as `Responses.turn`, within this process: two workers may ask the same once each."""
        return self._turns.setdefault((key, id(asyncio.get_running_loop())), asyncio.Lock())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _tried(self, call: Callable[[], object]) -> object:
        from redis import RedisError

        if time.monotonic() < self._left_alone_until:
            return None
        try:
            return call()
        except (RedisError, OSError) as error:
            self._left_alone_until = time.monotonic() + _PAUSE_S
            warnings.warn(
                f"The shared answers' server {self._shown} fails ({error}); models are asked anew until it is back.",
                RuntimeWarning, stacklevel=3,
            )  # fmt: skip
            return None
