"""Patient identifiers in a text: where they stand, of which kind, and the text without them.

Rules over labels, titles and shapes (`corpora.privacy.patterns`, `corpora.privacy.names`), and a small tagger for what stands
where an identifier stands (`corpora.privacy.tagger`); no language model. Found are names with a
title, a label or a known given name, or of words that no guideline uses; dates of birth and dates that belong to a person (those of a
publication stay); record and accession numbers; phones and e-mails; postal addresses; institutions; ages over 89. After the eighteen
kinds of the HIPAA "safe harbor" rule, 45 CFR 164.514(b)(2), as far as they occur in radiology's texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from corpora.bounded import Collapsed, compiled, pieces
from corpora.privacy.addresses import addresses, whole
from corpora.privacy.context import housed, is_term, joined, people, places, widened
from corpora.privacy.cues import numbers, persons
from corpora.privacy.dictated import dictated
from corpora.privacy.forms import NUMERIC_DATE
from corpora.privacy.names import names
from corpora.privacy.patterns import Rules, rules
from corpora.privacy.roles import holders
from corpora.privacy.tagger import tagged
from corpora.privacy.tagging import knowledge, labels
from corpora.privacy.words import Kind
from corpora.types import Frozen


class Identifier(Frozen):
    """A stretch of a text that can tell who somebody is: `text[start:end]`."""

    kind: Kind
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    text: str


class Masked(Frozen):
    """A text whose identifiers are replaced by their kind in brackets, "[name]", and what was found in the original."""

    text: str
    found: tuple[Identifier, ...] = ()


def find(text: str) -> tuple[Identifier, ...]:
    """Every identifier in the text, in order; where some overlap, their whole stretch has the kind of the most telling one."""
    shown = Collapsed.of(text)
    found = _merged(span for span in _everywhere(shown.text) if not _is_public(shown.text, *span))
    spans = [(shown.place(start), shown.end(end), kind) for start, end, kind in _merged(_whole(shown.text, *span) for span in found)]
    return tuple(Identifier(kind=kind, start=start, end=end, text=text[start:end]) for start, end, kind in spans)


def _is_public(text: str, start: int, end: int, kind: Kind) -> bool:
    """Whether what looks like an identifier is a term called after somebody, or a part of a DOI."""
    if kind == "address" and len(re.findall(r"\d", text[start:end])) >= _CODED:
        return False
    if kind in ("name", "address", "institution"):
        return is_term(text, start, end)
    return kind == "record number" and bool(_DOI.search(text[max(0, start - 60) : start]))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The stretches in order; where some overlap, their whole stretch has the kind of the most telling one."""
    found: list[Span] = []
    for start, end, kind in sorted(spans):
        if found and start < found[-1][1]:
            first, last, other = found[-1]
            found[-1] = (first, max(last, end), min(kind, other, key=_TELLING.index))
        else:
            found.append((start, end, kind))
    return found


_CODED = 4
"""Digits from which a stretch is an address whatever its words: a postcode, a number of a house and one of a flat."""
_DOI = re.compile(r"\b10\.\d{4,9}/\S{0,40}$")

_TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Dra|Drin|Prof|Profa|Professor|Doctora?|Doctors|Drs|Dres|Doutora?|Herrn?|Frau|Hrn?|Fr|Mme|Mlle|Monsieur|Madame|Maître|Docteur|Dott|Dott\.ssa|Dr\.ssa"
    r"|Dottor(?:e|i|essa)?|m(?=\.)|Dre|Sig|Sig\.ra|Signora?|Signor|Sra?|Srta|Dña|Doña|Don|Dona|Señora?|Senhora?|Exma?|Lord|Lady|Sir|Dame|Rev|Master|Cllr|PD|OA|OÄ|Oberärztin|Oberarzt|AÄ|CA|Pr|med|SHO|SpR|R[1-5]"
    r"|Sgt|Cpl|Capt|Lt|Col|Maj|Famil(?:y|ie|ia|le)|Família|Famiglia|Famille|Fam|Gran(?:dad|dma|ny)|Auntie|Uncle|Patient|Pat|pt|nurse|matron|infirmi(?:er|ère)|enfermer[ao]|enfermeir[ao]"
    r"|infermier[ea]|Schwester|Pfleger(?:in)?|specializzand[ao]|residente|intern[eoa]|técnic[oa]|tecnico)"
)
"""What belongs to a name in front of it: titles, ranks, a role without a sex of its own that is not told otherwise."""
_BEFORE = re.compile(
    r"(?:(?<=\s)|(?<=[(:;,/|*])|(?<![\s\S]))(?:(?:(?:the|la|le|el|il|lo|der|die|den|dem|a|o)\s|[ld]['’])?(?!(?-i:MR)\s)"
    + _TITLES
    + r"\.?\s){1,4}$",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<!\w)(?:rue|avenue|allée|place|chemin|sentier|route|impasse|boulevard|quai|cours|square|passage|montée|ruelle|via|viale|vicolo|piazza|piazzale|corso|largo|strada"
    r"|contrada|lungarno|v\.le|p\.zza|p\.za|c\.so|l\.go|b\.go|pza\.|calle|c/\.?|avenida|avda\.?|plaza|paseo|ronda|camino|carrera|rua|r\.|travessa|praça|alameda|estrada|rodovia|beco|av\.)"
    r"(?:\s(?:de|du|des|d['’]|la|le|les|los|las|del|dei|della|delle|dello|di|da|do|dos|das|lo)){0,3}(?:\s[dl]['’]|\s)$",
    re.IGNORECASE,
)
"""The word for a street in front of what was taken for its name."""
_STATE = re.compile(r"\s?[-–/]\s?(?:AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO)(?!\w)")
"""A state of Brazil behind a town."""
_DOOR = re.compile(r"/(?:[A-Za-z]|bis|ter)(?!\w)")
_ARTICLE = re.compile(r"(?<!\w)(?:(?:the|la|le|el|il|lo|les|os?|as?|i|gli|los|las|der|die|den|dem)\s|l['’])$", re.IGNORECASE)
_TITLED = re.compile(_TITLES + r"\.?\s", re.IGNORECASE)
_PREFIX = re.compile(r"(?<![\w-])([A-Z]{2,4})\s$")
_SUFFIX = re.compile(r"-?[A-Z]{1,3}(?![\w-])")
_GROUP = re.compile(r"(?<![\w.,/-])(?:\+?\(?\d{2,4}\)?(?:\s/\s|[\s./-])){1,2}$")
"""Digits in front of a phone number that belong to it."""
_BEHIND = re.compile(
    r",?\s(?:(?:MD|M\.D\.|DO|FRCR|FRCS|FACR|MBBS|MBChB|PhD|RN|NP|FRCP|MRCP|PA-C|NP-C|ARNP|DNP|FFR|FESC|FESO|BSc|MSc)\b[.,]?\s?){1,4}(?<![\s,])"
)


