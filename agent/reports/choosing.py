"""Which scoring system a finding belongs to, and what the report says of the system's features. Pure, but for reading the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from agent.reports.measuring import sizes
from agent.reports.mentions import cued
from agent.reports.types import Finding, Patient
from agent.reports.vocabulary import Matcher, Said, flat
from corpora.concepts.linker import linker
from corpora.quantities import find_quantities
from corpora.rules.rows import joined
from corpora.rules.system import LENGTH, Feature, System, systems


class Told(NamedTuple):
    """The report around a finding: its text, its sentences, how it was made, the patient, and how often an organ has a kind."""

    text: str
    sentences: tuple[str, ...]
    modality: str
    patient: Patient
    alike: Mapping[tuple[str, str], int] = MappingProxyType({})


SHARE = "share (%)"


def _worst(system: System, feature: Feature, told: Told) -> Iterator[str]:
    """The largest share of narrowing that the whole report gives, by number or by word."""
    speaking = [sentence for sentence in told.sentences if re.search(r"(?i)\bstenos|\bplaque|\bnarrow|\bocclu", sentence)]
    said = [
        hit.meaning
        for sentence in speaking
        for hit in (_word_quantities(system, feature.id).find(sentence) if feature.words else [])
        if not _is_denied(sentence, hit)
    ]
    shares = [one for text in (*speaking, *said) for one in find_quantities(text) if one.dimension == SHARE]
    if shares:
        yield max(shares, key=lambda quantity: quantity.high or quantity.low or 0.0).text


def candidates(finding: Finding, told: Told, wanted: System | None = None) -> list[System]:
    """The systems that are for such a finding, the likeliest first: named in the report, asked for by its context, most particular."""
    if wanted is not None:
        return [wanted] if _is_about(wanted, finding) else []
    low = flat(told.text)
    fit = [
        system for system in systems().values()
        if _is_about(system, finding) and _is_made_with(system, told.modality)
        and (not system.about.context or _names(system).has(low) or _any(system.about.context).has(low))
        and not _any(system.about.never).has(low)
    ]  # fmt: skip
    return sorted(fit, key=lambda system: (not _names(system).has(low), not system.about.context, len(system.about.kinds)))


def _is_about(system: System, finding: Finding) -> bool:
    about = system.about
    return finding.organ in about.organs and finding.kind in about.kinds


def _is_made_with(system: System, modality: str) -> bool:
    made = set(modality.split("/")) - {""}
    return not made or not system.about.modalities or bool(made & set(system.about.modalities))


@cache
def _any(words: tuple[str, ...]) -> Matcher:
    return Matcher({"": words})


@cache
def _names(system: System) -> Matcher:
    particular = [name for name in (system.name, *system.aliases) if re.search(r"(?i)rads|bosniak|fleischner|recist|aast", name)]
    return Matcher({"": particular})


def speaks_of(kind: str, organ: str, text: str) -> bool:
    """Whether a text says a feature that some system asks of a finding of this kind and organ."""
    asked = [system for system in systems().values() if organ in system.about.organs and kind in system.about.kinds]
    return any(
        (bool(feature.values) and feature.of == "finding" and _values(system, feature.id).has(_answered(text)))
        or (bool(feature.said_of) and _any(feature.said_of).has(text))
        for system in asked
        for feature in system.features
    )


_ANSWER = re.compile(r"(?i)(?P<what>\b[\w][\w -]{2,60}?)\s?:\s?(?P<how>yes|present|positive|no|none|absent|negative)\b")


def _answered(text: str) -> str:
    """A text with answers of forms said in words: "capsule: no" is "no capsule"."""
    return _ANSWER.sub(lambda m: m["what"] if m["how"].lower() in ("yes", "present", "positive") else f"no {m['what']}", text)


_VAGUE = frozenset((
    "none other single yes no one two small large present benign mass stable new solid-part simple positive negative multiple low high "
    "normal limited definite probable acute residual lesion deep cyst proven improved baseline incomplete a 1 2 3 4 5 6 0"
).split())  # fmt: skip
"""Names of values that are too common to be read as such; their words are read."""
_OPENS_DENIED = re.compile(r"^(?:no|without|non|not|nonenhancing|nonshadowing|absent)\b|^non", re.IGNORECASE)


@cache
def _values(system: System, name: str) -> Matcher:
    meanings = {}
    for value, words in _feature(system, name).values.items():
        own = () if value in _VAGUE or len(value) < 3 else (value, value.replace("-", " "))
        meanings[value] = [word for word in (*own, *words) if len(word) < _LONGEST and (len(word) > 1)]
    return Matcher(meanings)


def _feature(system: System, name: str) -> Feature:
    return next(feature for feature in system.features if feature.id == name)


NO_COMPARISON = "no prior imaging"
"""Stands among the sentences of a report whose comparison part says that there is none."""
_LONGEST = 60
"""Characters of a word that somebody dictates; longer ones are a card's cells."""


