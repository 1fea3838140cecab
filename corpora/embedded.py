"""The corpus that ships with the package: guideline cards, topic cards and fictional teaching cases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from corpora.readers import cards, cases, topics
from corpora.types import Document


def documents() -> Iterator[Document]:
    """Every embedded document: guideline cards, topic cards, then cases, in name order."""
    yield from cards.read_all()
    yield from topics.read_all()
    yield from cases.read_all()


def files() -> list[Path]:
    """The files they come from."""
    return sorted([*cards.FOLDER.glob("*.md"), *topics.FOLDER.glob("*/*.md"), *cases.FOLDER.glob("*.jsonl")])


def stamp() -> str:
    """Hash of those files' bytes, in some milliseconds: tells whether an index was built from them."""
    digest = hashlib.sha256()
    for path in files():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
