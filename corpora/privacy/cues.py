"""Identifiers told by what somebody is asked to do with them: a person to be called at a number, an owner, a signature.

In notes names stand in small letters, alone, or as one word between a number and a full stop. Here the surroundings decide first and the
word only has to be no word of medicine or plain speech.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.forms import CAPITAL, LOWER, PARTICLES, UPPER
from corpora.privacy.names import GERMAN_TERM, HEAD, TERM
from corpora.privacy.patterns import rules
from corpora.privacy.tagging import given_names, knowledge, labels, name_words
from corpora.privacy.words import Kind, either, word_lists

Stretch = tuple[int, int]

_ANY = rf"[{UPPER}{LOWER}][{LOWER}{UPPER}]{{2,30}}(?:[-'’][{UPPER}{LOWER}]{{2,30}}){{0,2}}"
_PHONE = r"(?=(?:(?:tel|phone|fon)\.?\s)?\+?\(?\d[\d\s()./-]{5,24}\d)"
_AT = r"(?:on|at|under|via|unter|auf|au|al|allo|alla|no|na|nel|pelo|pela|en el|à|sur le|sul|em|nr\.?|tel\.?|tél\.?)"
_RING = (
    r"(?:zurück|an)(?:zu)?rufen|zu erreichen|erreichbar|erreichen|kontaktieren|joignable|reachable|available|raggiungibile"
    r"|localizable|disponible|atiende|atende|risponde|répond|answers|picks up|is reachable|ist|est|é|es|è|is"
)
_CALLED_AT = compiled(rf"(?<![\w-])(?P<it>{_ANY}(?:\s{_ANY}){{0,2}})(?:,?\s(?:{_RING})){{0,2}}\s{_AT}\s{_PHONE}")
"""Up to three words in front of "at" and a phone number."""
_KIN = either(word_lists().relations)
_LOW_KIN = compiled(
    rf"(?<!\w)(?i:{_KIN}),?\s(?P<it>[{LOWER}]{{3,30}}(?:-[{LOWER}]{{3,30}})?)(?:\s(?P<more>[{LOWER}]{{3,30}}(?:-[{LOWER}]{{3,30}})?))?(?![\w-])"
)
_LOW_AGED = compiled(
    rf"(?<!\w)(?i:{_KIN}),?\s(?P<it>(?P<first>[{LOWER}]{{3,30}})\s(?P<last>[{LOWER}]{{3,30}}))"
    r"(?=,?\s(?:de\s|di\s)?(?:(?:is|was|turned|turns|aged|just turned|is now|ist|wurde|wird|tiene|cumplió|ha|compie|tem|fez|a)\s)?"
    r"(?:now\s)?\d{2,3}(?!\w|[.,]\d|\s?(?:mm|cm)))"
)
_LOW_SUBJECT = compiled(
    rf"(?<!\w)(?:for|of|on|für|von|zu|pour|sur|de|para|sobre|por|per|di|da|su)\s(?P<it>(?P<first>[{LOWER}]{{3,30}})\s(?P<last>[{LOWER}]{{3,30}}(?:['’-][{LOWER}]{{2,30}})?))"
    rf"(?=,?\s(?:{either((*word_lists().record_labels, *word_lists().birth_labels))})(?!\w))"
)
"""Whom a number or a date behind the words belongs to."""
_LOW_OLD = compiled(rf"(?<![\w-])(?P<it>[{LOWER}]{{4,30}})(?=,?\s(?:is\s)?\d{{2,3}}[\s-]?(?:year|yo\b|y/o|yr|jahre|ans\b|años|anni|anos))")
_LOW_PAIR = compiled(
    rf"(?<![\w-])(?P<it>[{LOWER}]{{4,30}})\s(?P<more>(?:[{LOWER}]{{1,5}}['’-])?[{LOWER}]{{4,30}}(?:['’-][{LOWER}]{{2,30}})?)(?![\w-])"
)
_OWNER = compiled(rf"(?<![\w-])(?P<it>[{UPPER}][{LOWER}]{{3,30}})['’]s(?=\s[{LOWER}])")
_ITS = (
    r"(?:\s[a-z]{3,12})?\s(?:films?|scans?|images?|imaging|reports?|results?|notes|x-?rays?|radiographs?|ct|mri|mrt|us|ultrasound|appointment|referral|request|pictures|disc"
    r"|knee|ankle|hip|wrist|shoulder|chest|head|back|mum|mother|dad|father|son|daughter|wife|husband|gp|surgery|lump|nodule|biopsy)(?!\w)"
)
_ITS_OF = compiled(rf"(?<=[a-z,]\s)(?P<it>[{UPPER}][{LOWER}]{{2,30}})['’]s(?={_ITS})")
"""Within a sentence, whoever the word is: "look at Tremaine's ankle films"."""
_LISTED = compiled(rf"(?<![\w-])(?P<it>(?P<last>{CAPITAL}(?:\s{CAPITAL})?),\s(?P<first>[{UPPER}][{LOWER}]{{2,30}}))(?![\w-])")
_BARRED = compiled(rf"(?:^|\|\s|\n)(?P<it>(?P<last>[{UPPER}][{UPPER}'’-]{{3,30}}) [{UPPER}][{LOWER}]{{2,30}})(?=\s?(?:\||\n|$))")
"""Surname in capitals and given name between two bars."""
_INITIAL = compiled(
    rf"(?<![\w.'’-])(?P<it>(?P<sign>[{UPPER}])\.\s?(?:-?[{UPPER}]\.\s?)?(?P<last>(?:[OD]['’])?[{UPPER}][{LOWER}]{{2,30}}(?:[-'’][{UPPER}][{LOWER}]{{1,30}}){{0,2}}))"
    r"(?![\w-])(?P<ends>\s?(?:[.,;:/()\n]|$)|\s(?:at|from|and|who)\s)?"
)
_IRISH = compiled(rf"(?<![\w-])(?P<it>{CAPITAL}\s(?P<last>O['’][{UPPER}][{LOWER}]{{2,20}}))(?![\w-])")
_AFTER_NUMBER = compiled(rf"(?:\d{{3}}|[\w-]\.[a-z]{{2,12}}),\s(?P<it>{CAPITAL})(?=\s?(?:[.;,/\n]|$))")
"""One word behind a number: who it belongs to."""
_RINGS = either((*word_lists().phone_labels, "durchwahl", "dw", "funk", "piepser"))
_AFTER_CONTACT = compiled(
    rf"(?:@[\w.-]{{3,60}}|(?i:{_RINGS})\W{{0,4}}\d[\d /.-]{{1,16}}\d)"
    rf",\s(?P<it>(?:[{UPPER}]\.\s)?{CAPITAL})(?=\s?(?:[.;/\n]|$))"
)
"""The same behind the number of a phone or an address of mail, where it may be any word."""
_ROLE = compiled(
    r"(?<!\w)(?i:jefe|jefa|chefe|primari[oa]|caposala|chef|cheffe|head|chief|lead|leiter(?:in)?|chefarzt|chefärztin|oberarzt|oberärztin|adjunt[oa]|staff"
    r"|coordinador[a]?|coordenador[a]?|responsabile|responsable|responsável)"
    r"(?:\s(?i:de servicio|del servicio|de sección|de guardia|de serviço|de clínica|de service|de clinique|di reparto|del reparto"
    r"|of department|of service|of radiology|nurse|médic[oa]|der abteilung|der klinik))?:?\s"
    rf"(?P<it>{CAPITAL}(?:\s{CAPITAL})?)(?![\w-])(?P<ends>\s?(?:[.,;:/)\n]|$))?"
)
_HELD = compiled(
    rf"(?<!\w)(?i:{either(word_lists().patients)}):?\s"
    rf"(?P<it>[{UPPER}][{UPPER}{LOWER}]{{1,30}}-[{UPPER}][{UPPER}{LOWER}]{{1,30}}(?:,\s[{UPPER}][{LOWER}]{{2,30}}(?=[,;.]|\s*$))?)(?![\w-])"
)
"""A surname of two behind the word for a patient."""
_ID_OF = r"(?:paziente|paciente|patient|do paciente|del paciente|del paziente|du patient|des patienten|der patientin|doente|utente)"
_IDENTITY = compiled(
    rf"(?<![\w-])(?i:(?:id|pat\.?-?\s?id|code|código|codice|kennung|n\.?\s?[º°o]\.?|n\.|nr\.?|num(?:ber|ero|éro)?|número|unit|chart)\s(?:{_ID_OF}|number)|pat\.?-id|patienten-?id)\s*[:=#.]?\s*(?P<it>[A-Z]{{0,4}}-?\d[\w/.-]{{3,20}}\w)"
)
_DOWN = compiled(
    r"(?<!\w)(?i:durchwahl|dw|nebenstelle|apparat|app\.|ext\.?|extension|poste|interno|extensión|ramal|anexo|klappe)\s*[:#.]?\s?-\s?(?P<it>\d{2,6}(?:-\d{2,4})?)(?![\w.]\d|\w)"
)
_PAGED = compiled(
    r"(?<!\w)(?i:or|and|please|to|can you|could you|may)\s(?i:page|bleep|dial)\s(?:me\s(?:on|at)\s)?"
    r"(?P<it>\d{2,3}-\d{2,4}|\d{3,6})(?![\w.]\d|\w|\s(?:of|in)\b)"
)
_SLASHED = compiled(r"(?<![\w/.,-])(?P<it>0\d(?:/\d\d){4}|[679]\d\d(?:-\d\d){3})(?![\w/-])")
_LANE = compiled(
    rf"(?:[Ww]ohnt|[Ww]ohnhaft|[Ww]ohne|[Zz]uhause|[Aa]nschrift:?|[Aa]dresse:?|,)\s(?:in\s)?"
    rf"(?P<it>(?:Am|Im|In der|An der|An den|Auf der|Auf dem|Zum|Zur|Beim|Unter den|Hinter der|Hinterm)"
    rf"\s(?P<name>(?:[{UPPER}]?[{LOWER}]{{2,12}}\s)?[{UPPER}][{LOWER}]{{2,30}})\s\d{{1,3}}\s?[a-e]?)(?![\w.,]\d|\w|\s?(?:mm|cm|HE|%))"
)
"""A street of German called after where it lies: "Zur alten Mühle 16c"."""
_ROAD = compiled(
    rf"(?<!\w)(?P<it>(?i:estrada|rodovia|carretera|autovía|route|strada)\s(?:(?:de|do|da|di|del|della)\s)?[{UPPER}][\w-]{{1,30}}(?:\s[\w-]{{1,20}}){{0,2}}"
    rf",?\s(?:n\.?[º°]?\s?|km\.?\s|,\s)\d{{1,5}}(?:,\s(?:\d{{4,5}}(?:-\d{{3}})?\s)?{CAPITAL})?)(?!\w)"
)
_OLD = compiled(
    r"(?<!\w)(?i:she|he|they|who|sie|er|elle|il|lei|lui|ella|él|ela|ele|die|der)\s(?i:is|was|turned|turns|ist|wird|wurde|war|a|aura|ha|compie|tiene|cumple|tem|faz|fez)\s"
    r"(?i:now\s|already\s|almost\s|nearly\s|schon\s|bereits\s|fast\s|déjà\s|bientôt\s|presque\s|già\s|quasi\s|ya\s|casi\s|já\s|quase\s)?"
    r"(?P<it>9\d|1[01]\d)(?![\d.,/%-]\d|\s?(?:%|mm|cm|m[lgL]\b|HU\b|HE\b|UH\b|bpm|k[gV]|x\b|[Pp]rozent|per\s?cent|Grad|degrees|points?|Punkte|min\b|s\b|days|Tage)|\w)"
)

_OWN = compiled(
    r"(?<!\w)(?i:i['’]?m|i\sam|ich\s(?:bin|werde)|yo\stengo|tengo|cumplo|tenho|faço|farò|compio)\s(?i:now\s|schon\s|bald\s|ya\s|già\s|já\s)?"
    r"(?P<it>9\d|1[01]\d)(?=\s?(?:[,.;!?)](?!\d)|$)|\s(?:and|now|next|und|y|e|en|em|in|im)(?!\w))",
    re.MULTILINE,
)
"""The age of who writes, without its unit: "i'm 91 and live alone"."""


def persons(text: str) -> Iterator[Stretch]:
    """Names told by what is to be done with them, in no order."""
    for match in _CALLED_AT.finditer(text):
        if span := _last_names(text, *match.span("it")):
            yield span
    for match in _LOW_KIN.finditer(text):
        if _is_listed(match["it"]):
            more = match["more"] and (_is_listed(match["more"]) or match["more"] in name_words() or _is_strange(match["more"]))
            yield match.start("it"), match.end("more" if more else "it")
    for match in _LOW_AGED.finditer(text):
        if _is_strange(match["first"]) or _is_strange(match["last"]):
            yield match.span("it")
    for match in _LOW_SUBJECT.finditer(text):
        if _is_strange(match["first"]) or _is_strange(match["last"]):
            yield match.span("it")
    for match in _BARRED.finditer(text):
        if _is_strange(match["last"]):
            yield match.span("it")
    for match in _LOW_OLD.finditer(text):
        if _is_listed(match["it"]):
            yield match.span("it")
    for match in _low_pairs(text):
        yield match.start("it"), match.end("more")
    for match in _OWNER.finditer(text):
        if _is_listed(match["it"]) and not HEAD.match(text, match.end("it")):
            yield match.span("it")
    for match in _ITS_OF.finditer(text):
        if _is_strange(match["it"]) and not HEAD.match(text, match.end("it")):
            yield match.span("it")
    for match in _LISTED.finditer(text):
        if (_is_listed(match["first"]) or _is_loud(match["last"], match["first"])) and all(
            _may_be_surname(word) for word in re.split(r"[\s-]", match["last"])
        ):
            yield match.span("it")
    for match in _INITIAL.finditer(text):
        if not HEAD.match(text, match.end("last")) and _is_surname(
            match["last"], match["sign"], ends=match["ends"] is not None, owns="s" in (match["ends"] or "")
        ):
            yield match.span("it")
    for match in _IRISH.finditer(text):
        if match["last"].lower() not in rules().eponyms:
            yield match.span("it")
    for match in _AFTER_NUMBER.finditer(text):
        if _is_strange(match["it"]) or match["it"].lower() in name_words() or _is_double(match["it"]):
            yield match.span("it")
    for match in _AFTER_CONTACT.finditer(text):
        if not {word.lower() for word in re.findall(r"\w{2,}", match["it"])} & labels():
            yield match.span("it")
    for match in _ROLE.finditer(text):
        word = re.split(r"\s", match["it"])[0]
        called = match["ends"] is not None and word.lower() in rules().eponyms
        if not HEAD.match(text, match.end("it")) and (_is_strange(word) or word.lower() in name_words() or called or _is_double(word)):
            yield match.span("it")
    for match in _HELD.finditer(text):
        if _is_double(match["it"].split(",")[0]):
            yield match.span("it")


def numbers(text: str) -> Iterator[tuple[int, int, Kind]]:
    """Numbers of a person told by their labels: who is meant is named between label and number, or a dash stands before it."""
    for match in _IDENTITY.finditer(text):
        yield *match.span("it"), "record number"
    for match in _DOWN.finditer(text):
        yield *match.span("it"), "phone"
    for match in _PAGED.finditer(text):
        yield *match.span("it"), "phone"
    for match in _SLASHED.finditer(text):
        yield *match.span("it"), "phone"
    for match in _OLD.finditer(text):
        yield *match.span("it"), "age"
    for match in _OWN.finditer(text):
        yield *match.span("it"), "age"
    for match in _LANE.finditer(text):
        words = {word.lower() for word in re.findall(r"[^\W\d_]{3,}", match["name"])}
        if all(
            knowledge(word) in ("unknown", "common", "given") and not TERM.fullmatch(word) and not GERMAN_TERM.fullmatch(word)
            for word in words
        ):
            yield *match.span("it"), "address"
    for match in _ROAD.finditer(text):
        yield *match.span("it"), "address"


def _low_pairs(text: str) -> Iterator[re.Match[str]]:
    """A given name and a word nobody knows in small letters, and nothing that makes them a term."""
    position = 0
    while match := _LOW_PAIR.search(text, position):
        position = match.end("it")
        if (
            match["it"] in given_names()
            and knowledge(match["more"]) == "unknown"
            and not TERM.fullmatch(match["more"])
            and not HEAD.match(text, match.end())
        ):
            yield match


def _last_names(text: str, start: int, end: int) -> Stretch | None:
    """The last words of a stretch as far as they are names or unknown; the first of them has to be one that no other use explains."""
    first = None
    for match in reversed(list(re.finditer(r"\S+", text[start:end]))):
        if not (_is_strange(match[0]) or (first is not None and match[0].lower() in name_words())):
            break
        first = start + match.start()
    return (first, end) if first is not None else None


def _is_listed(word: str) -> bool:
    """Whether a list of given names has a word that is no word elsewhere."""
    low = word.lower()
    return (low in given_names() and knowledge(low) == "unknown") or low in rules().given


def _is_strange(word: str) -> bool:
    """Whether a word is a name or unknown; a word in parts where one is unknown and none is medicine's."""
    if _is_listed(word):
        return True
    low = word.lower()
    if low in labels() or low in rules().never or TERM.fullmatch(low) or GERMAN_TERM.fullmatch(low) or _DOABLE.search(low):
        return False
    parts = [knowledge(part) for part in re.split(r"[-'’]", low) if len(part) > 1]
    return "unknown" in parts and not {"eponym", "plain"} & set(parts)


