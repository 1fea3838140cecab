"""What is given for a system's features, as values its rows can be compared with."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpora.errors import InputError
from corpora.quantities import Quantity, find_quantities
from corpora.rules.system import LENGTH, Feature, Measure, System

NOTHING = frozenset(("", "?", "unknown", "not stated", "not known", "n/a", "na"))
_UNITS = {LENGTH: "mm", "attenuation (HU)": "HU", "share (%)": "%", "age (years)": "years old", "points": "points"}
_TIMES = re.compile(r"(?<=\d)\s*(?:mm|cm)?\s*(?:x|×|by|\*)\s*(?=\d)", re.IGNORECASE)


class UnknownFeature(InputError):
    """A system has no such feature, or a feature no such value."""


class Given(NamedTuple):
    """Feature id -> its values (one, or several where a feature may have several), or the quantity measured."""

    values: dict[str, frozenset[str]]
    quantities: dict[str, Quantity]
    shown: dict[str, str]


def given(system: System, said: Mapping[str, str | Sequence[str]]) -> Given:
    """The values of a system's features as somebody wrote them; what is "?" or empty is left out.

    Raises:
        UnknownFeature: a feature or value is none of the system's, or one that has one value got several; names what there is.
    """
    made = Given({}, {}, {})
    for name, told in said.items():
        feature = system.feature(name)
        if feature is None:
            raise UnknownFeature(f"{system.name} has no feature {name!r}{_near(name, [one.id for one in system.features])}")
        texts = [told] if isinstance(told, str) else list(told)
        texts = [text for text in texts if text.strip().lower() not in NOTHING]
        if not texts:
            continue
        if feature.dimension:
            quantity = _quantity(system, feature, texts)
            made.quantities[feature.id], made.shown[feature.id] = quantity, " and ".join(texts)
        else:
            made.values[feature.id] = _chosen(system, feature, texts)
            made.shown[feature.id] = ", ".join(sorted(made.values[feature.id], key=list(feature.values).index))
    return made


def _quantity(system: System, feature: Feature, texts: Sequence[str]) -> Quantity:
    if len(texts) > 1:
        raise UnknownFeature(f"{system.name}: {feature.id} has one value, and {len(texts)} were given: {', '.join(texts)}.")
    text = feature.words.get(texts[0].strip().lower(), texts[0])
    quantity = measured(text, feature.dimension, feature.measured)
    if quantity is None:
        unit = _UNITS.get(feature.dimension, "")
        raise UnknownFeature(f"{system.name}: {texts[0]!r} is no {feature.id}; write a number{f' with {unit}' if unit else ''}.")
    return rounded(quantity) if feature.whole else quantity


def measured(text: str, dimension: str, way: Measure = "largest") -> Quantity | None:
    """The quantity of a dimension that a text gives, "12 x 8 mm" by the diameter that counts; None where it gives none."""
    numbers = [float(number.replace(",", ".")) for number in re.findall(r"\d+(?:[.,]\d+)?", text)]
    if dimension == LENGTH and _TIMES.search(text) and len(numbers) > 1:
        scale = 10.0 if re.search(r"\dcm\b|\bcm\b", text, re.IGNORECASE) else 1.0
        low = scale * diameter(numbers, way)
        return Quantity(text=text, start=0, end=len(text), dimension=dimension, low=low, high=low)
    bare = re.fullmatch(r"[<>=≤≥ ]{0,4}-?\d{1,9}(?:\.\d{1,9})?", text.strip())
    for quantity in find_quantities(f"{text} {_UNITS.get(dimension, '')}" if bare else text):
        if quantity.dimension == dimension or (dimension in ("number", "points") and quantity.dimension in ("number", "points")):
            return quantity.model_copy(update={"dimension": dimension})
        if dimension == "age (years)" and quantity.dimension == "time (days)":
            years = {side: None if (value := getattr(quantity, side)) is None else value / 365.25 for side in ("low", "high")}
            return quantity.model_copy(update={"dimension": dimension, **years})
    return None


def diameter(numbers: Sequence[float], way: Measure) -> float:
    """Of the diameters of one lesion the one that counts: the largest, the short axis, or the mean of the two largest."""
    ordered = sorted(numbers, reverse=True)
    if way == "short":
        return ordered[1] if len(ordered) > 1 else ordered[0]
    return sum(ordered[:2]) / len(ordered[:2]) if way == "mean" else ordered[0]


def rounded(quantity: Quantity) -> Quantity:
    """A single value to the nearest whole number, halves up; an interval as it is."""
    if not quantity.is_point or quantity.low is None:
        return quantity
    whole = float(math.floor(quantity.low + 0.5))
    return quantity.model_copy(update={"low": whole, "high": whole})


def _chosen(system: System, feature: Feature, texts: Sequence[str]) -> frozenset[str]:
    parts = [part.strip() for text in texts for part in ([text] if feature.value(text) else text.split(","))]
    found = {part: feature.value(part) for part in parts if part}
    for part, value in found.items():
        if not value:
            raise UnknownFeature(f"{system.name}: {part!r} is no {feature.id}{_near(part, list(feature.values))}")
    values = frozenset(found.values())
    if len(values) > 1 and not feature.several:
        raise UnknownFeature(f"{system.name}: {feature.id} has one value, and {len(values)} were given: {', '.join(sorted(values))}.")
    return values


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word.lower(), known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}."
