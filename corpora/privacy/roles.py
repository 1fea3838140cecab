"""Persons told by a role or a title that no other word can stand behind: a technician's name, "dr. winter", "my dad (gerald, 93)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.context import is_german, is_named
from corpora.privacy.forms import CAPITAL, LOWER, PARTICLES, TWO_NAMES, UPPER
from corpora.privacy.names import GERMAN_TERM, HEAD, TERM
from corpora.privacy.patterns import rules
from corpora.privacy.tagging import given_names, knowledge, labels, name_words
from corpora.privacy.words import either, word_lists

Stretch = tuple[int, int]

_ROLES = (
    r"(?:[Mm]anip(?:ulat(?:eur|rice))?|MTRA?|TSRM|TSID|TER|MIR|FEA|[Tt][ée]cnic[oa]|[Rr]adiographer|[Ss]onographer|[Tt]echnologist|[Rr]egistrar"
    r"|(?:[Cc]ardiology|[Oo]rtho|[Ss]urgical|[Mm]edical|[Rr]enal|ED|ICU|[Pp]aeds|[Oo]n-call|[Nn]eurosurgical|[Uu]rology|[Rr]adiology)\s(?:reg|SHO|SpR|resident|fellow|consultant)"
    r"|SHO|SpR|[Rr]eg:|R[1-5]|[Ss]pec\.?|[Ss]pecializzand[oa]|[Ss]trutturat[oa]|[Ii]ntern[oe]|[Rr]esidente?|[Aa]ssistente|[Aa]djunt[oa]|CCA|PH|[Kk]ollegin?|[Cc]olega|[Cc]ollega"
    r"|[Cc]onsœur|[Cc]onfrère)"
)
_HOLDER = compiled(rf"(?<!\w){_ROLES}:?\s(?P<it>(?:[{UPPER}]\.\s?){{0,2}}(?P<name>{CAPITAL})(?:\s{CAPITAL}){{0,2}})(?![\w-])")
"""A name behind who does something in a department."""
_DID = (
    r"(?:dictated|typed|verified|signed|reported|scanned|protocolled|countersigned|diktierte?|befundete?|unterschrieb|dicté|validé|relu"
    r"|a\s(?:dicté|validé|relu|lu)|firmó|informó|dictó|revisó|ha\s(?:dettato|refertato|firmato|letto)|ditou|laudou|assinou|reviu)"
)
_ACTOR = compiled(rf"(?:^|[.;:/|]\s|\n)(?P<it>(?P<name>{CAPITAL}))(?=\s{_DID}(?!\w))")
"""Who did something with a report, at the start of a sentence."""
_TITLE = (
    r"(?:[Dd]r|[Dd]octor|[Dd]octeur|[Dd]ottor(?:e|essa)?|[Dd]ott(?:\.ssa)?|[Dd]r\.ssa|[Dd]outora?|[Dd]octora|[Dd]ra|[Pp]rof(?:\.ssa)?|[Pp]rofessor|[Pp]rofesseur|[Pp]rofesora?|[Mm]rs|Mr"
    r"|[Mm]me|[Mm]adame|[Mm]onsieur|[Mm]lle|[Hh]errn?|[Ff]rau|[Ss]eñora?|[Ss]ra|[Ss]enhora?|[Ss]ignora?|[Ss]ig(?:\.(?:ra|na|r))?|[Dd]oña|[Dd]ona)"
)
_TITLED = compiled(
    rf"(?<!\w){_TITLE}\.?\s(?P<it>(?P<name>[{UPPER}{LOWER}][{LOWER}]{{2,30}})(?:\s(?P<more>[{UPPER}][{LOWER}]{{2,30}}))?)(?![\w-])"
)
_KIN = either((*word_lists().relations, "vater", "mutter", "père", "mère", "padre", "madre", "pai", "mãe", "opa", "oma"))
_BRACKETED = compiled(
    rf"(?<!\w)(?i:{_KIN})\s\((?P<it>(?P<name>[{LOWER}]{{3,30}})(?:\s[{LOWER}]{{3,30}}(?:-[{LOWER}]{{3,30}})?)?)(?=,\s?\d{{2}}|\))"
)
"""A name in small letters behind a relation, in brackets: "my dad (gerald, 93)"."""
_RELATED = compiled(
    rf"(?<![\w-])(?P<it>(?P<name>[{UPPER}][{LOWER}]{{2,20}}))"
    rf"(?=\s\((?i:{_KIN}|cuidador[a]?|badante|aidante|aide|carer|nurse|enfermera?|infirmière|infermiera|enfermeira|pflegerin|pfleger|betreuerin?)\))"
)
"""A name in front of a relation in brackets: "Sue (carer)"."""
_AGED = compiled(
    rf"(?:^|\n|[.;:|/(]\s?)(?P<it>{TWO_NAMES})(?=,?\s\(?\d{{1,3}}\s?(?:años|anos|anni|ans|Jahre|J\.|yo|y/o|years|yrs|aa)(?!\w))"
)
"""Two words with a capital in front of an age."""
_FIELD = compiled(rf"(?<![\w-])(?P<it>(?P<last>{CAPITAL}),\s(?P<first>[{UPPER}][{LOWER}]{{1,20}}))(?=\s?(?://|\||;|\)|\n|$))")
"""Surname and given name that end a field."""
_INTRODUCED = (
    r"(?:i['’]?m|i\sam|my\sname(?:\sis|['’]?s)|this\sis|ich\s(?:bin|heiße|heisse)|mein\sname\sist|hier\s(?:ist|schreibt)|je\s(?:suis|m['’]appelle)|moi\sc['’]est|me\sllamo|mi\snombre\ses|soy|mi\schiamo"
    r"|il\smio\snome\sè|sono|me\schamo|chamo-me|(?:o\s)?meu\snome\sé|aqui\sé|sou(?:\s[oa])?)"
)
_LOW_NAME = rf"[{LOWER}]{{2,20}}(?:['’-][{LOWER}]{{2,20}}){{0,2}}"
_INTRODUCTION = compiled(
    rf"(?<!\w)(?i:{_INTRODUCED})\s(?P<it>{_LOW_NAME}(?:\s{_LOW_NAME}){{1,3}})(?=\s?[,.;:!(\n]|\s?$|\s(?:here|dob|born|geb|né|née|nata|nato)(?!\w))"
    rf"|(?:^|[,.!:]\s|\n)(?P<here>{_LOW_NAME}(?:\s{_LOW_NAME}){{1,2}})\shere(?=\s?[,.;:!\n]|\s?$)"
)
"""Who introduces himself in small letters: "sono giusy lo cascio, nata il"."""
_SLASHED = compiled(
    rf"(?:^|\n|[|;:]\s)(?P<it>(?P<last>[{UPPER}]{{3,30}})\s?/\s?(?P<first>[{UPPER}][{LOWER}]{{2,30}}))(?=\s?/\s?(?:[HFMW](?!\w)|\d))"
)
"""Surname and given name in fields that slashes part."""
_NO_NAME = re.compile(r"patient|paciente|paziente|untersuch|befund|station|klinik|medizin|chirurg|radiolog")


def holders(text: str) -> Iterator[Stretch]:
    """Names behind or in front of roles, titles and relations, in no order."""
    german = is_german(text)
    for pattern in (_HOLDER, _ACTOR):
        for match in pattern.finditer(text):
            if _may_be_holder(match["name"], german=german) and not HEAD.match(text, match.end("it")):
                yield match.span("it")
    for match in _TITLED.finditer(text):
        if _may_be_titled(match["name"], german=german):
            more = match["more"] and is_named(match["more"])
            yield match.start("it"), match.end("more" if more else "name")
    for match in _BRACKETED.finditer(text):
        if knowledge(match["name"]) in ("unknown", "given") or match["name"] in given_names() | name_words():
            yield match.span("it")
    for match in _RELATED.finditer(text):
        if knowledge(match["name"].lower()) != "plain" and match["name"].lower() not in labels():
            yield match.span("it")
    for match in _AGED.finditer(text):
        words = [word for word in re.findall(r"[^\W\d_]{3,}", match["it"]) if word[0].isupper()]
        if not any(_is_medical(word) for word in words) and any(map(is_named, words)):
            yield match.span("it")
    for match in _INTRODUCTION.finditer(text):
        if _may_be_introduced(match["it"] or match["here"]):
            yield match.span("it" if match["it"] else "here")
    for match in _SLASHED.finditer(text):
        if match["first"].lower() in given_names() | rules().given or is_named(match["last"]):
            yield match.span("it")
    for match in _FIELD.finditer(text):
        if not german and is_named(match["last"]) and knowledge(match["last"].lower()) == "unknown" and not _is_medical(match["first"]):
            yield match.span("it")


def _is_medical(word: str) -> bool:
    low = word.lower()
    return (
        knowledge(low) in ("plain", "eponym")
        or low in labels()
        or low in rules().never
        or bool(TERM.fullmatch(low) or GERMAN_TERM.fullmatch(low) or _NO_NAME.search(low))
    )


def _may_be_introduced(said: str) -> bool:
    """Whether words in small letters are a given name and a surname: none of medicine or a label, the first no other word."""
    words = [word for word in re.split(r"[\s'’-]", said) if word and word not in PARTICLES]
    listed = given_names() | name_words() | rules().given
    return (
        len(words) > 1
        and (words[0] in listed or knowledge(words[0]) == "unknown")
        and not any(word in labels() or (word not in listed and _is_medical(word)) for word in words)
        and any(word in listed or knowledge(word) == "unknown" for word in words[1:])
    )


def _may_be_holder(word: str, *, german: bool) -> bool:
    """Whether the word behind a role is a name; in German only one that is no common noun."""
    if _is_medical(word) or (word.isupper() and len(word) < 4):
        return False
    return is_named(word) or (not german and knowledge(word.lower()) == "common" and word.istitle())


def _may_be_titled(word: str, *, german: bool) -> bool:
    """Whether the word behind a title is a name, whatever else it is: an eponym, a name and a word, or with a capital any common word."""
    low = word.lower()
    if low in labels() or TERM.fullmatch(low) or _NO_NAME.search(low):
        return False
    known = knowledge(low)
    if word[0].islower():
        return low in name_words() or known == "eponym" or low in rules().given
    return known in ("eponym", "given") or (known == "common" and not german) or low in name_words()
