"""The patterns by which `corpora.identifiers` finds patient identifiers, made from the word lists of `data/identifiers.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "identifiers.toml"
Kind = Literal["name", "birth date", "date", "record number", "phone", "e-mail", "address", "institution", "age"]


class Words(Frozen):
    """The word lists of `data/identifiers.toml`."""

    titles: tuple[str, ...]
    name_labels: tuple[str, ...]
    person_labels: tuple[str, ...]
    person_verbs: tuple[str, ...]
    relations: tuple[str, ...]
    given_names: str
    not_names: tuple[str, ...]
    eponyms: str
    never: str
    streets: tuple[str, ...]
    institutions: tuple[str, ...]
    institution_heads: tuple[str, ...]
    not_institutions: tuple[str, ...]
    societies: tuple[str, ...]
    record_labels: tuple[str, ...]
    public_codes: tuple[str, ...]
    birth_labels: tuple[str, ...]
    event_cues: tuple[str, ...]
    publication_cues: tuple[str, ...]
    phone_labels: tuple[str, ...]


@cache
def word_lists() -> Words:
    """The word lists, checked."""
    return Words.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def _either(words: Iterable[str]) -> str:
    """An alternation of literal words, the longest first; a blank may be any white space."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in ordered)


_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ", "a-zß-öø-ÿāăąćčďđēęěğģīįıķĺļľłńņňōőœřśşšťūůűųźżž"
_CAPITAL = rf"[{_UPPER}][{_UPPER}{_LOWER}]*(?:['’][{_UPPER}]?[{_LOWER}{_UPPER}]+)?(?:-[{_UPPER}{_LOWER}]+)*"
_PARTICLE = r"(?:(?:van|von|de|del|della|der|den|di|da|dos|du|la|le|ten|ter|zu|al|el|bin|ibn|st\.?)\s+)"
_NAME = rf"(?:{_PARTICLE}{{0,2}}{_CAPITAL}\.?|(?:[{_UPPER}]\.\s?){{1,3}})"
_FULL_NAME = rf"{_NAME}(?:(?:,\s?|\s+|\^){_NAME}){{0,3}}"
_TITLE = rf"[{_UPPER}][{_LOWER}]+(?:['’-][{_UPPER}]?[{_LOWER}]+)*"
_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|jun\.|jul\.|aug(?:ust|\.)?|sep(?:t(?:ember)?)?\.?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|"
    r"juillet|août|septembre|octobre|novembre|décembre)"
)
_DAY, _MM, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
NUMERIC_DATE = rf"(?:{_DAY}[/.\-]{_DAY}[/.\-](?:{_YEAR}|\d\d)|{_YEAR}[/.\-]{_MM}[/.\-]{_DAY}|{_DAY}[-\s]{_MONTH}[-\s]\d\d)"
_WORDED_DATE = (
    rf"(?:{_DAY}(?:st|nd|rd|th|\.)?(?:\s+of)?[\s-]+{_MONTH},?(?:[\s-]+{_YEAR})?|{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?)"
)
_MONTH_YEAR = rf"{_MONTH},?\s+{_YEAR}"
_SHORT_DATE = rf"{_DAY}/{_MM}"
_UNIT = r"(?!\s?(?:mm|cm|ml|mg|mSv|HU|%|x\b|×))"
_EDGE = r"(?<![\w./-])"


class Rules(Frozen):
    """The compiled patterns and the words they are checked against."""

    model_config = Frozen.model_config | {"arbitrary_types_allowed": True}

    plain: tuple[tuple[Kind, re.Pattern[str]], ...]
    titled: re.Pattern[str]
    labelled: re.Pattern[str]
    person: re.Pattern[str]
    spoken: re.Pattern[str]
    related: re.Pattern[str]
    two_words: re.Pattern[str]
    reversed: re.Pattern[str]
    shaped: re.Pattern[str]
    magnetic: re.Pattern[str]
    given: frozenset[str]
    never: frozenset[str]
    eponyms: frozenset[str]
    not_names: frozenset[str]
    birth: re.Pattern[str]
    date: re.Pattern[str]
    loose_date: re.Pattern[str]
    event: re.Pattern[str]
    publication: re.Pattern[str]
    record: re.Pattern[str]
    bare_record: re.Pattern[str]
    public: re.Pattern[str]
    institution: re.Pattern[str]
    institution_head: re.Pattern[str]
    not_institutions: frozenset[str]
    societies: frozenset[str]


