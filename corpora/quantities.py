"""Quantities in text: "7 mm", ">= 10 to < 15 mm", "at least 3 points", "45-year-old" become intervals that compare.

Retrieval compares a question's quantities with a table row's, verification a sentence's with its passage's. Lengths are
kept in mm, volumes in mL, times in days, ages in years; everything else in the unit named in `UNITS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from corpora.types import Frozen

DAY_PER_MONTH, DAY_PER_YEAR = 30.4375, 365.25

# unit pattern -> (dimension, factor into the dimension's unit); longer patterns first, so that "mm3" is not "mm"
UNITS: tuple[tuple[str, str, float], ...] = (
    (r"ml\s?/\s?min(?:ute)?(?:\s?(?:/|per)\s?1\.73\s?m(?:2|²|\^2))?", "filtration (mL/min/1.73 m2)", 1.0),
    (r"s\s?/\s?mm(?:2|²)", "b-value (s/mm2)", 1.0),
    (r"(?:x|×)\s?10\^?9\s?/\s?l", "cells (10^9/L)", 1.0),
    (r"(?:/|per\s)(?:µl|μl|ul|mm3)", "cells (10^9/L)", 0.001),
    (r"cm\s?/\s?s(?:ec)?", "velocity (cm/s)", 1.0),
    (r"m\s?/\s?s(?:ec)?", "velocity (cm/s)", 100.0),
    (r"ml\s?/\s?kg", "volume per mass (mL/kg)", 1.0),
    (r"mmol\s?/\s?kg", "amount per mass (mmol/kg)", 1.0),
    (r"mg\s?/\s?kg", "dose per mass (mg/kg)", 1.0),
    (r"(?:µg|μg|mcg|ug)\s?/\s?kg", "dose per mass (mg/kg)", 0.001),
    (r"mg\s?/\s?dl", "concentration (mg/dL)", 1.0),
    (r"(?:µmol|μmol|umol)\s?/\s?l", "concentration (umol/L)", 1.0),
    (r"mmol\s?/\s?l", "concentration (mmol/L)", 1.0),
    (r"(?:ng|µg|μg|mcg|ug)\s?/\s?(?:ml|l)", "concentration (ng/mL)", 1.0),
    (r"mg\s?i?\s?/\s?ml", "concentration (mg/mL)", 1.0),
    (r"m?iu\s?/\s?(?:m?l)", "concentration (IU/L)", 1.0),
    (r"ml\s?/\s?s(?:ec)?", "flow (mL/s)", 1.0),
    (r"(?:beats\s?(?:per\s|/)\s?min(?:ute)?|bpm)", "rate (/min)", 1.0),
    (r"mm\s?hg", "pressure (mmHg)", 1.0),
    (r"kpa", "pressure (mmHg)", 7.50062),
    (r"(?:cubic\s(?:centi|milli)met(?:re|er)s?|cm(?:3|³|\^3)|cc|ml|millilit(?:re|er)s?)(?![\w/])", "volume (mL)", 1.0),
    (r"mm(?:3|³|\^3)", "volume (mL)", 0.001),
    (r"lit(?:re|er)s?", "volume (mL)", 1000.0),
    (r"cm(?:2|²|\^2)", "area (mm2)", 100.0),
    (r"mm(?:2|²|\^2)", "area (mm2)", 1.0),
    (r"(?:mm|millimet(?:re|er)s?)", "length (mm)", 1.0),
    (r"(?:cm|centimet(?:re|er)s?)", "length (mm)", 10.0),
    (r"inch(?:es)?", "length (mm)", 25.4),
    (r"(?:hu|hounsfield units?)", "attenuation (HU)", 1.0),
    (r"mgy(?:\s?(?:·|\*|x)?\s?cm)?", "absorbed dose (mGy)", 1.0),
    (r"gy", "absorbed dose (mGy)", 1000.0),
    (r"(?:msv|millisieverts?)", "effective dose (mSv)", 1.0),
    (r"(?:µsv|μsv)", "effective dose (mSv)", 0.001),
    (r"sv", "effective dose (mSv)", 1000.0),
    (r"mbq", "activity (MBq)", 1.0),
    (r"gbq", "activity (MBq)", 1000.0),
    (r"mci", "activity (MBq)", 37.0),
    (r"(?:gauss|g(?=\s(?:line|contour|field)))", "field (mT)", 0.1),
    (r"mt", "field (mT)", 1.0),
    (r"(?:tesla|t(?=\s(?:mri?|scanner|magnet|field|system)))", "field (mT)", 1000.0),
    (r"(?:kg|kilograms?)", "mass (mg)", 1e6),
    (r"(?:mg|milligrams?)", "mass (mg)", 1.0),
    (r"(?:µg|μg|mcg|micrograms?)", "mass (mg)", 0.001),
    (r"(?:g|grams?)", "mass (mg)", 1000.0),
    (r"(?:kvp?)", "tube voltage (kV)", 1.0),
    (r"(?:degrees?|deg|°)(?!\s?c\b)", "angle (degrees)", 1.0),
    (r"ms(?:ec)?", "milliseconds", 1.0),
    (r"(?:%|per\s?cent)", "share (%)", 1.0),
    (r"points?", "points", 1.0),
    (r"(?:sds?|standard\sdeviations?)", "standard deviations", 1.0),
    (r"(?:years?|yrs?)[\s-]?(?:old|of age)", "age (years)", 1.0),
    (r"(?:y/o|yo)\b", "age (years)", 1.0),
    (r"(?:months?|mos?)[\s-](?:old|of age)", "age (years)", 1 / 12),
    (r"(?:weeks?|wks?)[\s-](?:old|of age)", "age (years)", 7 / DAY_PER_YEAR),
    (r"(?:days?)[\s-](?:old|of age)", "age (years)", 1 / DAY_PER_YEAR),
    (r"(?:years?|yrs?)", "time (days)", DAY_PER_YEAR),
    (r"(?:months?|mos?\b)", "time (days)", DAY_PER_MONTH),
    (r"(?:weeks?|wks?)", "time (days)", 7.0),
    (r"days?", "time (days)", 1.0),
    (r"(?:hours?|hrs?|h)", "time (days)", 1 / 24),
    (r"(?:minutes?|mins?)", "time (days)", 1 / 1440),
    (r"(?:seconds?|secs?|s)", "time (days)", 1 / 86400),
)

_NUMBER = re.compile(r"(?<![A-Za-z0-9.,/])(?<![A-Za-z]-)(?:\d{1,3}(?:[, ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)(?![A-Za-z0-9]*-?RADS)")
_UNIT = re.compile(
    rf"\s?-?\s?(?:{'|'.join(f'(?P<u{number}>{pattern})' for number, (pattern, _, _) in enumerate(UNITS))})(?![A-Za-z0-9])", re.IGNORECASE
)
_BELOW_STRICT = ("<", "less than", "fewer than", "smaller than", "under", "below", "shorter than", "younger than", "lower than")
_BELOW = ("<=", "=<", "\u2264", "less than or equal to", "no more than", "not more than", "at most", "up to", "within", "no larger than")
_ABOVE_STRICT = (
    ">", "more than", "greater than", "larger than", "over", "above", "exceeding", "exceeds", "longer than", "older than", "bigger than",
    "higher than", "beyond",
)  # fmt: skip
_ABOVE = (">=", "=>", "\u2265", "greater than or equal to", "no less than", "not less than", "at least", "minimum of", "from")
_COMPARATORS = {word: (side, strict) for words, side, strict in (
    (_BELOW_STRICT, "high", True), (_BELOW, "high", False), (_ABOVE_STRICT, "low", True), (_ABOVE[:-1], "low", False),
) for word in words}  # fmt: skip
_WORD = "|".join(re.escape(word) for word in sorted(_COMPARATORS, key=len, reverse=True))
_BEFORE = re.compile(rf"(?:(?<![A-Za-z])|(?<=[<>]))({_WORD})\s*(?:about\s|approximately\s|a\s)?$", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:\s(?:or|and)\s(?P<more>more|greater|larger|bigger|older|above|over|longer|higher|thicker)\b|\s(?:or|and)\s(?P<less>less|fewer|smaller|younger|"
    r"below|under|shorter|lower|thinner)\b|(?P<plus>\+(?!\d)))",
    re.IGNORECASE,
)
_BY = re.compile(r"\s?(?:x|\u00d7|by)\s?$", re.IGNORECASE)
_RANGE = re.compile(rf"\s?(?:-|\u2013|\u2014|\bto\b)\s?(?:{_WORD})?\s?$", re.IGNORECASE)
_AND = re.compile(rf"\s?(?:\band\b|\bbut\b|,)\s?(?:{_WORD})\s?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|from)\s$", re.IGNORECASE)
_BETWEEN_AND = re.compile(r"\s?\b(?:and|to)\b\s?$", re.IGNORECASE)
_PERSON_OF = re.compile(
    r"\b(?:patients?|persons?|people|wom[ae]n|m[ae]n|(?:fe)?males?|adults?|child(?:ren)?|boys?|girls?|infants?|smokers?) of (?:about )?$",
    re.IGNORECASE,
)
_AGED = re.compile(r"\b(?:aged?|ages?)\s*(?:of\s+|is\s+|=\s*|about\s+)?$", re.IGNORECASE)
_LABEL = re.compile(
    r"(?<![A-Za-z-])([A-Za-z][A-Za-z-]{0,60})(?:\s(?:score|of|is|was|to|from|equals?|value)){0,6}\s{0,3}[:=]?\s{0,3}$", re.IGNORECASE
)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}
_WORD_NUMBER = re.compile(rf"(?<![\w-])({'|'.join(_WORDS)})(?![\w])", re.IGNORECASE)
_LISTED = re.compile(r"\s?,\s|\s?,?\s(?:and|or)\s")
_LIST_OPENS = re.compile(r"(?:^|[|;:,(]|\b(?:at|after|for|of|by|in|every|within|and))\s*$", re.IGNORECASE)
_SUMMING = re.compile(r"\b(?:add|sum|total|tot)(?:s|l?ed|l?ing|med|ming)?\s+up\s+to\s*$", re.IGNORECASE)
_PER_TIME = re.compile(r"\s?(?:per|/|a)\s?(?:year|yr|month|week|day|hour|min)", re.IGNORECASE)
_TOLERANCE = 0.004


class Quantity(Frozen):
    """An interval of one dimension; None means unbounded, `*_open` that the bound itself is excluded.

    `text` is what stood there, `start`/`end` where (characters); `label` is the word before a number without a unit.
    """

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    dimension: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    label: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"{self.text!r}: lower bound {self.low:g} above upper bound {self.high:g}")
        return self

    @property
    def is_point(self) -> bool:
        """One value and no interval."""
        return self.low is not None and self.low == self.high

    def contains(self, other: Quantity) -> bool:
        """Whether every value of `other` lies in this interval. Dimensions must be the same."""
        return self.dimension == other.dimension and self._reaches_down_to(other) and self._reaches_up_to(other)

    def _reaches_down_to(self, other: Quantity) -> bool:
        if self.low is None:
            return True
        if other.low is None:
            return False
        if _same(self.low, other.low):
            return not self.low_open or other.low_open
        return other.low > self.low

    def _reaches_up_to(self, other: Quantity) -> bool:
        if self.high is None:
            return True
        if other.high is None:
            return False
        if _same(self.high, other.high):
            return not self.high_open or other.high_open
        return other.high < self.high

    def overlaps(self, other: Quantity) -> bool:
        """Whether some value lies in both intervals. Dimensions must be the same."""
        return self.dimension == other.dimension and not _below(self, other) and not _below(other, self)

    def equals(self, other: Quantity) -> bool:
        """Whether both are the same interval, bounds' openness included."""
        return self.contains(other) and other.contains(self)


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))


