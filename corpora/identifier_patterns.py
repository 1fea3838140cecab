"""The patterns by which `corpora.identifiers` finds patient identifiers, made from the word lists of `data/identifiers.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from corpora.bounded import compiled
from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "identifiers.toml"
Kind = Literal["name", "birth date", "date", "record number", "phone", "e-mail", "address", "institution", "age"]


class Words(Frozen):
    """The word lists of `data/identifiers.toml`."""

    titles: tuple[str, ...]
    name_labels: tuple[str, ...]
    person_labels: tuple[str, ...]
    person_verbs: tuple[str, ...]
    person_cues: tuple[str, ...]
    patients: tuple[str, ...]
    relations: tuple[str, ...]
    given_names: str
    not_names: tuple[str, ...]
    eponyms: str
    products: str
    makers: str
    never: str
    streets: tuple[str, ...]
    institutions: tuple[str, ...]
    institution_heads: tuple[str, ...]
    not_institutions: tuple[str, ...]
    societies: tuple[str, ...]
    record_labels: tuple[str, ...]
    marked_labels: tuple[str, ...]
    public_codes: tuple[str, ...]
    birth_labels: tuple[str, ...]
    event_cues: tuple[str, ...]
    publication_cues: tuple[str, ...]
    phone_labels: tuple[str, ...]


@cache
def word_lists() -> Words:
    """The word lists, checked."""
    return Words.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def either(words: Iterable[str]) -> str:
    """An alternation of literal words, the longest first; a blank may be any white space."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in ordered)


UPPER, LOWER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽ", "a-zß-öø-ÿāăąćčďđēęěğģīįıķĺļľłńņňōőœřśşšťūůűųźżž"
_ELIDED = rf"(?:['’][{UPPER}]?[{LOWER}{UPPER}]{{1,40}})?"
CAPITAL = rf"[{UPPER}][{UPPER}{LOWER}]{{0,40}}{_ELIDED}(?:-[{UPPER}{LOWER}]{{1,40}}(?:['’][{UPPER}][{UPPER}{LOWER}]{{1,40}})?){{0,4}}"
PARTICLES = frozenset(
    "van von de del della der den des di da das do dos du la las le los lo ten ter zu zur al el bin ibn bint binti ben abu ap "
    "mac y e".split()
)
"""Small words inside surnames."""

_PARTICLE = rf"(?:(?:{'|'.join(sorted(PARTICLES - {'y', 'e', 'do'}, key=len, reverse=True))}|st\.?)\s+)"
_NAME = rf"(?:{_PARTICLE}{{0,2}}(?:(?:al|el|az|as|ad|an|ash)-)?{CAPITAL}\.?|(?:[{UPPER}]\.\s?){{1,3}})"
_FULL_NAME = rf"{_NAME}(?:(?:,\s?|\s+|\^){_NAME}){{0,3}}"
TWO_NAMES = rf"{CAPITAL}(?:\s+(?:[{UPPER}]\.\s?)?{_PARTICLE}{{0,2}}(?:(?:al|el|az|as)-)?{CAPITAL}){{1,3}}"
_TITLE = rf"[{UPPER}][{LOWER}]{{1,40}}(?:['’-][{UPPER}]?[{LOWER}]{{1,40}}){{0,4}}"
_MONTH = (
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
_DAY, _MM, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
_TWO = rf"(?:{_DAY}[/.\-]{_MM}|{_MM}[/.\-]{_DAY})"
_TIME = r"(?:T\d\d:?\d\d(?::\d\d)?Z?)?"
NUMERIC_DATE = (
    rf"(?:{_TWO}[/.\-](?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[/.\-]{_MM}[/.\-]{_DAY}{_TIME}|{_DAY}[-\s]?{_MONTH}[-\s]?(?:{_YEAR}|\d\d)"
    rf"|{_DAY}[-\s./]\s?{_SHORT_MONTH}[-\s/]{_YEAR}"
    rf"|{_YEAR}[-/\s]{_MONTH}[-/\s]{_DAY}|{_MONTH}[-/]{_DAY}[-/](?:{_YEAR}|\d\d))"
)
_SHORT_YEAR = rf"(?:{_YEAR}|['’]\d\d)"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s(?:the\s)?)?"
_WORDED_DATE = (
    rf"{_WEEKDAY}(?:{_DAY}(?:st|nd|rd|th|er|\.|º|°)?(?:\s+(?:of|de|di))?[\s-]+{_MONTH},?(?:(?:\s+de)?[\s-]+{_SHORT_YEAR})?"
    rf"|{_MONTH}\s+(?:the\s+)?{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_SHORT_YEAR})?"
    rf"|(?:boxing|christmas|new year['’]?s|easter|thanksgiving|independence|canada|bastille)\s+(?:day|eve|sunday|monday)(?:\s+{_YEAR})?)"
)
_SEASON = rf"(?:spring|summer|autumn|fall|winter)(?:\s+of)?\s+{_YEAR}"
_MONTH_YEAR = rf"(?:(?:\d(?:st|nd|rd|th)\s+week|early|mid|late|beginning|end)[\s-]+(?:of\s+)?)?{_MONTH},?\s+{_SHORT_YEAR}"
_SHORT_DATE = rf"{_DAY}/{_MM}"
_UNIT = r"(?!\s?(?:mm|cm|ml|mg|mSv|HU|%|x\b|×))"
_EDGE = r"(?<![\w./-])"


