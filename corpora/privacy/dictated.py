"""Dates of birth in words, as they are dictated: "né le six août mille neuf cent cinquante-deux", "ersten vierten fünfundvierzig"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.forms import MONTH
from corpora.privacy.words import either, word_lists

Stretch = tuple[int, int]

_NUMBERS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?|(?:twen|thir|for|fif|six|seven|eigh|nine)(?:ty|tieth)"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|hundred|thousand|oh"
    r"|(?:(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und)?(?:zwanzig|dreißig|dreissig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)(?:ste[rn])?"
    r"|(?:neunzehnhundert|zweitausend)\w{0,24}|(?:ers|zwei|drit|vier|fünf|sechs|sieb|siebten|ach|neun|zehn|elf|zwölf|(?:drei|vier|fünf|sech|sieb|acht|neun)zehn)te[rn]"
    r"|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|(?:drei|vier|fünf|sech|sieb|acht|neun)zehn"
    r"|premier|un|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|septante|huitante|octante|nonante|mille?|cents?"
    r"|primero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w{4,6}|veinte|veinti\w{2,6}|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa"
    r"|novecientos|mil|primo|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|tredici|quattordici|quindici|sedici|dicia\w{5,6}|diciotto"
    r"|(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant)\w{1,8}|millenovecento\w{0,20}|duemila\w{0,12}"
    r"|primeiro|um|dois|três|quatro|oito|dez|doze|treze|catorze|quinze|dezess?[ea]is|dezass?[ea]is|dez[ea]ssete|dezoito|dez[ea]nove"
    r"|vinte|trinta|quarenta|cinquenta|sessenta|novecentos"
)
_SPOKEN = compiled(
    rf"(?<!\w)(?:{either(word_lists().birth_labels)})\s*[:.]?\s*(?:(?:the|on|am|den|le|el|il|em|a|o|ao|al)\s)?"
    rf"(?P<it>(?:{_NUMBERS}|{MONTH})(?:[\s-](?:(?:of|and|the|de|del|di|do|y|e|et)\s)?(?:{_NUMBERS}|{MONTH})){{1,9}})(?!\w)",
    re.IGNORECASE,
)
_MONTH = compiled(rf"(?<!\w){MONTH}(?!\w)", re.IGNORECASE)
_WORD = re.compile(rf"(?<!\w)(?:{_NUMBERS})(?!\w)", re.IGNORECASE)
_FEW = 2
"""Numbers in words that are no date yet without a month: "one of two"."""


def dictated(text: str) -> Iterator[Stretch]:
    """Dates in words behind a label of birth, in order."""
    for match in _SPOKEN.finditer(text):
        if _MONTH.search(match["it"]) or len(_WORD.findall(match["it"])) > _FEW:
            yield match.span("it")
