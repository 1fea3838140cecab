"""What may come in: a page's visible text as plain data.

Hidden text, disguised letters, links and markers of citation are removed; a page that speaks to a language model is held back as a whole.
"""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re2
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
LONGEST = 300_000
"""Characters of a text that are read, some fifty thousand words: what stands behind them is cut off before any pattern sees it."""

LONE = re.compile("[\ud800-\udfff]")
"""Halves of characters (UTF-16 surrogates), which no text may hold."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_LINE = re.compile("\r\n|[\r\x85\u2028\u2029]")
_ENDS = (
    "com|net|org|edu|gov|int|io|ai|info|biz|example|test|onion|eu|de|uk|fr|es|nl|ch|ru|cn|su|pw|tk|top|xyz|site|online|app|dev|link|click"
    "|cc|ly|gg"
)
_LINK = re.compile(
    r"\b(?:h(?:tt|xx|\*\*)ps?|ftp|file|wss?)\s?:\s?//\S+|\bwww\.\S+"
    rf"|(?<![\w-])(?:(?:[\w-]+\.){{1,9}}(?:{_ENDS})/\S*|(?:[\w-]{{3,}}\.){{1,9}}(?:{_ENDS})\b(?!\.\w))"
)
_DEFANGED = re.compile(r"\s?[\[({]\s?(?:(?P<dot>\.|dot)|(?P<colon>:))\s?[\])}]\s?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\[\](){}#*_`~.+!<>-])")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_IMAGE = re.compile(r"!\[[^\]\n]{0,1000}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_ADDRESS = re.compile(r"<?\b(?:(?:https?|ftp|file|wss?)://|www\.)[^\s<>|]{1,2000}>?|\b(?:javascript|vbscript|data):[a-z][^\s<>|]{0,2000}")
_SCRIPT = re.compile(r"<(script|style|iframe|svg|object|template|noscript)\b[^<>]{0,2000}>(?:[^<]{0,20000}</\1\s*>)?", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->)){0,20000}(?:-->)?")
_TAG = re.compile(
    r"</?(?:a|abbr|article|audio|b|base|blockquote|body|br|button|canvas|center|code|dd|details|div|dl|dt|em|embed|figcaption|figure|font"
    r"|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|li|link|main|map|math|meta|nav|noscript|object|ol|option|p|param|picture|pre"
    r"|script|section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|u"
    r"|ul|video)(?:\s[^<>]{0,4000}|\s?/)?>",
    re.IGNORECASE,
)
_MIXED = re.compile(r"[^\W\d_]{2,}")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CITATION = re.compile(r"\s?\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")


_SPACE = re.compile(r"(?<=[\w?)]) (?=[\w(])")
"""A blank between two words of a pattern: a page may break the line there."""
_LETTERS = r"\p{L}\p{N}_"


@cache
def _data() -> dict[str, object]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _orders() -> re2.Set:
    """All patterns of an order as one automaton, whose time is in proportion to the text whatever it holds."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 1 << 26
    patterns = re2.Set.SearchSet(options)
    for pattern in _data()["orders"]:  # type: ignore[attr-defined]
        patterns.Add(_SPACE.sub(r"\\s+", pattern).replace(r"[^\w]", rf"[^{_LETTERS}]").replace(r"\w", f"[{_LETTERS}]"))
    patterns.Compile()
    return patterns


@cache
def _look_alikes() -> dict[int, str]:
    pairs = str(_data()["looks_like"]).split()
    return {ord(pair[0]): pair[-1] for pair in pairs if len(pair) > 1}


def paired(text: str) -> str:
    """The text with halves of characters (UTF-16 surrogates) joined, and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if LONE.search(text) else text


def readable(text: str) -> str:
    """The text as a person sees it: no invisible characters, compatibility forms and look-alike letters as plain ones."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _LINE.sub("\n", text)))
    return _MIXED.sub(lambda word: _folded(word[0]), text)


def _folded(word: str) -> str:
    """A word of mixed scripts with its look-alike letters as Latin ones; a word of one script as it is."""
    if word.isascii() or not any(character.isascii() for character in word):
        return word
    return word.translate(_look_alikes())


def plain(text: str) -> str:
    """Readable text without links, host names, mail addresses and citation marks; paragraphs and tables keep their lines.

    At most `LONGEST` characters are read. Every pattern here and in `data/injection.toml` takes time in proportion to the text.
    """
    text = _MARKDOWN_LINK.sub(lambda match: match[1], _ESCAPED.sub(r"\1", readable(text[:LONGEST])))
    text = _DEFANGED.sub(lambda match: "." if match["dot"] else ":", text)
    text = _CITATION.sub("", _MAIL.sub("", _LINK.sub("", text)))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n", "\n", re.sub(r"[ \t]+", " ", text))).strip()


def seen(text: str) -> str:
    """A person's own text as it is seen when shown: no invisible or look-alike signs, no markup, images or addresses; links by their words.

    Lines, tables, numbers and signs stay as they are. Takes time in proportion to the text.
    """
    text = _INVISIBLE.sub("", _LINE.sub("\n", text))
    if not text.isascii():
        text = _MIXED.sub(lambda word: _folded(word[0]), text)
    if "](" in text or "![" in text:
        text = _MARKDOWN_LINK.sub(lambda match: match[1], _IMAGE.sub("", text))
    if "<" in text:
        text = _TAG.sub("", _COMMENT.sub("", _SCRIPT.sub("", text)))
    if "://" in text or "www." in text:
        text = _ADDRESS.sub("", text)
    return text


def addresses_a_model(text: str) -> bool:
    """Whether a readable text speaks to a language model: orders, roles, or where to send what it knows.

    Letters set apart ("i g n o r e"), words of one alphabet written in another, digits for letters, rot13 and text written backwards
    are read as they are meant.
    """
    return any(_orders().Match(form) for form in _forms(text))


def _forms(text: str) -> Iterator[str]:
    """The text, and other ways to read it where they say something else that may be an order."""
    yield text
    spaced = re.sub(r"\b(?:\w[ .\-_*]){3,}\w\b", lambda match: re.sub(r"[ .\-_*]", "", match[0]), text)
    yield from (form for form in (spaced, _foreign(text)) if form != text)
    low = text.lower()
    for form in (low.translate(_DIGITS), codecs.encode(low, "rot13"), low[::-1]):
        if any(form.count(word) > low.count(word) for word in _TELLING):
            yield form


_TELLING = ("instruction", "ignore", "disregard", "prompt", "respond", "previous")
_DIGITS = str.maketrans("0134578@$", "oieastbas")


def _foreign(text: str) -> str:
    """Every look-alike letter as the Latin one, whatever word it stands in."""
    return text.translate(_look_alikes())


def title(text: str, otherwise: str, most: int = 200) -> str:
    """A work's title on one line, at most so many characters; `otherwise` where it speaks to a model or is empty."""
    line = " ".join(plain(text).split())[:most]
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

    from corpora.visible.hidden import remove_hidden
    from corpora.visible.styles import TooStyled

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
    try:
        remove_hidden(tree)
    except TooStyled:
        return Page()
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
    """The address of the licence that the page links as its own; empty where a figure or table is meant, or several differ."""
    parts = {link for part in tree.iter("figure", "figcaption", "table", "aside") for link in part.iter("a")}
    links = [link for link in tree.iter("a", "link") if "license" in link.get("rel", "").lower().split() and link not in parts]
    stated = {link.get("href", "").rstrip("/") for link in links}
    return stated.pop() if len(stated) == 1 else ""


def _depth(tree: HtmlElement) -> int:
    deepest, level = 0, [tree]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [child for element in level for child in element]
    return deepest