def _below(a: Quantity, b: Quantity) -> bool:
    """Whether all of a lies below all of b."""
    if a.high is None or b.low is None:
        return False
    if _same(a.high, b.low):
        return a.high_open or b.low_open
    return a.high < b.low


def find_quantities(text: str) -> list[Quantity]:
    """Every quantity in the text, in order. A number without a unit has the dimension "number" and its `label`."""
    return list(_found(text)) if len(text) <= _KEPT else list(_joined(text, _enumerated(text, list(_numbers(text)))))


_KEPT = 300
"""Texts up to so many characters (cells, sentences, questions) are read once: every question reads the same ones again."""


@lru_cache(maxsize=1 << 15)
def _found(text: str) -> tuple[Quantity, ...]:
    return tuple(_joined(text, _enumerated(text, list(_numbers(text)))))


def _enumerated(text: str, numbers: list[_Number]) -> list[_Number]:
    """The numbers of a list share the unit at its end: "at 13, 7 and 1 h" is three times, "score 3, 5 mm" no list."""
    shared = list(numbers)
    for last in range(len(numbers) - 1, 0, -1):
        if numbers[last].unit is None:
            continue
        first = last
        while first and numbers[first - 1].unit is None and _LISTED.fullmatch(text[numbers[first - 1].after : numbers[first].start]):
            first -= 1
        conjoined = re.search(r"and|or", text[numbers[last - 1].after : numbers[last].start])
        if first < last and conjoined and _LIST_OPENS.search(text[max(0, numbers[first].start - 12) : numbers[first].start]):
            shared[first:last] = [number._replace(unit=numbers[last].unit) for number in numbers[first:last]]
    return shared


