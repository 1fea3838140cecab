"""The reading order of a page: columns one after the other, table rows as rows under their header, paragraphs as paragraphs.

What the places of the words leave open is told: a page is `doubtful` where columns and rows could not be told apart, and its
columns are then read apart, so that no sentence is ever joined across them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from corpora.readers.glyphs import Box, Line, Page, Word
from corpora.readers.grids import Grid, grids
from corpora.readers.tables import table_of_rows

GUTTER = 0.9
"""Least width of a gap between columns, as a share of the letters' height."""
_ENDS_WITHIN = re.compile(
    r"(?:[,(\-–]|\b(?:the|a|an|of|in|on|at|to|for|from|with|without|by|and|or|is|are|was|be|that|which|than|as|not|if|per"
    r"|der|die|das|den|dem|des|ein|eine|einer|und|oder|mit|von|bei|zu|im|ist|sind|le|la|les|un|une|de|du|et|ou|avec|dans|pour|est"
    r"|el|los|las|una|y|con|en|por|il|lo|gli|di|da|che|per|o|um|uma|do|dos|em))$",
    re.IGNORECASE,
)  # fmt: skip
_ENDS = re.compile(r"[.!?:;][\"')\]]*$")
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5}|[A-Z])[.)\]]?|[•▪◦‣●■–*-]")
_BULLET = re.compile(r"^[•▪◦‣●■–-]\s+")


class Read(NamedTuple):
    """A page's text in reading order, and whether its order is in doubt."""

    text: str
    doubtful: bool


class _Run(NamedTuple):
    """Neighbouring lines, and the gaps that part all of them into columns (none for plain text)."""

    lines: list[Line]
    gutters: list[tuple[float, float]]


def read_page(page: Page) -> Read:
    """The page's text: paragraphs divided by blank lines, tables as Markdown."""
    found = grids(page)
    inside = {id(word) for grid in found for word in grid.words}
    lines = [kept for line in page.lines if (kept := _without(line, inside))]
    blocks, doubtful = _blocks(lines, found, 0)
    return Read("\n\n".join(blocks), doubtful)


def _without(line: Line, inside: set[int]) -> Line | None:
    words = tuple(word for word in line.words if id(word) not in inside)
    return _line(words) if words else None


def _line(words: Sequence[Word]) -> Line:
    boxes = [word.box for word in words]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Line(tuple(words), Box(min(lefts), min(tops), max(rights), max(bottoms)), max(word.size for word in words))


def _blocks(lines: Sequence[Line], ruled: Sequence[Grid], depth: int) -> tuple[list[str], bool]:
    """Paragraphs and tables of a region in reading order; ruled tables stand where they are drawn."""
    blocks: list[str] = []
    doubtful, position = False, 0
    for grid in sorted(ruled, key=lambda grid: grid.box.top):
        above = [line for line in lines[position:] if line.box.top < grid.box.top]
        beside = [line for line in above if line.box.bottom > grid.box.bottom]
        more, doubt = _runs_read([line for line in above if line not in beside], depth)
        blocks += [*more, table_of_rows(grid.rows)]
        doubtful |= doubt
        position += len(above)
    more, doubt = _runs_read(lines[position:], depth)
    return [block for block in (*blocks, *more) if block], doubtful or doubt


def _runs_read(lines: Sequence[Line], depth: int) -> tuple[list[str], bool]:
    blocks: list[str] = []
    doubtful = False
    for run in _runs(lines):
        columns = _columns(run)
        if len(columns) > 1 and all(_ENUMERATOR.fullmatch(_said(line)) for line in columns[0]):
            run = run._replace(gutters=run.gutters[1:])  # what numbers an entry is no column
            columns = _columns(run)
        if len(columns) < 2 or len(run.lines) < 2:
            blocks += _paragraphs(run.lines)
            continue
        prose = _is_prose(columns)
        rows = None if prose else _rows(run, columns)
        if rows:
            blocks.append(table_of_rows(rows))
            continue
        doubtful |= not prose
        for column in columns:
            more, doubt = _runs_read(column, depth + 1) if depth < 3 else (_paragraphs(column), False)
            blocks += more
            doubtful |= doubt
    return blocks, doubtful


def _runs(lines: Sequence[Line]) -> list[_Run]:
    """Lines grouped by the gutters that they share, from top to bottom."""
    runs: list[_Run] = []
    held: list[Line] = []
    gutters: list[tuple[float, float]] = []
    for number, line in enumerate(lines):
        near = [other for other in lines[max(0, number - 1) : number + 2] if other is line or _beside(line, other)]
        own = _gaps(near, GUTTER * line.size)
        if not held:
            held, gutters = [line], own
            continue
        shared = _shared(gutters, _free(line), GUTTER * line.size)
        apart = line.box.top - held[-1].box.bottom > 1.6 * line.size and not (gutters and own and shared)
        if (gutters and shared and not apart) or (not gutters and not own):
            held, gutters = [*held, line], shared
            continue
        runs.append(_Run(held, gutters))
        held, gutters = [line], own
    return [*runs, _Run(held, gutters)] if held else runs


def _beside(line: Line, other: Line) -> bool:
    """Whether two lines stand side by side: of neighbouring columns whose lines are not level."""
    overlap = min(line.box.bottom, other.box.bottom) - max(line.box.top, other.box.top)
    apart = other.box.x0 > line.box.x1 or line.box.x0 > other.box.x1
    return overlap > 0.2 * min(line.size, other.size) and apart


