"""Around the findings: how the study was made, when, and what is said of the patient. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from agent.reports.types import Patient
from agent.reports.vocabulary import title_words

_MODALITIES = {
    "MG": r"mammogra\w*|tomosynthesis|\bMG\b|\bDBT\b",
    "PET": r"\bPET\b|FDG",
    "CT": r"\bCT\b|\bCTA\b|\bCCTA\b|computed tomograph\w*|\bCTPA\b|\bLDCT\b|\bHRCT\b|\bMDCT\b|colonograph\w*"
    r"|\bTDM\b|\bTC\b|tomograf\w*|scanner|Computertomograph\w*",
    "MRI": r"\bMRI?\b|magnetic resonance|\bMRA\b|\bMRCP\b|\bmpMRI\b|\bIRM\b|\bMRT\b|\bRMN?\b|resonancia|risonanza|ressonância",
    "US": r"(?i:ultraso\w*|sonogra\w*|ultraschall|[ée]chographie|ecograf[ií]a|ecografia|\bduplex\b|doppler)|\bUS\b|\bTVUS\b",
    "XR": r"radiograph\w*|x-?rays?\b|\bXR\b|\bCXR\b|\bKUB\b|plain films?|\b[23] views?\b|\bPA and lateral\b",
    "NM": r"scintigraph\w*|bone scan|SPECT|nuclear medicine|V/Q",
}
_AGE = re.compile(
    r"\b(?P<a>\d{1,3})[\s-]{0,3}(?:years?|yrs?|y)?[\s-]{0,3}(?:old|/o|yo|y/o|o)\b|\b(?P<b>\d{1,3})[\s-]?(?:year|yr)s?[\s-](?:old)?"
    r"|\b(?:age|aged)\s{0,3}:?\s{0,3}(?P<c>\d{1,3})\b|\b(?P<d>\d{2})\s?[MF]\b|\b[MF]\s?[/,]?\s?(?P<e>\d{2})\b(?!\s?[x×%./-])"
    r"|\b(?:fe)?male\W{1,3}(?P<f>\d{1,3})\b|\b(?P<g>\d{2})\s?y\b"
    r"|\b(?P<h>\d{1,3})[\s-]{0,2}(?:ans|años|anni|anos|j(?:a|ä)hr\w{0,5}|J\.)(?!\w)",
    re.IGNORECASE,
)
_FEMALE = re.compile(
    r"\b(?:female|woman|lady|girl|she|her|F\s?/\s?\d{2}|\d{1,2}\s?F|post-?menopausal|pre-?menopausal|gravida)\b", re.IGNORECASE
)
_MALE = re.compile(r"\b(?:male|man|gentleman|boy|he|his|M\s?/\s?\d{2}|\d{1,2}\s?M)\b", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATE = re.compile(
    r"\b(?P<iso>(?:19|20)\d\d-\d{1,2}-\d{1,2})\b|\b(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>(?:19|20)\d\d)\b"
    r"|\b(?P<d2>\d{1,2})\s(?P<mon>[A-Z][a-z]{2,8})\.?,?\s(?P<y2>(?:19|20)\d\d)\b"
    r"|\b(?P<mon3>[A-Z][a-z]{2,8})\.?\s(?P<d3>\d{1,2}),?\s(?P<y3>(?:19|20)\d\d)\b"
)
_OF_STUDY = re.compile(
    r"(?:date(?: of (?:exam|examination|study|service))?|exam(?:ination)? date|study date|performed(?: on)?|dated?)\s{0,3}:?\s{0,3}$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:birth|dob|born|compar\w{0,9}|prior|previous(?:ly)?|since|from|dated|earlier|last)\W{0,3}(?:\w{1,20}\s){0,4}$", re.IGNORECASE
)


def modality(text: str) -> str:
    """The modalities of the study, "CT", "PET/CT"; empty where nothing tells. The title counts first, then the technique."""
    lines = [line for line in text.splitlines() if line.strip()]
    technique = re.search(r"(?im)^[^\w\n]{0,9}(?:technique|procedure|exam(?:ination)?|study)\b.*$", text)
    for part in (lines[0] if lines else "", "\n".join(lines[:3]), technique[0] if technique else "", text):
        part = re.sub(r"(?im)^[^\w\n]{0,9}(?:comparison|indication|history|clinical).*$", "", part)
        if found := [name for name, pattern in _MODALITIES.items() if re.search(pattern, part, re.IGNORECASE if name != "US" else 0)]:
            return "/".join(found[:2]) if "PET" in found or part is not text else found[0]
    return ""


def organ(text: str) -> str:
    """The one organ that the title names as what the study is of; empty where it names none or several."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = {hit.meaning for line in lines[:2] for hit in title_words().find(line) if not re.search(r"[.]\s", line.strip())}
    named = re.search(r"(?im)^[^\w\n]{0,9}(?:procedure|exam(?:ination)?|study)\b(.*)$", text)
    found |= {hit.meaning for hit in title_words().find(named[1])} if named else set()
    if len(found) > 1:  # the neck is where the thyroid lies
        found -= {"neck", "node", "soft tissue"}
    return found.pop() if len(found) == 1 and "region" not in found else ""


def patient(text: str) -> Patient:
    """Age and sex as the report gives them."""
    ages = [float(next(filter(None, match.groups()))) for match in _AGE.finditer(text)]
    age = next((value for value in ages if 0 < value < 120), None)
    sexes = [(match.start(), sex) for pattern, sex in ((_FEMALE, "female"), (_MALE, "male")) if (match := pattern.search(text))]
    sex: Literal["", "female", "male"] = min(sexes)[1] if sexes else ""  # type: ignore[assignment]
    return Patient(age=age, sex=sex)


def dated(text: str) -> str:
    """The study's date as ISO text; empty where none is given. Dates of birth and of compared studies are not it."""
    found = [(match, day) for match in _DATE.finditer(text) if (day := _day(match))]
    for match, day in found:
        if _OF_STUDY.search(text[max(0, match.start() - 30) : match.start()]) and not _is_other(text, match):
            return day.isoformat()
    for match, day in found:
        if not _is_other(text, match) and match.start() < _HEAD:
            return day.isoformat()
    return ""


_HEAD = 300
"""Characters of a report's head, where its date stands."""


def _is_other(text: str, match: re.Match[str]) -> bool:
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return bool(
        _OTHER.search(text[max(0, match.start() - 40) : match.start()])
        or re.match(r"(?i)\W{0,9}(?:comparison|dob|date of birth|history|indication)", line)
    )


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date(*map(int, match["iso"].split("-")))
        if match["y"]:
            first, second = int(match["d"]), int(match["m"])
            return date(int(match["y"]), second, first) if second <= 12 else date(int(match["y"]), first, second)
        name, day, year = (match["mon"], match["d2"], match["y2"]) if match["mon"] else (match["mon3"], match["d3"], match["y3"])
        return date(int(year), _MONTHS.index(name[:3].lower()) + 1, int(day))
    except ValueError:
        return None
