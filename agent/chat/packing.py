"""What goes into a prompt: whole passages by value per token, never more than the model's window takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from agent.chat.fence import fenced
from agent.types import Evidence

SAFETY = 1.25
"""Models cut text differently; counts are raised by this so that a prompt fits every one of them."""
FRAME = 60
"""Tokens of roles and separators around a prompt's messages."""
SCHEMA = 560
"""Tokens of the answer's JSON schema beside them, at most: some servers write it into the prompt."""


@cache
def _tokenizer() -> object:
    from tokenizers import Tokenizer

    from retrievers.embedding import packaged_folder

    made = Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


@lru_cache(maxsize=256)  # the prompts' own texts and the passages of one question are counted again and again
def tokens(text: str) -> int:
    """How many tokens a text costs at most: its WordPiece count raised by `SAFETY`, and at least a quarter of its characters.

    Each digit and each sign is one at least, as many models read them; what WordPiece does not know counts by its bytes.
    """
    pieces = _tokenizer().encode(text, add_special_tokens=False)  # type: ignore[attr-defined]
    ids = pieces.ids
    counted = len(ids) + len(_FURTHER_DIGIT.findall(text))
    if _UNKNOWN in ids:
        unknown = (text[start:end] for piece, (start, end) in zip(ids, pieces.offsets, strict=True) if piece == _UNKNOWN)
        counted += sum(len(part.encode(errors="replace")) - 1 - len(_FURTHER_DIGIT.findall(part)) for part in unknown)
    return int(max(counted * SAFETY, len(text) / 4, len(_ALONE.findall(text)))) + 1


_UNKNOWN = 100
"""WordPiece's number for what it has no pieces for."""
_FURTHER_DIGIT = re.compile(r"(?<=\d)\d")
_ALONE = re.compile(r"\d|[^\w\s]")


def room(window: int, output: int, *prompt: str) -> int:
    """Tokens left for evidence in a window once the answer, its schema and the prompt's own texts are paid for; 0 or more."""
    return max(0, window - output - FRAME - SCHEMA - sum(tokens(text) for text in prompt))


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


def fitting(evidence: Sequence[Evidence], budget: int, most: int) -> list[Evidence]:
    """At most `most` pieces in their given order, each taken whole if it still fits the budget (tokens)."""
    kept: list[Evidence] = []
    for item in evidence:
        cost = tokens(fenced([item]))
        if len(kept) < most and cost <= budget:
            kept.append(item)
            budget -= cost
    return kept