def _whole(text: str, start: int, end: int, kind: Kind) -> Span:
    """A name with the titles in front of it and the degrees behind it, an institution with its article, a number with its letters."""
    ahead = text[max(0, start - 40) : start]
    if kind in ("address", "institution"):
        end = joined(text, end)
        street = _STREET.search(ahead) if kind == "address" else None
        start -= len(street[0]) if street else 0
        state = _STATE.match(text, end) if kind == "address" else None
        door = _DOOR.match(text, end) if kind == "address" else None
        end = state.end() if state else door.end() if door else end
        start, end = whole(text, start, end) if kind == "address" else (start, end)
    if kind == "name":
        start, end = widened(text, start, _at_words_end(text, start, end))
        ahead = text[max(0, start - 40) : start]
        before, behind = _BEFORE.search(ahead), _BEHIND.match(text, end)
        if before is None and _TITLED.match(text, start):
            before = _ARTICLE.search(ahead)
        return start - (len(before[0]) if before else 0), behind.end() if behind else end, kind
    if kind == "institution":
        end = housed(text, start, end)
    if kind == "institution" and (article := _ARTICLE.search(ahead)):
        return start - len(article[0]), end, kind
    if kind in ("phone", "record number") and re.fullmatch(r"[\d\s.-]{6,20}", text[start:end]) and (group := _GROUP.search(ahead)):
        return start - len(group[0]), end, kind
    if kind == "record number":
        suffix, prefix = _SUFFIX.match(text, end), _PREFIX.search(ahead)
        return start - _letters(ahead, prefix), suffix.end() if suffix else end, kind
    return start, end, kind


def _at_words_end(text: str, start: int, end: int) -> int:
    """Where a name ends that runs into the first letters of a class: "Vogel, TR" of "Vogel, TR4"."""
    if end < len(text) and text[end].isdigit() and (cut := re.search(r"[\s,][^\W\d_]{1,40}$", text[start:end])):
        return start + len(text[start : start + cut.start()].rstrip(" ,\t\n"))
    return end


def _letters(ahead: str, prefix: re.Match[str] | None) -> int:
    """How many signs of the letters in front of a number belong to it: those that are no label, no word, or stand behind a label."""
    if prefix is None or prefix[1].lower() in labels():
        return 0
    before = re.findall(r"[^\W\d_]+", ahead[: prefix.start()])[-1:]
    return len(prefix[0]) if knowledge(prefix[1].lower()) == "unknown" or (before and before[0].lower() in labels()) else 0


def _everywhere(text: str) -> Iterator[Span]:
    for place, piece in pieces(text):
        yield from ((place + start, place + end, kind) for start, end, kind in _candidates(piece))


def mask(text: str) -> Masked:
    """The text with every identifier replaced by its kind in brackets."""
    found = find(text)
    parts, position = [], 0
    for item in found:
        parts += [text[position : item.start], f"[{item.kind}]"]
        position = item.end
    return Masked(text="".join((*parts, text[position:])), found=found)


Span = tuple[int, int, Kind]
_TELLING: tuple[Kind, ...] = ("e-mail", "birth date", "date", "record number", "address", "institution", "phone", "age", "name")
"""Of two kinds that overlap the earlier one names the stretch: a labelled number is no phone, a street no name."""


