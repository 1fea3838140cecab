"""A table row as a sentence, through its table's pattern. Pure.

`For a polyp of {size} (number: {number}; age: {age}), do X.` A bracket holds the row's conditions, and is put as one would write it: a
condition that does not matter ("any") is left out, "none" and "no" are told as "no ...", a value stands beside its name ("age < 50 years").
Articles and verbs beside a field follow what stands in it: "an inferior gland", "metastases are told from it by". A cell's capital goes
within a sentence where its first word is no name, and brackets that meet become one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FIELD = re.compile(r"\{([^{}]*)\}")
UNSAID = frozenset(("any", "-", "any age", "any number", "any size", "not applicable", "n/a"))
"""Cells that say that a condition does not matter."""
_BRACKET = re.compile(r" \(((?:\{[^{}]*\}|[^(){}])*)\)")
_NAMED = re.compile(r"([^:{}]{1,120}): \{([^{}]{0,120})\}")
_MEASURED = re.compile(r"(?:[<>]=? ?)?\d[^:]*")
_ARTICLE = re.compile(r"\b([Aa])n? \{([^{}]*)\}")
_VOWEL = re.compile(r"(?!one\b|one-|eu|u)[aeio][a-z]")
_CONSONANT = re.compile(r"[bcdfgjklmnpqrstvwxyz][a-z]{2}")
_VERB = (
    "(?:is|was|has|shows|means|makes|gives|gets|counts|suggests|requires|needs|points|comes|supplies|drains|lies|affects|causes|"
    "mimics|leads|calls|follows|finds|raises|lowers|measures|contains|holds|changes|complicates|leaves|runs|occurs|detects)"
)
_SUBJECT = re.compile(rf"(?:(?<=^)|(?<=, )|(?<=, the )|(?<=^The ))\{{([^{{}}]*)\}} {_VERB}\b(?:[^;.,]* and {_VERB}\b)?")
_PLURAL = {"is": "are", "was": "were", "has": "have", "supplies": "supply"}
_PREPOSITIONS = """of in into with without on at from for to after by between near under over around behind beside per as than that beyond
within against along across through before during below above seen"""
_HEAD = re.compile(rf"[,;(:]| (?:{'|'.join(_PREPOSITIONS.split())}) ")
"""Where the noun that rules the verb has ended."""
_SINGULAR = tuple(
    """ss us is ceps os icans ecans erans urans mans escens drops elphys bias gas atlas creas psoas 's ascites rickets diabetes herpes
    series stapes facies caries teres talipes pars""".split()
)
"""Ends of words in -s that are no plural."""
_MEETING = re.compile(r"(?<!\([A-Z][A-Z])(?<!\([A-Z]{3})(?<!\([A-Z]{4})\) \(")
"""Where two brackets meet, unless the first is a short form: "the common hepatic artery (CHA) (no contact)"."""
_OPENING = re.compile(r"([A-Z][a-z]+)(?=[ ,;:.]|-[a-z]|$)|(A)(?= [a-z]{5})")

_MEANS = re.compile(r" means?: \{([^{}]*)\}")
_FINITE = re.compile(r"\b(?:is|are|was|were|may|can|cannot|should|must|has|have|separates|favours|mislead)\b")
_CLAUSE = re.compile(r";|,? (?:that|but|so|which|when) ")
_SAYING = frozenset("suggests supports favours raises lowers includes excludes".split())
"""Verbs that open a meaning: "a hilum supports a node" instead of "a hilum means: supports a node"."""
_ASKING = frozenset("suspect treat reduce do not may cannot must reported shown known".split())
"""Words that open a meaning which "means" cannot lead to without its colon."""


@cache
def openers() -> frozenset[str]:
    """Words that open cells and are no names: "Repeat MRI" within a sentence is "repeat MRI", and "Crohn disease" stays."""
    return frozenset((Path(__file__).parent / "data" / "openers.txt").read_text(encoding="utf-8").split())


def speak(pattern: str, row: Mapping[str, str]) -> str:
    """The pattern with the row's cells in its fields; begins with a capital."""
    row = _within(pattern, row)
    pattern = _BRACKET.sub(lambda bracket: _bracket(bracket, row), pattern)
    pattern = _SUBJECT.sub(lambda subject: _agreeing(subject[0]) if _is_plural(row.get(subject[1], "")) else subject[0], pattern)
    pattern = _MEANS.sub(lambda meaning: _meant(meaning, row), pattern)
    pattern = _ARTICLE.sub(lambda article: _article(article, row), pattern)
    text = _MEETING.sub("; ", FIELD.sub(lambda field: row.get(field[1], field[0]), pattern))
    return text[:1].upper() + text[1:]


