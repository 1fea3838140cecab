"""reckon: exact arithmetic with units (Pint over fractions), and the arithmetic that a sentence shows, recomputed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from agent.tools.protocol import Finding, ToolMisuse

MOST = 200
"""Characters of an expression at most."""
_ALLOWED = re.compile(r"[\w\s.,+\-*/()^%²³·×÷−]+")
_POWER = re.compile(r"\*\*\s*\(?-?\d{2,}|\*\*[^*]*\*\*")
_SIGNS = (("×", "*"), ("·", "*"), ("÷", "/"), ("−", "-"), ("^", "**"), ("²", "**2"), ("³", "**3"))
_OWN_UNITS = ("HU = []", "points = [] = point", "percent = 0.01 = %", "SUV = []")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


class Reckon:
    """A calculator."""

    name = "reckon"
    takes = "an expression with units, and the unit wanted: (50 mm - 40 mm) / 40 mm in %"

    async def use(self, asked: str) -> Finding:
        """See `Tool.use`."""
        return Finding(text=reckoned(asked))


def reckoned(asked: str) -> str:
    """The value of an expression in its own or the wanted unit, at most six decimals.

    Raises:
        ToolMisuse: it is no arithmetic, or its units do not go together; says which.
    """
    expression, _, unit = re.sub(r"\s+", " ", asked.strip()).rpartition(" in ")
    if not expression:
        expression, unit = unit, ""
    value = _value(expression)
    try:
        if unit:
            value = _registry().Quantity(value).to(unit.replace("%", "percent").strip())
    except Exception as error:  # Pint's errors have no common base below Exception
        raise ToolMisuse(f"{expression!r} cannot be given in {unit!r} ({type(error).__name__}).") from error
    return _written(value)


def _value(expression: str) -> Any:
    if len(expression) > MOST or not _ALLOWED.fullmatch(expression):
        raise ToolMisuse(f"{expression[:60]!r} is no arithmetic; reckon takes {Reckon.takes}.")
    spelled = _DECIMAL_COMMA.sub(".", _THOUSANDS.sub("", expression))
    for sign, plain in _SIGNS:
        spelled = spelled.replace(sign, plain)
    if _POWER.search(spelled):
        raise ToolMisuse("Powers take one digit.")
    try:
        return _registry().parse_expression(_MEASURED.sub(r"(\1 \2)", spelled.replace("%", " percent")))
    except Exception as error:  # Pint's errors have no common base below Exception
        raise ToolMisuse(f"{expression!r} cannot be reckoned ({type(error).__name__}).") from error


_MEASURED = re.compile(r"(?<!\d)(\d{1,20}(?:\.\d{1,20})?)\s{0,3}([A-Za-z]{1,20}(?:/[A-Za-z]{1,20})?)(?![A-Za-z])")
"""A number with its unit: one value, whatever is divided by it."""


@cache
def _registry() -> Any:
    import pint

    made: Any = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for definition in _OWN_UNITS:
        made.define(definition)
    return made


def _written(value: Any) -> str:
    magnitude = Fraction(getattr(value, "magnitude", value))
    number = f"{float(round(magnitude, 6)):.6f}".rstrip("0").rstrip(".")
    return f"{number} {_symbol(value)}".strip()


def _symbol(value: Any) -> str:
    """The unit of a value as it is written: "mm", "mm^3", "mg/kg", "%"."""
    powers: dict[str, Fraction] = dict(value.unit_items()) if hasattr(value, "unit_items") else {}
    above = [f"{_named(name)}{f'^{power}' if power != 1 else ''}" for name, power in powers.items() if power > 0]
    below = [f"{_named(name)}{f'^{-power}' if power != -1 else ''}" for name, power in powers.items() if power < 0]
    return " ".join(above) + "".join(f"/{name}" for name in below)


def _named(unit: str) -> str:
    return {"percent": "%", "points": "points"}.get(unit) or str(_registry().get_symbol(unit))


_TERM = r"(?<!\d)\d{1,20}(?:\.\d{1,20})?(?:\s?(?:mm|cm|mL|ml|HU|points?|%))?"
_OPERATOR = r"\s{0,3}[-+*/×÷−x]\s{0,3}"
_BRACED = rf"(?:\(\s{{0,3}})?{_TERM}(?:\s{{0,3}}\))?"
_LEFT = rf"{_BRACED}(?:{_OPERATOR}{_BRACED}){{1,12}}"
_IS = r"\s{0,3}(?:=|≈|equals|gives|makes|is)\s{0,3}"
_EQUATION = re.compile(rf"(?P<left>{_LEFT}){_IS}(?P<right>{_TERM})", re.IGNORECASE)
_NAMED = r"(?:[A-Za-z][\w-]{0,30}\s){1,6}"
"""What a summand is given for: "taller than wide 3"."""
_SUMMANDS = rf"{_NAMED}{_TERM}(?:\s{{0,3}}\+\s{{0,3}}{_NAMED}{_TERM}){{1,12}}"
_SUM_OF_NAMED = re.compile(rf"(?P<left>{_SUMMANDS}){_IS}(?P<right>{_TERM})", re.IGNORECASE)


def equations(sentence: str) -> Iterator[tuple[str, str, bool]]:
    """Every sum that a sentence shows: its left side, its right side, and whether it comes out, rounded as the right side is."""
    for found in (*_EQUATION.finditer(sentence), *_SUM_OF_NAMED.finditer(sentence)):
        left, right = found["left"].strip(), found["right"].strip()
        try:
            value, said = _bare(_UNNAMED.sub("", left)), _bare(right)
        except ToolMisuse:
            continue
        if "%" in right and "%" not in left and abs(value) <= 1:
            value *= 100
        yield left, right, same(value, said, right)


_UNNAMED = re.compile(rf"{_NAMED}(?=\d)")


def _bare(text: str) -> Fraction:
    """The number of an expression, its units left out."""
    plain = re.sub(r"(?<=\d)\s?(?:mm|cm|mL|ml|HU|points?|%)", " ", text, flags=re.IGNORECASE)
    value = _value(re.sub(r"(?<=[\d) ])x(?=[\d( ])", "*", plain))
    return Fraction(getattr(value, "magnitude", value))


def same(value: Fraction | float, said: Fraction | float, written: str) -> bool:
    """Whether a value is the said one, rounded (or cut) to the decimals that were written."""
    decimals = re.search(r"\.(\d+)", written)
    step = Decimal(1).scaleb(-len(decimals[1])) if decimals else Decimal(1)
    exact, other = Decimal(float(value)), Decimal(float(said)).quantize(step, ROUND_HALF_UP)
    return abs(exact - other) < step * (1 if decimals else Decimal("0.6"))