def features(system: System, finding: Finding, told: Told) -> dict[str, list[str]]:
    """Feature -> what the report says of it, as `corpora.rules.scoring.score` takes it; what it says nothing of is left out."""
    made: dict[str, list[str]] = {}
    own = tuple(_answered(line) for line in finding.own.split("\n"))
    for feature in system.features:
        where = told.sentences if feature.of == "report" else own
        if feature.values:
            said = _said(system, feature, where, of_report=feature.of == "report")
        else:
            said = list(_quantity(system, feature, finding, where, told))
        if said:
            made[feature.id] = said if feature.several else said[:1]
    if (number := system.feature("number")) is not None and number.values and finding.multiple:
        made.setdefault("number", ["multiple"])
    if finding.kind == "cyst" and (of := system.feature("composition")) is not None and (cystic := of.value("cystic")):
        made.setdefault("composition", [cystic])
    for name in ("finding", "injury"):  # what the kind of the finding says by itself
        if (of := system.feature(name)) is not None and of.values and (value := of.value(finding.kind)):
            made.setdefault(name, [value])
    if NO_COMPARISON in told.sentences:
        made |= {feature.id: [value] for feature in system.features if feature.id not in made and (value := feature.value(NO_COMPARISON))}
    if finding.change and (time := system.feature("time") or system.feature("prior")) is not None and time.id not in made:
        value = time.value({"increased": "growing" if time.id == "time" else "enlarging"}.get(finding.change, finding.change))
        made |= {time.id: [value]} if value else {}
    return made


def _said(system: System, feature: Feature, where: Sequence[str], *, of_report: bool) -> list[str]:
    """The values that some sentences say, the longest word first; a denied one is the feature's value for that, where it has one."""
    found: list[Said] = []
    denied = False
    for sentence in where:
        hits = _values(system, feature.id).find(sentence)
        if not hits:
            continue
        asserted = linker().asserted(cued(sentence), [(hit.start, hit.end) for hit in hits])
        for hit, how in zip(hits, asserted, strict=True):
            if _OPENS_DENIED.match(hit.text) or how in ("present", "historical") or (how == "uncertain" and not of_report):
                found.append(hit)
            elif how == "absent":
                denied = True
    if not found:
        return [feature.no] if denied and feature.no else []
    ordered = sorted(found, key=lambda hit: -len(hit.text))
    values = list(dict.fromkeys(hit.meaning for hit in ordered))
    if feature.several and len(values) > 1 and feature.no in values:
        values.remove(feature.no)
    return values


def _quantity(system: System, feature: Feature, finding: Finding, where: Sequence[str], told: Told) -> Iterator[str]:
    """What the report says of a measured feature, as text with its unit."""
    text = " ".join(where)
    if feature.dimension == "age (years)":
        if told.patient.age is not None:
            yield f"{told.patient.age:g} years old"
    elif feature.said_of:
        yield from _said_of(feature, " ".join(told.sentences) if system.about.whole else text)
    elif feature.dimension == LENGTH:
        yield from _size(system, feature, finding)
    elif system.about.whole and feature.dimension == SHARE:
        yield from _worst(system, feature, told)
    elif feature.dimension == "number" and not feature.words.keys().isdisjoint(("single", "solitary")):
        yield from ([str(count)] if (count := told.alike.get((finding.organ, finding.kind), 0)) > 0 and not finding.multiple else [])
    elif feature.dimension != "number":
        yield from (quantity.text for quantity in find_quantities(text) if quantity.dimension == feature.dimension)
    if feature.words and not (system.about.whole and feature.dimension == SHARE):
        yield from (hit.meaning for hit in _word_quantities(system, feature.id).find(text) if not _is_denied(text, hit))


def _is_denied(text: str, hit: Said) -> bool:
    return not _OPENS_DENIED.match(hit.text) and bool(re.search(r"(?i)\b(?:no|without)\s(?:[\w-]+\s){0,2}$", text[: hit.start]))


@cache
def _word_quantities(system: System, name: str) -> Matcher:
    meanings: dict[str, list[str]] = {}
    for word, quantity in _feature(system, name).words.items():
        if len(word) > 1:
            meanings.setdefault(quantity, []).append(word)
    return Matcher(meanings)


