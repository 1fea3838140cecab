"""A patient's value set against a bound: "7 mm is above the 6 mm threshold" is true or not, whatever words stand around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpora.quantities import Quantity, find_quantities

_OVER = r"above|over|exceed(?:s|ed|ing)?|greater than|larger than|more than|higher than|older than|beyond|surpass(?:es|ed)?|upwards of"
_UNDER = r"below|under|less than|smaller than|lower than|younger than|short of|fewer than"
_AT_LEAST = r"at least|at or above|reach(?:es|ed)?|meets?|met|no less than|not less than|attains?"
_AT_MOST = r"at most|at or below|up to|within|no more than|not more than"
_NOT = r"(?:\b(?:not|never|cannot|isn't|doesn't|does not|fails? to)\s+(?:\w+\s+)?)?"
_BETWEEN = (
    "the a an this that its upper lower size safe usual stated guideline diagnostic cutoff cut-off threshold limit bound value of for by "
    "than"
)
_ARTICLE = rf"(?:\s+(?:{'|'.join(_BETWEEN.split())})){{0,4}}"
_WORDS = {">": _OVER, "<": _UNDER, ">=": _AT_LEAST, "<=": _AT_MOST}
_BEFORE = {sign: re.compile(rf"({_NOT})\b(?:{words})\b{_ARTICLE}\s*$", re.IGNORECASE) for sign, words in _WORDS.items()}
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
_REACH = 60


class Comparison(NamedTuple):
    """A value of the patient's, the sign between, and the bound that it is set against."""

    value: Quantity
    sign: str
    bound: Quantity

    @property
    def at(self) -> float:
        """The number of the bound."""
        return float(self.bound.low if self.bound.low is not None else self.bound.high or 0.0)

    @property
    def holds(self) -> bool:
        """Whether the value stands to the bound as is said."""
        value = float(self.value.low or 0.0)
        return {">": value > self.at, "<": value < self.at, ">=": value >= self.at, "<=": value <= self.at}[self.sign]


def comparisons(sentence: str, given: Sequence[Quantity]) -> Iterator[Comparison]:
    """Every comparison of a given value with a bound that the sentence makes; both stand in it, in one dimension."""
    said = find_quantities(sentence)
    values = [one for one in said if one.is_point and any(one.equals(other) for other in given)]
    for bound in said:
        sign = _sign(sentence, bound)
        rivals = [one for one in values if one.dimension == bound.dimension and one.start != bound.start and one.end <= bound.start]
        if sign and rivals and not any(bound.equals(other) for other in values):
            yield Comparison(rivals[-1], sign, bound)


def _sign(sentence: str, bound: Quantity) -> str:
    """How the words before a bound compare with it; empty where they do not, or it is a range."""
    if bound.low is not None and bound.high is not None and not bound.is_point:
        return ""
    before = sentence[max(0, bound.start - _REACH) : bound.start]
    if not bound.is_point:
        sign = (">" if bound.low_open else ">=") if bound.low is not None else ("<" if bound.high_open else "<=")
        return _OPPOSITE[sign] if re.search(r"\b(?:not|never|does not|doesn't|is not|isn't)\s+(?:\w+\s+)?$", before) else sign
    for sign, pattern in _BEFORE.items():
        if found := pattern.search(before):
            return _OPPOSITE[sign] if found[1] else sign
    return ""