def _titles(lists: Words) -> str:
    """Titles as written and in capitals; "MR" alone is magnetic resonance."""
    low = (
        *(
            "dr",
            "mrs",
            "ms",
            "miss",
            "prof",
            "dott",
            "dott.ssa",
            "sra",
            "docteur",
            "doctor",
            "doctora",
            "dottor",
            "dottore",
            "dottoressa",
            "doutor",
        ),
        *(
            "doutora",
            "señor",
            "señora",
            "signor",
            "signora",
            "senhor",
            "senhora",
            "monsieur",
            "madame",
            "herr",
            "frau",
            "professeur",
            "profesor",
        ),
    )
    loud = [title.upper() for title in lists.titles if title not in ("Mr", "Ms", "Col", "Pan", "Bay", "Sig")]
    return either((*lists.titles, *low, *loud))


def _small(heads: Iterable[str]) -> Iterator[str]:
    """Heads of institutions as they are written within a sentence; not the ones that are adjectives or other words too."""
    return (
        head[0].lower() + head[1:]
        for head in heads
        if len(head) > 5 and head.lower() not in ("clinica", "clínica", "praxis", "istituto", "fundación")
    )


class Rules(Frozen):
    """The compiled patterns and the words they are checked against."""

    model_config = Frozen.model_config | {"arbitrary_types_allowed": True}

    plain: tuple[tuple[Kind, re.Pattern[str]], ...]
    titles: frozenset[str]
    titled: re.Pattern[str]
    low_titled: re.Pattern[str]
    strong_cue: re.Pattern[str]
    weak_cue: re.Pattern[str]
    acting: re.Pattern[str]
    capitals: re.Pattern[str]
    initialled: re.Pattern[str]
    initials: re.Pattern[str]
    beside: re.Pattern[str]
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
    products: frozenset[str]
    makers: frozenset[str]
    not_names: frozenset[str]
    birth: re.Pattern[str]
    date: re.Pattern[str]
    loose_date: re.Pattern[str]
    short_date: re.Pattern[str]
    event: re.Pattern[str]
    publication: re.Pattern[str]
    record: re.Pattern[str]
    marked: frozenset[str]
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
        titles=frozenset(title.lower() for title in lists.titles),
        titled=compiled(rf"(?<!\w)(?:(?:{_titles(lists)})(?:\.\s?|\s+)(?:(?:med|h\.c|dent|univ)\.\s+){{0,3}}){{1,5}}{name}"),
        low_titled=compiled(
            r"(?<!\w)(?:mr|mrs|ms|miss|dr|prof|herr|frau|mme|mlle|monsieur|madame|signora?|sig\.ra|señora?|doña|don|dona|seu|senhora?|sra?)\.?\s+"
            rf"(?P<it>[{LOWER}]{{3,}}(?:[-'’][{LOWER}]+)*)(?!\w)(?:\s(?P<more>[{LOWER}]{{3,}})(?!\w))?"
        ),
        strong_cue=compiled(
            rf"(?<!\w)(?:(?i:{either((*lists.patients, *lists.person_verbs, *lists.person_cues))}|(?:my|patient|pt|his"
            rf"|her)(?:['’]?s)?\s+name(?:\s+is|['’]?s)?),?\s+)"
            rf"(?:(?:{_titles(lists)})\.?\s+)*(?=[{UPPER}{LOWER}])"
        ),
        weak_cue=compiled(r"(?<!\w)(?i:for|from|by|to|with|about|regarding|re|and|&|is),?\s+(?=[^\W\d_])"),
        acting=compiled(
            rf"(?:^|(?<=[.!?:;]\s)|(?<=\n))(?P<it>[{UPPER}{LOWER}][{LOWER}]{{2,}}(?:-[{UPPER}][{LOWER}]+)?)"
            r"(?=\s(?:slipped|fell|wants|came|asks|asked|attended|says|said|reports|who|needs|and (?:his|her)|will be driven|rang)\b)"
        ),
        capitals=compiled(
            rf"(?<![\w-])(?P<it>{CAPITAL}(?:\s+(?:[{UPPER}]\.\s?){{0,2}}{_PARTICLE}{{0,2}}(?:(?:al|el|az"
            rf"|as)-)?{CAPITAL}){{1,3}})(?![\w-])"
        ),
        initials=compiled(
            rf"(?i:\binitials?)\s*[:=]?\s*(?P<it>(?:[{UPPER}]\.?\s?){{1,3}}[{UPPER}]\.?)(?!\w)"
            r"|(?<!\w)(?i:user|username|login|logged in as|logged in by)\s*[:=]?\s+(?P<user>(?!name|inter)[a-z][a-z0-9._]{4,})(?!\w)"
            r"|\b(?i:typed|typist|keyed|transcribed|mecanografía|mecanografiado|transcripción|transcrito|tecleado|battitura|dattiloscritto|trascritto"
            r"|digitação|digitado|datilografia|frappe|dactylo|saisi|tapé|schreibdienst|schreibkraft|kürzel|diktat|sigla|iniciales|initiales)"
            r"(?:\s(?:by|por|da|par|von))?\s*[:/]?\s*(?P<typist>(?!(?:by|on|at|in|as|to|is|am|um|im|de|du|le|la|el|en|es|il|da|di|al|os|em|no|na|du)\b)"
            r"[a-zA-Z]{2}(?:/?[a-z]{2})?)(?!\w)"
            rf"|\b(?i:dictated|typed|transcribed|reported|read|signed|dict|rep)(?:\sby)?\s*[:/]\s*(?P<code>[{UPPER}]{{2,4}})(?=\s\d)"
        ),
        beside=compiled(
            rf"(?:{_YEAR}|[/.-]\d\d|(?<!\d)\d{{6,20}})(?:,|;|\s-)?\s+(?P<dated>{TWO_NAMES})(?=[,;.]|\s*$|\n)"
            rf"|(?:^|[-:;]\s|\n)(?P<turned>{CAPITAL},\s{CAPITAL}(?:\s{CAPITAL})?)(?=[\s,;.:)]|$)|(?:^"
            rf"|\n)(?P<low>[{LOWER}'-]{{3,}},\s[{LOWER}]{{3,}})(?!\w)|\d{{4}}\sfor\s(?P<called>{CAPITAL})(?!\w)"
        ),
        initialled=compiled(
            rf"(?<![\w.-])(?P<it>(?:[{UPPER}]\.?\s?){{1,3}}\s?{_PARTICLE}{{0,2}}[{UPPER}](?:[{LOWER}]|['’][{UPPER}]"
            rf"|[{UPPER}](?=[{LOWER}]))"
            rf"[{UPPER}{LOWER}'’-]{{2,40}}(?:\s(?:Jr|Sr|II|III)\b\.?)?)"
            r"(?=,?\s(?:\(?\d{1,3}\s?[yYMF]|\(GP\)|DOB|dob|MD\b|MRN|[MF]\b|\(?born|retired|consultant))"
        ),
        magnetic=compiled(rf"(?<!\w)MR\.?\s+(?=(?P<it>[{UPPER}'-]{{3,}}(?!\w)))"),
        labelled=compiled(
            rf"(?<!\w)(?:{either(lists.name_labels)}){colon}(?=(?P<it>[^\n,;|()\d]{{2,60}}(?:,\s?[^\n,;|()\d:]{{2,40}})?))", flags
        ),
        person=compiled(rf"(?<!\w)(?i:{either((*lists.person_labels, *lists.patients))}){colon}{name}"),
        spoken=compiled(rf"(?<!\w)(?i:{either(lists.person_verbs)}):?\s+{name}"),
        related=compiled(rf"(?<!\w)(?i:{either(lists.relations)}),?\s+(?:(?i:called|named)\s+)?{name}"),
        two_words=compiled(rf"(?<![\w-])(?=(?P<it>{CAPITAL}(?:\s+(?:[{UPPER}]\.?|{CAPITAL}))?\s+{_PARTICLE}{{0,2}}{CAPITAL}))"),
        reversed=compiled(rf"(?<![\w-])(?=(?P<it>{CAPITAL},\s?{CAPITAL}(?:\s+[{UPPER}]\.?(?!\w))?))"),
        shaped=compiled(
            rf"(?<![\w-])(?P<it>[{UPPER}'’-]{{2,}}\^[{UPPER}'’^-]{{2,}}|{CAPITAL},\s?{CAPITAL}(?:\s{CAPITAL})?(?=,?\s+\(?(?:[M"
            rf"F]\b|male\b|female\b|DOB|\d{{1,3}}\s?[yYMF]))"
            rf"|[{UPPER}]{{3,}}/[{UPPER}]{{3,}}(?=\s(?:MRS?|MS|MISS|DR)\b)|[{UPPER}]{{2,}}\s{_TITLE}(?=,\s\d{{1,3}}\s?[yYMF])"
            rf"|{TWO_NAMES}(?=,?\s(?:asks?|has|had|needs|who|wants|presented|presents|complains|came in|attended|underwent|slipped|fell"
            rf"|was seen|is (?:an? )?\d|\(?\d{{1,3}}\s?(?:[yYMF]\b|yo|y/o|-?year)|\((?:born|DOB|age|he/|she/|they/)|[MF]\b|DOB"
            rf"|dob|MRN|ur\.|geb\.|b\.\s\d)|,\s\d{{2}},)"
            rf"|(?<=[Bb]aby\s){_TITLE}\s{_TITLE})"
        ),
        given=frozenset(lists.given_names.split()),
        never=frozenset(lists.never.split()),
        eponyms=frozenset((*lists.eponyms.split(), *lists.products.split(), *lists.makers.split())),
        products=frozenset(lists.products.split()),
        makers=frozenset(lists.makers.split()),
        not_names=frozenset(lists.not_names),
        birth=compiled(
            rf"(?<!\w)(?:{either(lists.birth_labels)})\s*[:=(-]?\s*(?:the\s+)?(?P<it>{dates}|\d{{8}}|\d{{6}}|{_YEAR})(?!\w)", flags
        ),
        date=compiled(rf"{_EDGE}(?P<it>{NUMERIC_DATE}|{_WORDED_DATE})(?![\w/]|[.-]\d){_UNIT}", flags),
        loose_date=compiled(
            rf"{_EDGE}(?P<it>{_MONTH_YEAR}|{_SEASON}|{_YEAR}-{_MM}(?!-)|{_MM}/{_YEAR}|(?:19|20)\d\d{_MMDD})(?!\w){_UNIT}", flags
        ),
        short_date=compiled(
            rf"(?<!\w)(?:on|dated?|lmp|edd|yesterday|today|tomorrow|since|admitted|discharged|seen|came in|exam|scan|study"
            rf"|comparison|prior)[\s:]+(?:the\s)?"
            rf"(?P<it>{_SHORT_DATE})(?![/\w]|\s?(?:mm|cm|of\b|rd\b|visual|in the))",
            flags,
        ),
        event=compiled(rf"\b(?:{either(lists.event_cues)})", flags),
        publication=compiled(rf"\b(?:{either(lists.publication_cues)})", flags),
        record=compiled(
            rf"(?<![\w-])(?P<label>{either(lists.record_labels)})(?P<mark>\.?(?:\s*(?:[:=#]|\bis\b|no\.?"
            rf"|num(?:ber)?\.?)\s*)*)(?:\s+|(?<![A-Za-z])|(?=\d))"
            r"(?P<it>(?=[\w/.: -]{0,60}\d[\w/.-]{0,60}\d)(?:(?-i:[A-Z]{1,6} ?)|[A-Za-z] "
            r"|[A-Za-z]{1,6}[-/_:]){0,2}\d[\w]*(?:(?:[-/ .](?=[\w]*\d)|[-/_])\w+)*(?:\s[A-Z](?!\w))?)",
            flags,
        ),
        marked=frozenset(lists.marked_labels),
        bare_record=compiled(
            r"(?<![\w./-])(?P<it>(?=[A-Z]{0,12}\d)(?=\w{0,18}[A-Z])(?=(?:[A-Z]{0,9}\d){4})[A-Z\d]{8,20}"
            r"|(?!0)\d{2,4}(?:[ .-]\d{3,4}){2,4}(?:-\d{2})?"
            r"|\d{1,3}(?: \d{2,3}){4,6}|\d{3}-\d{2}-\d{4}|\d{3} \d{3} \d{4}|[A-Z]{1,5}[-/]?\d{6,}|\d{7,}[A-Z]?"
            r"|\d(?:\.\d{1,12}){6,16}"
            rf"|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|[{UPPER}]{{2,4}}[-_]\d{{2,4}}[-_]\d{{3,}}"
            r"|(?-i:[A-Z]{2,3}\d{5}|[A-Z]\d{4,7}[A-Z]{1,2})|[A-Z]{2,5}_\d{4,}|\d{2}[A-Z]{2}-?\d{5,}|(?<=reg )[A-Z"
            r"]{2}\d{2} ?[A-Z]{3}|\d{2,4}-[A-Z]{1,3}-\d{3,}|[A-Z]\d{2}-\d{4,}"
            r"|[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D])(?![\w.]\w|\w)"
        ),
        public=compiled(rf"(?:{either(lists.public_codes)})\s*(?:[:#-]|no\.?|id)?\s*\w*$"),
        institution=compiled(
            rf"(?P<it>(?:{CAPITAL}|St\.|&|of|and|for|the|de|du)(?:\s+(?:{CAPITAL}|St\.|&|of|and|for|the|de|du|upon)){{0,6}}?\s+"
            rf"(?:{either((*lists.institutions, *(name.upper() for name in lists.institutions)))})(?:\s+(?:Trust|{CAPITAL}))?)(?!\w)"
        ),
        institution_head=compiled(
            rf"(?<!\w)(?P<it>(?:[{UPPER}][{LOWER}]{{3,}}(?:hospital|krankenhaus|klinik|klinikum|sjukhus|ziekenhuis)\b"
            rf"|{either((*lists.institution_heads, *_small(lists.institution_heads)))})\s+"
            rf"(?:(?:of|de|des|du|der|di|del|della|dei|do|da|dos|das|am|an|la|le|los|las|im|zum|zur|rechts|links|für|zu|Saint"
            rf"|St\.)\s+){{0,3}}(?:[ld]['’])?{CAPITAL}"
            rf"(?:\s+(?:(?:de|du|des|del|della|di|da|do|dos|das|la)\s+){{0,2}}(?:[ld]['’])?{CAPITAL}){{0,3}}|(?i:(?<=from\s)|(?<=at\s)|(?<=to\s))(?:St"
            rf"|Saint)\.?\s{CAPITAL}['’]s(?!\s+wort))"
        ),
        not_institutions=frozenset(word.lower() for word in lists.not_institutions),
        societies=frozenset(lists.societies),
    )


