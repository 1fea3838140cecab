"""Sizes in a sentence: diameters in millimetres, whether they are earlier ones, and what only looks like a size. Pure."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from agent.reports.types import Size
from agent.reports.vocabulary import flat, wording

_NUMBER = r"\d{1,4}(?:[.,]\d{1,2})?"
_UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)"
_SIZE = re.compile(
    rf"(?<![\w.,/])(?P<a>{_NUMBER})\s?(?P<ua>{_UNIT})?(?:\s?(?:x|×|by|\*)\s?(?P<b>{_NUMBER})\s?(?P<ub>{_UNIT})?)?"
    rf"(?:\s?(?:x|×|by|\*)\s?(?P<c>{_NUMBER})\s?(?P<uc>{_UNIT})?)?(?:\s?(?:-|–|to)\s?(?P<d>{_NUMBER})|(?:,\s{_NUMBER})?\sand\s(?P<e>{_NUMBER}))?"
    rf"[\s-]?(?P<unit>{_UNIT})?(?![\w²³^]|\s?/)",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(
    r"[\s-]{0,2}(?:thick\s)?(?:slices?|sections?|collimation|cuts|reconstructions?|intervals?|increments?|axial|images?|"
    r"from\s(?:the\s)?(?!prior|previous)\w|above|below|deep\sto|"
    r"superior\sto|inferior\sto|distal|proximal|beyond|of\s(?:the\s)?(?:anal|nipple))",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(?:<|≤|less than|smaller than|under|below|sub-?|up to|no larger than)\s*$", re.IGNORECASE)
_ABOVE = re.compile(r"(?:(?<!-)>|≥|more than|greater than|larger than|over|at least)\s*$", re.IGNORECASE)
_LARGEST_MM = 600.0
"""More than any lesion measures; a length of a vessel or stent may."""


class Measured(NamedTuple):
    """A size and where it stands in the sentence."""

    size: Size
    start: int
    end: int


def sizes(sentence: str) -> list[Measured]:
    """The sizes of a sentence in order; distances, slice thicknesses and numbers without a unit are none."""
    found = [measured for match in _SIZE.finditer(sentence) for measured in _measured(sentence, match)]
    current = [one for one in found if not one.size.earlier]
    if found and not current:  # "was 5 mm" alone is what the sentence measures
        said = flat(sentence[: found[0].start])
        if re.search(r"\b(?:was|from)\s*$", said):
            found[0] = found[0]._replace(size=found[0].size.model_copy(update={"earlier": False}))
    return found


def _measured(sentence: str, match: re.Match[str]) -> list[Measured]:
    unit = next((match[name] for name in ("unit", "uc", "ub", "ua") if match[name]), None)
    if unit is None or _NO_SIZE.match(sentence, match.end()):
        return []
    start, end = match.span()
    before = sentence[max(0, start - 30) : start]
    numbers = [(match[name], match["u" + name] or unit) for name in ("a", "b", "c") if match[name]]
    if match["e"] and not match["ua"]:  # "14 and 9 mm": two lesions, each with its size
        return [
            Measured(Size(mm=(_mm(match[name], unit),), text=f"{match[name]} {unit}", earlier=_is_earlier(sentence, start, end)), *place)
            for name, place in (("a", match.span("a")), ("e", match.span("e")))
        ]
    if match["d"]:
        if re.search(r"(?i)\bfrom\s*$", before):  # grown or shrunk "from 5 to 8 mm"
            parts = ((*match.span("a"), match["ua"] or unit, True), (*match.span("d"), unit, False))
            return [
                Measured(Size(mm=(_mm(sentence[a:b], own),), text=f"{sentence[a:b]} {own}", earlier=was), a, b) for a, b, own, was in parts
            ]
        numbers = [(match["d"], unit)]  # of a range the upper end
    mm = tuple(_mm(number, own) for number, own in numbers)
    bound: Literal["", "<", ">"] = "<" if _BELOW.search(before) else ">" if _ABOVE.search(before) else ""
    if "up to" in before.lower()[-8:]:
        bound = ""
    size = Size(
        mm=mm, text=sentence[start:end].strip(), earlier=_is_earlier(sentence, start, end), axis=_axis(sentence, start, end), bound=bound
    )
    return [Measured(size, start, end)]


def _mm(number: str, unit: str) -> float:
    return round(float(number.replace(",", ".")) * (10 if unit.lower().startswith("c") else 1), 2)


def _is_earlier(sentence: str, start: int, end: int) -> bool:
    before, after = flat(sentence[max(0, start - 40) : start]).rstrip(" (:"), flat(sentence[end : end + 30]).lstrip(" )")
    words = wording().previously
    amid = r"(?:\s(?:size|measurement|measuring|measured|at|about|approximately|up to))?$"
    if re.search(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words.before))}){amid}", before):
        return True
    if re.match(r"(?:to|->|→|-->)\s?\d", after):  # "from 5 to 8 mm", "5 mm -> 8 mm"
        return True
    return any(after.startswith(word) for word in words.after)


def _axis(sentence: str, start: int, end: int) -> Literal["", "short", "long"]:
    near = flat(sentence[max(0, start - 22) : start] + " | " + sentence[end : end + 25])
    if re.search(r"short[ -]axis|\bsa\b", near):
        return "short"
    return "long" if re.search(r"long[ -]axis", near) else ""


def impossible(size: Size, earlier: Size | None) -> str:
    """Why a size looks like a slip; empty when it does not: larger than any lesion, or ten times the earlier one."""
    if size.largest > _LARGEST_MM:
        return f"{size.text} is larger than a lesion can be"
    if earlier and earlier.largest and abs(size.largest / earlier.largest - 10) < 0.01:
        return f"{size.text} is ten times the earlier {earlier.text}: mm and cm may be mixed up"
    if earlier and size.largest and abs(earlier.largest / size.largest - 10) < 0.01:
        return f"{size.text} is a tenth of the earlier {earlier.text}: mm and cm may be mixed up"
    return ""
