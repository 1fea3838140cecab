"""What a file that anybody could have written may not say of itself, and characters that no text may hold."""

from __future__ import annotations

import re
from typing import Any

from corpora.types import Document

RESERVED = frozenset({"live", "standing", "accessed", "checked", "fictional", "collection", "file"})
"""Metadata by which the program itself marks what it found live, checked or made up."""
_LONE = re.compile("[\ud800-\udfff]")


def untrusted(document: Document) -> Document:
    """The document as somebody's own: it displaces no source, was not checked, and is no guideline or reference topic of the package."""
    source = document.source
    metadata = {key: value for key, value in source.metadata.items() if key not in RESERVED}
    kind = "document" if source.kind in ("guideline", "topic") else source.kind
    claimed: dict[str, Any] = {"checked": (), "supersedes": (), "topic_kind": None, "kind": kind, "metadata": metadata}
    made = document.model_copy(update={"source": source.model_copy(update=claimed)})
    return _without_surrogates(made)


def paired(text: str) -> str:
    """The text with halves of characters (UTF-16 surrogates) joined, and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if _LONE.search(text) else text


def _without_surrogates(document: Document) -> Document:
    """A last net under readers that let surrogates through: replaced one for one, so that offsets stay true."""
    update: dict[str, Any] = {}
    for name in ("id", "text"):
        if _LONE.search(value := getattr(document, name)):
            update[name] = _LONE.sub("�", value)
    source = {name: _replaced(value) for name, value in document.source if _replaced(value) != value}
    if source:
        update["source"] = document.source.model_copy(update=source)
    if any(_LONE.search(section.heading) for section in document.sections):
        update["sections"] = tuple(one.model_copy(update={"heading": _replaced(one.heading)}) for one in document.sections)
    return document.model_copy(update=update) if update else document


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE.sub("�", value)
    if isinstance(value, tuple):
        return tuple(map(_replaced, value))
    return {_replaced(key): _replaced(item) for key, item in value.items()} if isinstance(value, dict) else value
