"""What a page holds and a person does not see, and taking it out: scripts, hidden elements, text too faint, too small or off the page.

Styles are read where they stand on an element or in the page's own sheets (`corpora.visible.styles`); sheets elsewhere are not fetched.
Colour, ground, opacity and size are computed down the page as a browser would: a faint text is taken out and what stands inside of it in
another colour stays.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from corpora.bounded import compiled
from corpora.visible.colours import BLACK, WHITE, Colour, colour, contrast
from corpora.visible.styles import Sheets, Style, declarations

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FAINT = 1.5
"""Contrast of text to its ground (WCAG 2.2, 1 to 21) up to which nobody reads it."""

TINY = 3.2
"""Size of letters in pixels up to which nobody reads them, a fifth of what browsers take for plain text."""

_NORMAL = 16.0
_LITTLE = r"(?:0|0?\.[01]\d*|1?\d(?:\.\d*)?%)"
_HIDING = compiled(
    r"(?:^|;)(?:display:none|content-visibility:hidden"
    rf"|(?:transform|scale):(?:[^;]{{0,200}}scale[xyz3d]*\((?:[^();]{{0,200}},)?)?\s*{_LITTLE}\s*(?:[,);\s]|$)|zoom:\s*{_LITTLE}(?:;|$)"
    r"|(?:transform|rotate):(?:[^;]{0,200}rotate)?[xy][\s(]\s*-?(?:(?:90|270)deg|0?\.[27]5turn|[13]00grad|1\.57\d*rad)"
    r"|transform:[^;]{0,200}matrix(?:3d)?\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0\s*,"
    r"|clip:rect\(\s*[01](?:px)?[\s,]|clip-path:(?:circle\(0|ellipse\(0|polygon\(0\s*0\s*(?:,\s*0\s*0\s*){0,20}\))"
    r"|(?:-webkit-)?mask(?:-image)?:[^;]{0,400}url\(|z-index:\s*-\d|filter:[^;]{0,200}opacity\(\s*0?(?:\.0\d*)?%?\s*\))"
)
_SHIFT = re.compile(r"left|top|right|bottom|inset(?:-.*)?|text-indent|margin(?:-.*)?|transform|translate")
_FAR_BACK, _FAR_BACK_WITH_PAGE, _FAR_ON = -100.0, -1000.0, 5000.0
"""Pixels by which what is set off the page is moved: back, back by a margin where the page is set into the middle, and on."""

_LENGTH = re.compile(r"(?<![\w.#-])([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(px|pt|pc|em|rem|ex|ch|%|vw|vh|vmin|in|cm|mm|)(?![\w.%])")
_RECKONED = re.compile(r"(?:calc|min|max|clamp|env)\(")
_SIZE = re.compile(r"(\d*\.?\d+)(px|pt|pc|em|rem|ex|ch|%|vw|vh|vmin|in|cm|mm|)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "rem": _NORMAL, "vw": 12.0, "vh": 8.0, "vmin": 8.0, "in": 96.0, "cm": 37.8, "mm": 3.78}
_NEVER_SHOWN = frozenset(
    "script style template noscript iframe object embed svg math canvas audio video form input textarea select button dialog"
    " datalist progress meter rp noframes noembed".split()
)
_NAMED_HIDDEN = frozenset("sr-only visually-hidden visuallyhidden screen-reader-text screenreader d-none is-hidden a11y-hidden".split())
"""Classes by which sheets that are not fetched hide text, in the most common of them."""


class _Look(NamedTuple):
    """How text is shown at a place of the page; no ground where a picture lies under it."""

    text: Colour = BLACK
    ground: Colour | None = WHITE
    opacity: float = 1.0
    size: float = _NORMAL
    visible: bool = True
    own: tuple[tuple[str, str], ...] = ()
    """The page's own properties ("--x") and their values."""

    @property
    def unreadable(self) -> bool:
        if not self.visible or self.size <= TINY or self.text.alpha * self.opacity <= 0.1:
            return True
        return self.ground is not None and contrast(self.text.over(self.ground, self.opacity), self.ground) <= FAINT


