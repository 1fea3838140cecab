"""The patterns by which `corpora.privacy.identifiers` finds patient identifiers, made from the word lists of `data/identifiers.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from corpora.bounded import compiled
from corpora.privacy.forms import (
    CAPITAL,
    FULL_NAME,
    LOWER,
    MONTH_NUMBER,
    MONTH_YEAR,
    NUMERIC_DATE,
    PARTICLE,
    SEASON,
    SHORT_DATE,
    TITLED_WORD,
    TWO_NAMES,
    UPPER,
    WORDED_DATE,
    YEAR,
)
from corpora.privacy.shapes import plain
from corpora.privacy.words import Kind, Words, either, word_lists
from corpora.types import Frozen

_UNIT = r"(?!\s?(?:mm|cm|ml|mg|mSv|HU|%|x\b|×))"
_EDGE = r"(?<![\w./-])"
_MMDD = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


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
    name = rf"(?=(?P<it>{FULL_NAME}))"
    dates = rf"(?:{NUMERIC_DATE}|{WORDED_DATE}|{MONTH_YEAR})"
    return Rules(
        plain=tuple(plain(lists)),
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
            rf"(?<![\w-])(?P<it>{CAPITAL}(?:\s+(?:[{UPPER}]\.\s?){{0,2}}{PARTICLE}{{0,2}}(?:(?:al|el|az"
            rf"|as)-)?{CAPITAL}){{1,3}})(?![\w-])"
        ),
        initials=compiled(
            rf"(?i:\binitials?)\s*[:=]?\s*(?P<it>(?:[{UPPER}]\.?\s?){{1,3}}[{UPPER}]\.?)(?!\w)"
            r"|(?<!\w)(?i:user|username|login|logged in as|logged in by)\s*[:=]?\s+(?P<user>(?!name|inter)[a-z][a-z0-9._]{4,})(?!\w)"
            r"|\b(?i:typed|typist|keyed|transcribed|mecanografía|mecanografiado|transcripción|transcrito|tecleado|battitura|dattiloscritto|trascritto"
            r"|digitação|digitado|datilografia|frappe|dactylo|saisi|tapé|schreibdienst|schreibkraft|kürzel|diktat|sigla|iniciales|initiales)"
            r"(?:\s(?:by|por|da|par|von))?(?:\s*[:/]\s*(?P<trio>(?!yes|the|and|non|oui|not|all|new|old|see|per|via|nein)[a-zA-Z]{3})(?!\w)|\s*[:/]?\s*(?P<typist>(?!(?:by|on|at|in|as|to|is|am|um|im|de|du|le|la|el|en|es|il|da|di|al|os|em|no|na|du)\b)"
            r"[a-zA-Z]{2}(?:/?[a-z]{2})?)(?!\w))"
            r"|\b(?i:typed|transcribed|dictated|schreibbüro|diktat|geschrieben|frappe|dicté|transcrit|saisi|dictado|transcrito|dettato|dettatura|trascritto|ditado|digitado)"
            r"(?:\s(?:by|por|da|par|von))?\s(?P<lone>(?!(?:mm|cm|ml|ct|mrt?|pt|ok)(?!\w))[a-z]{2,4}(?:/[a-z]{2,3})?)(?=\s?[,;/)\n]|\s?$|\s(?:le|on|am|el|il|em)\s\d)"
            rf"|\b(?i:dictated|typed|transcribed|reported|read|signed|dict|rep)(?:\sby)?\s*[:/]\s*(?P<code>[{UPPER}]{{2,4}})(?=\s\d)"
        ),
        beside=compiled(
            rf"(?:{YEAR}|[/.-]\d\d|(?<!\d)\d{{6,20}})(?:,|;|\s-)?\s+(?P<dated>{TWO_NAMES})(?=[,;.]|\s*$|\n)"
            rf"|(?:^|[-:;]\s|\n)(?P<turned>{CAPITAL},\s{CAPITAL}(?:\s{CAPITAL})?)(?=[\s,;.:)]|$)|(?:^"
            rf"|\n)(?P<low>[{LOWER}'-]{{3,}},\s[{LOWER}]{{3,}})(?!\w)|\d{{4}}\sfor\s(?P<called>{CAPITAL})(?!\w)"
        ),
        initialled=compiled(
            rf"(?<![\w.-])(?P<it>(?:[{UPPER}]\.?\s?){{1,3}}\s?{PARTICLE}{{0,2}}[{UPPER}](?:[{LOWER}]|['’][{UPPER}]"
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
        two_words=compiled(rf"(?<![\w-])(?=(?P<it>{CAPITAL}(?:\s+(?:[{UPPER}]\.?|{CAPITAL}))?\s+{PARTICLE}{{0,2}}{CAPITAL}))"),
        reversed=compiled(rf"(?<![\w-])(?=(?P<it>{CAPITAL},\s?{CAPITAL}(?:\s+[{UPPER}]\.?(?!\w))?))"),
        shaped=compiled(
            rf"(?<![\w-])(?P<it>[{UPPER}'’ -]{{2,40}}\^[{UPPER}'’^-]{{1,40}}|{CAPITAL},\s?{CAPITAL}(?:\s{CAPITAL})?(?=,?\s+\(?(?:[M"
            rf"F]\b|male\b|female\b|DOB|\d{{1,3}}\s?[yYMF]))"
            rf"|[{UPPER}]{{3,}}/[{UPPER}]{{3,}}(?=\s(?:MRS?|MS|MISS|DR)\b)|[{UPPER}]{{2,}}\s{TITLED_WORD}(?=,\s\d{{1,3}}\s?[yYMF])"
            rf"|{TWO_NAMES}(?=,?\s(?:asks?|has|had|needs|who|wants|presented|presents|complains|came in|attended|underwent|slipped|fell"
            rf"|was seen|is (?:an? )?\d|\(?\d{{1,3}}\s?(?:[yYMF]\b|yo|y/o|-?year)|\((?:born|DOB|age|he/|she/|they/)|[MF]\b|DOB"
            rf"|dob|MRN|ur\.|geb\.|b\.\s\d)|,\s\d{{2}},)"
            rf"|(?<=[Bb]aby\s){TITLED_WORD}\s{TITLED_WORD})"
        ),
        given=frozenset(lists.given_names.split()),
        never=frozenset(lists.never.split()),
        eponyms=frozenset((*lists.eponyms.split(), *lists.products.split(), *lists.makers.split())),
        products=frozenset(lists.products.split()),
        makers=frozenset(lists.makers.split()),
        not_names=frozenset(lists.not_names),
        birth=compiled(
            rf"(?<!\w)(?:{either(lists.birth_labels)})\s*[:=(-]?\s*(?:(?:the|on|le|il|el)\s+)?(?P<it>{dates}|\d{{8}}|\d{{6}}|{YEAR})(?!\w)",
            flags,
        ),
        date=compiled(rf"{_EDGE}(?P<it>{NUMERIC_DATE}|{WORDED_DATE})(?![\w/]|[.-]\d){_UNIT}", flags),
        loose_date=compiled(
            rf"{_EDGE}(?P<it>{MONTH_YEAR}|{SEASON}|{YEAR}-{MONTH_NUMBER}(?!-)"
            rf"|{MONTH_NUMBER}/{YEAR}|(?:19|20)\d\d{_MMDD})(?!\w){_UNIT}",
            flags,
        ),
        short_date=compiled(
            rf"(?<!\w)(?:on|dated?|lmp|edd|yesterday|today|tomorrow|since|admitted|discharged|seen|came in|exam|scan|study"
            rf"|comparison|prior)[\s:]+(?:the\s)?"
            rf"(?P<it>{SHORT_DATE})(?![/\w]|\s?(?:mm|cm|of\b|rd\b|visual|in the))",
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
            r"|[A-Z]{1,4}\d{2,6}(?:-\d{2,6}){2,3}|\d{4,6}-\d{2}-\d{4,6}|\d{4,8}-[A-Z]-\d{4,8}"
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