class _Number(NamedTuple):
    value: float
    start: int
    end: int
    after: int  # where the unit ends; equals `end` without one
    unit: int | None  # index into UNITS


def _numbers(text: str) -> Iterator[_Number]:
    found = [(m.start(), m.end(), _value(m[0])) for m in _NUMBER.finditer(text)]
    found += [(m.start(), m.end(), float(_WORDS[m[1].lower()])) for m in _WORD_NUMBER.finditer(text)]
    for start, end, value in sorted(found):
        unit = _UNIT.match(text, end)
        if unit is None and (text[end : end + 1].isalnum() or (text[start].isalpha() and not _counts(text, end))):
            continue  # "4A", "2F": a category, not a quantity; "one" without anything counted
        yield _Number(value, start, end, unit.end() if unit else end, int(str(unit.lastgroup)[1:]) if unit else None)


def _counts(text: str, end: int) -> bool:
    return bool(re.match(r"[\s-][a-z]{3,}", text[end : end + 6]))


def _joined(text: str, numbers: list[_Number]) -> Iterator[Quantity]:
    """Ranges and "a x b" become one quantity; a unit at the end holds for all of it."""
    position = 0
    while position < len(numbers):
        group = [numbers[position]]
        kind = ""
        while position + len(group) < len(numbers):
            following = numbers[position + len(group)]
            kind = _link(text, group[-1], following, kind)
            if not kind:
                break
            group.append(following)
        quantity = _quantity(text, group)
        if quantity is not None:
            yield quantity
        position += len(group)


