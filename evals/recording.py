"""Model calls as they end, on disk: a resumed run asks none of them again, a replayed run asks nothing at all.

The recording is LangChain's own cache seam (`BaseCache`) on one model per system; a call is found by system, item, prompt, schema
and how often the item asked just that.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.caches import BaseCache
from langchain_core.messages import message_to_dict, messages_from_dict
from langchain_core.outputs import ChatGeneration, Generation

from corpora.errors import RadqaError
from evals.journal import lines

Keep = Callable[[dict[str, Any]], Awaitable[None]]


class MissingRecording(RadqaError):
    """A replay came to a model call that the recorded run did not make: code, prompts or index have changed since."""


@dataclass
class Asking:
    """The item that the current task works on, and how often it asked each thing."""

    item: str
    asked: Counter[str] = field(default_factory=Counter)
    open: dict[str, str] = field(default_factory=dict)
    """Key of each call under way, by its prompt."""
    answered: dict[str, Any] = field(default_factory=dict)
    """Messages by key: when the item is tried again after an outage, what was answered is not asked again."""

    def again(self) -> None:
        """Start the item over: its first call is its first call again."""
        self.asked.clear()
        self.open.clear()


current: ContextVar[Asking] = ContextVar("current")
"""Set by the runner for each item; calls outside of one are a bug."""


class RecordedCalls(BaseCache):
    """Answers from what was recorded; keeps what is new."""

    def __init__(self, system: str, recorded: dict[str, Any], keep: Keep | None) -> None:
        """Take the recorded calls by key (they are handed out once) and where new ones go; None: nothing new is allowed."""
        self._system, self._recorded, self._keep = system, recorded, keep

    def _ask(self, asking: Asking, prompt: str, llm_string: str) -> str:
        """The key of this call; the model's address and key are no part of it, its parameters and the schema are."""
        parameters = llm_string.rpartition("---")[2]
        asked = hashlib.sha256(f"{prompt}\x1f{parameters}".encode()).hexdigest()[:24]
        key = f"{self._system}\x1f{asking.item}\x1f{asked}\x1f{asking.asked[asked]}"
        asking.asked[asked] += 1
        return hashlib.sha256(key.encode()).hexdigest()[:32]

    async def alookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        """The recorded answer, or None when the model is to be asked.

        Raises:
            MissingRecording: nothing is recorded and nothing new is allowed.
        """
        asking = current.get()
        key = self._ask(asking, prompt, llm_string)
        kept = asking.answered.get(key) or self._recorded.get(key)
        if kept is not None:
            return [ChatGeneration(message=message) for message in messages_from_dict([kept])]
        if self._keep is None:
            raise MissingRecording(
                f"The recorded run holds no such call of {self._system} for item {asking.item!r}: code or index has changed."
            )
        asking.open[prompt] = key
        return None

    async def aupdate(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """Keep the model's answer before anybody uses it."""
        generation = return_val[0]
        assert self._keep is not None
        assert isinstance(generation, ChatGeneration)
        message = message_to_dict(generation.message)
        message["data"].get("additional_kwargs", {}).pop("parsed", None)
        asking = current.get()
        key = asking.open.pop(prompt)
        await self._keep({"key": key, "system": self._system, "item": asking.item, "message": message})
        asking.answered[key] = message

    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        """Not used: agents are asynchronous."""
        raise NotImplementedError

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """Not used: agents are asynchronous."""
        raise NotImplementedError

    def clear(self, **kwargs: Any) -> None:
        """Forget what was recorded (the file stays)."""
        self._recorded.clear()


def recorded(path: Path) -> dict[str, Any]:
    """Key -> message of every call of a recording; empty where there is no file."""
    return {call["key"]: call["message"] for call in lines(path)}
