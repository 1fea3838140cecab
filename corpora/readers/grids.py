"""Tables that are drawn with lines: cells between the lines, merged ones repeated in each place that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpora.readers.glyphs import Box, Page, Word

_NEAR = 3.0
"""Points within which two lines count as one, or as touching."""
_MOST = 400
"""Rules of one table; a drawing has more."""


class Grid(NamedTuple):
    """A drawn table: where it is, its rows of cells, and the words that it holds."""

    box: Box
    rows: list[list[str]]
    words: list[Word]


def grids(page: Page) -> list[Grid]:
    """The page's drawn tables of at least two columns and two rows that hold text."""
    return [grid for rules in _touching(page.rules) if len(rules) <= _MOST and (grid := _grid(rules, page))]


def _touching(rules: Sequence[Box]) -> list[list[Box]]:
    """Rules in groups that touch each other, each of a vertical and a horizontal one at least."""
    parent = list(range(len(rules)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    order = sorted(range(len(rules)), key=lambda number: rules[number].top)
    open_now: list[int] = []
    for number in order:
        box = rules[number]
        open_now = [other for other in open_now if rules[other].bottom >= box.top - _NEAR]
        for other in open_now:
            if rules[other].x0 <= box.x1 + _NEAR and box.x0 <= rules[other].x1 + _NEAR:
                parent[root(other)] = root(number)
        open_now.append(number)
    groups: dict[int, list[Box]] = {}
    for number, box in enumerate(rules):
        groups.setdefault(root(number), []).append(box)
    return [group for group in groups.values() if len(group) >= 4]


def _grid(rules: Sequence[Box], page: Page) -> Grid | None:
    upright = [box for box in rules if box.bottom - box.top > box.x1 - box.x0]
    level = [box for box in rules if box.x1 - box.x0 >= box.bottom - box.top]
    xs, ys = _places([(box.x0 + box.x1) / 2 for box in upright]), _places([(box.top + box.bottom) / 2 for box in level])
    if len(xs) < 3 or len(ys) < 3:
        return None
    box = Box(xs[0], ys[0], xs[-1], ys[-1])
    cells: list[list[list[Word]]] = [[[] for _ in xs[1:]] for _ in ys[1:]]
    words = []
    for line in page.lines:
        for word in line.words:
            column, row = _slot(xs, (word.box.x0 + word.box.x1) / 2), _slot(ys, (word.box.top + word.box.bottom) / 2)
            if column is not None and row is not None:
                cells[row][column].append(word)
                words.append(word)
    rows = _merged([[_text(cell) for cell in row] for row in cells], xs, ys, upright, level)
    filled = sum(bool(cell) for row in rows for cell in row)
    if len(rows) < 2 or filled < 0.5 * len(rows) * len(rows[0]):
        return None
    return Grid(box, rows, words)


def _places(values: Sequence[float]) -> list[float]:
    """The places of lines, those that are nearly the same as one."""
    made: list[float] = []
    for value in sorted(values):
        if not made or value - made[-1] > _NEAR:
            made.append(value)
    return made


def _slot(places: Sequence[float], value: float) -> int | None:
    return next((number for number in range(len(places) - 1) if places[number] <= value < places[number + 1]), None)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _merged(
    rows: list[list[str]], xs: Sequence[float], ys: Sequence[float], upright: Sequence[Box], level: Sequence[Box]
) -> list[list[str]]:
    """The cells, with the text of merged ones in each place that they cover: where no line parts two neighbours, they are one."""
    height, width = len(rows), len(rows[0])
    home = {(row, column): (row, column) for row in range(height) for column in range(width)}

    def root(cell: tuple[int, int]) -> tuple[int, int]:
        while home[cell] != cell:
            cell = home[cell]
        return cell

    for row in range(height):
        for column in range(width):
            x, y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column + 1 < width and not any(
                abs(_middle(b.x0, b.x1) - xs[column + 1]) <= _NEAR and b.top <= y <= b.bottom for b in upright
            ):
                home[root((row, column + 1))] = root((row, column))
            if row + 1 < height and not any(abs(_middle(b.top, b.bottom) - ys[row + 1]) <= _NEAR and b.x0 <= x <= b.x1 for b in level):
                home[root((row + 1, column))] = root((row, column))
    said: dict[tuple[int, int], list[str]] = {}
    for row in range(height):
        for column in range(width):
            if rows[row][column]:
                said.setdefault(root((row, column)), []).append(rows[row][column])
    made = [[" ".join(said.get(root((row, column)), [])) for column in range(width)] for row in range(height)]
    return [
        row for number, row in enumerate(made) if any(row) and not (number and row == made[number - 1] and _all_merged(number, width, root))
    ]


def _middle(low: float, high: float) -> float:
    return (low + high) / 2


def _all_merged(row: int, width: int, root: object) -> bool:
    """Whether a whole row is one with the row above it."""
    assert callable(root)
    return all(root((row, column)) == root((row - 1, column)) for column in range(width))
