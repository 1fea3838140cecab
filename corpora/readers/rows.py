"""CSV with a header line: rows with the line each one starts on, faults named by line, memory bounded by one row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from corpora.errors import MalformedDocument

_LARGEST_CELL = 1 << 24
"""Characters; a clinical case in one cell is far below, a file that is no CSV soon above."""


def columns(path: Path) -> tuple[str, ...]:
    """The header's names. Raises `MalformedDocument` when there is no header line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(_header(path, csv.reader(file, strict=True)))


OnBad = Callable[[MalformedDocument], None] | None


def rows(path: Path, on_bad: OnBad = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number (1-based) and cells by column of every row that is not blank.

    Raises `MalformedDocument` naming the line: cells more or fewer than the header's (told to `on_bad` and passed over where that
    is given), a quote that never closes, not UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = _header(path, reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                raise _malformed(path, error, line) from error
            if any(cells) and len(cells) != len(header):
                refuse(MalformedDocument(str(path), f"{len(cells)} cells, and the header has {len(header)}", line), on_bad)
            elif any(cells):
                yield line, dict(zip(header, cells, strict=True))


def refuse(problem: MalformedDocument, on_bad: OnBad) -> None:
    """Tell a row's fault to who listens, else raise it."""
    if on_bad is None:
        raise problem
    on_bad(problem)


def _header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    csv.field_size_limit(_LARGEST_CELL)
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise MalformedDocument(str(path), "is empty") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise _malformed(path, error, 1) from error
    if len(set(header)) != len(header):
        raise MalformedDocument(str(path), "two columns have the same name", 1)
    return header


def _malformed(path: Path, error: csv.Error | UnicodeDecodeError, line: int) -> MalformedDocument:
    if isinstance(error, UnicodeDecodeError):
        return MalformedDocument(str(path), f"not UTF-8 text (near byte {error.start} of this part of the file)", line)
    return MalformedDocument(str(path), f"not CSV: {error}", line)
