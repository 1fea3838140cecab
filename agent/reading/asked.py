"""What a question fixes: its quantities, its category codes, the column values that its words imply, and what it asks for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property, lru_cache

from pydantic import Field

from agent.reading.wording import flat_tokens, implied, intents
from corpora.quantities import Quantity, find_quantities
from corpora.types import Frozen
from retrievers.words import words

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
_CODE = r"(?:\d{1,2}[a-z]{0,2}|(?:viii|vii|vi|iv|v|iii|ii|i)[a-f]?|tiv|nc|nr|m|[a-f])"
GENERIC = frozenset(
    (
        "category categories class classes grade grades graded type types stage stages group zone level score scores scored phase "
        "step modifier "
    ).split()
)
_FILLER = frozenset(["of", "is", "a", "an", "was", "system", "version", "at", "as", "to", "the", "in"])
_NEVER_NAMES = frozenset(
    ("the of is in at for and or to with a an than was has by from on as be it which what when most least over under or and ").split()
)
_CONJUNCTIONS = frozenset(("and", "or", "to", "vs", "versus", "from", "than", "/", ",", "-"))
_TOKEN = re.compile(
    r"[A-Za-z]{1,5}-RADS|[A-Za-z]{1,3}\d{1,2}[A-Za-z]?(?![A-Za-z\d])|\d+[A-Za-z]{0,2}(?![A-Za-z\d])|[A-Za-z]+|[,/-]", re.IGNORECASE
)
_ATTACHED = re.compile(r"([A-Za-z]{1,3})(\d{1,2}[A-Za-z]?)")
_CODE_ALONE = re.compile(_CODE, re.IGNORECASE)
_LOOK_BACK = 4
MOST_QUANTITIES = 150
"""Of a question and its report; a table of numbers holds thousands, and each is compared with every row that is read."""
_VALUE = re.compile(r"^[<>=]?\d")
_BOUNDARY = re.compile(r"[,;:?()]|[.]\s|\band\b")
_TELLING = re.compile(r"(?:IV|V?I{1,3})[AFBC]|[1-6][ABC]")
"""Codes that are categories whatever stands before them: "a IIF cyst", "a 4B"."""
_NO_SYSTEM = frozenset("does do did was were this these there her his my our new old small large".split())
GENERIC_NAME = ("category",)
_WH = re.compile(
    r"(?:^|[.?!,:;]\s*)(?:(?:by|in|at|from|for|to|of|with|about)\s)?"
    r"(?:which|what|when|who|where|why|how (?:much|many|often|soon|long|large|big|thick|wide|high|old|likely|far))\b",
    re.IGNORECASE,
)
_SEQUENCE = re.compile(r"t[12]\*?wi?", re.IGNORECASE)  # "T2W" names an image, not a category


class Code(Frozen):
    """A category as a question or a cell names it: the word before it (lower case) and the normalised code ("2F", "4A", "3")."""

    prefix: str
    code: str
    owner: str = Field(default="", description='for a generic prefix ("score"): the name before it ("dwi")')


class Asked(Frozen):
    """What is fixed and what is asked for; `stems` are the content words without the request's frame."""

    text: str
    tokens: tuple[str, ...]
    stems: frozenset[str]
    quantities: tuple[Quantity, ...]
    codes: tuple[Code, ...]
    implied: dict[str, frozenset[str]]
    implying: dict[str, frozenset[str]] = Field(description="column word -> stems of the words that imply a value of it")
    intents: tuple[str, ...]

    @cached_property
    def without_values(self) -> frozenset[str]:
        """The stems that are no values: these are compared, not counted as words. Of a question of values alone all stems."""
        return frozenset(stem for stem in self.stems if not _VALUE.match(stem)) or self.stems

    @property
    def is_wh(self) -> bool:
        """Whether it asks which, what or how much; "is aspiration indicated?" asks whether."""
        return bool(_WH.search(self.text))

    def clause(self, quantity: Quantity) -> str:
        """The words around a quantity up to the next comma, bracket or other quantity."""
        if quantity.start not in self._clauses:
            starts, ends = self._edges
            before, after = bisect_right(ends, quantity.start), bisect_left(starts, quantity.end)
            start, end = ends[before - 1] if before else 0, starts[after] if after < len(starts) else len(self.text)
            said = self.text[start : quantity.start], self.text[quantity.end : end]
            self._clauses[quantity.start] = f"{_BOUNDARY.split(said[0])[-1]} {_BOUNDARY.split(said[1])[0]}"
        return self._clauses[quantity.start]

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        return sorted(one.start for one in self.quantities), sorted(one.end for one in self.quantities)

    @cached_property
    def _clauses(self) -> dict[int, str]:
        return {}

    @cached_property
    def has_several_numbers(self) -> bool:
        """Whether more than one quantity is a bare number."""
        return sum(one.dimension == "number" for one in self.quantities) > 1

    @classmethod
    def of(cls, question: str, extra: str = "") -> Asked:
        """Read a question; `extra` is further text that fixes parameters (a report), but does not ask."""
        whole = f"{question}\n{extra}".strip()
        meant = implied(whole)
        columns = {one.column for one in meant}
        return cls(
            text=whole,
            tokens=tuple(flat_tokens(whole)),
            stems=frozenset(words(question, boilerplate=True)) | frozenset(words(extra, boilerplate=True)),
            quantities=tuple(find_quantities(whole)[:MOST_QUANTITIES]),
            codes=tuple(codes(whole)),
            implied={column: frozenset(one.value for one in meant if one.column == column) for column in columns},
            implying={column: frozenset(stem for one in meant if one.column == column for stem in words(one.said)) for column in columns},
            intents=intents(question),
        )


