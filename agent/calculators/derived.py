"""What follows from the values that a question gives: the change of a sum of diameters or of uptake, adrenal washout. Pure.

A guideline's row speaks of "a decrease of >= 30% from the baseline sum"; a report gives the two sums. What is reckoned is added to
the question before it is researched, and the answer says what was reckoned from what.

Sources: RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009, section 4.3.1); PERCIST 1.0 (Wahl et al., J Nucl Med 2009); ACR incidental
adrenal masses 2017 (absolute washout is (enhanced - delayed) / (enhanced - unenhanced), relative washout (enhanced - delayed) / enhanced).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from agent.types import Question
from corpora.quantities import Quantity, find_quantities

PARTIAL, PROGRESS, LEAST_GROWTH = 30.0, 20.0, 5.0
"""RECIST 1.1: per cent of decrease from baseline, per cent and mm of increase over the nadir."""
_SUMS = re.compile(r"\b(?:sums?\b.{0,60}\b(?:targets?|diameters?|lesions?)|target (?:lesion )?(?:sum|diameters?)|nadir)\b", re.IGNORECASE)
_MEASURED = re.compile(r"\d\s*[mc]m\b")
_ALSO_NADIR = re.compile(r"\b(?:is|being|are) (?:also )?(?:the )?(?:nadir|smallest|lowest)", re.IGNORECASE)
_OTHER_CRITERIA = re.compile(r"\b(?:irecist|imrecist|mrecist|percist|lugano|cheson|rano|choi|irrc)\b", re.IGNORECASE)
_SUM_ROLES = {
    "nadir": r"nadir|smallest|lowest|best",
    "baseline": r"baseline|start|before (?:treatment|therapy)|pre-?treatment|initial(?:ly)?|originally",
    "now": r"now|today|current(?:ly)?|latest|this (?:scan|time)|follow-up",
}
_PHASES = {
    "delayed": r"delayed|delay|10[- ]?min\w*|15[- ]?min\w*|washout phase",
    "unenhanced": r"unenhanced|non-?contrast|non-?enhanced|plain|native|without contrast|pre-?contrast",
    "enhanced": r"portal|venous|enhanced|post-?contrast|60[- ]?s\w*|70[- ]?s\w*|1[- ]?min\w*",
}


_OF_THE_SUMS = re.compile(
    rf"(?<!\d)\d{{1,9}}(?:\.\d{{1,9}})?\s{{0,3}}[mc]m\b|\b(?:at )?(?:{'|'.join(_SUM_ROLES.values())})\b", re.IGNORECASE
)


class Derived(NamedTuple):
    """What was reckoned, in words that join the question, and the question's own words that it replaces."""

    text: str
    replaced: tuple[str, ...] = ()


def derived(text: str) -> list[Derived]:
    """All that follows from the values in a text."""
    return [found for found in (_response(text), _metabolic(text), _washout(text)) if found is not None]


def with_derived(question: Question) -> tuple[Question, tuple[str, ...]]:
    """The question with what follows from its values, and what was reckoned; the same question when nothing follows."""
    found = derived(f"{question.text}\n{question.report}")
    if not found:
        return question, ()
    text, report = question.text, question.report
    for piece in (piece for item in found for piece in item.replaced):
        text, report = text.replace(piece, " "), report.replace(piece, " ")
    said = "; ".join(item.text for item in found)
    return question.model_copy(update={"text": f"{said}. {text}", "report": report}), tuple(item.text for item in found)


