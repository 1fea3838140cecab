"""Tables that people keep as files, plain CSV and Excel workbooks: every row a row of a table, under the header of its columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from corpora.errors import MalformedDocument
from corpora.readers.tables import table_of_rows
from corpora.readers.text import decode, document_id, headed, title_of
from corpora.readers.trust import UNREAD
from corpora.types import Document, SourceRecord

ROWS, COLUMNS = 20_000, 200
"""Most rows and columns that are read of one sheet; what lies beyond is told."""
_DELIMITERS = ",;\t|"


def read_csv(path: Path) -> Iterator[Document]:
    """A CSV or TSV file as one table. Raises `MalformedDocument` when it is empty, not UTF-8, or holds nothing under its header."""
    text = decode(path)
    csv.field_size_limit(1 << 24)
    try:
        rows = list(islice(csv.reader(text.splitlines(), delimiter=_delimiter(text)), ROWS + 2))
    except csv.Error as error:
        raise MalformedDocument(str(path), f"not CSV: {error}") from error
    table = table_of_rows([row[:COLUMNS] for row in rows[: ROWS + 1]])
    if not table:
        raise MalformedDocument(str(path), "holds no row under its header")
    unread = f"rows after the first {ROWS}" if len(rows) > ROWS + 1 else ""
    yield document(path, [("", table)], unread)


def _delimiter(text: str) -> str:
    """The sign that parts the cells: the one that gives most lines the same number of cells, two or more."""
    lines = [line for line in islice(text.splitlines(), 50) if line.strip()]

    def agreement(sign: str) -> tuple[int, int]:
        cells, lines_alike = Counter(len(row) for row in csv.reader(lines, delimiter=sign)).most_common(1)[0]
        return (lines_alike, cells) if cells > 1 else (0, 0)

    return max(_DELIMITERS, key=agreement)


def read_workbook(path: Path, file: IO[bytes]) -> Iterator[Document]:
    """The visible sheets of a workbook, a section each, with the values that were last reckoned."""
    import openpyxl

    book = openpyxl.load_workbook(file, data_only=True)
    parts, unread = [], []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            unread.append(f"hidden sheet {sheet.title!r}")
            continue
        rows = _cells(sheet)
        if sheet.max_row > ROWS:
            unread.append(f"rows after the first {ROWS} of sheet {sheet.title!r}")
        parts.append((sheet.title, _sheet(rows)))
    unread += [f"chart sheet {sheet.title!r}" for sheet in book.chartsheets]
    if not any(body for _, body in parts):
        raise MalformedDocument(str(path), "holds no cell with text")
    yield document(path, parts, "; ".join(unread), str(book.properties.title or ""))


def _cells(sheet: Any) -> list[list[str]]:
    """Rows of a sheet as text; a merged cell is repeated in each it covers, hidden rows and columns are left out."""
    filled = {
        (row, column): sheet.cell(area.min_row, area.min_col).value
        for area in sheet.merged_cells.ranges
        if area.size["rows"] * area.size["columns"] <= ROWS
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }
    hidden = {name for name, column in sheet.column_dimensions.items() if column.hidden}
    shown_rows = (
        row for row in sheet.iter_rows(max_row=min(sheet.max_row, ROWS), max_col=min(sheet.max_column, COLUMNS))
        if not sheet.row_dimensions[row[0].row].hidden
    )  # fmt: skip
    return [
        [_said(filled.get((cell.row, cell.column), cell.value)) for cell in row if getattr(cell, "column_letter", "") not in hidden]
        for row in shown_rows
    ]


def _said(value: Any) -> str:
    """A cell's value as a person reads it: whole numbers without a decimal point, dates without a midnight."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    """Tables of a sheet, divided by empty rows; a block with one cell to a row (a title, a note) stands as text."""
    blocks: list[list[Sequence[str]]] = [[]]
    for row in rows:
        if any(cell.strip() for cell in row):
            blocks[-1].append(row)
        elif blocks[-1]:
            blocks.append([])
    return "\n\n".join(text for block in blocks for text in _block(block))


def _block(rows: list[Sequence[str]]) -> Iterator[str]:
    """A title above a table is a line of its own, since it heads no column."""
    while rows and len({cell for cell in rows[0] if cell.strip()}) < 2 and (len(rows) == 1 or _filled(rows[1]) != _filled(rows[0])):
        yield next(cell for cell in rows[0] if cell.strip())
        rows = rows[1:]
    if rows:
        yield table_of_rows(rows) or ". ".join(cell for cell in rows[0] if cell.strip())


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def document(path: Path, parts: Sequence[tuple[str, str]], unread: str = "", title: str = "") -> Document:
    """A user's document of (heading, body) parts that says which parts of the file were not read."""
    text, sections = headed(parts)
    name = document_id(path)
    metadata = {UNREAD: unread} if unread else {}
    source = SourceRecord(id=name, title=title.strip() or title_of(path), licence="user's own", metadata=metadata)
    return Document(id=name, text=text, source=source, sections=sections)