def _link(text: str, left: _Number, right: _Number, kind: str) -> str:
    """How two numbers belong together: "by", "range", or not at all ("")."""
    gap = text[left.after : right.start]
    if len(gap) > 32 or kind == "range" or _clash(left.unit, right.unit):
        return ""
    if _BY.fullmatch(gap):
        return "by"
    if kind == "by" or (left.unit is not None and right.unit is None):
        return ""
    opened = _BETWEEN.search(text[: left.start][-9:])
    if _RANGE.fullmatch(gap) or (opened and _BETWEEN_AND.fullmatch(gap)):
        return "range"
    return "range" if _AND.fullmatch(gap) and _comparator(text, left) and left.value < right.value else ""


def _quantity(text: str, group: list[_Number]) -> Quantity | None:
    first, last = group[0], group[-1]
    unit = first.unit if last.unit is None else last.unit
    dimension, factor = ("number", 1.0) if unit is None else UNITS[unit][1:]
    before = text[max(0, first.start - 40) : first.start]
    compared = _BEFORE.search(before)
    start = first.start - (len(before) - compared.start()) if compared else first.start
    if (
        first.value
        and text[start - 1 : start] in ("-", "\u2212")
        and dimension == "attenuation (HU)"
        and text[start - 2 : start - 1] in ("", " ", "(")
    ):
        first = first._replace(value=-first.value)
        group = [first, *group[1:]]
        start -= 1
    lead = text[max(0, start - 40) : start]
    aged = _AGED.search(lead) or (dimension == "time (days)" and _PERSON_OF.search(lead))
    if dimension in ("time (days)", "number") and aged:
        dimension, factor = "age (years)", (1.0 if unit is None else factor / DAY_PER_YEAR)
    suffix = _AFTER.match(text, last.after)
    counted = _UNIT.match(text, suffix.end()) if suffix and unit is None else None  # "3 or more points"
    if counted:
        dimension, factor = UNITS[int(str(counted.lastgroup)[1:])][1:]
    rate = _PER_TIME.match(text, last.after)
    if rate and dimension.startswith(("length", "volume", "share")):
        dimension = f"{dimension} per time"
    interval = _interval(text, [number._replace(value=number.value * factor) for number in group], suffix)
    if interval is None:
        return None
    low, low_open, high, high_open = interval
    end = counted.end() if counted else suffix.end() if suffix else last.after
    label = _LABEL.search(lead)
    return Quantity(
        text=text[start:end], start=start, end=end, dimension=dimension,
        low=low, high=high, low_open=low_open, high_open=high_open, label=label[1].lower() if label else "",
    )  # fmt: skip


def _interval(text: str, group: list[_Number], suffix: re.Match[str] | None) -> tuple[float | None, bool, float | None, bool] | None:
    values = [number.value for number in group]
    if len(group) > 1 and _BY.fullmatch(text[group[0].after : group[1].start]):
        return max(values), False, max(values), False
    sides = [_comparator(text, number) for number in group]
    if len(group) == 2:
        if values[0] > values[1]:
            return None
        return values[0], sides[0] == ("low", True), values[1], sides[1] == ("high", True)
    value, side = values[0], sides[0]
    if suffix and (suffix["more"] or suffix["plus"]):
        side = ("low", False)
    elif suffix and suffix["less"]:
        side = ("high", False)
    if side is None:
        return value, False, value, False
    return (value, side[1], None, False) if side[0] == "low" else (None, False, value, side[1])


def _comparator(text: str, number: _Number) -> tuple[str, bool] | None:
    found = _BEFORE.search(text[max(0, number.start - 30) : number.start])
    if found and _SUMMING.search(text[max(0, number.start - 40) : number.start]):
        return None  # "adds up to 3" is 3
    return _COMPARATORS[found[1].lower()] if found else None


def _clash(left: int | None, right: int | None) -> bool:
    return left is not None and right is not None and UNITS[left][1] != UNITS[right][1]


def _value(number: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+", number):
        return float(re.sub(r"[, ]", "", number))
    return float(number.replace(",", "."))