def _candidates(text: str) -> Iterator[Span]:
    patterns = rules()
    for kind, pattern in patterns.plain:
        yield from ((*match.span("it"), kind) for match in pattern.finditer(text) if kind != "phone" or _is_phone(match))
    yield from ((*stretch, "name") for stretch in names(text))
    yield from ((*stretch, "name") for stretch in people(text))
    yield from ((*stretch, "name") for stretch in persons(text))
    yield from ((*stretch, "name") for stretch in holders(text))
    yield from numbers(text)
    yield from ((*stretch, "institution") for stretch in places(text))
    yield from ((*stretch, "address") for stretch in addresses(text))
    yield from tagged(text)
    yield from ((*stretch, "birth date") for stretch in dictated(text))
    yield from _dates(text, patterns)
    yield from _records(text, patterns)
    yield from _institutions(text, patterns)


def _is_phone(match: re.Match[str]) -> bool:
    """Whether there are digits enough for a phone; a pager or an extension has three."""
    return len(re.sub(r"\D", "", match["it"])) >= 6 or bool(
        re.match(
            r"x\d|tel(?:efon[eo]?|éphone|éfono|ephone)?\.?\s?:?\s?\d{4,5}$|ext|pager|bleep|durchwahl|dw|funk|piepser|poste|bip|int|busca|ramal|anexo|cerca",
            match[0],
            re.IGNORECASE,
        )
    )


def _dates(text: str, patterns: Rules) -> Iterator[Span]:
    for match in patterns.birth.finditer(text):
        yield (*match.span("it"), "birth date")
    for match in patterns.date.finditer(text):
        if _cue(text, match.start("it"), patterns) != "publication" and not _VERB.search(match["it"]):
            yield (*match.span("it"), "date")
    for match in patterns.loose_date.finditer(text):
        if _cue(text, match.start("it"), patterns) == "event":
            yield (*match.span("it"), "date")
    for match in patterns.short_date.finditer(text):
        yield (*match.span("it"), "date")


_VERB = re.compile(r"\d\.\s+May$|\d\s+(?:may|mar|sep|dec)$|^(?:may|march)\s")
"""A lower-case "may" behind a number is a verb."""


def _cue(text: str, position: int, patterns: Rules) -> str:
    """Whose date it is by the nearest cue before it in the sentence: "event", "publication", or "" where there is none."""
    before = text[max(0, position - 90) : position]
    before = re.split(r"(?<=[a-z)])[.;\n]\s", before)[-1]
    event = max((match.end() for match in patterns.event.finditer(before)), default=-1)
    publication = max((match.end() for match in patterns.publication.finditer(before)), default=-1)
    return "" if event == publication else "event" if event > publication else "publication"


def _records(text: str, patterns: Rules) -> Iterator[Span]:
    for match in patterns.record.finditer(text):
        if (
            match["label"].lower() in patterns.marked
            and not re.search(r"[:=#]|no\b|num", match["mark"])
            and not re.search(r"[A-Z]|\d[\d.-]{4}|\d{1,5}/\d{4,}|\d{4,}/\d\d", match["it"])
        ):
            continue
        if match["label"].lower().startswith("ref") and re.fullmatch(r"\d{1,2}[-/. ]\d{2,3}", match["it"]):
            continue
        if re.fullmatch(r"(?:0?[1-9]|1[0-2])/(?:19|20)\d\d", match["it"]):
            continue
        if not re.fullmatch(NUMERIC_DATE, match["it"]) and len(re.sub(r"\D", "", match["it"])) >= 3:
            yield (*match.span("it"), "record number")
    for match in patterns.bare_record.finditer(text):
        before = text[max(0, match.start("it") - 24) : match.start("it")]
        if not patterns.public.search(before) and not patterns.public.match(match["it"]) and not re.match(r"C\d{7}$", match["it"]):
            yield (*match.span("it"), "record number")


_SMALL_PLACE = compiled(
    r"(?<!\w)(?P<it>(?P<first>[a-z]{4,30})(?:\s[a-z]{3,12})?\s(?:hospital|clinic|infirmary|hospice|nursing home|care home|klinik"
    r"|krankenhaus))(?!\w)"
)


def _institutions(text: str, patterns: Rules) -> Iterator[Span]:
    for match in _SMALL_PLACE.finditer(text):
        if knowledge(match["first"]) in ("unknown", "given"):
            yield *match.span("it"), "institution"
    for match in patterns.institution.finditer(text):
        start, words = match.start("it"), match["it"].split()
        while words and (words[0].lower() in patterns.not_institutions or not words[0][0].isupper()):
            start += len(words[0]) + len(re.match(r"\s*", text[start + len(words[0]) :])[0])  # type: ignore[index]
            words = words[1:]
        if len(words) > 1 and not patterns.societies & set(words):
            yield start - 4 * text[:start].endswith("The "), match.end("it"), "institution"
    for match in patterns.institution_head.finditer(text):
        if match["it"][0].islower() and match["it"].split()[-1].isupper():
            continue
        yield (*match.span("it"), "institution")
