"""JSON Lines with `doc_id` (or BEIR's `_id`), `title, text, url, source`; every other field is kept as metadata.

Reports are split by their parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from corpora.errors import MalformedDocument
from corpora.readers import reports
from corpora.readers.front import first_problem, headed_sections
from corpora.types import Document, SourceRecord
from corpora.visible.clean import paired

LARGEST_ROW = 16_000_000
"""Bytes of one row."""
_KNOWN = ("doc_id", "_id", "title", "text", "url", "source")


def read(path: Path, on_bad: Callable[[MalformedDocument], None] | None = None) -> Iterator[Document]:
    """One document per row, read one by one. Raises `MalformedDocument` naming the line, or hands it to `on_bad` and goes on."""
    number = 0
    with path.open("rb") as file:
        while line := file.readline(LARGEST_ROW + 1):
            number += 1
            try:
                if document := _document(path, number, _row(path, number, line)):
                    yield document
            except MalformedDocument as error:
                if on_bad is None:
                    raise
                on_bad(error)
                while not line.endswith(b"\n") and (line := file.readline(LARGEST_ROW)):
                    pass
    if not number:
        raise MalformedDocument(str(path), "is empty")


def _row(path: Path, number: int, line: bytes) -> str:
    """A row's text. JSON text may hold the other line ends that `splitlines` knows, so lines end with a line feed only."""
    if len(line) > LARGEST_ROW:
        raise MalformedDocument(str(path), f"the row has more than {LARGEST_ROW // 1_000_000} MB", number)
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        raise MalformedDocument(
            str(path), f"not UTF-8 text (byte {error.start} of the row); convert it, e.g. with iconv", number
        ) from error


def _document(path: Path, number: int, line: str) -> Document | None:
    """The document of a row; None for a blank one."""
    if not line:
        return None
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedDocument(str(path), f"not JSON: {error.msg}", number) from error
    except ValueError as error:  # a number of more digits than Python takes
        raise MalformedDocument(str(path), f"not readable JSON: {error}", number) from error
    except RecursionError as error:
        raise MalformedDocument(str(path), "nested too deeply", number) from error
    if not isinstance(row, dict):
        raise MalformedDocument(str(path), "the row is no JSON object", number)
    if not isinstance(text := row.get("text"), str) or not text.strip():
        raise MalformedDocument(str(path), "the row has no `text`", number)
    try:
        return _made(path, number, row, paired(text).replace("\r\n", "\n"))
    except ValidationError as error:
        raise MalformedDocument(str(path), first_problem(error), number) from error
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(str(path), f"the row cannot be used ({error})", number) from error


def _made(path: Path, number: int, row: dict[str, Any], text: str) -> Document:
    name = paired(str(row.get("doc_id") or row.get("_id") or f"{path.stem}:{number}"))
    year = str(row.get("year"))
    source = SourceRecord(
        id=name,
        title=paired(str(row.get("title") or "")).strip() or " ".join(text.split()[:12]),
        organisation=paired(str(row.get("source") or "")),
        url=paired(str(row.get("url") or "")),
        year=int(year) if len(year) == 4 and year.isdecimal() and 1850 <= int(year) <= 2100 else None,
        licence=paired(str(row.get("licence") or row.get("license") or "user's own")),
        metadata={paired(key): _plain(value) for key, value in row.items() if key not in _KNOWN and value is not None},
    )
    sections = reports.sections(text) if reports.is_report(text) else headed_sections(text)
    return Document(id=name, text=text, source=source, sections=sections)


def _plain(value: Any) -> str:
    return paired(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