def remove_hidden(tree: HtmlElement) -> None:
    """Take out of a page what a person does not see: scripts, comments, hidden or folded elements, text in the colour of its ground.

    Raises:
        TooStyled: the page has more style than can be read.
    """
    import lxml.etree

    sheets = Sheets(tree)
    looks: dict[HtmlElement, _Look] = {}
    gone: list[HtmlElement] = []
    for element in tree.iter():
        parent = element.getparent()
        above = looks.get(parent)
        if above is not None and above.unreadable and parent.tag not in ("html", "head"):
            element.tail = " " if element.tail else None
        if not isinstance(element.tag, str) or element.tag in _NEVER_SHOWN:
            gone.append(element)
            continue
        style = _written_out(sheets.of(element), above or _Look())
        looks[element] = look = _look(style, above or _Look())
        if parent is not None and element.tag not in ("body", "html", "head", "title") and (_is_set_aside(element) or _is_hidden(style)):
            gone.append(element)
        elif element.tag not in ("html", "head", "title", "meta", "link") and look.unreadable:
            element.text = None
    for element in gone:
        if element.getparent() is not None:
            element.drop_tree()
    lxml.etree.strip_attributes(tree, "alt", "title", "aria-label", "placeholder", "summary", "data-content", "content")


def _is_set_aside(element: HtmlElement) -> bool:
    """Whether the element itself says that it is not shown."""
    if element.get("hidden") is not None or element.get("popover") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    return (element.tag == "details" and element.get("open") is None) or bool(_NAMED_HIDDEN & set(element.get("class", "").lower().split()))


def hides(style: str) -> bool:
    """Whether a style keeps the text of a lone element on a white page from being read."""
    own = _written_out(declarations(style)[0], _Look())
    return bool(own) and (_is_hidden(own) or _look(own, _Look()).unreadable)


def _is_hidden(style: Style) -> bool:
    text = ";".join(f"{name}:{value}" for name, value in style.items() if not name.startswith("--"))
    return bool(_HIDING.search(" ".join(text.split()))) or _is_off_page(style) or _is_cut_away(style)


def _is_off_page(style: Style) -> bool:
    """Whether a style moves an element so far that it is not on the page, in either direction and any position of a value."""
    centred = any("%" in style.get(name, "") for name in ("left", "top", "right", "bottom", "inset"))
    for name, value in style.items():
        if not _SHIFT.fullmatch(name):
            continue
        back = _FAR_BACK_WITH_PAGE if centred and name.startswith("margin") else _FAR_BACK
        for number, unit in _shifts(name, value):
            share = unit == "%" and not name.startswith("margin") and (number <= -100 or number >= (100 if name == "text-indent" else 200))
            beyond = unit in ("vw", "vh") and number >= 150
            pixels = 0.0 if unit == "%" else _pixels(number, unit)
            if share or beyond or pixels <= back or pixels >= _FAR_ON:
                return True
    return False


