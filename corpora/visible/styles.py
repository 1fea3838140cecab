"""What a page's own style sheets and attributes say of each element: parsed, matched, cascaded. Pure.

After CSS Syntax 3, Selectors 4 and Cascade 5, as far as a page's text depends on it: type, class, id and attribute selectors with every
combinator, structural pseudo-classes, specificity, `!important`, comments and escapes. Sheets elsewhere are not fetched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Style = dict[str, str]
"""Values by property, in lower case."""

_COMMENT = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|/\*.*?(?:\*/|\Z)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_PROPERTY = re.compile(r"\s{0,99}(--[\w-]{1,100}|-?[a-zA-Z][\w-]{0,100})\s{0,99}:(.*)", re.DOTALL)
_NAME = r"(?:[\w-]|\\[0-9a-fA-F]{1,6}\s?|\\.)+"
MOST_RULES, MOST_STEPS = 20_000, 1_000_000
"""Selectors of a page, and comparisons of its elements with them; an article needs some thousands."""


class TooStyled(ValueError):
    """A page has more style than an article needs, so much that reading it would take minutes."""


_SIMPLE = re.compile(
    rf"(?P<tag>[a-zA-Z][\w-]*|\*)|\.(?P<cls>{_NAME})|#(?P<id>{_NAME})"
    r"|\[\s{0,9}(?P<attr>[\w-]{1,100})\s{0,9}(?:(?P<op>[~|^$*]?=)\s{0,9}[\"']?(?P<value>[^\"'\]]{0,200})[\"']?)?[^\]]{0,200}\]"
    r"|(?P<pseudo>:{1,2}[\w-]+)(?:\((?P<inside>(?:[^()]|\([^()]{0,200}\)){0,400})\))?"
)
_STATES = frozenset(
    ":hover :focus :focus-within :focus-visible :active :visited :checked :target :disabled :placeholder-shown :invalid :open".split()
)
_ELSEWHERE = re.compile(
    r"@media(?=[^{]{0,400}(?:\bprint\b|prefers-color-scheme:\s*dark|max-(?:device-)?width:\s*[1-9]\d{0,2}(?:\.\d+)?px))(?![^{]{0,400}(?:\bscreen\b(?!\s*and)|\ball\b|,|\bnot\b))",
    re.IGNORECASE,
)
"""Conditions that do not hold for a light page on a wide screen."""


class _Compound(NamedTuple):
    """One element of a selector, and how the one before it stands to it: " ", ">", "+" or "~"; "" for the first."""

    relation: str
    parts: tuple[tuple[str, str, str, str], ...]


Selector = tuple[_Compound, ...]
_RELATION = re.compile(r"\s*([>+~])\s*|\s+")


class _Rule(NamedTuple):
    weight: tuple[int, int, int, int]
    selector: Selector
    style: Style
    urgent: frozenset[str]


class Sheets:
    """The style sheets that stand in a page."""

    def __init__(self, tree: HtmlElement) -> None:
        """Read every `style` element of the page.

        Raises:
            TooStyled: here or in `of`, when the page has more style than an article needs.
        """
        self._by_key: dict[str, list[_Rule]] = defaultdict(list)
        self._left = MOST_STEPS
        order = 0
        for sheet in tree.iter("style"):
            if sheet.get("media", "").strip().lower() == "print":
                continue
            for prelude, body in _rules(_uncommented(re.sub("<!--|-->", " ", sheet.text_content()))):
                style, urgent = declarations(body)
                for text in _pieces(prelude, ",") if style else ():
                    if selector := _selector(text):
                        order += 1
                        if order > MOST_RULES:
                            raise TooStyled("a page has more rules than an article needs")
                        weight = (*_specificity(selector), order)
                        self._by_key[_key(selector[-1])].append(_Rule(weight, selector, style, urgent))

    def of(self, element: HtmlElement) -> Style:
        """An element's own style: what matches it, the more telling rule and the later one last, then its attributes."""
        keys = ["*", str(element.tag).lower(), *(f".{name}" for name in element.get("class", "").split()), f"#{element.get('id', '')}"]
        asked = [rule for key in dict.fromkeys(keys) for rule in self._by_key.get(key, ())]
        rules = sorted((rule for rule in asked if self._matches(element, rule.selector, len(rule.selector) - 1, {})), key=_weight)
        own, urgent = declarations(element.get("style", ""))
        style: Style = _presentation(element)
        for rule in rules:
            style |= rule.style
        style |= own
        for rule in rules:
            style |= {name: rule.style[name] for name in rule.urgent}
        return style | {name: own[name] for name in urgent}

    def _matches(self, element: HtmlElement, selector: Selector, last: int, known: dict[tuple[HtmlElement, int], bool]) -> bool:
        """Whether an element is what a selector's elements up to one of them say."""
        if (element, last) not in known:
            self._left -= 1
            if self._left < 0:
                raise TooStyled("a page has more style than can be read")
            known[element, last] = self._is(element, selector[last]) and (
                last == 0 or any(self._matches(other, selector, last - 1, known) for other in _near(element, selector[last].relation))
            )
        return known[element, last]

    def _is(self, element: HtmlElement, compound: _Compound) -> bool:
        return all(self._has(element, *part) for part in compound.parts)

    def _has(self, element: HtmlElement, kind: str, name: str, operator: str, value: str) -> bool:
        match kind:
            case "tag":
                return name == "*" or name.lower() == str(element.tag).lower()
            case "cls":
                return name in element.get("class", "").split()
            case "id":
                return bool(name == element.get("id"))
            case "attr":
                return _attribute(element.get(name), operator, value)
        if name in (":is", ":where", ":matches", ":not"):
            inner = (selector for text in _pieces(value, ",") if (selector := _selector(text)))
            return any(self._matches(element, selector, len(selector) - 1, {}) for selector in inner) != (name == ":not")
        return _structure(element, name, value)


