"""Follow-ups made to stand alone: "and if it is 5 mm?" after a question about 7 mm becomes that question with 5 mm. Pure.

A turn is rewritten only where it clearly leans on the one before it: it points back, it is a part of a sentence, or it asks for one
aspect of something that it does not name. What names a subject of its own stands alone, however it opens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from agent.reading.asked import GENERIC, codes
from agent.reading.named import kind_of, named
from agent.reading.wording import wording
from corpora.quantities import Quantity, find_quantities
from retrievers.words import stem, words


class Exchange(NamedTuple):
    """One turn of a dialogue: what was asked, what was answered, and the report that it was about."""

    question: str
    answer: str
    report: str = ""


Dialogue = tuple[Exchange, ...]
"""The turns before a question, the earliest first."""
Subjects = Callable[[str], frozenset[str]]
"""What a text is about: the documents that it names (`Library.subjects`)."""
_JOINING = re.compile(r"^\s*(?:(?:and|but|or|so|then|ok(?:ay)?|now|also|thanks|right)\b[\s,.]*)+", re.IGNORECASE)
_OPENING = re.compile(rf"{_JOINING.pattern}|^\s*(?:what about|how about|what if|if|same|instead)\b[\s,]*", re.IGNORECASE)
_ELLIPTIC = re.compile(
    r"^\s*(?:what about|how about|what if|if|unless|suppose|same|instead|in|with|without|during|after|before|for|at|on|by|as)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:^|[,;:.?]\s{1,3})(?:(?:in|at|on|for|with|from|to|by)\s)?"
    r"(?:wh(?:ich|at|en|ere|o|ose|y)|how|is|are|was|were|do|does|did|can|could|should|shall|may|might|must|will|would|has|have|had"
    r"|name|list|describe|explain|tell|give|compare|define)\b(?!\s(?:about|if)\b)(?=\s+\w)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:its?|they|them|their|he|she|her|his|him|this|these|those(?!\s(?:that|which|who|with|of|in)\b)|the same|instead|ones?(?=\W*$))\b"
    r"|(?:^|\b(?:is|are|was|does|do|did|would|will|could|can|about|of|for|after|before|with|like|than|why|how|and|or|if|when|to)\s+)that\b",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(
    r"\bit\s+(?:\w+\s+){0,2}?(?:safe|possible|necessary|useful|worth|true|normal|common|allowed|recommended|required|important|better|"
    r"enough|advisable|appropriate|contraindicated|mandatory|needed|matters?|takes?|makes? sense)\s*"
    r"(?:to|that|whether|if|when|how|\w+ing)\b",
    re.IGNORECASE,
)
_THE_ONE = re.compile(
    r"\bthe (?:nodule|lesion|cyst|mass|tumou?r|finding|fracture|patient|child|baby|woman|man|stone|aneurysm|polyp)\b", re.IGNORECASE
)
_OTHER_ADVICE = re.compile(
    r"\b(?:would|does|do|will|is|are)\b.{0,20}\b(?:advice|answer|recommendation|management|plan|approach|interval|category)\b.{0,30}"
    r"\b(?:change[sd]?|differ\w*|the same|otherwise)\b",
    re.IGNORECASE,
)
_PART, _BARE, _POINTING = 6, 2, 10
"""Content words that a part of a sentence has at most that leans by its opening, by its shortness, and a sentence that points back."""


def _none(text: str) -> frozenset[str]:
    return frozenset()


def is_follow_up(text: str, earlier: str = "", subjects: Subjects = _none) -> bool:
    """Whether a text leans on the question before it; `subjects` tells what each of the two names."""
    rest = _JOINING.sub("", text)
    if _OTHER_ADVICE.search(rest):
        return True
    count = len(words(text, boilerplate=True))
    if count > _POINTING:
        return False
    before = subjects(earlier)
    if _points_back(rest, lambda said: _own(subjects(said), before)):
        return True
    own = _own(subjects(rest), before)
    if _CLAUSE.search(rest):
        return not own and not _telling(rest)
    if rest != text.lstrip() or _ELLIPTIC.search(rest):
        return count <= _PART
    return not own and count <= _BARE


def _own(said: frozenset[str], before: frozenset[str]) -> bool:
    """Whether something is named that the question before does not name."""
    return bool(said) and said.isdisjoint(before)


def _points_back(text: str, names_own: Callable[[str], bool]) -> bool:
    """Whether a pronoun, or "the nodule", stands for something that the text has not named itself by then."""
    empty = [(match.start(), match.end()) for match in _EMPTY_IT.finditer(text)]
    for match in _BACK.finditer(text):
        if not any(start <= match.start() < end for start, end in empty):
            return not names_own(text[: match.start()])
    return bool(_THE_ONE.search(text)) and not names_own(text)


def _telling(text: str) -> list[str]:
    """The content words that name neither a study nor an aspect ("dose", "accurate") that anything may be asked for."""
    aspects = {stem(word) for word in wording().aspects}
    seen = (token for token in re.findall(r"[A-Za-z][\w-]*", text) if not any(kind_of(name) != "anatomy" for name in named(token)))
    return [word for token in seen for word in words(token, boilerplate=True) if word not in aspects]


def standalone(text: str, earlier: str, subjects: Subjects = _none) -> str:
    """The follow-up as a question of its own, given the (standalone) question before it; a text that stands alone is left as it is.

    What the follow-up changes takes the place of what it changes: a quantity of the same dimension, a category of the same
    system, a value of the same column. What has no place is added at the end.
    """
    if not earlier or not is_follow_up(text, earlier, subjects):
        return text.strip()
    changed = _with_quantities(earlier, text)
    changed = _with_categories(changed, text)
    changed = _with_values(changed, text)
    if changed != earlier:
        return changed
    return f"{earlier.rstrip(' ?.')}: {_OPENING.sub('', text).strip()}"


def _with_quantities(earlier: str, text: str) -> str:
    for new in find_quantities(text):
        old = next((q for q in find_quantities(earlier) if _replaces(new, q)), None)
        if old is not None:
            earlier = f"{earlier[: old.start]}{new.text}{earlier[old.end :]}"
    return earlier


def _replaces(new: Quantity, old: Quantity) -> bool:
    same_label = not new.label or not old.label or new.label == old.label
    return new.dimension == old.dimension and (new.dimension != "number" or same_label)


def _with_categories(earlier: str, text: str) -> str:
    for new in codes(text):
        pattern = re.compile(rf"\b({re.escape(new.prefix)})([\s-]?)(?:\d{{1,2}}[A-Za-z]?|[IVX]{{1,4}}[A-Fa-f]?)\b", re.IGNORECASE)
        said = pattern.search(text)
        if said and (old := pattern.search(earlier)):
            earlier = f"{earlier[: old.start()]}{said[0]}{earlier[old.end() :]}"
    return _with_bare_category(earlier, text)


_BARE_CATEGORY = re.compile(
    rf"\W{{0,5}}(?:(?:{'|'.join(GENERIC)})\s{{1,3}})?(\d{{1,2}}[A-Ca-c]?|[IVX]{{1,4}}[A-Fa-f]?)\W{{0,5}}",
    re.IGNORECASE,
)


def _with_bare_category(earlier: str, text: str) -> str:
    """A code alone ("and 4C?" after a question about BI-RADS 4A) takes the place of the first that is named there."""
    said = _BARE_CATEGORY.fullmatch(_OPENING.sub("", text))
    for old in codes(earlier) if said else ():
        pattern = re.compile(rf"(\b{re.escape(old.prefix)}[\s-]?)(?:\d{{1,2}}[A-Za-z]?|[IVX]{{1,4}}[A-Fa-f]?)\b", re.IGNORECASE)
        if said and (found := pattern.search(earlier)):
            return f"{earlier[: found.start()]}{found[1]}{said[1]}{earlier[found.end() :]}"
    return earlier


def _with_values(earlier: str, text: str) -> str:
    """One value of a family ("solid", "part-solid", "ground-glass") in the place of another."""
    for family in (*wording().siblings, *_implied_families()):
        ordered = sorted(family, key=len, reverse=True)
        new = next((value for value in ordered if _word(value).search(text)), "")
        old = next((found for value in ordered if (found := _word(value).search(earlier))), None)
        if new and old and old[0].lower() != new.lower():
            return f"{earlier[: old.start()]}{new}{earlier[old.end() :]}"
    return earlier


@cache
def _implied_families() -> tuple[tuple[str, ...], ...]:
    """Phrases that imply a value of the same column: "heavy smoker" and "never smoker" for the risk."""
    columns: dict[str, list[str]] = {}
    for phrase, pair in wording().implies.items():
        columns.setdefault(pair.split("=")[0], []).append(phrase)
    return tuple(tuple(phrases) for phrases in columns.values())


@lru_cache(maxsize=1024)
def _word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(value).replace(chr(92) + ' ', '[ -]')}(?![\w])", re.IGNORECASE)
