"""The seam "what a model may use": one text in, a text and passages out."""

from __future__ import annotations

from typing import Protocol

from corpora.errors import InputError
from corpora.types import Frozen, Passage


class ToolMisuse(InputError):
    """A tool was asked for something that it cannot do; says what it takes."""


class Finding(Frozen):
    """What a tool came to: in words, and the passages that it rests on."""

    text: str
    passages: tuple[Passage, ...] = ()


class Tool(Protocol):
    """Something that finds or works out one thing. Safe to use from several tasks at once."""

    name: str
    takes: str
    """What its one argument is, with an example."""

    async def use(self, asked: str) -> Finding:
        """What it comes to; nothing found is a finding without passages. Raises `ToolMisuse` for an argument that it cannot take."""
        ...
