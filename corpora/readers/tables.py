"""Tables as Markdown: one header line, spans filled, pipes escaped; from XML (HTML's table model, as in JATS) or from rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from corpora.readers.markup import attribute, children, descendants, first, plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WIDEST = 60
_UNNAMED = "item"


def markdown_table(table: Element, leave_out: Callable[[Element], bool]) -> str:
    """The table as Markdown, or empty when it has no cell.

    Header lines are joined per column ("CT / sensitivity"); a table without a head uses its first row. A cell that spans
    rows or columns is repeated in each, so that every row says all it means. Rows shorter than the header are filled up.
    """
    head, body = first(table, "thead"), list(children(table, "tbody")) or [table]
    top = _grid(list(descendants(head, "tr")) if head is not None else [], leave_out)
    rows = [row for part in body for row in _grid(list(children(part, "tr")), leave_out)]
    if not top and rows:
        top, rows = rows[:1], rows[1:]
    rows = [row for row in rows if any(row)]
    if not top:
        return ""
    width = max(len(row) for row in [*top, *rows])
    names = [
        " / ".join(dict.fromkeys(cell for cell in column if cell)) or _UNNAMED
        for column in zip(*(_wide(row, width) for row in top), strict=True)
    ]
    lines = [names, ["---"] * width, *(_wide(row, width) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_of_rows(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as Markdown, the first as header; empty when less than a header and a row hold anything.

    A column without a name is called by its number, a name that comes again carries its column's number; empty columns are left out.
    """
    kept = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    if len(kept) < 2:
        return ""
    width = max(map(len, kept))
    kept = [_wide(row, width) for row in kept]
    used = [column for column in range(width) if any(row[column] for row in kept)]
    names: list[str] = []
    for column in used:
        name = kept[0][column] or f"column {column + 1}"
        names.append(f"{name} ({column + 1})" if name in names else name)
    lines = [names, ["---"] * len(used), *([row[column] for column in used] for row in kept[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _wide(row: list[str], width: int) -> list[str]:
    return row + [""] * (width - len(row))


def _grid(rows: list[Element], leave_out: Callable[[Element], bool]) -> list[list[str]]:
    """Rows of cells with row and column spans filled."""
    hanging: dict[tuple[int, int], str] = {}
    made = []
    for number, row in enumerate(rows):
        cells: list[str] = []
        for cell in children(row, "td", "th"):
            _take_hanging(cells, hanging, number)
            text = plain(cell, leave_out).replace("|", "\\|")
            for column in range(len(cells), min(len(cells) + _span(cell, "colspan"), _WIDEST)):
                hanging.update({(number + down, column): text for down in range(1, _span(cell, "rowspan"))})
                cells.append(text)
        _take_hanging(cells, hanging, number)
        made.append(cells)
    return made


def _take_hanging(cells: list[str], hanging: dict[tuple[int, int], str], row: int) -> None:
    """Fill in what hangs down from the rows above."""
    while (row, len(cells)) in hanging:
        cells.append(hanging.pop((row, len(cells))))


def _span(cell: Element, name: str) -> int:
    value = attribute(cell, name)
    return min(max(int(value), 1), _WIDEST) if value.isdecimal() else 1