def _near(element: HtmlElement, relation: str) -> Iterator[HtmlElement]:
    """The elements that may stand before one in a selector."""
    match relation:
        case ">":
            found = iter([element.getparent()])
        case "+" | "~":
            found = (other for other in element.itersiblings(preceding=True) if isinstance(other.tag, str))
            if relation == "+":
                found = iter(list(found)[:1])
        case _:
            found = element.iterancestors()
    return (other for other in found if other is not None)


def _weight(rule: _Rule) -> tuple[int, int, int, int]:
    return rule.weight


def declarations(text: str) -> tuple[Style, frozenset[str]]:
    """The declarations of a style, and which of them are important."""
    style: Style = {}
    urgent: set[str] = set()
    for part in _pieces(_ESCAPE.sub(_unescaped, _uncommented(text)), ";"):
        if match := _PROPERTY.fullmatch(part):
            name = match[1].lower()
            value, important = re.subn(r"\s{0,3}!\s{0,3}important$", "", match[2].strip(), flags=re.IGNORECASE)
            if name not in urgent or important:
                style[name] = value.lower()
            if important:
                urgent.add(name)
    return style, frozenset(urgent)


def _pieces(text: str, at: str) -> Iterator[str]:
    """The parts of a text between marks that stand neither in quotes nor in brackets."""
    depth, quote, start = 0, "", 0
    for match in re.finditer(r"[()\[\]\"';,]", text):
        mark = match[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark in "([":
            depth += 1
        elif mark in ")]":
            depth = max(0, depth - 1)
        elif mark == at and not depth:
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def _uncommented(text: str) -> str:
    return _COMMENT.sub(lambda match: match[1] or " ", text)


def _unescaped(match: re.Match[str]) -> str:
    if not match[1]:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF else ""


def _presentation(element: HtmlElement) -> Style:
    """What attributes of the older HTML say: `bgcolor`, `text`, `color`."""
    style = {}
    if element.get("bgcolor"):
        style["background-color"] = element.get("bgcolor").lower()
    if element.tag == "body" and element.get("text"):
        style["color"] = element.get("text").lower()
    if element.tag == "font" and element.get("color"):
        style["color"] = element.get("color").lower()
    return style


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Preludes and own declarations of a sheet's rules, those inside of others too, without those for another medium."""
    start, shut = 0, 0
    opened: list[tuple[str, list[str]]] = []
    for match in re.finditer(r"[{};]", sheet):
        said = sheet[start : match.start()]
        start = match.end()
        if match[0] == "{":
            shut += bool(_ELSEWHERE.match(said.strip()))
            opened.append((said.strip(), []))
        elif opened:
            opened[-1][1].append(said)
            if match[0] == "}":
                prelude, own = opened.pop()
                if not prelude.startswith("@") and not shut:
                    yield prelude, ";".join(own)
                shut -= bool(_ELSEWHERE.match(prelude))
    if opened:
        opened[-1][1].append(sheet[start:])
    if not shut:
        yield from ((prelude, ";".join(own)) for prelude, own in opened if not prelude.startswith("@"))


def _selector(text: str) -> Selector:
    """A selector's elements, the last one first asked; empty where it depends on what a reader does, or is none."""
    made: list[_Compound] = []
    relation, parts, position = "", list[tuple[str, str, str, str]](), 0
    text = text.strip().replace("&", "*")
    while position < len(text):
        if match := _RELATION.match(text, position):
            if parts:
                made.append(_Compound(relation, tuple(parts)))
            relation, parts, position = match[1] or " ", [], match.end()
            continue
        match = _SIMPLE.match(text, position)
        if not match:
            return ()
        if match["pseudo"]:
            name = match["pseudo"].lower()
            if name.startswith("::") or name in _STATES or name in (":before", ":after", ":first-line", ":first-letter"):
                return ()
            parts.append(("pseudo", name, "", match["inside"] or ""))
        elif match["attr"]:
            parts.append(("attr", match["attr"].lower(), match["op"] or "", match["value"] or ""))
        else:
            kind = match.lastgroup or ""
            parts.append((kind, _ESCAPE.sub(_unescaped, match[kind]), "", ""))
        position = match.end()
    made.append(_Compound(relation, tuple(parts)))
    return tuple(made) if all(compound.parts for compound in made) else ()


def _specificity(selector: Selector) -> tuple[int, int, int]:
    kinds = [kind for compound in selector for kind, name, _, _ in compound.parts if name != "*"]
    return kinds.count("id"), sum(kind in ("cls", "attr", "pseudo") for kind in kinds), kinds.count("tag")


def _key(compound: _Compound) -> str:
    found = {kind: name for kind, name, _, _ in compound.parts}
    if "id" in found:
        return f"#{found['id']}"
    return f".{found['cls']}" if "cls" in found else found.get("tag", "*").lower()


def _attribute(found: str | None, operator: str, value: str) -> bool:
    if found is None or not operator:
        return found is not None
    tests = {
        "=": found == value, "~=": value in found.split(), "|=": found == value or found.startswith(f"{value}-"),
        "^=": bool(value) and found.startswith(value), "$=": bool(value) and found.endswith(value), "*=": bool(value) and value in found,
    }  # fmt: skip
    return tests[operator]


def _structure(element: HtmlElement, name: str, inside: str) -> bool:
    """Structural pseudo-classes; one that is not known matches, so that a hiding rule is not escaped by it."""
    same = [other for other in (element.getparent() if element.getparent() is not None else ()) if isinstance(other.tag, str)]
    if name.endswith("-of-type"):
        same = [other for other in same if other.tag == element.tag]
    place, count = (same.index(element) + 1, len(same)) if element in same else (1, 1)
    match name.removesuffix("-of-type").removesuffix("-child"):
        case ":first":
            return place == 1
        case ":last":
            return place == count
        case ":only":
            return count == 1
        case ":nth":
            return _nth(inside, place)
        case ":nth-last":
            return _nth(inside, count + 1 - place)
        case ":root":
            return element.getparent() is None
        case ":empty":
            return len(element) == 0 and not (element.text or "").strip()
    return True


def _nth(formula: str, place: int) -> bool:
    formula = {"odd": "2n+1", "even": "2n"}.get(formula.strip().lower(), formula.strip().lower()).replace(" ", "")
    match = re.fullmatch(r"(?:([+-]?\d*)n)?([+-]?\d+)?", formula)
    if not match or not formula:
        return True
    step = 0 if match[1] is None else int(f"{match[1]}1" if match[1] in ("", "+", "-") else match[1])
    rest = place - int(match[2] or 0)
    return rest == 0 if step == 0 else rest % step == 0 and rest // step >= 0
