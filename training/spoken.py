"""Numbers and dates as they are dictated in six languages: "quarante-deux", "ersten vierten fünfundvierzig"."""

from __future__ import annotations

import random

UNITS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "it": "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
    "pt": "um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
}
TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety", "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix", "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta", "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
}  # fmt: skip
ORDINALS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "de": "ersten zweiten dritten vierten fünften sechsten siebten achten neunten zehnten elften zwölften",
}
CENTURY = {
    "en": "nineteen ",
    "de": "neunzehnhundert",
    "fr": "mille neuf cent ",
    "es": "mil novecientos ",
    "it": "millenovecento",
    "pt": "mil novecentos e ",
}


def number(value: int, lang: str) -> str:
    """A number from 1 to 99 in words."""
    units, tens = UNITS[lang].split(), TENS[lang].split()
    if value < 20:
        return units[value - 1]
    ten, rest = tens[value // 10 - 2], value % 10
    if lang == "fr" and value // 10 in (7, 9):
        ten, rest = tens[value // 10 - 3], rest + 10
    if not rest:
        return ten
    unit = units[rest - 1]
    if lang == "de":
        return f"{'ein' if rest == 1 else unit}und{ten}"
    if lang == "it":
        return (ten[:-1] if rest in (1, 8) else ten) + ("tré" if rest == 3 else unit)
    if lang == "es" and ten == "veinte":
        return f"veinti{unit}"
    return ten + {"en": "-", "fr": " et " if unit in ("un", "onze") else "-", "es": " y ", "pt": " e "}[lang] + unit


def date(lang: str, months: list[str], pick: random.Random) -> str:
    """A date of birth in words: the year whole or its last two figures, the month by name or (in German) by its ordinal."""
    day, month, year = pick.randint(1, 28), pick.randint(1, 12), pick.randint(20, 99)
    shown = (CENTURY[lang] if pick.random() < 0.6 else "") + number(year, lang)
    first = ORDINALS[lang].split()[day - 1] if lang in ORDINALS and day <= 12 else number(day, lang)
    if lang == "de":
        first = first if day <= 12 else first + ("ten" if day < 20 else "sten")
        return f"{first} {pick.choice((months[month - 1], ORDINALS['de'].split()[month - 1]))} {shown}"
    if lang == "en":
        return pick.choice((f"{first} of {months[month - 1]} {shown}", f"{months[month - 1]} {first} {shown}"))
    of = {"es": " de ", "pt": " de "}.get(lang, " ")
    return f"{first}{of}{months[month - 1]}{of}{shown}"