def _size(system: System, feature: Feature, finding: Finding) -> Iterator[str]:
    """The finding's size now, as the diameter that the feature asks for; a part's own measure ("solid component 5 mm") is not it."""
    parts = {
        size.text for other in system.features if other.said_of and other.dimension == LENGTH for size in _sizes_of(other, finding.own)
    }
    sizes_now = [size for size in finding.sizes if not size.earlier]
    own = [size for size in sizes_now if size.text not in parts] or (
        [] if parts and len(sizes_now) == 1 and finding.kind == "thickening" else sizes_now
    )
    if not own:
        return
    short = [size for size in own if size.axis == "short"]
    if feature.measured == "short":
        two = [size for size in own if len(size.mm) > 1]
        if short:
            yield f"{min(short[0].mm):g} mm"
        elif two:
            yield f"{sorted(two[0].mm)[-2]:g} mm"
        return
    if feature.id == "long-axis":
        own = [size for size in own if size.axis != "short"]
    if own:
        size = own[0] if not finding.multiple else max(own, key=lambda one: one.largest)
        mark = f"{size.bound} " if size.bound else ""
        yield f"{mark}{' x '.join(f'{value:g}' for value in size.mm)} mm"


def _sizes_of(feature: Feature, text: str) -> list:  # type: ignore[type-arg]
    """The sizes that stand beside one of the words that tell whose they are: "5 mm solid component", "wall 3 mm"."""
    found = []
    measured = [one for one in sizes(text) if not one.size.earlier]
    for hit in _any(feature.said_of).find(text):
        behind = [
            one for one in measured if 0 <= one.start - hit.end <= _NEAR and not re.search(r"[;.]\s|\band\b", text[hit.end : one.start])
        ]
        before = [
            one
            for one in measured
            if 0 <= hit.start - one.end <= _TOUCHING and not re.search(r"[,;.]\s|\b(?:with|and)\b", text[one.end : hit.start])
        ]
        found += [one.size for one in (before[-1:] or behind[:1])]
    return found


_NEAR, _TOUCHING = 30, 14


def _said_of(feature: Feature, text: str) -> Iterator[str]:
    if feature.dimension == LENGTH:
        for size in _sizes_of(feature, text):
            yield f"{' x '.join(f'{value:g}' for value in size.mm)} mm"
        return
    for hit in _any(feature.said_of).find(text):
        if feature.dimension == "number":
            behind = re.match(
                r"(?:\s?(?:score|category|of|is|was|=|:|sequence)){0,4}\s?[:=]?\s?(\d)(?!\d|\.\d|\s?(?:mm|cm|%))",
                text[hit.end :],
                re.IGNORECASE,
            )
            before = re.search(
                r"(\d|one|two|three|four|five)\s(?:thin\s|thick\s|enhancing\s|internal\s|smooth\s|hairline\s){0,3}$",
                text[: hit.start],
                re.IGNORECASE,
            )
            if behind:
                yield behind[1]
            elif before:
                yield str(_COUNTS.get(before[1].lower(), before[1]))
        else:
            near = [quantity for quantity in find_quantities(text) if quantity.dimension == feature.dimension]
            behind_ = [quantity for quantity in near if 0 <= quantity.start - hit.end <= _NEAR]
            before_ = [quantity for quantity in near if 0 <= hit.start - quantity.end <= _TOUCHING]
            yield from (quantity.text for quantity in (behind_[:1] or before_[-1:]))


_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


@cache
def _stated(system: System) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A pattern for each category by which a report may name it: "TR4", "TI-RADS 4", "ACR TI-RADS category 4"."""
    categories = {row.then for table, rows in joined(system) if table.gives == "category" for row in rows}
    made = []
    for category in sorted(categories, key=len, reverse=True):
        split = re.match(
            r"^(.{0,60}?)[ -]?((?:\d[A-Za-z]?|[IV]{1,4}F?|C\d[ab]?|N|M|NC|TIV))(?: at the primary site| in the neck)?$", category
        )
        if split is None:
            continue
        prefixes = {split[1], system.name, *system.aliases}
        either = "|".join(
            re.sub(r"\\?[- ]", r"[-\\s]?", re.escape(prefix)) for prefix in sorted(prefixes, key=len, reverse=True) if len(prefix) > 1
        )
        middle = r"(?:[\s:(=-]|US|MRI|CT|category|score|class|grade|assessment|is|of|TR|LR|v?20\d\d|v2\.1|2\.0){0,5}"
        made.append((re.compile(rf"(?<![\w-])(?:{either}){middle}{split[2]}(?![\w])", re.IGNORECASE), category))
    return tuple(made)


def stated_of_side(system: System, finding: Finding, text: str) -> str:
    """The category that a report gives for the side that a finding is on, where it gives one for each side."""
    if finding.side not in ("right", "left"):
        return ""
    pieces = [piece for piece in re.split(r"[.;,\n]", text) if re.search(r"(?i)\bright\b|\bleft\b", piece) and stated(system, piece)]
    own = [piece for piece in pieces if re.search(rf"(?i)\b{finding.side}\b", piece)]
    return stated(system, own[0]) if own and len(pieces) > len(own) else ""


def stated(system: System, text: str) -> str:
    """The category of the system that a text gives; empty where it gives none."""
    found = [(match.start(), -len(match[0]), category) for pattern, category in _stated(system) for match in pattern.finditer(text)]
    return min(found)[2] if found else ""
