"""What goes into a prompt: whole passages by value per token, never more than the model's window takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from agent.fence import fenced
from agent.types import Evidence

SAFETY = 1.25
"""Models cut text differently; counts are raised by this so that a prompt fits every one of them."""
FRAME = 60
"""Tokens of roles and separators around a prompt's messages."""


@cache
def _tokenizer() -> object:
    from tokenizers import Tokenizer

    from retrievers.embedding import packaged_folder

    made = Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def tokens(text: str) -> int:
    """How many tokens a text costs at most: its WordPiece count raised by `SAFETY`, and at least a quarter of its characters."""
    counted = len(_tokenizer().encode(text, add_special_tokens=False).ids)  # type: ignore[attr-defined]
    return int(max(counted * SAFETY, len(text) / 4)) + 1


def room(window: int, output: int, *prompt: str) -> int:
    """Tokens left for evidence in a window once the answer and the prompt's own texts are paid for; 0 or more."""
    return max(0, window - output - FRAME - sum(tokens(text) for text in prompt))


def clipped(text: str, most: int) -> str:
    """The text in at most so many tokens: whole sentences and lines from its end, since a vignette asks and a report concludes there.

    Where not even the last sentence fits, its last words; nothing where there is no room at all.
    """
    if tokens(text) <= most:
        return text
    left = most - tokens(_CUT)
    kept = _fitting(re.split(r"(?<=[.!?])\s+|\n+", text.strip()), left) or _fitting(text.split(), left)
    return f"{_CUT} {' '.join(kept)}" if kept else ""


def _fitting(parts: Sequence[str], left: int) -> list[str]:
    """As many parts from the end as fit."""
    kept: list[str] = []
    for part in reversed(parts):
        left -= tokens(part)
        if left < 0:
            break
        kept.insert(0, part)
    return kept


_CUT = "[...]"


def packed(evidence: Sequence[Evidence], budget: int, most: int) -> list[Evidence]:
    """At most `most` pieces of evidence that fit the budget (tokens), in their given order.

    The first piece is the one that answers and goes in first, if it fits; the others are taken by strength per token. A passage
    is taken whole or not at all.
    """
    if not evidence:
        return []
    cost = {item.id: tokens(fenced([item])) for item in evidence}
    lead, others = evidence[0], sorted(evidence[1:], key=lambda item: (-item.strength / cost[item.id], item.id))
    chosen: set[str] = set()
    for item in (lead, *others):
        if len(chosen) < most and cost[item.id] <= budget:
            chosen.add(item.id)
            budget -= cost[item.id]
    return [item for item in evidence if item.id in chosen]
