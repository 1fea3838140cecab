"""What a PDF page shows: its visible words with their places, and the lines drawn on it; read with PDFium.

Places are in points from the page's upper left corner as it is displayed. Text that no reader of the page sees (invisible, white on
white, tiny, off the page) is left out and counted.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pypdfium2

SMALLEST = 2.5
"""Points; smaller letters cannot be read on the page."""
_WHITE = 245
_INVISIBLE = 3
_LINE_END_HYPHEN = (0x2, 0xFFFE)
"""What PDFium makes of a hyphen that parts a word at a line's end."""
_SPACE = 0.22
"""Share of the letter size that parts two words."""
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    x0: float
    top: float
    x1: float
    bottom: float


class Word(NamedTuple):
    """A word and where it stands; `size` is the letters' height in points."""

    text: str
    box: Box
    size: float


class Line(NamedTuple):
    """Words on one baseline, from left to right."""

    words: tuple[Word, ...]
    box: Box
    size: float


class Page(NamedTuple):
    """What one page shows."""

    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Box, ...]
    """Drawn lines and edges, each thinner than it is long."""
    letters: int
    hidden: int
    """Letters that were left out because nobody sees them."""
    unmapped: int
    """Letters whose font does not say which characters they are."""
    turned: int
    """Letters that stand sideways, which are left out."""
    scanned: bool
    """Whether an image covers most of the page."""
    layer: bool
    """Whether the text is the invisible layer over a scan."""


class _Letter(NamedTuple):
    number: int
    text: str
    box: Box
    base: float
    size: float


def page_of(page: pypdfium2.PdfPage) -> Page:
    """What a page shows. The caller sees to it that one thread at a time is in PDFium."""
    width, height = page.get_size()
    frame = _Frame(page, width, height)
    images, fills, rules = _drawn(page, frame)
    scanned = any(_area(box) > 0.7 * width * height for box in images)
    text = page.get_textpage()
    letters, hidden, unmapped, turned = [], [], 0, 0
    for letter, seen, mapped, upright in _letters(text, frame, [*images, *fills]):
        if not upright:
            turned += 1
        elif not mapped:
            unmapped += 1
        elif seen:
            letters.append(letter)
        else:
            hidden.append(letter)
    layer = scanned and len(hidden) > 4 * len(letters)
    shown = hidden if layer else letters
    return Page(
        width, height, tuple(_lines(shown)), tuple(rules), len(letters), 0 if layer else len(hidden), unmapped, turned, scanned, layer
    )


class _Frame:
    """From PDFium's coordinates to the page as it is displayed."""

    def __init__(self, page: pypdfium2.PdfPage, width: float, height: float) -> None:
        import pypdfium2.raw as raw

        bounds = raw.FS_RECTF()
        raw.FPDF_GetPageBoundingBox(page, bounds)
        self.rotation = page.get_rotation()
        self.left, self.low, self.right, self.high = bounds.left, bounds.bottom, bounds.right, bounds.top
        self.width, self.height = width, height

    def point(self, x: float, y: float) -> tuple[float, float]:
        """The displayed place of a point: from the left, from the top."""
        match self.rotation:
            case 90:
                return y - self.low, x - self.left
            case 180:
                return self.right - x, y - self.low
            case 270:
                return self.high - y, self.right - x
            case _:
                return x - self.left, self.high - y

    def box(self, left: float, low: float, right: float, high: float) -> Box:
        """The displayed rectangle."""
        (xa, ya), (xb, yb) = self.point(left, low), self.point(right, high)
        return Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))

    def holds(self, box: Box) -> bool:
        """Whether a box's middle lies on the page."""
        x, y = (box.x0 + box.x1) / 2, (box.top + box.bottom) / 2
        return -1 <= x <= self.width + 1 and -1 <= y <= self.height + 1


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.bottom - box.top)


def _drawn(page: Any, frame: _Frame) -> tuple[list[Box], list[Box], list[Box]]:
    """Images, areas filled with a colour that is not white, and rules: thin shapes and the edges of rectangles."""
    import pypdfium2.raw as raw

    images: list[Box] = []
    fills: list[Box] = []
    rules: list[Box] = []
    for item in page.get_objects(max_depth=4):
        box = frame.box(*item.get_bounds())
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(box)
        elif item.type == raw.FPDF_PAGEOBJ_PATH and len(rules) < 4000:
            filled, stroked = ctypes.c_int(), ctypes.c_int()
            raw.FPDFPath_GetDrawMode(item, filled, stroked)
            thin = min(box.x1 - box.x0, box.bottom - box.top) < 2.5
            if thin:
                rules.append(box)
                continue
            if filled.value and not _is_white(raw.FPDFPageObj_GetFillColor, item):
                fills.append(box)
            if stroked.value or filled.value:
                x0, top, x1, bottom = box
                rules += [Box(x0, top, x1, top), Box(x0, bottom, x1, bottom), Box(x0, top, x0, bottom), Box(x1, top, x1, bottom)]
    return images, fills, rules


