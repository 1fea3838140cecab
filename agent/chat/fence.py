"""Retrieved text is data: fenced, numbered, and with whatever could read as an instruction to a model made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from agent.reading.sources import is_live
from agent.types import Evidence

_TAGS = re.compile(
    r"</?\s*(?:evidence|system|assistant|user|instructions?|tool|im_start|im_end)[^>]*>|<\|[^|>]*\|>|\[/?INST\]", re.IGNORECASE
)
_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override)\s{1,9}(?:(?:all|any|the)\s{1,9}){0,6}(?:previous|prior|above|earlier|preceding|your|other)\b[^.\n]*[.\n]?"
    r"|\b(?:system|assistant|developer)\s{0,9}(?:prompt|message|instruction)?\s{0,9}:\s{0,9}[^.\n]*[.\n]?"
    r"|\byou (?:are|must|should) now\b[^.\n]*[.\n]?|\bnew instructions?\b[^.\n]*[.\n]?",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """The text without hidden characters, role tags and orders to a model; compatibility forms unified (NFKC)."""
    # format characters (Cf) are all that hides text: zero-width, direction marks and isolates, soft hyphens, tag letters
    text = "".join(character for character in unicodedata.normalize("NFKC", text) if unicodedata.category(character) != "Cf")
    return _ORDERS.sub("[instruction removed] ", _TAGS.sub(" ", text))


def fenced(evidence: Sequence[Evidence]) -> str:
    """Numbered evidence for a prompt; a row that meets the question's parameters is marked "applies".

    Of a live web page only the sentence that was weighed is shown: what stands around it may speak to the model.
    """
    lines = []
    for number, item in enumerate(evidence, 1):
        source = item.passage.source
        mark = " (applies)" if item.met else ""
        named = (f"{source.organisation} {source.year or ''}".strip(), source.title, item.passage.section)
        head = f"[{number}]{mark} {', '.join(part for part in named if part)}"
        lines.append(f"{neutral(' '.join(head.split()))}: {neutral(_shown(item))}")
    return "\n".join(lines)


def _shown(item: Evidence) -> str:
    """The passage, or what of it may be shown."""
    page = is_live(item.passage.source) and item.passage.source.kind == "web" and not item.passage.is_row
    return item.quote if page else item.passage.shown