def _shifts(name: str, value: str) -> list[tuple[float, str]]:
    """The lengths of a value; one that is reckoned counts as what comes out."""
    if name in ("transform", "translate") or not _RECKONED.search(value):
        return _lengths(value)
    parts = re.findall(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+", value)
    return [length for part in parts for length in ([(_reckoned(part), "px")] if _RECKONED.search(part) else _lengths(part))]


def _is_cut_away(style: Style) -> bool:
    """Whether nothing is left of an element's box: no height or width, a mask that lets nothing through, or a path around nothing."""
    sides = {name: _reckoned(style[name]) for name in ("height", "width", "max-height", "max-width") if name in style}
    clipped = any(re.search(r"hidden|clip", style.get(name, "")) for name in ("overflow", "overflow-x", "overflow-y"))
    if any(0 <= side < (3 if clipped else 1) for side in sides.values()):
        return True
    line = _lengths(style.get("line-height", ""))
    if clipped and line and _pixels(line[0][0] * (1 if line[0][1] else _NORMAL), line[0][1]) <= TINY:
        return True
    masks = _colours(" ".join(value for name, value in style.items() if re.fullmatch(r"(?:-webkit-)?mask(?:-image)?", name)))
    if masks and all(mask.alpha <= 0.1 for mask in masks):
        return True
    path = re.search(r"inset\(([^()]*)", style.get("clip-path", ""))
    cut = (
        [number if unit == "%" else _pixels(number, unit) / 12 for number, unit in _lengths(path[1].partition("round")[0])] if path else []
    )
    top, right, bottom, left = (
        cut if len(cut) == 4 else [*cut, cut[1]] if len(cut) == 3 else cut * 2 if len(cut) == 2 else cut[:1] * 4 or [0.0] * 4
    )
    return top + bottom >= 100 or right + left >= 100


def _lengths(value: str) -> list[tuple[float, str]]:
    return [(float(match[1]), match[2]) for match in _LENGTH.finditer(value)]


def _pixels(number: float, unit: str) -> float:
    return number * (12.0 if unit == "%" else _NORMAL if unit in ("em", "ex", "ch") else _PIXELS.get(unit, 1.0))


def _reckoned(value: str) -> float:
    """A length in pixels, written as one or as a sum of some; a hundredth of the page is twelve. Minus infinity for what is neither."""
    if not _RECKONED.search(value):
        found = _lengths(value)
        return _pixels(*found[0]) if found else math.inf
    sum_ = _LENGTH.sub(lambda match: f"({_pixels(float(match[1]), match[2])})", re.sub(r"env\([^()]*\)", "0", value))
    try:
        return _value(ast.parse(sum_[:300].strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return -math.inf


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=float() | int() as number):
            return float(number)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            return -_value(inner) if isinstance(sign, ast.USub) else _value(inner)
        case ast.BinOp(left=one, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as sign, right=other):
            return float(_SIGNS[type(sign)](_value(one), _value(other)))
        case ast.Call(func=ast.Name(id="calc"), args=[inner]):
            return _value(inner)
        case ast.Call(func=ast.Name(id="min" | "max" | "clamp" as name), args=[_, *_] as several):
            parts = [_value(part) for part in several]
            return sorted(parts)[len(parts) // 2] if name == "clamp" else min(parts) if name == "min" else max(parts)
    raise ValueError("no sum of lengths")


_SIGNS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def _written_out(style: Style, above: _Look) -> Style:
    """A style with the page's own properties in place of their names."""
    own = dict(above.own) | {name: value for name, value in style.items() if name.startswith("--")}
    return own | {name: _filled(value, own) for name, value in style.items() if not name.startswith("--")}


def _look(style: Style, above: _Look) -> _Look:
    own = {name: value for name, value in style.items() if name.startswith("--")}
    text = _text(style, above)
    opacity = above.opacity * _opacity(style.get("opacity", "1"))
    visible = {"hidden": False, "collapse": False, "visible": True, "initial": True}.get(style.get("visibility", ""), above.visible)
    return _Look(text, _ground(style, above, text), opacity, _letters(style, above.size), visible, tuple(own.items()))


_LONGEST = 500
"""Characters of a value that are read; a page's own properties can be written to fill each other without end."""


def _filled(value: str, own: dict[str, str]) -> str:
    """A value with the page's own properties in place."""
    for _ in range(4):
        if "var(" not in value:
            break
        value = value[:_LONGEST]
        value = re.sub(
            r"var\(\s{0,9}(--[\w-]{1,100})\s{0,9}(?:,\s{0,9}((?:[^()]|\([^()]{0,200}\)){0,400}))?\)",
            lambda match: own.get(match[1], match[2] or ""),
            value,
        )
    return value


def _text(style: Style, above: _Look) -> Colour:
    for name in ("-webkit-text-fill-color", "color"):
        value = style.get(name, "inherit")
        if (found := colour(value)) is not None:
            return found
    return above.text


def _ground(style: Style, above: _Look, text: Colour) -> Colour | None:
    """The colour behind the text; a picture's is not known, nor that of a gradient of colours that are told apart."""
    for name in ("background-color", "background"):
        for part in _parts(style.get(name, "")):
            found = text if part == "currentcolor" else colour(part)
            if found is not None and found.alpha > 0:
                return found.over(above.ground or WHITE)
    picture = f"{style.get('background', '')} {style.get('background-image', '')}"
    if "url(" in picture or "image-set(" in picture:
        return None
    if "gradient(" in picture:
        seen = [found.over(above.ground or WHITE) for found in _colours(picture)]
        return seen[0] if seen and all(contrast(seen[0], other) <= FAINT for other in seen) else None
    return above.ground


def _colours(picture: str) -> list[Colour]:
    """The colours of a gradient's stops."""
    return [
        found
        for part in re.findall(r"#\w+|(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\([^()]*\)|[a-z]+", picture)
        if (found := colour(part)) is not None
    ]


def _parts(value: str) -> list[str]:
    return re.findall(r"[^\s(]+\([^()]*\)|[^\s]+", value)


def _opacity(value: str) -> float:
    match = re.fullmatch(r"\s{0,9}([+-]?\d{0,9}\.?\d{1,9})(%?)\s{0,9}", value)
    if not match:
        return 1.0
    return max(0.0, min(1.0, float(match[1]) / (100 if match[2] else 1)))


def _letters(style: Style, above: float) -> float:
    """Size of letters in pixels."""
    value = style.get("font-size") or next(iter(re.findall(r"(?:^|\s)(\d{0,9}\.?\d{1,9}[a-z%]{0,9})(?=/|\s)", style.get("font", ""))), "")
    match = _SIZE.fullmatch(value.strip())
    if not match:
        return above
    number, unit = float(match[1]), match[2]
    if unit in ("em", "ex", "ch", "%"):
        return above * number / (100 if unit == "%" else 2 if unit in ("ex", "ch") else 1)
    return number * _PIXELS.get(unit, 1.0) if unit or number == 0 else above
