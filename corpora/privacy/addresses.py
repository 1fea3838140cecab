"""Postal addresses whole: the parts that commas part from a street, streets without a number, towns behind a postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.context import is_german, is_named
from corpora.privacy.forms import CAPITAL, LOWER, PARTICLE, UPPER
from corpora.privacy.names import GERMAN_TERM, TERM
from corpora.privacy.tagging import knowledge, labels

Stretch = tuple[int, int]

_DOOR = (
    r"(?:n\.?\s?[º°]?\s?|no\.?\s)?\d{1,4}(?:\s?[-–/]\s?\d{1,4})?(?:\s?(?:bis|ter|[a-zA-Z])(?!\w))?"
    r"(?![\w%]|[.,]\d|\s?(?:mm|cm|ml|mg|HU|HE|UH|Jahre|years?|ans|años|anni|anos)\b)"
)
_SIDE = r"(?i:izda|izq|dcha|dir|esq|dto|frente|andar|étage|piso|floor|OG|EG|Stock)"
_UNIT = (
    r"(?i:(?:bât|bâtiment|esc|escalier|escalera|scala|int|interno|bloco|bloque|block|portal|piso|andar|apto|ap|apt|appt|appartement|porta|puerta|pta"
    r"|flat|suite|unit|room|whg|wohnung|stiege|top|étage|lote|fração|dpto|depto|casa|km|parcela|quadra|sala|lt|mz)\.?"
    rf"\s(?:n\.?[º°]?\s?)?[A-Za-z]?\d{{0,4}}[ºª°]?(?!\w)(?:\s{_SIDE}\.?)?)"
)
_LEVEL = (
    rf"(?:\d{{1,2}}\s?\.?(?:[ºª°]|er|e|ème|th|rd|nd|st)\.?\s?(?:[A-Z](?!\w)|{_SIDE}\.?)?"
    rf"|r/c(?:\s{_SIDE}\.?)?|s/n|snc|bajo|Hinterhaus|Vorderhaus)"
)
_POSTCODE = (
    r"(?:(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3,4})?|\d{4}-\d{3}|\d{4}(?![-/\d]))|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|[A-Z]\d[A-Z]\s\d[A-Z]\d"
    r"|[A-HJ-NP-Z]\d{4}(?:[A-Z]{3})?(?=\s[A-Z]{2,})|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s\d{4})"
)
_TOWN = rf"{CAPITAL}(?:[\s-](?:(?:{PARTICLE}|do\s|sur\s|am\s|im\s|an\sder\s|d['’]){{0,2}}){CAPITAL}){{0,3}}"
_NEXT = compiled(
    rf"(?:(?:,\s?|\s)(?:(?P<unit>{_UNIT})|(?P<level>{_LEVEL}))"
    rf"|(?:,\s?|\s[-–]\s|\s)(?P<code>{_POSTCODE})(?:\s(?P<in>{_TOWN}))?"
    r"|,?\s\((?:[A-Z]{2}|Qc|Qu[ée]bec)\)(?=\s?[,;.:|\n]|\s*$|\s[A-Z]\d[A-Z])|\sC(?:edex|EDEX)(?:\s\d{1,2})?"
    rf"|(?:,\s|\s[-–]\s)(?P<town>{_TOWN})(?=\s?[,;.:)/|\n]|\s*$|\s[A-Z]{{1,2}}\d))(?![\w%])"
)
"""What may follow within an address: a unit, a floor, a postcode with its town, a town."""
_ENDS_CODED = re.compile(r"(?:\d{5}(?:-\d{3,4})?|\d{4}-\d{3})$")
_TOWN_BEHIND = compiled(rf"\s(?P<it>{_TOWN})(?![\w%])")
_NUMBERED = compiled(rf",?\s{_DOOR}")
_AHEAD = compiled(
    rf"(?:^|[\s(])(?P<it>(?:(?i:the|flat|apt\.?|unit|suite|room|villa|vila|haus|hof|résidence|residencia|residência|foyer|hostel|casa|c/o|a/c)"
    rf"\s[^\n,;:.|()]{{1,28}}|(?:{CAPITAL}\s){{1,2}}(?:Cottage|House|Court|Lodge|Farm|Hall|Mill|Villa|Hostel|Forge)),\s)$"
)
"""What may stand in front of the street: a flat, a house with a name."""
_STREETS = (
    compiled(
        rf"(?<!\w)(?:of|from|in|at|on|near|off)\s(?P<it>(?P<name>{CAPITAL})(?:\s{CAPITAL})?"
        r"\s(?:Avenue|Road|Street|Lane|Crescent|Terrace|Drive|Gardens|Grove|Mews|Close))(?!\w)"
    ),
    compiled(
        r"(?<!\w)(?:aus|in|von|an)\s(?:der|die)\s"
        rf"(?P<it>(?P<name>[{UPPER}][{LOWER}]{{2,30}}(?:-[{UPPER}][{LOWER}]{{2,30}})?)-?(?:[Ss]traße|[Ss]trasse|[Aa]llee|[Gg]asse|[Ss]tr\.))(?![\w-])"
    ),
    compiled(
        r"(?<![\w-])(?P<it>(?:rue|avenue|boulevard|quai|impasse|allée|sentier|ruelle|venelle|hameau|calle|avenida|avda\.?|plaza|pza\.|paseo|senda|pasaje|pje\.|rua"
        r"|praça|travessa|alameda|beco|carreiro|viale|vicolo|piazza|p\.za|contrada|sentiero|fraz\.|frazione)"
        rf"\s(?:d(?:e|el|os?|as?|u|es|i|ella|elle|ei|egli|ello)\s(?:l(?:a|as|os|e)\s)?|d(?:ell)?['’]|de\sl['’]|l(?:a|as|os|es)\s)?(?P<name>{CAPITAL})(?:\s{CAPITAL}){{0,2}})(?![\w-])"
    ),
)
"""A street without a number, where somebody lives."""
_CODED = compiled(rf",\s(?P<code>{_POSTCODE})\s(?P<town>{_TOWN})(?![\w-])")
_NO_YEAR = re.compile(r"(?:19|20)\d\d")
_PARTS = 6
"""Parts that an address has behind its street, at most."""
_WINDOW = 100
"""Signs in front of a postcode within which its street stands."""


def addresses(text: str) -> Iterator[Stretch]:
    """Streets without a number and what stands in front of a postcode with its town, in no order."""
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            if is_named(match["name"]) or knowledge(match["name"].lower()) == "common":
                yield match.span("it")
    for match in _CODED.finditer(text):
        town = re.split(r"[\s-]", match["town"])[0]
        if (_NO_YEAR.fullmatch(match["code"]) and not is_named(town)) or not _may_be_town(town, german=False):
            continue
        before = re.split(r"[\n;:|()]|\.\s(?=[A-Z][a-z]{5})", text[max(0, match.start() - _WINDOW) : match.start()])[-1]
        parts = before.rsplit(",", 2)[-2:]
        street = parts[-1] if re.search(r"\d", parts[-1]) else ",".join(parts) if re.search(r"\d", parts[0]) else ""
        first = re.search(rf"[{UPPER}\d]", street)
        if first:
            yield match.start() - len(street) + first.start(), match.end()


def whole(text: str, start: int, end: int) -> Stretch:
    """An address with the unit, floor, postcode and town behind it, and the house or flat in front of it."""
    if not re.search(r"\d", text[start:end]) and (match := _NUMBERED.match(text, end)):
        end = match.end()
    behind = _TOWN_BEHIND.match(text, end) if _ENDS_CODED.search(text[start:end]) else None
    if behind and _may_be_town(re.split(r"[\s-]", behind["it"])[0], german=False, coded=True):
        end = behind.end()
    for _ in range(_PARTS):
        match = _NEXT.match(text, end)
        if match is None:
            break
        named = match["town"] or match["in"]
        german = match["town"] is not None and is_german(text[max(0, start - _WINDOW) : end + _WINDOW])
        if named and not _may_be_town(re.split(r"[\s-]", named)[0], german=german, coded=bool(match["code"])):
            if match["code"]:
                end = match.end("code")
            break
        if match["code"] and not named and re.fullmatch(r"\d{4}", match["code"]):
            break
        end = match.end()
    if match := _AHEAD.search(text[max(0, start - 70) : start]):
        start -= len(match["it"])
    return start, end


def _may_be_town(word: str, *, german: bool, coded: bool = False) -> bool:
    """Whether a capitalised word behind a comma can be a town; in German only a name, for every noun has a capital there.

    Behind a postcode (`coded`) it is one unless it is a label or built like a term.
    """
    low = word.lower()
    if low in labels() or TERM.fullmatch(low) or GERMAN_TERM.fullmatch(low):
        return False
    if coded and not german:
        return True
    if german:
        return bool(_GERMAN_TOWN.fullmatch(low)) or (is_named(word) and knowledge(low) != "unknown")
    return knowledge(low) in ("unknown", "given", "common")


_GERMAN_TOWN = re.compile(
    r"\w{2,20}(?:hausen|dorf|burg|berg|bach|heim|stadt|feld|felden|kirchen|hafen|haven|furt|brunn|itz|leben|rode|stedt|walde|münde|weiler|ingen|thal)"
)