def _within(pattern: str, row: Mapping[str, str]) -> dict[str, str]:
    """The row as its cells stand within a sentence; a cell that is a sentence of its own keeps its capital."""
    own = {field[1] for field in FIELD.finditer(pattern) if pattern[: field.start()].endswith(". ")}
    return {name: cell if name in own else _lowered(cell) for name, cell in row.items()}


def _meant(meaning: re.Match[str], row: Mapping[str, str]) -> str:
    """A meaning without a colon: a noun after "means", a clause after "means that", a verb alone."""
    verb, cell = meaning[0].partition(":")[0], row.get(meaning[1], "")
    opening = re.split(r"[ ,;:]", cell, maxsplit=1)[0]
    if opening in _ASKING or ":" in cell:
        return meaning[0]
    if opening in _SAYING:
        return f" {{{meaning[1]}}}"
    return f"{verb} that {{{meaning[1]}}}" if _FINITE.search(_CLAUSE.split(cell, maxsplit=1)[0]) else f"{verb} {{{meaning[1]}}}"


def _lowered(cell: str) -> str:
    opening = _OPENING.match(cell)
    return cell[0].lower() + cell[1:] if opening and (opening[2] or opening[1].lower() in openers()) else cell


def _bracket(bracket: re.Match[str], row: Mapping[str, str]) -> str:
    """The bracket with the conditions that matter; nothing where none does."""
    if not FIELD.search(bracket[1]):
        return bracket[0]
    parts = [_condition(part, row) for part in bracket[1].split("; ") if not _unsaid(part, row)]
    return f" ({'; '.join(parts)})" if parts else ""


def _unsaid(part: str, row: Mapping[str, str]) -> bool:
    cells = [row.get(name, "").lower() for name in FIELD.findall(part)]
    return bool(cells) and all(cell in UNSAID for cell in cells)


def _condition(part: str, row: Mapping[str, str]) -> str:
    named = _NAMED.fullmatch(part)
    cell = row.get(named[2], "") if named else ""
    if not named or not cell:
        return part
    if cell.lower() in ("none", "no"):
        return f"no {named[1]}"
    if cell.lower() == "yes":
        return named[1]
    return part.replace(": {", " {") if cell.lower() in ("present", "absent") or _MEASURED.fullmatch(cell) else part


def _agreeing(subject: str) -> str:
    return re.sub(rf"(?<=[}}d] ){_VERB}\b", lambda verb: _PLURAL.get(verb[0], verb[0][:-1]), subject)


def _is_plural(cell: str) -> bool:
    head = _HEAD.split(cell, maxsplit=1)[0].strip()
    measured = any(letter.isdigit() for letter in head)  # "age >= 70 years"
    return _are_codes(cell) or (head.endswith("s") and not measured and not head.lower().endswith(_SINGULAR))


def _are_codes(cell: str) -> bool:
    """Several stages or categories: "N2a and N2b"."""
    named = cell.partition(" in ")[0]
    codes = re.split(r", | and ", named)
    return " and " in named and all(re.fullmatch(r"\w{1,40}", one) and any(c.isupper() or c.isdigit() for c in one) for one in codes)


def _article(article: re.Match[str], row: Mapping[str, str]) -> str:
    cell = row.get(article[2], "")
    ending = "n" if _VOWEL.match(cell) else "" if _CONSONANT.match(cell) else article[0].split(" ")[0][1:]
    return f"{article[1]}{ending} {{{article[2]}}}"