def _gaps(lines: Sequence[Line], least: float) -> list[tuple[float, float]]:
    """Gaps with words on both sides that run through all the lines together."""
    words = sorted((word.box for line in lines for word in line.words), key=lambda box: box.x0)
    gaps, reach = [], words[0].x1
    for box in words[1:]:
        if box.x0 - reach >= least:
            gaps.append((reach, box.x0))
        reach = max(reach, box.x1)
    return gaps


def _free(line: Line) -> list[tuple[float, float]]:
    """What a line leaves free from left to right, without limit at both ends."""
    words = sorted((word.box for word in line.words), key=lambda box: box.x0)
    ends = [float("-inf"), *(box.x1 for box in words)]
    starts = [*(box.x0 for box in words), float("inf")]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if start > end]


def _shared(gutters: Sequence[tuple[float, float]], free: Sequence[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    both = [(max(a, c), min(b, d)) for a, b in gutters for c, d in free]
    return [(start, end) for start, end in both if end - start >= least]


def _columns(run: _Run) -> list[list[Line]]:
    """The run's lines cut at its gutters; a gutter of one row of words only parts nothing but that row."""
    cuts = [(start + end) / 2 for start, end in run.gutters]
    columns: list[list[Line]] = [[] for _ in range(len(cuts) + 1)]
    for line in run.lines:
        parts: list[list[Word]] = [[] for _ in columns]
        for word in line.words:
            parts[sum(word.box.x0 >= cut for cut in cuts)].append(word)
        for column, words in zip(columns, parts, strict=True):
            if words:
                column.append(_line(words))
    return [column for column in columns if column]


def _said(line: Line) -> str:
    return " ".join(word.text for word in line.words)


def _is_prose(columns: Sequence[Sequence[Line]]) -> bool:
    """Whether columns are columns of running text: lines of several words that go on in the next line."""
    if len(columns) > 4 or max(map(len, columns)) < 2:
        return False
    if any(median(len(line.words) for line in column) < 3 for column in columns if len(column) > 2):
        return False
    pairs = [(_said(above), _said(below)) for column in columns for above, below in pairwise(column)]
    goes_on = [bool(_ENDS_WITHIN.search(above)) or (not _ENDS.search(above) and below[:1].islower()) for above, below in pairs]
    return sum(goes_on) >= 0.5 * len(pairs)


def _rows(run: _Run, columns: Sequence[Sequence[Line]]) -> list[list[str]] | None:
    """The run as table rows; None where its lines are not level or do not fill the columns."""
    cuts = [(start + end) / 2 for start, end in run.gutters]
    rows: list[tuple[Line, list[str]]] = []
    for line in run.lines:
        cells = [""] * (len(cuts) + 1)
        for word in line.words:
            place = sum(word.box.x0 >= cut for cut in cuts)
            cells[place] = f"{cells[place]} {word.text}".strip()
        rows.append((line, cells))
    filled = [sum(map(bool, cells)) for _, cells in rows]
    if len(rows) < 2 or sum(count > 1 for count in filled) < 0.6 * len(rows):
        return None
    gaps = [below.box.top - above.box.top for (above, _), (below, _) in pairwise(rows)]
    wide = max(gaps, default=0) > 1.25 * min(gaps, default=0)
    made = [list(rows[0][1])]
    for gap, (_, cells), count in zip(gaps, rows[1:], filled[1:], strict=True):
        wrapped = gap < 1.15 * min(gaps) if wide else not cells[0] and count <= len(cells) / 2
        if wrapped and (wide or not cells[0]) and (not cells[0] or count < len(cells) or wide):
            made[-1] = [f"{above} {below}".strip() for above, below in zip(made[-1], cells, strict=True)]
        elif not cells[0] and count == len(cells) - 1 > 1:
            made.append([made[-1][0], *cells[1:]])  # a first cell that holds for the rows below it
        else:
            made.append(list(cells))
    return made if len(made) > 1 else None


def _paragraphs(lines: Sequence[Line]) -> list[str]:
    """Lines as paragraphs: parted where the distance grows, the letters change their size, or a list entry begins."""
    if not lines:
        return []
    steps = [below.box.bottom - above.box.bottom for above, below in pairwise(lines)]
    usual = median(step for step in steps if step > 0) if any(step > 0 for step in steps) else 0.0
    made = [_entry(lines[0])]
    for step, (above, below) in zip(steps, pairwise(lines), strict=True):
        text = _entry(below)
        apart = below.box.x0 > above.box.x1 or above.box.x0 > below.box.x1
        if apart or step > 1.35 * usual or abs(above.size - below.size) > 0.12 * above.size or step <= 0:
            made.append(text)
        elif text.startswith("- "):
            made[-1] += f"\n{text}"
        else:
            made[-1] = _continued(made[-1], text)
    return made


def _entry(line: Line) -> str:
    """The line's text; wide gaps within one line part statements that stand side by side."""
    pieces = [line.words[0].text]
    for before, word in pairwise(line.words):
        gap = word.box.x0 - before.box.x1
        pieces.append(f"\n\n{word.text}" if gap > 2.5 * line.size else f" {word.text}")
    return _BULLET.sub("- ", "".join(pieces))


def _continued(above: str, below: str) -> str:
    """A line with the next one: a word that was hyphenated at the line's end is joined again."""
    if above.endswith("-") and len(above) > 1 and above[-2].isalpha() and below[:1].islower():
        return above[:-1] + below
    return f"{above} {below}"