def _is_white(ask: Any, *where: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    known = ask(*where, red, green, blue, alpha)
    return bool(known) and (min(red.value, green.value, blue.value) >= _WHITE or alpha.value < 10)


def _letters(text: Any, frame: _Frame, behind: Sequence[Box]) -> Iterator[tuple[_Letter, bool, bool, bool]]:
    """Each letter, and whether it is seen, has a character, and stands upright."""
    import pypdfium2.raw as raw

    modes: dict[int, int] = {}
    half = 0
    x, y = ctypes.c_double(), ctypes.c_double()
    for number in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, number)
        if raw.FPDFText_IsGenerated(text, number) == 1 or code in (0, 10, 13, 0xAD):
            continue
        if code in _LINE_END_HYPHEN:
            code = ord("-")
        if 0xD800 <= code < 0xDC00:  # the first half of a character beyond 16 bits
            half = code
            continue
        if 0xDC00 <= code < 0xE000:
            code, half = (0x10000 + ((half - 0xD800) << 10) + code - 0xDC00, 0) if half else (0xFFFD, 0)
        box = frame.box(*text.get_charbox(number, loose=True))
        raw.FPDFText_GetCharOrigin(text, number, x, y)
        base = frame.point(x.value, y.value)[1]
        size = box.bottom - box.top or raw.FPDFText_GetFontSize(text, number)
        character = chr(code)
        item = raw.FPDFText_GetTextObject(text, number)
        address = ctypes.addressof(item.contents) if item else 0
        if address not in modes:
            modes[address] = raw.FPDFTextObj_GetTextRenderMode(item) if item else 0
        seen = modes[address] != _INVISIBLE and size >= SMALLEST and frame.holds(box)
        if seen and _is_white(raw.FPDFText_GetFillColor, text, number):
            seen = any(_within(box, other) for other in behind)
        mapped = not (0xE000 <= code < 0xF900 or code == 0xFFFD or raw.FPDFText_HasUnicodeMapError(text, number) == 1)
        angle = math.degrees(raw.FPDFText_GetCharAngle(text, number))
        upright = abs((angle + frame.rotation + 180) % 360 - 180) < 10  # both are clockwise
        yield _Letter(number, character, box, base, size), seen, mapped, upright


def _within(box: Box, other: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.top + box.bottom) / 2
    return other.x0 <= x <= other.x1 and other.top <= y <= other.bottom


def _lines(letters: Sequence[_Letter]) -> Iterator[Line]:
    """Letters by baseline; raised and lowered small ones join the line they belong to."""
    groups: list[list[_Letter]] = []
    for letter in sorted(letters, key=lambda one: one.base):
        if groups and letter.base - groups[-1][-1].base < 0.2 * letter.size:
            groups[-1].append(letter)
        else:
            groups.append([letter])
    for group in _joined(groups):
        words = tuple(_words(group))
        if words:
            yield Line(words, _around([word.box for word in words]), max(word.size for word in words))


def _joined(groups: list[list[_Letter]]) -> list[list[_Letter]]:
    """Baselines of small letters that lie within the height of a line of larger ones, joined with it."""
    sizes = [max(letter.size for letter in group) for group in groups]
    home = list(range(len(groups)))
    for number, group in enumerate(groups):
        for other in (number - 1, number + 1):
            if 0 <= other < len(groups) and sizes[number] < 0.85 * sizes[other]:
                base = groups[other][0].base
                if -0.75 * sizes[other] < group[0].base - base < 0.35 * sizes[other] and home[number] == number:
                    home[number] = other
    made: dict[int, list[_Letter]] = {}
    for number, group in enumerate(groups):
        raised = home[number] != number and group[0].base < groups[home[number]][0].base
        letters = [one._replace(text=one.text.translate(_RAISED)) for one in group] if raised else group
        made.setdefault(home[number], []).extend(letters)
    return [made[number] for number in sorted(made)]


def _words(letters: Sequence[_Letter]) -> Iterator[Word]:
    ordered = sorted(letters, key=lambda letter: (letter.box.x0, letter.box.x1))
    held: list[_Letter] = []
    for letter in ordered:
        if held and (letter.text.isspace() or letter.box.x0 - held[-1].box.x1 > _SPACE * max(letter.size, held[-1].size)):
            yield _word(held)
            held = []
        if not letter.text.isspace() and not _doubled(letter, held):
            held.append(letter)
    if held:
        yield _word(held)


def _doubled(letter: _Letter, held: Sequence[_Letter]) -> bool:
    """Whether a letter is drawn over the same one, as some programs make bold type."""
    again = bool(held) and held[-1].text == letter.text and abs(letter.number - held[-1].number) > 1  # neighbours are a ligature's
    return again and letter.box.x0 - held[-1].box.x0 < 0.15 * letter.size


def _word(letters: Sequence[_Letter]) -> Word:
    return Word("".join(letter.text for letter in letters), _around([letter.box for letter in letters]), max(one.size for one in letters))


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