@cache
def rules() -> Rules:
    """The patterns, compiled once."""
    lists = word_lists()
    flags = re.IGNORECASE
    colon = r"(?:\s*(?:[:=#]|\bis\b)\s*|\s+-\s+)"
    name = rf"(?=(?P<it>{_FULL_NAME}))"
    dates = rf"(?:{NUMERIC_DATE}|{_WORDED_DATE}|{_MONTH_YEAR})"
    return Rules(
        plain=tuple(_plain(lists)),
        titled=re.compile(
            rf"(?<!\w)(?:{_either(lists.titles)}|{_either(t.upper() for t in lists.titles if t != 'Mr')})(?:\.\s?|\s+){name}"
        ),
        magnetic=re.compile(rf"(?<!\w)MR\.?\s+(?=(?P<it>[{_UPPER}'-]{{3,}}(?!\w)))"),
        labelled=re.compile(
            rf"(?<!\w)(?:{_either(lists.name_labels)}){colon}(?=(?P<it>[^\n,;|()\d]{{2,60}}(?:,\s?[^\n,;|()\d:]{{2,40}})?))", flags
        ),
        person=re.compile(rf"(?<!\w)(?i:{_either(lists.person_labels)}){colon}{name}"),
        spoken=re.compile(rf"(?<!\w)(?i:{_either(lists.person_verbs)}):?\s+{name}"),
        related=re.compile(rf"(?<!\w)(?i:{_either(lists.relations)}),?\s+(?:(?i:called|named)\s+)?{name}"),
        two_words=re.compile(rf"(?<![\w-])(?=(?P<it>{_CAPITAL}(?:\s+(?:[{_UPPER}]\.?|{_CAPITAL}))?\s+{_PARTICLE}{{0,2}}{_CAPITAL}))"),
        reversed=re.compile(rf"(?<![\w-])(?=(?P<it>{_CAPITAL},\s?{_CAPITAL}(?:\s+[{_UPPER}]\.?(?!\w))?))"),
        shaped=re.compile(
            rf"(?<![\w-])(?P<it>[{_UPPER}-]{{2,}}\^[{_UPPER}^-]{{2,}}|{_CAPITAL},\s?{_CAPITAL}(?=,?\s+\(?(?:[MF]\b|male\b|female\b|DOB|\d{{1,3}}\s?[yYMF]))"
            rf"|{_TITLE}\s{_TITLE}(?=\s(?:asks?|has|had|needs|who|wants|presented|presents|complains"
            rf"|was seen|is a \d|\((?:born|DOB|age))|,\s\d{{2}},)"
            rf"|(?<=Pt\s){_TITLE}\s{_TITLE}|(?<=[Pp]atient\s){_TITLE}\s{_TITLE}|(?<=[Bb]aby\s){_TITLE}\s{_TITLE})"
        ),
        given=frozenset(lists.given_names.split()),
        never=frozenset(lists.never.split()),
        eponyms=frozenset(lists.eponyms.split()),
        not_names=frozenset(lists.not_names),
        birth=re.compile(rf"(?<!\w)(?:{_either(lists.birth_labels)})\s*[:=(]?\s*(?P<it>{dates}|\d{{8}}|{_YEAR})(?!\w)", flags),
        date=re.compile(rf"{_EDGE}(?P<it>{NUMERIC_DATE}|{_WORDED_DATE})(?![\w/]|[.-]\d){_UNIT}", flags),
        loose_date=re.compile(
            rf"{_EDGE}(?P<it>{_MONTH_YEAR}|{_SHORT_DATE}(?![/\w])|{_MM}/{_YEAR}|(?:19|20)\d\d{_MMDD})(?!\w){_UNIT}", flags
        ),
        event=re.compile(rf"\b(?:{_either(lists.event_cues)})", flags),
        publication=re.compile(rf"\b(?:{_either(lists.publication_cues)})", flags),
        record=re.compile(
            rf"(?<![\w-])(?:{_either(lists.record_labels)})\.?(?:\s*(?:[:=#]|\bis\b|no\.?|num(?:ber)?\.?)\s*)*\s*"
            r"(?P<it>(?=[\w/.-]*\d[\w/.-]*\d)(?:[A-Za-z]{0,5}[-/]?|[A-Z] )\d[\w]*(?:[-/ .](?=[\w]*\d)\w+)*)",
            flags,
        ),
        bare_record=re.compile(
            r"(?<![\w./-])(?P<it>\d{3}-\d{2}-\d{4}|\d{3} \d{3} \d{4}|[A-Z]{1,5}[-/]?\d{6,}|\d{7,}[A-Z]?"
            r"|[A-Z]{2,4}-\d{2,4}-\d{3,}|\d{2,4}-[A-Z]{1,3}-\d{3,}|[A-Z]\d{2}-\d{4,}"
            r"|[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D])(?![\w.]\w|\w)"
        ),
        public=re.compile(rf"(?:{_either(lists.public_codes)})\s*(?:[:#-]|no\.?|id)?\s*\w*$"),
        institution=re.compile(
            rf"(?P<it>(?:{_CAPITAL}|St\.|&|of|and|for|the|de|du)(?:\s+(?:{_CAPITAL}|St\.|&|of|and|for|the|de|du|upon)){{0,6}}?\s+"
            rf"(?:{_either((*lists.institutions, *(name.upper() for name in lists.institutions)))})(?:\s+(?:Trust|{_CAPITAL}))?)(?!\w)"
        ),
        institution_head=re.compile(
            rf"(?<!\w)(?P<it>(?:[{_UPPER}][{_LOWER}]{{3,}}(?:hospital|krankenhaus|klinik|klinikum|sjukhus|ziekenhuis)\b|{_either(lists.institution_heads)})\s+(?:(?:of|de|des|du|der|di|am|an|la|le|rechts|links|für|zu|Saint|St\.)\s+){{0,3}}{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}})"
        ),
        not_institutions=frozenset(word.lower() for word in lists.not_institutions),
        societies=frozenset(lists.societies),
    )