def codes(text: str) -> list[Code]:
    """Category codes in running text, each with the name before it: "TR4", "BI-RADS 4A", "Bosniak class IIF", "grade III"."""
    return list(_codes(text))


@lru_cache(maxsize=1 << 14)
def _codes(text: str) -> tuple[Code, ...]:
    taken = [(q.start, q.end) for q in find_quantities(text) if q.dimension != "number"]
    found: list[Code] = []
    places = frozenset(place for start, end in taken for place in range(start, end))
    tokens = [match for match in _TOKEN.finditer(text) if match.start() not in places]
    names: tuple[str, ...] = ()
    for position, token in enumerate(tokens):
        attached = None if _SEQUENCE.fullmatch(token[0]) else _ATTACHED.fullmatch(token[0])
        if attached:
            names = (attached[1].lower(),)
            found.append(Code(prefix=names[0], code=normalise(attached[2])))
        elif _CODE_ALONE.fullmatch(token[0]):
            before = tokens[max(0, position - _LOOK_BACK) : position]
            words_before = [match[0].lower() for match in before]
            if not _is_word(token[0], words_before, tokens[position + 1 : position + 2]):
                names = _names(words_before) or (names if words_before and words_before[-1] in _CONJUNCTIONS else ())
                if _TELLING.fullmatch(token[0]) and (not names or names[0] in _NO_SYSTEM):
                    names = GENERIC_NAME
                owner = names[0] if len(names) > 1 else ""
                found += [Code(prefix=name, code=normalise(token[0]), owner=owner * (name != owner)) for name in names]
    return tuple(dict.fromkeys(found))


def _names(before: list[str]) -> tuple[str, ...]:
    """The name a code belongs to and the generic word ("grade"), nearest first; empty when neither is near."""
    generic = ""
    for word in reversed(before):
        if word in GENERIC:
            generic = generic or word
        elif word not in _FILLER and word != "-":
            usable = word.isalpha() or word.endswith("-rads") or bool(_SEQUENCE.fullmatch(word))
            name = "" if word in _NEVER_NAMES or not usable or word in _CONJUNCTIONS else word
            return tuple(item for item in (name, generic) if item)
    return (generic,) if generic else ()


def _is_word(token: str, before: list[str], after: list[re.Match[str]]) -> bool:
    """Whether what looks like a code is an ordinary word: the pronoun "I", the article "a", a stray letter."""
    if len(token) > 1 or not token.isalpha():
        return token.lower() == "if" or (token.islower() and token in ("ml", "mm"))
    named = bool(before) and (
        before[-1] in GENERIC or before[-1] in ("-", "stanford", "debakey", "bosniak", "garden", "harris", "weber", "lr")
    )
    listed = bool(before) and before[-1] in _CONJUNCTIONS and token.isupper() and token != "I"
    if token == "a":
        return not named or before[-1] in ("-", "zone") or (len(before) > 1 and before[-2] in ("which", "what")) or not after
    return not (named or listed) if token != "I" else not named


def normalise(code: str) -> str:
    """One spelling of a code: roman numerals become arabic, letters upper case ("IIF" -> "2F", "iv" -> "4")."""
    lowered = code.lower()
    match = re.fullmatch(r"(viii|vii|vi|iv|v|iii|ii|i)([a-f]?)", lowered)
    return f"{_ROMAN[match[1]]}{match[2].upper()}" if match else lowered.upper()


@lru_cache(maxsize=1 << 15)
def cell_codes(cell: str) -> tuple[str, frozenset[str]]:
    """Name and codes of a table cell: "TR4 (suspicious)" -> ("tr", {"4"}), "BI-RADS 1 or 2" -> ("bi-rads", {"1", "2"})."""
    head = re.sub(r"\([^)]*\)", " ", cell).split(":")[0].split(",")[0].strip()
    match = re.fullmatch(
        rf"(?:(?P<prefix>[A-Za-z][A-Za-z .-]*?)(?:[\s-]+|(?=\d)))?"
        rf"(?P<codes>{_CODE}(?:\s*(?:,|/|and|or|to|-|–)\s*(?:[A-Za-z]{{2,3}}-?)?{_CODE})*)",
        head,
        re.IGNORECASE,
    )
    if not match:
        return "", frozenset()
    prefix = (match["prefix"] or "").strip(" -").lower()
    parts = re.split(r"\s{0,3}(?:,|/|\band\b|\bor\b)\s{0,3}", match["codes"])
    return prefix, frozenset(code for part in parts for code in _expanded(part))


def _expanded(part: str) -> Iterable[str]:
    """The codes from "1-3" or "I to III": 1, 2, 3; anything else is itself."""
    ends = re.split(r"\s{0,3}(?:-|–|\bto\b)\s{0,3}", part)
    if len(ends) == 2:
        low, high = normalise(ends[0]), normalise(ends[1])
        if low.isdigit() and high.isdigit() and int(low) <= int(high):
            return [str(number) for number in range(int(low), int(high) + 1)]
    cleaned = re.sub(r"^[A-Za-z]{2,3}-?(?=\d)", "", part)
    return [normalise(cleaned)]