def _response(text: str) -> Derived | None:
    """The change of the sum of target diameters (mm), from baseline and over the nadir."""
    told = _SUMS.search(text)
    if told is None or _OTHER_CRITERIA.search(text):
        return None
    lengths = [end for quantity in find_quantities(text) if quantity.dimension == "length (mm)" for end in _ends(quantity)]
    if _MEASURED.search(text) and _names_new_lesion(text):  # progression, whatever the sums
        sums = [found[0] for found in _OF_THE_SUMS.finditer(text)]
        return Derived("Which RECIST 1.1 response category with new lesion: yes", tuple(dict.fromkeys((told[0], *sums))))
    roles = _roles(text, lengths, _SUM_ROLES)
    rest = [quantity for quantity in lengths if quantity not in roles.values()]
    if "now" not in roles and len(rest) == 1 and roles:
        roles["now"] = rest[0]
    if "now" not in roles or len(roles) < 2:
        return None
    now = _value(roles["now"])
    if not now:  # nothing measurable is left: whether that is a complete response the nodes decide
        return None
    also = _ALSO_NADIR.search(text[roles["now"].end :][:60])
    nadir = now if also else _value(roles.get("nadir") or roles["baseline"])
    said = []
    if "baseline" in roles and (base := _value(roles["baseline"])):
        change = round(100 * (now - base) / base, 6)
        said.append(f"{'decrease' if change < 0 else 'increase'} of {_cut(abs(change))}% from the baseline sum")
        decreased = -change >= PARTIAL
    else:
        decreased = False
    grown = round(100 * (now - nadir) / nadir, 6) if nadir else 0.0
    if grown > 0:
        said.append(f"increase of {_cut(grown)}% and {now - nadir:g} mm over the smallest sum on study (nadir)")
    progressed = grown >= PROGRESS and now - nadir >= LEAST_GROWTH
    if progressed:  # progression over the nadir goes before a decrease from baseline
        said = said[-1:]
    elif not decreased and "baseline" in roles:
        said.append("neither PR nor PD")
    replaced = (*dict.fromkeys(quantity.text for quantity in roles.values()), *_denied_lesions(text))
    return Derived(f"RECIST 1.1 target lesions still present, {', '.join(said)}", replaced)


_NEW_LESION = re.compile(
    r"\bnew\b(?:[\s-]+(?!(?:and|or|the|of|scan|study|exam\w*|images?|ct|mri?|pet|target|sum|treatment|therapy)\b)[\w.]+){0,4}?[\s-]+(?:lesions?|metastas[ie]s|mets?|nodules?|mass(?:es)?|deposits?)\b",
    re.IGNORECASE,
)
_NONE_BEFORE = re.compile(
    r"\b(?:no|without|nothing|not|never|neither|nor|any|zero|equivocal|possibl[ey]|questionable|uncertain|unclear|suspected)\b[^.;,]*$",
    re.IGNORECASE,
)
_NONE_AFTER = re.compile(r"^[^.;,]{0,40}?\b(?:none|no|not|nil|absent|negative|equivocal|uncertain|unclear|0)\b", re.IGNORECASE)


def _names_new_lesion(text: str) -> bool:
    """Whether an unequivocal new lesion is told of, and not denied ("no new lesions", "new lesions: none"), doubted or asked for."""
    return any(
        not _NONE_BEFORE.search(text[: found.start()][-60:]) and not _NONE_AFTER.search(text[found.end() :])
        for found in _NEW_LESION.finditer(text)
    )


def _denied_lesions(text: str) -> tuple[str, ...]:
    """Where new lesions are denied ("no new lesions", "new lesions: none"): left in, a row that has one might be met."""
    pieces = []
    for lesion in _NEW_LESION.finditer(text):
        after = _NONE_AFTER.match(text[lesion.end() :])
        before = _NO.search(text[: lesion.start()])
        if after and not _DOUBT.search(after[0]):
            pieces.append(text[lesion.start() : lesion.end() + after.end()])
        elif before:
            pieces.append(text[before.start() : lesion.end()])
    return tuple(pieces)


_NO = re.compile(r"\b(?:no|without|without any|zero)\s+$", re.IGNORECASE)
_DOUBT = re.compile(r"equivocal|uncertain|unclear", re.IGNORECASE)
_SUL = re.compile(
    r"\bSUL\s?-?(?:peak)?\b[^.\d;]{0,40}?(?P<first>\d+(?:\.\d+)?)[^.\d;]{1,40}?"
    r"(?P<second>\d+(?:\.\d+)?)(?!\.?\d|\s*(?:%|mm|cm))",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:now|after|current(?:ly)?|today)\b", re.IGNORECASE)
