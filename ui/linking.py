"""Concept marks, where this installation can link concepts."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ui.choices import concepts_available

if TYPE_CHECKING:
    from corpora.types import ConceptMention


@cache
def mentions(text: str) -> tuple[ConceptMention, ...]:
    """The concepts in a text with what is said of them; none where the installation has no linker."""
    if not concepts_available():
        return ()
    link = getattr(import_module("corpora.concepts"), "link", None)
    return tuple(link(text)) if link else ()