_DOABLE = re.compile(r"(?:[áa]vel|[íi]vel|[ai]ble|[ai]bile|bar|eis|[ei]bles|áveis)$")
"""Adjectives in front of a number: "contactável pelo"."""


def _may_be_surname(word: str) -> bool:
    """Whether a word in front of a comma and a given name may be the surname: all but medicine's and labels'."""
    low = word.strip(".").lower()
    return low in PARTICLES or (
        len(low) > 1 and low not in labels() and low not in rules().never and knowledge(low) not in ("plain", "eponym")
    )


def _is_loud(last: str, first: str) -> bool:
    """Whether a word in capitals is a surname, whatever the word behind the comma: unknown, and long enough to be no abbreviation."""
    return (
        last.isupper()
        and len(last) > _ABBREVIATION
        and knowledge(last.lower()) == "unknown"
        and _may_be_surname(last)
        and first.lower() not in labels()
    )


_ABBREVIATION = 5


def _is_double(word: str) -> bool:
    """Whether a word is two joined by a hyphen, both with a capital and neither of them medicine's: "Castelo-Branco"."""
    parts = word.split("-")
    return len(parts) > 1 and all(
        part[:1].isupper() and len(part) > 1 and _may_be_surname(part) and not TERM.fullmatch(part.lower()) for part in parts
    )


_LATIN = frozenset("AMNVRTCLP")
"""Letters that are short for artery, muscle, nerve and disease in front of a capitalised word of German and Latin."""


def _is_surname(word: str, sign: str, *, ends: bool, owns: bool) -> bool:
    """Whether the word behind an initial is a surname: unknown or a name; a common word where the phrase ends with it."""
    parts = re.split(r"[-'’]", word.lower())
    known = {knowledge(part) for part in parts if len(part) > 1}
    if owns and known == {"plain"}:
        return True
    if known & {"plain", "eponym"} or TERM.fullmatch(parts[-1]):
        return False
    if "unknown" in known or "given" in known or any(part in name_words() for part in parts):
        return True
    return _is_double(word) or (ends and sign not in _LATIN)