_MMDD = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def _plain(lists: Words) -> Iterator[tuple[Kind, re.Pattern[str]]]:
    """Shapes that need no second look."""
    segment = rf"[{UPPER}\d][\w'’.-]*(?:\s[{UPPER}\d][\w'’.-]*)*"
    groups = r"(?:\(?\d{1,6}\)?(?:\s?[/-]\s?|\.|\s)?){1,5}\d{1,6}(?:\s?(?:x|ext\.?)\s?\d{1,5})?"
    yield "record number", compiled(r"(?<!\w)(?:TC|TDM|CT|RM|MR|MRT|IRM|RX|XR|CR|DX|US|ECO|RÖ)/(?P<it>\d{2,4}[/-]\d{3,7})(?!\w)")
    yield "e-mail", compiled(r"(?<![\w.+'’-])(?P<it>[\w.+'’-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+)")
    dot = r"(?:\s+(?:dot|\(dot\))\s+|\.)"
    yield (
        "e-mail",
        compiled(
            rf"(?<!\w)(?!(?:me|us|him|her|them|is|was|were|are)\s)(?P<it>\w+(?:{dot}\w+){{0,6}}\s+(?:at|\(at\))\s+\w+(?:\s+dot\s+\w+)+)",
            re.IGNORECASE,
        ),
    )
    labels = rf"(?<![\w-])(?:{either(lists.phone_labels)})\.?\s*(?:no\.?|number|at|on|me at|us at)?\s*[:#]?\s*"
    yield "phone", compiled(rf"{labels}(?P<it>\+?\(?\d{{1,6}}\)?(?:\s?[./-]\s?|\s)?{groups}(?!\w)|(?<=ext)\s*\d{{3,5}})", re.IGNORECASE)
    yield (
        "phone",
        compiled(
            r"(?<![\w.])(?:ext|extension|pager|bleep|durchwahl|dw|funk|piepser|poste|bip|bipe|int|interno|busca|ramal|anexo|cercapersone)\.?\s*[:#]?\s*(?P<it>\d{3,6})(?!\w)",
            re.IGNORECASE,
        ),
    )
    yield "phone", compiled(rf"(?<![\w.])(?P<it>(?:\+|00)\d{{1,3}}[\s.-]?(?:\(0\)\s?)?{groups})(?!\w)")
    yield (
        "phone",
        compiled(
            r"(?<![\w.-])(?P<it>(?:(?:1[-.\s])?\(?\d{3}\)?[-.]\s?\d{3}[-.]\d{4}|\(\d{3}\)\s?\d{3}[-.\s]\d{4})(?:\s?(?:x|ext\.?)\s?\d{2,5})?)(?![\w-])"
        ),
    )
    yield (
        "phone",
        compiled(r"(?<![\w.-])(?P<it>\(?0\d{2,4}\)?\s?[\s/-]\s?\d{3,6}(?:[\s-]?\d{2,5}){0,2}|0\d(?:\s\d\d){4}|0\d{9,10})(?![\w-])"),
    )
    streets = either((*lists.streets, *(word.upper() for word in lists.streets if len(word) > 3)))
    post = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}"
    flat = r"(?:\.?,?\s*(?:Apt|Unit|Suite|Flat|#)\.?\s*\w+)?"
    town = rf"{flat}(?:,\s*{CAPITAL}(?:\s{CAPITAL}){{0,2}})?(?:,?\s+(?:[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?|{post}))?"
    code = r"(?:\d{5}|\d{2}-\d{3}|\d{4}(?:\s?[A-Z]{2})?)"
    door = r"\d{1,4}\s?[a-z]?(?:,\s*\d{1,2}\.?[ºª°]?\s?[A-Z]?(?!\w))?"
    yield (
        "address",
        compiled(
            rf"(?<![\w.])(?P<it>(?:(?i:via|viale|piazza|corso|calle|avenida|avda\.?|plaza|paseo|rua|praça|ul\.|ulica|aleja|rue)\s+)"
            rf"(?:{_PARTICLE}|des\s+|dei\s+|degli\s+|delle\s+|dello\s+"
            rf"|l['’])?{CAPITAL}(?:\s+{_PARTICLE}?{CAPITAL}){{0,3}},?\s+(?:n[.º°]?\s?)?{door}(?:,\s*{code}\s+{CAPITAL}(?:"
            rf"\s{CAPITAL})?)?)(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>{CAPITAL}(?:\s+(?:der|den|dem"
            rf"|{CAPITAL})){{0,3}}\s+{door},\s*{code}\s+{CAPITAL})(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<![\w.,])(?P<it>\d{1,4}(?:\s?(?:bis|ter|[a-d])\b)?,?\s(?:rue|avenue|allée|place|chemin|impasse|boulevard|quai|cours|square|passage|montée|venelle|ruelle|sentier|route|villa|faubourg|traverse|promenade|mail)"
            r"\s(?:de\s(?:la\s|l['’])?|des\s|du\s|d['’])?[^\W\d_]{3,30}(?:[\s-][A-ZÀ-Þ][^\W\d_]{1,30}){0,3}(?:,\s\d{5}\s[A-ZÀ-Þ][^\W\d_]{1,30})?)(?!\w)",
            re.IGNORECASE,
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<![\w-])(?P<it>(?:[^\W\d_]{2,30}-){0,4}(?:(?<=-)|[^\W\d_]{3,30})(?:straße|strasse|str\.|allee|gasse|weg|platz|damm|ufer|ring)"
            r"\s\d{1,4}\s?[a-d]?)(?![\w.,]\d|\w|\s?(?:mm|cm|HE|%))",
            re.IGNORECASE,
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<!\w)(?:natural de|originari[oa] di|originaire de|nascid[oa] em|nacid[oa] en|nat[oa] a|née? à|vecin[oa] de"
            r"|morador[a]? (?:de|em)|mora em|stammt aus"
            r"|geboren in|born in|native of|moved (?:here )?from|zog von|she left|dejó|ha lasciato|a quitté|saiu de)\s"
            rf"(?P<it>{CAPITAL}(?:\s(?:{_PARTICLE}{{0,2}}|do\s|dos\s|das\s|los\s|sur\s|al\s|am\s){CAPITAL}){{0,3}})(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(rf"(?:junction|corner|crossing) of (?P<it>{CAPITAL}(?:\s{CAPITAL})*(?:\s(?:and|&)\s{CAPITAL}(?:\s{CAPITAL})*)?)"),
    )
    yield (
        "address",
        compiled(
            rf"(?:gentleman|lady|man|woman|patient|boy|girl|referred|comes?"
            rf"|arrived) from (?P<it>\d{{1,4}}[a-z]?\s{_TITLE}(?:\s{_TITLE}){{1,2}}(?:,\s{_TITLE})?)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<![\w./-])(?P<it>(?:(?:Flat|Apt\.?|Apartment|Unit"
            rf"|Suite)\s\w+,?\s+)?\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:(?:\d{{1,3}}(?:st|nd|rd|th)"
            rf"|{CAPITAL})\s+){{1,3}}(?:{streets})\b\.?{town})"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>[{UPPER}][{LOWER}]+(?:straße|strasse|str\.|weg|gasse|allee"
            rf"|platz)\s+\d{{1,4}}[a-z]?(?:,\s*\d{{5}}\s+{CAPITAL})?)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>\d{{1,4}},?\s+(?:bis\s+)?(?:rue|avenue|boulevard|via|calle|plaza)\s+(?:(?:de|du|des|la|le|los|del"
            rf"|della)\s+){{0,2}}(?-i:{CAPITAL}(?:\s{CAPITAL})?(?:,\s*{code}\s{CAPITAL})?))",
            re.IGNORECASE,
        ),
    )
    yield "address", compiled(rf"(?<!\w)(?P<it>{CAPITAL}(?:\s{CAPITAL}){{0,2}},\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?)(?!\w)")
    house = r"(?:Cottage|House|Farm|Farmhouse|Lodge|Barn|Grange|Manor|Vicarage|Rectory|Bungalow|Hall|Villa|Croft)"
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>(?:The\s)?(?:{CAPITAL}\s){{0,2}}{house}(?:,\s{CAPITAL}(?:\s{CAPITAL}){{0,2}}){{1,3}}(?:\s{post})?)(?!\w)"
        ),
    )
    yield "address", compiled(r"(?<!\w)(?P<it>P\.?\s?O\.?\s?Box\s+\d+)", re.IGNORECASE)
    yield (
        "address",
        compiled(
            r"(?<![\w/-])(?P<it>(?!(?:T|L|C|S|TR|LR|PR|CR)\d{1,2}[A-C]? \d(?:MM|CM|ML))"
            r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?:(?i:address|home address|lives (?:alone )?(?:at|in)|lives(?=\s(?-i:Flat|The|Apt|\d+[a-z]?\s[A-Z]))|living at"
            rf"|residing at|residence|resident (?:of|at)|domiciliat[ao] (?:in|a)"
            rf"|wohnhaft(?: in)?|residente (?:en|in|a)|demeurant(?: au)?|zamieszkał[ay])\s*[:=]?\s+)"
            rf"(?P<it>\d{{1,5}}(?:\b(?:[NSEW]|Ave|St|Rd|Blvd|Dr|Ln|Apt|Pl|No)\."
            rf"|[^\n;.]){{5,70}}|(?:The\s)?{segment}(?:,\s*{segment}){{0,4}})"
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<!\w)(?i:domicile|domicilio|domicílio|residenza|anschrift|adresse|indirizzo|dirección|direccion|endereço|morada|wohnort|address)\s*[:=]\s*"
            r"(?P<it>(?=[^\n;|.]{0,50}[A-ZÀ-Þ\d])[^\n;|.]{4,70}?)(?=\s*[;|\n]|\.\s|\.?$|\s(?i:tel|tél|phone|dob)\b)",
        ),
    )
    estate = (
        r"(?i:zona\sindustriale?|zone\s(?:industrielle|artisanale|commerciale)|polígono(?:\sindustrial)?|urbanización|condomínio|residenza|résidence|lotissement"
        r"|loteamento|gewerbepark|industriegebiet|siedlung|complesso|edif[íi]cio|quartiere|barrio|bairro|contrada|frazione|località|lieu-dit|sítio|fazenda|cascina|masía|finca|cortijo|quinta|ferme|domaine|masseria|podere)"
    )
    inside = r"(?i:scala|bloco|bloque|portal|bât\.?|bâtiment|interno|lote|nave|escalera|appt\.?|étage|piso|andar|block|haus)"
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>{estate}\s(?:{_PARTICLE}|des\s|dos\s|das\s){{0,2}}{CAPITAL}(?:\s{CAPITAL}){{0,2}}(?:,?\s(?:n\.?[.º°]?\s?)?\d{{1,4}}[a-z]?(?!\w))?"
            rf"(?:,\s{inside}\s\w{{1,4}})?(?:,\s(?:{code}\s)?{CAPITAL}(?:[\s-]{CAPITAL})?)?)(?!\w)"
        ),
    )
    old = r"(?:9\d|1[0-2]\d)"
    word = r"(?:ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|one[\s-]hundred(?:[\s-]and[\s-]\w+)?)"
    yield "age", compiled(rf"(?<![\w-])(?P<it>{word}[\s-]years?(?:[\s-]old|[\s-]of[\s-]age)?)(?!\w)", re.IGNORECASE)
    yield (
        "age",
        compiled(rf"(?<!\w)(?:who\sis|aged?|turned|turning|nearly)\s(?P<it>{word}|{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm|HU))", re.IGNORECASE),
    )
    kin = either(lists.relations)
    spelled = (
        r"(?:(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und)?neunzig(?:jährige?[nmrs]?)?|quatre-vingt[\s-](?:dix(?:[\s-](?:sept|huit|neuf))?|onze|douze|treize"
        r"|quatorze|quinze|seize)|noventa(?:\s[ye]\s\w{2,7})?|novant(?:uno|otto|a(?:due|tré|tre|quattro|cinque|sei|sette|nove)?)"
    )
    units = (
        r"\s(?:%|mm|cm|ml|HE|HU|UH|Prozent|pour\scent|por\scien?to|per\scento|Grad|Minuten|minut[eio]s?|Tage[n]?|jours|días|giorni|dias)"
    )
    yield "age", compiled(rf"(?<![\w-])(?P<it>(?:{spelled})(?:\s(?:años|anos|anni|ans|Jahre))?)(?![\w-]|{units})", re.IGNORECASE)
    yield (
        "age",
        compiled(
            rf"(?i:cumplir|cumplido|compiuto|compiere|fazer|feito|d['’]avoir|avoir|geworden|wurde|wird)\s(?P<it>{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm|HU|HE|UH))"
        ),
    )
    yield (
        "age",
        compiled(
            rf"(?<!\w)(?:(?i:he|she|they|{kin})(?:,?\s{CAPITAL}(?:\s{CAPITAL})?,?)?(?:\swho)?)\s(?i:is|was|turned|turns|aged|ist|wird|war|tiene|cumple|cumplió|ha|compie|tem|completa|fez|a|aura)\s"
            rf"(?:now\s|almost\s|nearly\s|schon\s|bald\s|ya\s|già\s|já\s|bientôt\s)?(?P<it>{old})(?=\s(?:and|with|who|now|und|mit|et|y|e|com|con|avec)\b|[,.;?!]\s|[,.;?!]?$)",
            re.MULTILINE,
        ),
    )
    yield "age", compiled(rf"\b(?i:{kin})\s{CAPITAL}\s\((?P<it>{old})\)")
    yield "age", compiled(rf"(?<!\w){CAPITAL}(?:\s{CAPITAL}){{1,3}},\s(?P<it>{old}),\s")
    yield (
        "age",
        compiled(
            rf"(?<![\w.,-])(?P<it>{old}[\s-]?(?:years?|yrs?|y)(?:[\s/.-]?(?:old|of age|o|o\.)|(?!\s+of\b|\s?/))|{old}\s?(?:y/o|yo|y\.o\.)"
            rf"|{old}\s?(?:-year-old|(?-i:[MF])|year[- ]old))(?!\w)",
            re.IGNORECASE,
        ),
    )
    units = (
        r"(?:años|anos|anni|ans|Jahre[ns]?|J\.|j\.|jährige[nmrs]?|jährig|aa\b|a\.?(?=[\s.;)]{0,3}$)|a\.(?=\s*[,;)])|(?<=\d)a(?=[\s),;]))"
    )
    yield "age", compiled(rf"(?<![\w.,-])(?P<it>{old}\s?-?\s?{units})(?!\w)", re.IGNORECASE)
    labels = r"(?:Alter|âgée?\s+de|âge|edad|età|idade|aged?)"
    yield "age", compiled(rf"(?<!\w)(?P<it>{labels}\s*[:=]?\s*(?:de\s+|di\s+)?{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm))", re.IGNORECASE)
    yield "age", compiled(rf"(?:\bage[ds]?\b\s*[:=]?\s*(?:of\s+)?)(?P<it>{old})(?![\w%]|\.\d|\s?(?:%|mm|cm))", re.IGNORECASE)
