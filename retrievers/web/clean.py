"""What may come in: a page's visible text as plain data.

Hidden text, disguised letters, links and markers of citation are removed; a page that speaks to a language model is held back as a whole.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FILE = Path(__file__).parent / "data" / "injection.toml"
_DATES = (
    "article:modified_time",
    "article:published_time",
    "citation_publication_date",
    "citation_date",
    "dc.date",
    "dcterms.modified",
    "last-modified",
    "date",
)
DEEPEST = 200
"""Nesting from which on a page is no page."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_LINK = re.compile(
    r"(?:https?|ftp|file|wss?)\s?:\s?//\S+|\bwww\.\S+"
    r"|\b(?:[\w-]+\.)+(?:com|net|org|io|info|biz|example|test|ru|cn|top|xyz|site|online|app|dev)/\S*"
)
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CITATION = re.compile(r"\s?\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)|font-size\s*:\s*(?:0|[01](?:\.\d+)?px)"
    r"|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*inset\((?:50|100)%"
    r"|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|(?<!-)color\s*:\s*(?:transparent|rgba\([^)]*,\s*0(?:\.0+)?\s*\))|transform\s*:\s*scale\(0",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![\w-])(?P<which>background(?:-color)?|color)\s*:\s*(?P<value>[^;!]+)", re.IGNORECASE)
_NEVER_SHOWN = frozenset(
    "script style template noscript iframe object embed svg math canvas audio video form input textarea select button dialog".split()
)


@cache
def _data() -> dict[str, object]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _orders() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _data()["orders"]), re.IGNORECASE)  # type: ignore[attr-defined]


@cache
def _look_alikes() -> dict[int, str]:
    pairs = str(_data()["looks_like"]).split()
    return {ord(pair[0]): pair[-1] for pair in pairs if len(pair) > 1}


def readable(text: str) -> str:
    """The text as a person sees it: no invisible characters, compatibility forms and look-alike letters as plain ones."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n")))
    return re.sub(r"[^\W\d_]{2,}", lambda word: _folded(word[0]), text)


def _folded(word: str) -> str:
    """A word of mixed scripts with its look-alike letters as Latin ones; a word of one script as it is."""
    if word.isascii() or not any(character.isascii() for character in word):
        return word
    return word.translate(_look_alikes())


def plain(text: str) -> str:
    """Readable text without links, mail addresses and citation marks; paragraphs and tables keep their lines."""
    text = _MARKDOWN_LINK.sub(lambda match: match[1], readable(text))
    text = _CITATION.sub("", _MAIL.sub("", _LINK.sub("", text)))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]{2,}", " ", text)).strip()


def addresses_a_model(text: str) -> bool:
    """Whether a readable text speaks to a language model: orders, roles, or where to send what it knows.

    Letters set apart ("i g n o r e") and words of one alphabet written in another are read as they are meant.
    """
    spaced = re.sub(r"\b(?:\w[ .\-_*]){3,}\w\b", lambda match: re.sub(r"[ .\-_*]", "", match[0]), text)
    whole = " ".join(_foreign(text).split())
    return any(_orders().search(form) for form in (text, spaced, whole))


def _foreign(text: str) -> str:
    """Every look-alike letter as the Latin one, whatever word it stands in."""
    return text.translate(_look_alikes())


def title(text: str, otherwise: str) -> str:
    """A work's title on one line, at most 200 characters; `otherwise` where it speaks to a model or is empty."""
    line = " ".join(plain(text).split())[:200]
    return otherwise if not line or addresses_a_model(line) else line


class Page(NamedTuple):
    """What a page shows: its title, main text as Markdown (empty when there is none), date (ISO, or empty) and licence as stated."""

    title: str = ""
    text: str = ""
    date: str = ""
    licence: str = ""


def main_text(page: str) -> Page:
    """The main visible text of an HTML page. Scripts are never run, hidden text never read."""
    import lxml.etree
    import lxml.html
    import trafilatura

    page = _INVISIBLE.sub("", page)
    if not page.strip():
        return Page()
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
        tree = lxml.html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, ValueError):
        return Page()
    if _depth(tree) > DEEPEST:
        return Page()
    heading, licence, date = tree.findtext(".//title") or "", _licence(tree), _date(tree)
    remove_hidden(tree)
    text = trafilatura.extract(
        tree, output_format="markdown", include_tables=True, include_comments=False, include_links=False, include_images=False
    )
    return Page(heading.strip(), text or "", date, licence)


def _date(tree: HtmlElement) -> str:
    """The page's own date of publication or change, where its head states one."""
    for meta in tree.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").lower() in _DATES:
            stated = re.match(r"(?:19|20)\d\d(?:-\d\d-\d\d)?", meta.get("content", "").replace("/", "-").strip())
            if stated:
                return stated[0]
    return ""


def _licence(tree: HtmlElement) -> str:
    """The address of the licence that the page links as its own."""
    return next((link.get("href", "") for link in tree.iter("a", "link") if "license" in link.get("rel", "").lower().split()), "")


def _depth(tree: HtmlElement) -> int:
    deepest, level = 0, [tree]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [child for element in level for child in element]
    return deepest


def remove_hidden(tree: HtmlElement) -> None:
    """Take out of a page what a person does not see: scripts, comments, hidden elements, text in the colour of its ground."""
    import lxml.etree

    hidden = _hidden_classes(tree)
    for element in list(tree.iter()):
        if element.getparent() is None:
            continue
        unseen = not isinstance(element.tag, str) or element.tag in _NEVER_SHOWN or _is_hidden(element, hidden)
        if unseen and element.tag not in ("body", "html", "head", "title"):
            element.drop_tree()
    lxml.etree.strip_attributes(tree, "alt", "title", "aria-label", "placeholder", "summary", "data-content", "content")


def _is_hidden(element: HtmlElement, classes: frozenset[str]) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    style = element.get("style", "")
    if style and (_HIDDEN_STYLE.search(style) or _same_colour(style)):
        return True
    names = {f".{name}" for name in element.get("class", "").split()} | ({f"#{element.get('id')}"} if element.get("id") else set())
    return bool(names & classes)


def _same_colour(style: str) -> bool:
    """Whether text has the colour of its ground; white without a ground counts, since pages are white."""
    found = {match["which"].lower().removesuffix("-color"): _hex(match["value"]) for match in _COLOUR.finditer(style)}
    return "color" in found and found["color"] == found.get("background", "#ffffff")


def _hex(value: str) -> str:
    value = value.strip().lower().split(" ")[0] if not value.strip().lower().startswith("rgb") else re.sub(r"\s", "", value.lower())
    value = {"white": "#ffffff", "#fff": "#ffffff", "rgb(255,255,255)": "#ffffff", "black": "#000000", "#000": "#000000"}.get(value, value)
    return "#ffffff" if re.fullmatch(r"#f[ef]f[ef]f[ef]", value) else value


_RULE = re.compile(r"([^{}]{1,200})\{([^{}]{1,500})\}")


def _hidden_classes(tree: HtmlElement) -> frozenset[str]:
    """Classes and ids that the page's own style sheets hide."""
    found: set[str] = set()
    for sheet in tree.iter("style"):
        for selectors, rules in _RULE.findall((sheet.text or "")[:200_000]):
            if _HIDDEN_STYLE.search(rules) or _same_colour(rules):
                found |= {
                    name
                    for part in selectors.split(",")
                    if re.fullmatch(r"\s*\w*[.#][\w-]+\s*", part)
                    for name in re.findall(r"[.#][\w-]+", part)
                }
    return frozenset(found)
