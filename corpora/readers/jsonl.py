"""JSON Lines with `doc_id, title, text, url, source`; every other field is kept as metadata. Reports are split by their parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from corpora.errors import MalformedDocument
from corpora.readers import reports
from corpora.readers.markdown import headed_sections
from corpora.readers.text import decode
from corpora.types import Document, SourceRecord

_KNOWN = ("doc_id", "title", "text", "url", "source")


def read(path: Path, on_bad: Callable[[MalformedDocument], None] | None = None) -> Iterator[Document]:
    """One document per row. Raises `MalformedDocument` naming the line, or hands it to `on_bad` and goes on with the next row."""
    for number, line in enumerate(decode(path).split("\n"), 1):  # JSON text may hold the other line ends that splitlines() knows
        if not line.strip():
            continue
        try:
            document = _document(path, number, line)
        except MalformedDocument as error:
            if on_bad is None:
                raise
            on_bad(error)
        else:
            yield document


def _document(path: Path, number: int, line: str) -> Document:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedDocument(str(path), f"not JSON: {error.msg}", number) from error
    except RecursionError as error:
        raise MalformedDocument(str(path), "nested too deeply", number) from error
    if not isinstance(row, dict):
        raise MalformedDocument(str(path), "the row is no JSON object", number)
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise MalformedDocument(str(path), "the row has no `text`", number)
    text = text.replace("\r\n", "\n")
    name = str(row.get("doc_id") or f"{path.stem}:{number}")
    title = str(row.get("title") or " ".join(text.split()[:12]))
    year = row.get("year")
    source = SourceRecord(
        id=name,
        title=title,
        organisation=str(row.get("source") or ""),
        url=str(row.get("url") or ""),
        year=int(str(year)) if str(year).isdigit() and 1850 <= int(str(year)) <= 2100 else None,
        licence=str(row.get("licence") or row.get("license") or "user's own"),
        metadata={key: _plain(value) for key, value in row.items() if key not in _KNOWN and value is not None},
    )
    sections = reports.sections(text) if reports.is_report(text) else headed_sections(text)
    return Document(id=name, text=text, source=source, sections=sections)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