_TWO_SCANS = re.compile(r"\b(?:before|baseline|after|now|today|rose|fell|dropped|increased|decreased|went|from \d)", re.IGNORECASE)
LEAST_SUL, METABOLIC = 0.8, 30.0
"""PERCIST 1.0: units of SULpeak and per cent of change that a response takes at least and a progression exceeds."""


def _metabolic(text: str) -> Derived | None:
    """The change of SULpeak between two scans, the earlier one named first; nothing where the later one is."""
    found = _SUL.search(text)
    if found is None or _LATER.search(text[found.start() : found.start("second")]):
        return None
    if not _TWO_SCANS.search(text[found.start() : found.end() + 30]):
        return None
    before, after = float(found["first"]), float(found["second"])
    if not before:
        return None
    moved = round(abs(after - before), 6)  # 1.9 - 1.1 is 0.8, not a little less
    change = round(100 * (after - before) / before, 6)
    way = "decrease" if change < 0 else "increase"
    said = f"change of SULpeak {way} {_cut(abs(change))}%, absolute change {way} {_cut(moved)} SUL units"
    responds = change <= -METABOLIC and moved >= LEAST_SUL
    if not responds and not (change > METABOLIC and moved > LEAST_SUL):
        said = f"{said}: neither CMR, PMR nor PMD"
    return Derived(f"PERCIST {said}", (found["first"], found["second"]))


def _ends(quantity: Quantity) -> list[Quantity]:
    """The two sums in "40 mm to 50 mm"; any other quantity is itself."""
    if quantity.is_point or quantity.low is None or quantity.high is None:
        return [quantity] if quantity.is_point else []
    middle = quantity.start + len(quantity.text) // 2
    return [
        quantity.model_copy(update={"high": quantity.low, "end": middle}),
        quantity.model_copy(update={"low": quantity.high, "start": middle}),
    ]


def _washout(text: str) -> Derived | None:
    """Absolute and relative washout (%) of an adrenal mass from its three attenuations (HU)."""
    if "adrenal" not in text.lower() or re.search(r"washout\D{0,12}\d", text, re.IGNORECASE):
        return None
    values = [quantity for quantity in find_quantities(text) if quantity.dimension == "attenuation (HU)" and quantity.is_point]
    roles = _roles(text, values, _PHASES)
    if "enhanced" not in roles or "delayed" not in roles:
        return None
    enhanced, delayed = _value(roles["enhanced"]), _value(roles["delayed"])
    said = []
    if "unenhanced" in roles and enhanced > (plain := _value(roles["unenhanced"])):
        said.append(f"absolute washout {_cut(100 * (enhanced - delayed) / (enhanced - plain))}%")
    if enhanced > 0:
        said.append(f"relative washout {_cut(100 * (enhanced - delayed) / enhanced)}%")
    return Derived("Adrenal mass with " + " and ".join(said)) if said and delayed <= enhanced else None


def _roles(text: str, values: list[Quantity], names: Mapping[str, str]) -> dict[str, Quantity]:
    """Each role's value: the one whose own clause names it, the words right before it heard first, then those right after."""
    roles: dict[str, Quantity] = {}
    for number, quantity in enumerate(values):
        start = values[number - 1].end if number else 0
        end = values[number + 1].start if number + 1 < len(values) else len(text)
        before = re.split(r"[,;.]\s", text[start : quantity.start])[-1]
        after = re.split(r"[,;.]\s|\b(?:and|to|then)\b", text[quantity.end : end])[0]
        for said in (before, after):
            named = [role for role, pattern in names.items() if role not in roles and re.search(rf"\b(?:{pattern})\b", said, re.IGNORECASE)]
            if named:
                roles[named[0]] = quantity
                break
    return roles


def _cut(share: float) -> str:
    """A percentage with one decimal, cut off and not rounded: 29.96% must not meet "30% or more"."""
    return f"{math.floor(share * 10 + 1e-9) / 10:g}"


def _value(quantity: Quantity) -> float:
    return float(quantity.low if quantity.low is not None else quantity.high or 0.0)
