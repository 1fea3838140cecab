"""What a page holds and a person does not see, and taking it out: scripts, hidden elements, text too faint, too small or off the page.

Styles are read where they stand on an element or in the page's own sheets; sheets elsewhere are not fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FAINT = 1.5
"""Contrast of text to its ground (WCAG 2.2, 1 to 21) up to which nobody reads it."""

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden|opacity\s*:\s*0?(?:\.0\d*)?\s*(?:;|$|!)"
    r"|(?:left|top|right|bottom|text-indent|margin(?:-left|-top)?)\s*:\s*-\d{3,}|translate[xy3d]*\([^)]*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*(?:inset\((?:50|100)%|circle\(0)"
    r"|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|$)|z-index\s*:\s*-\d"
    r"|(?<!-)color\s*:\s*(?:transparent|rgba\([^)]*,\s*0?(?:\.0\d*)?\s*\))|scale[xy3d]*\(\s*0",
    re.IGNORECASE,
)
_SIZE = re.compile(r"font-size\s*:\s*(\d*\.?\d+)\s*(px|pt|em|rem|%|vw|)", re.IGNORECASE)
_SMALLEST = {"px": 2.0, "pt": 2.0, "em": 0.2, "rem": 0.2, "%": 20.0, "vw": 0.2, "": 0.0}
_COLOUR = re.compile(r"(?<![\w-])(?P<which>background(?:-color)?|color)\s*:\s*(?P<value>[^;!]+)", re.IGNORECASE)
_NAMED = {
    "white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245), "floralwhite": (255, 250, 240), "mintcream": (245, 255, 250), "azure": (240, 255, 255),
}  # fmt: skip
_NEVER_SHOWN = frozenset(
    "script style template noscript iframe object embed svg math canvas audio video form input textarea select button dialog".split()
)
_RULE = re.compile(r"([^{}]{1,200})\{([^{}]{1,500})\}")


def remove_hidden(tree: HtmlElement) -> None:
    """Take out of a page what a person does not see: scripts, comments, hidden or folded elements, text in the colour of its ground."""
    import lxml.etree

    hidden = _hidden_names(tree)
    for element in list(tree.iter()):
        if element.getparent() is None:
            continue
        unseen = not isinstance(element.tag, str) or element.tag in _NEVER_SHOWN or _is_hidden(element, hidden)
        if unseen and element.tag not in ("body", "html", "head", "title"):
            element.drop_tree()
    lxml.etree.strip_attributes(tree, "alt", "title", "aria-label", "placeholder", "summary", "data-content", "content")


def _is_hidden(element: HtmlElement, names: frozenset[str]) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    if element.tag == "details" and element.get("open") is None:
        return True
    if hides(element.get("style", "")):
        return True
    own = {f".{name}" for name in element.get("class", "").split()} | ({f"#{element.get('id')}"} if element.get("id") else set())
    return bool(own & names)


def hides(style: str) -> bool:
    """Whether a style keeps its text from being read."""
    return bool(style) and bool(_HIDING.search(style) or _is_tiny(style) or _is_faint(style))


def _is_tiny(style: str) -> bool:
    return any(float(size) <= _SMALLEST[unit.lower()] for size, unit in _SIZE.findall(style))


def _is_faint(style: str) -> bool:
    """Whether text has nearly the colour of its ground; without a ground it stands on white, since pages are white."""
    found = {match["which"].lower().removesuffix("-color"): _rgb(match["value"]) for match in _COLOUR.finditer(style)}
    text, ground = found.get("color"), found.get("background") or (255, 255, 255)
    return text is not None and _contrast(text, ground) <= FAINT


def _rgb(value: str) -> tuple[int, int, int] | None:
    """A colour by name, hexadecimal digits or numbers; None for what is written otherwise."""
    value = value.strip().lower()
    if digits := re.match(r"#([0-9a-f]{3,8})\b", value):
        found = digits[1] if len(digits[1]) >= 6 else "".join(digit * 2 for digit in digits[1])
        return int(found[0:2], 16), int(found[2:4], 16), int(found[4:6], 16)
    if value.startswith("rgb"):
        numbers = [min(255, int(number)) for number in re.findall(r"\d+", value)[:3]]
        return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None
    return _NAMED.get(value.split(" ")[0])


def _contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hidden_names(tree: HtmlElement) -> frozenset[str]:
    """Classes and ids that the page's own style sheets hide."""
    return frozenset(name for selectors, style in _rules(tree) if hides(style) for name in _simple(selectors))


def _rules(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    for sheet in tree.iter("style"):
        yield from _RULE.findall((sheet.text or "")[:200_000])


def _simple(selectors: str) -> Iterator[str]:
    """The classes and ids of selectors that name nothing else: ".a", "p.a", "#b"."""
    for part in selectors.split(","):
        if re.fullmatch(r"\s*\w*[.#][\w-]+\s*", part):
            yield from re.findall(r"[.#][\w-]+", part)
