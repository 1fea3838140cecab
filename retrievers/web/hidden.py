"""What a page holds and a person does not see, and taking it out: scripts, hidden elements, text too faint, too small or off the page.

Styles are read where they stand on an element or in the page's own sheets (`retrievers.web.styles`); sheets elsewhere are not fetched.
Colour, ground, opacity and size are computed down the page as a browser would: a faint text is taken out and what stands inside of it in
another colour stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from retrievers.web.colours import BLACK, WHITE, Colour, colour, contrast
from retrievers.web.styles import Sheets, Style, declarations

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FAINT = 1.5
"""Contrast of text to its ground (WCAG 2.2, 1 to 21) up to which nobody reads it."""

TINY = 3.2
"""Size of letters in pixels up to which nobody reads them, a fifth of what browsers take for plain text."""

_NORMAL = 16.0
_HIDING = re.compile(
    r"(?:^|;)(?:display:none|content-visibility:hidden"
    r"|(?:left|top|right|bottom|text-indent):\s*-(?:\d{3,}|\d{2,}(?:\.\d+)?(?:vw|vh|em|rem))"
    r"|margin(?:-left|-top)?:\s*-(?:\d{4,}|\d{3,}(?:\.\d+)?(?:vw|vh|em|rem))|(?:transform|translate):[^;]*-\d{3,}|transform:[^;]*scale[xy3d]*\(\s*0(?:\.0\d*)?\s*[,)]|scale:\s*0(?:\.0\d*)?(?:\s|;|$)"
    r"|clip:rect\(\s*[01](?:px)?[\s,]|clip-path:(?:inset\((?:50|100)%|circle\(0|ellipse\(0|polygon\(0\s*0\s*(?:,\s*0\s*0\s*)*\))"
    r"|(?:max-)?(?:height|width):\s*0(?:px)?(?:;|$)|z-index:\s*-\d|filter:[^;]*opacity\(\s*0?(?:\.0\d*)?%?\s*\))"
)
_MOVED = re.compile(r"(?:^|;)margin(?:-left|-top)?:\s*-(?:\d{3,}|\d{2,}(?:\.\d+)?(?:vw|vh|em|rem))")
_CENTRED = re.compile(r"(?:^|;)(?:left|top|right|bottom|inset):[^;]*\d%")
"""A page that is set into the middle: "left: 50%; margin-left: -480px"."""
_CLIPPED = re.compile(
    r"(?=.*(?:^|;)overflow(?:-[xy])?:(?:hidden|clip))(?=.*(?:^|;)(?:max-)?(?:height|width):\s*[0-2](?:\.\d+)?(?:px)?(?:;|$))"
)
_SIZE = re.compile(r"(\d*\.?\d+)(px|pt|pc|em|rem|ex|ch|%|vw|vh|vmin|in|cm|mm|)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "rem": _NORMAL, "vw": 12.0, "vh": 8.0, "vmin": 8.0, "in": 96.0, "cm": 37.8, "mm": 3.78}
_NEVER_SHOWN = frozenset(
    "script style template noscript iframe object embed svg math canvas audio video form input textarea select button dialog".split()
)
_NAMED_HIDDEN = frozenset("sr-only visually-hidden visuallyhidden screen-reader-text screenreader d-none is-hidden a11y-hidden".split())
"""Classes by which sheets that are not fetched hide text, in the most common of them."""


class _Look(NamedTuple):
    """How text is shown at a place of the page; no ground where a picture lies under it. What is inherited can be seen inside of what is not."""

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
        style = sheets.of(element)
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
    if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    return (element.tag == "details" and element.get("open") is None) or bool(_NAMED_HIDDEN & set(element.get("class", "").lower().split()))


def hides(style: str) -> bool:
    """Whether a style keeps the text of a lone element on a white page from being read."""
    own = declarations(style)[0]
    return bool(own) and (_is_hidden(own) or _look(own, _Look()).unreadable)


def _is_hidden(style: Style) -> bool:
    text = ";".join(f"{name}:{value}" for name, value in style.items() if not name.startswith("--"))
    return bool(_HIDING.search(text) or _CLIPPED.match(text) or (_MOVED.search(text) and not _CENTRED.search(text)))


def _look(style: Style, above: _Look) -> _Look:
    own = dict(above.own) | {name: value for name, value in style.items() if name.startswith("--")}
    style = {name: _filled(value, own) for name, value in style.items() if not name.startswith("--")}
    text = _text(style, above)
    opacity = above.opacity * _opacity(style.get("opacity", "1"))
    visible = {"hidden": False, "collapse": False, "visible": True, "initial": True}.get(style.get("visibility", ""), above.visible)
    return _Look(text, _ground(style, above, text), opacity, _letters(style, above.size), visible, tuple(own.items()))


def _filled(value: str, own: dict[str, str]) -> str:
    """A value with the page's own properties in place."""
    for _ in range(4):
        if "var(" not in value:
            break
        value = re.sub(r"var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)", lambda match: own.get(match[1], match[2] or ""), value)
    return value


def _text(style: Style, above: _Look) -> Colour:
    for name in ("-webkit-text-fill-color", "color"):
        value = style.get(name, "inherit")
        if (found := colour(value)) is not None:
            return found
    return above.text


def _ground(style: Style, above: _Look, text: Colour) -> Colour | None:
    """The colour behind the text; a picture's is not known."""
    for name in ("background-color", "background"):
        for part in _parts(style.get(name, "")):
            found = text if part == "currentcolor" else colour(part)
            if found is not None and found.alpha > 0:
                return found.over(above.ground or WHITE)
    if re.search(r"url\(|gradient\(|image-set\(", f"{style.get('background', '')} {style.get('background-image', '')}"):
        return None
    return above.ground


def _parts(value: str) -> list[str]:
    return re.findall(r"[^\s(]+\([^()]*\)|[^\s]+", value)


def _opacity(value: str) -> float:
    match = re.fullmatch(r"\s*([+-]?\d*\.?\d+)(%?)\s*", value)
    if not match:
        return 1.0
    return max(0.0, min(1.0, float(match[1]) / (100 if match[2] else 1)))


def _letters(style: Style, above: float) -> float:
    """Size of letters in pixels."""
    value = style.get("font-size") or next(iter(re.findall(r"(?:^|\s)(\d*\.?\d+[a-z%]*)(?=/|\s)", style.get("font", ""))), "")
    match = _SIZE.fullmatch(value.strip())
    if not match:
        return above
    number, unit = float(match[1]), match[2]
    if unit in ("em", "ex", "ch", "%"):
        return above * number / (100 if unit == "%" else 2 if unit in ("ex", "ch") else 1)
    return number * _PIXELS.get(unit, 1.0) if unit or number == 0 else above
