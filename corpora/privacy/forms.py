"""How names and dates are written: parts of patterns that several rules of identifiers share."""

from __future__ import annotations

UPPER, LOWER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ", "a-zß-öø-ÿāăąćčďđēęěğģīįıķĺļľłńņňōőœřśşšťūůűųźżž"
_ELIDED = rf"(?:['’][{UPPER}]?[{LOWER}{UPPER}]{{1,40}})?"
CAPITAL = rf"[{UPPER}][{UPPER}{LOWER}]{{0,40}}{_ELIDED}(?:-[{UPPER}{LOWER}]{{1,40}}(?:['’][{UPPER}][{UPPER}{LOWER}]{{1,40}})?){{0,4}}"
PARTICLES = frozenset(
    "van von de del della der den des di da das do dos du la las le los lo ten ter zu zur al el bin ibn bint binti ben abu ap "
    "mac y e".split()
)
"""Small words inside surnames."""

PARTICLE = rf"(?:(?:{'|'.join(sorted(PARTICLES - {'y', 'e', 'do'}, key=len, reverse=True))}|st\.?)\s+)"
_NAME = rf"(?:{PARTICLE}{{0,2}}(?:(?:al|el|az|as|ad|an|ash)-)?{CAPITAL}\.?|(?:[{UPPER}]\.\s?){{1,3}})"
FULL_NAME = rf"{_NAME}(?:(?:,\s?|\s+|\^){_NAME}){{0,3}}"
TWO_NAMES = rf"{CAPITAL}(?:\s+(?:[{UPPER}]\.\s?)?{PARTICLE}{{0,2}}(?:(?:al|el|az|as)-)?{CAPITAL}){{1,3}}"
TITLED_WORD = rf"[{UPPER}][{LOWER}]{{1,40}}(?:['’-][{UPPER}]?[{LOWER}]{{1,40}}){{0,4}}"
MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|jun\.|jul\.|aug(?:ust|\.)?|sep(?:t(?:ember)?)?\.?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars"
    r"|avril|juin|"
    r"juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre"
    r"|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho"
    r"|setembro|outubro|dezembro"
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"
    r"|ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)"
)
_SHORT_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mär|mrz|mai|okt|dez|janv|fév|févr|avr|juin|juil|août|déc|ene|abr|ago|dic"
    r"|gen|mag|giu|lug|set|ott|fev|out)\.?"
)
"""Behind a day and in front of a year."""
_DAY, MONTH_NUMBER, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
_TWO = rf"(?:{_DAY}[/.\-]{MONTH_NUMBER}|{MONTH_NUMBER}[/.\-]{_DAY})"
_TIME = r"(?:T\d\d:?\d\d(?::\d\d)?Z?)?"
NUMERIC_DATE = (
    rf"(?:{_TWO}[/.\-](?:{YEAR}|\d\d)"
    rf"|{YEAR}[/.\-]{MONTH_NUMBER}[/.\-]{_DAY}{_TIME}|{_DAY}[-\s]?{MONTH}[-\s]?(?:{YEAR}|\d\d)"
    rf"|{_DAY}[-\s./]\s?{_SHORT_MONTH}[-\s/]{YEAR}"
    rf"|{_DAY}[.-](?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[.-](?:{YEAR}|\d\d)"
    rf"|{YEAR}[-/\s]{MONTH}[-/\s]{_DAY}|{MONTH}[-/]{_DAY}[-/](?:{YEAR}|\d\d))"
)
_SHORT_YEAR = rf"(?:{YEAR}|['’]\d\d)"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s(?:the\s)?)?"
WORDED_DATE = (
    rf"{_WEEKDAY}(?:{_DAY}(?:st|nd|rd|th|er|\.|º|°)?(?:\s+(?:of|de|di))?[\s-]+{MONTH},?(?:(?:\s+de)?[\s-]+{_SHORT_YEAR})?"
    rf"|{MONTH}\s+(?:the\s+)?{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_SHORT_YEAR})?"
    rf"|(?:boxing|christmas|new year['’]?s|easter|thanksgiving|independence|canada|bastille)\s+(?:day|eve|sunday|monday)(?:\s+{YEAR})?)"
)
SEASON = rf"(?:spring|summer|autumn|fall|winter)(?:\s+of)?\s+{YEAR}"
MONTH_YEAR = rf"(?:(?:\d(?:st|nd|rd|th)\s+week|early|mid|late|beginning|end)[\s-]+(?:of\s+)?)?{MONTH},?\s+{_SHORT_YEAR}"
SHORT_DATE = rf"{_DAY}/{MONTH_NUMBER}"
