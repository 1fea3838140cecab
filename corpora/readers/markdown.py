"""Markdown: a guideline card when front matter says `kind: guideline`, else a user's document with its headings as sections.

Note takers and site builders write front matter of their own (`version: 2.1`, `aliases: one`, `title: Protocol: chest`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from corpora.errors import MalformedDocument
from corpora.readers.cards import card
from corpora.readers.front import HEADING, NO_KEYS, bare, closing_line, first_problem, front_matter, headed_sections
from corpora.readers.text import decode, document_id, title_of
from corpora.readers.trust import UNREAD
from corpora.types import Document, SourceRecord

_OWN_NAME = re.compile(r"[^\x00-\x1f\x7f\s#][^\x00-\x1f\x7f#]{0,199}")
_CARD = re.compile(r"""\s{0,9}kind:\s{1,9}["']?guideline["']?\s{0,9}""")
_FIELDS = frozenset(SourceRecord.model_fields) - {
    "id", "title", "kind", "topic_kind", "concepts", "checked", "supersedes", "superseded_by"
}  # fmt: skip
"""What a file may say of its source; what only the package may say is not even looked at."""


def read(path: Path) -> Iterator[Document]:
    """One document. What its front matter says in another form than ours is not used and told; the text is read all the same.

    Raises `MalformedDocument` naming file and line for a guideline card with a fault, and where there is no text.
    """
    front, body, unused = _front_of_any(path)
    if front.get("kind") == "guideline":
        yield card(path)
        return
    sections = headed_sections(body)
    name, title = _own_name(path, front, unused), front.get("title")
    if not isinstance(title, (str, int, float)) or not str(title).strip():
        title = next((heading for m in HEADING.finditer(body) if (heading := bare(m[1]))), title_of(path))
    known = _known(front, unused)
    if front.get("kind") in ("web", "article", "case"):  # what was kept of a live source is no document of the user's own
        known["kind"] = front["kind"]
    if unused:
        known["metadata"] = known.get("metadata", {}) | {UNREAD: f"front matter: {'; '.join(unused)}"}
    if not body.strip():
        raise MalformedDocument(str(path), "holds no text below its front matter")
    source = SourceRecord(id=name, title=str(title), **{"licence": "user's own"} | known)
    yield Document(id=name, text=body, source=source, sections=sections)


def _front_of_any(path: Path) -> tuple[dict[str, Any], str, list[str]]:
    """Front matter as anybody writes it, the text below it, and what of it could not be used."""
    try:
        front, body, _ = front_matter(path)
    except MalformedDocument as error:
        lines = decode(path).split("\n")
        closing = closing_line(lines)
        if any(_CARD.fullmatch(line) for line in lines[1:closing]):
            raise
        if closing is None or error.reason == NO_KEYS:  # a rule across the page, and text below it
            return {}, "\n".join(lines[1:]), []
        return {}, "\n".join(lines[closing + 1 :]), [f"line {error.line}: {error.reason.removeprefix('front matter ')}"]
    return front, body, []


def _known(front: dict[str, Any], unused: list[str]) -> dict[str, Any]:
    """The fields of a source that the front matter names and that can be used: a single name is a list of one, a figure its text."""
    known: dict[str, Any] = {}
    for key in _FIELDS & front.keys():
        value, plural = front[key], SourceRecord.model_fields[key].annotation == tuple[str, ...]
        if value is None:
            continue
        if plural:
            value = tuple(str(one) for one in (value if isinstance(value, list) else [value]) if one is not None)
        elif key == "year" and isinstance(value, date):
            value = value.year
        elif SourceRecord.model_fields[key].annotation is str and isinstance(value, (int, float, date)):
            value = str(value)
        try:
            SourceRecord.model_validate({"id": "one", "title": "one", key: value})
        except ValidationError as error:
            unused.append(first_problem(error))
        else:
            known[key] = value
    return known


def _own_name(path: Path, front: dict[str, Any], unused: list[str]) -> str:
    """The `doc_id` of the front matter, or what the file is called."""
    name = front.get("doc_id")
    if isinstance(name, (str, int)) and _OWN_NAME.fullmatch(str(name)):
        return str(name)
    if name is not None:
        unused.append("doc_id: is a name of at most 200 characters on one line, without #")
    return document_id(path)
