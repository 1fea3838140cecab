"""Rows of a question set's file, whatever its form: JSON Lines, JSON, CSV or TSV; a broken row comes with its problem and line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent.errors import MalformedQuestionSet
from corpora.errors import MalformedDocument
from corpora.readers.text import decode

HEADLESS = ("question", "A", "B", "C", "D", "letter")
"""What the columns of a published table without a header hold."""


def is_headerless(cells: Sequence[str]) -> bool:
    """Whether a table's first line is already a question: six cells, the last one a letter."""
    return len(cells) == len(HEADLESS) and cells[-1].strip() in ("A", "B", "C", "D")


class Row(NamedTuple):
    """A row of a file: its line (or its number, in a JSON document), and its fields or what is wrong with it."""

    line: int
    fields: dict[str, Any]
    problem: str = ""


def read_rows(path: Path) -> list[Row]:
    """Every row of a file, broken ones with their problem.

    Raises:
        MalformedQuestionSet: there is no such file, its ending is unknown, or it is no text.
    """
    readers: dict[str, Callable[[str], Iterator[Row]]] = {
        ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json_document, ".csv": _table, ".tsv": _table,
    }  # fmt: skip
    if not path.is_file():
        raise MalformedQuestionSet(str(path), 1, "there is no such file")
    if path.suffix.lower() not in readers:
        raise MalformedQuestionSet(str(path), 1, f"the ending is none of {' '.join(readers)}")
    try:
        text = decode(path)
    except MalformedDocument as error:
        raise MalformedQuestionSet(str(path), 1, error.reason) from error
    if path.suffix.lower() == ".json" and not _is_document(text):
        return list(_json_lines(text))
    return list(readers[path.suffix.lower()](text))


def _is_document(text: str) -> bool:
    """Whether a .json file is one document; some published sets are JSON Lines under that ending."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return "\n{" not in text.strip()
    return True


def _json_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                fields = json.loads(line)
            except json.JSONDecodeError as error:
                yield Row(number, {}, f"not JSON: {error.msg}")
                continue
            yield Row(number, fields) if isinstance(fields, dict) else Row(number, {}, "the row is no JSON object")


def _json_document(text: str) -> Iterator[Row]:
    """Rows of a list, of `{"questions": [...]}`, or of an object by id (the key is kept as `_key`)."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        yield Row(error.lineno, {}, f"not JSON: {error.msg}")
        return
    if isinstance(document, dict) and isinstance(document.get("questions"), list):
        document = document["questions"]
    if isinstance(document, dict):
        document = [{"_key": key, **value} if isinstance(value, dict) else value for key, value in document.items()]
    for number, fields in enumerate(document if isinstance(document, list) else [document], 1):
        yield Row(number, fields) if isinstance(fields, dict) else Row(number, {}, "the row is no JSON object")


def _table(text: str) -> Iterator[Row]:
    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header: Sequence[str] = ()
    line = 1
    for cells in reader:
        start, line = line, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = HEADLESS if is_headerless(cells) else [cell.strip() for cell in cells]
            if header is not HEADLESS:
                continue
        if len(cells) != len(header):
            yield Row(start, {}, f"has {len(cells)} cells where the header has {len(header)}")
        else:
            yield Row(start, dict(zip(header, cells, strict=True)))