_MMDD = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def _plain(lists: Words) -> Iterator[tuple[Kind, re.Pattern[str]]]:
    """Shapes that need no second look."""
    groups = r"(?:\(?\d{1,5}\)?[\s./-]?){1,5}\d{2,5}"
    yield "e-mail", re.compile(r"(?P<it>[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+)")
    labels = rf"(?<![\w-])(?:{_either(lists.phone_labels)})\.?\s*(?:no\.?|number|at|on|me at|us at)?\s*[:#]?\s*"
    yield "phone", re.compile(rf"{labels}(?P<it>\+?\(?\d{{1,5}}\)?[\s./-]?{groups}(?!\w)|(?<=ext)\s*\d{{3,5}})", re.IGNORECASE)
    yield "phone", re.compile(r"(?<![\w.])(?:ext|extension|pager|bleep)\.?\s*[:#]?\s*(?P<it>\d{3,6})(?!\w)", re.IGNORECASE)
    yield "phone", re.compile(rf"(?<![\w.])(?P<it>(?:\+|00)\d{{1,3}}[\s.-]?{groups})(?!\w)")
    yield "phone", re.compile(r"(?<![\w.-])(?P<it>(?:1[-.\s])?\(?\d{3}\)?[-.]\s?\d{3}[-.]\d{4}|\(\d{3}\)\s?\d{3}[-.\s]\d{4})(?![\w-])")
    yield "phone", re.compile(r"(?<![\w.-])(?P<it>\(?0\d{2,4}\)?[\s/-]\d{3,4}[\s-]?\d{3,5}|0\d{9,10})(?![\w-])")
    streets = _either((*lists.streets, *(word.upper() for word in lists.streets if len(word) > 3)))
    town = rf"(?:,\s*{_CAPITAL}(?:\s{_CAPITAL}){{0,2}})?(?:,?\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?)?"
    yield (
        "address",
        re.compile(
            rf"(?<![\w./-])(?P<it>(?:(?:Flat|Apt\.?|Apartment|Unit|Suite)\s\w+,?\s+)?\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:(?:\d{{1,3}}(?:st|nd|rd|th)|{_CAPITAL})\s+){{1,3}}(?:{streets})\b\.?{town})"
        ),
    )
    yield (
        "address",
        re.compile(
            rf"(?<!\w)(?P<it>[{_UPPER}][{_LOWER}]+(?:straße|strasse|str\.|weg|gasse|allee|platz)\s+\d{{1,4}}[a-z]?(?:,\s*\d{{5}}\s+{_CAPITAL})?)"
        ),
    )
    yield (
        "address",
        re.compile(
            rf"(?<!\w)(?P<it>\d{{1,4}},?\s+(?:bis\s+)?(?:rue|avenue|boulevard|via|calle|plaza)\s+(?:(?:de|du|des|la|le|los|del|della)\s+){{0,2}}{_CAPITAL}(?:\s{_CAPITAL})?)",
            re.IGNORECASE,
        ),
    )
    yield "address", re.compile(rf"(?<!\w)(?P<it>{_CAPITAL}(?:\s{_CAPITAL}){{0,2}},\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?)(?!\w)")
    yield "address", re.compile(r"(?<!\w)(?P<it>P\.?\s?O\.?\s?Box\s+\d+)", re.IGNORECASE)
    yield (
        "address",
        re.compile(
            r"(?<![\w/-])(?P<it>(?!(?:T|L|C|S|TR|LR|PR|CR)\d{1,2}[A-C]? \d(?:MM|CM|ML))"
            r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
        ),
    )
    yield (
        "address",
        re.compile(
            rf"(?:(?i:address|home address|lives at|residing at|resident of|lives in)\s*[:=]?\s+)(?P<it>\d{{1,5}}[^\n;.]{{5,60}}"
            rf"|{_CAPITAL}(?:[\s,]+{_CAPITAL}){{0,3}})"
        ),
    )
    old = r"(?:9\d|1[0-2]\d)"
    yield (
        "age",
        re.compile(
            rf"(?<![\w.,-])(?P<it>{old}[\s-]?(?:years?|yrs?|y)(?:[\s/.-]?(?:old|of age|o|o\.))?|{old}\s?(?:y/o|yo|y\.o\.)"
            rf"|{old}\s?(?:-year-old|[MF]|year[- ]old))(?!\w)",
            re.IGNORECASE,
        ),
    )
    yield "age", re.compile(rf"(?:\bage[ds]?\b\s*[:=]?\s*(?:of\s+)?)(?P<it>{old})(?![\w.%]|\s?(?:%|mm|cm))", re.IGNORECASE)
