"""XML that others wrote: parsed without entities or outside files, its faults named by line, its text as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from corpora.errors import MalformedDocument

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SUPERSCRIPT = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_RAISED = re.compile(r"[0-9+\-−–]+")


def root_of(path: Path) -> Element:
    """The root element. Raises `MalformedDocument` naming the line; entity declarations and outside files are refused."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    data = path.read_bytes()
    if not data.strip():
        raise MalformedDocument(str(path), "is empty")
    try:
        root: Element = fromstring(data)
    except ParseError as error:
        raise MalformedDocument(str(path), f"not well-formed XML: {error}", error.position[0]) from error
    except DefusedXmlException as error:
        raise MalformedDocument(str(path), f"declares entities or outside files, which are not read ({error})") from error
    except (ValueError, LookupError) as error:  # an encoding that is unknown or a lie
        raise MalformedDocument(str(path), f"not readable XML: {error}") from error
    return root


def local(element: Element) -> str:
    """The element's name without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Direct children of these names, in order."""
    return (child for child in element if local(child) in names)


def first(element: Element | None, *path: str) -> Element | None:
    """The first element down a path of names; None where it breaks off."""
    for name in path:
        element = next(children(element, name), None) if element is not None else None
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """Everything below of these names, in document order."""
    return (child for child in element.iter() if child is not element and local(child) in names)


def attribute(element: Element, name: str) -> str:
    """An attribute's value whatever its namespace; empty without it."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def plain(element: Element | None, leave_out: Callable[[Element], bool] = lambda _: False) -> str:
    """The element's text on one line: exponents raised (10⁹, mm²), what is left out gone with no gap of brackets."""
    return tidy("".join(_pieces(element, leave_out))) if element is not None else ""


def _pieces(element: Element, leave_out: Callable[[Element], bool]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if local(child) and not leave_out(child):
            inner = "".join(_pieces(child, leave_out))
            yield inner.translate(_SUPERSCRIPT) if local(child) == "sup" and _RAISED.fullmatch(inner.strip()) else inner
            if local(child) in ("p", "title", "list-item", "break", "td", "th"):
                yield " "
        yield child.tail or ""


_HOLLOW = re.compile(r"\s{0,9}(?:\[[\s,;–-]{0,40}\]|\((?:\s|[,;–-]|see|refs?\.?){0,40}\))")
_GAP = re.compile(r"(?<!\s)\s+(?=[.,;:)\]](?:\s|$))")


def tidy(text: str) -> str:
    """One line: no runs of space, no brackets left hollow by a dropped reference, no space before a full stop."""
    return _GAP.sub("", _HOLLOW.sub("", " ".join(text.split())))
