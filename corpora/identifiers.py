"""Patient identifiers in a text: where they stand, of which kind, and the text without them.

Rules over labels, titles and shapes (`corpora.identifier_patterns`); no model. Found are names with a title, a label or a known
given name; dates of birth and dates that belong to a person (those of a publication stay); record and accession numbers; phones
and e-mails; postal addresses; institutions; ages over 89. After the eighteen kinds of the HIPAA "safe harbor" rule,
45 CFR 164.514(b)(2), as far as they occur in radiology's texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from corpora.identifier_patterns import NUMERIC_DATE, Kind, Rules, rules
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
    found: list[Span] = []
    for start, end, kind in sorted(_candidates(text)):
        if found and start < found[-1][1]:
            first, last, other = found[-1]
            found[-1] = (first, max(last, end), min(kind, other, key=_TELLING.index))
        else:
            found.append((start, end, kind))
    return tuple(Identifier(kind=kind, start=start, end=end, text=text[start:end]) for start, end, kind in found)


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
        yield from ((*match.span("it"), kind) for match in pattern.finditer(text))
    yield from _names(text, patterns)
    yield from _dates(text, patterns)
    yield from _records(text, patterns)
    yield from _institutions(text, patterns)


def _names(text: str, patterns: Rules) -> Iterator[Span]:
    for pattern in (patterns.titled, patterns.magnetic, patterns.person, patterns.spoken):
        for match in pattern.finditer(text):
            if span := _person(text, *match.span("it"), patterns):
                yield (*span, "name")
    for match in patterns.labelled.finditer(text):
        if span := _person(text, *match.span("it"), patterns, any_case=True):
            yield (*span, "name")
    for pattern in (patterns.two_words, patterns.reversed):
        for match in pattern.finditer(text):
            if _is_known_name(match["it"], patterns, reverse=pattern is patterns.reversed):
                yield (*match.span("it"), "name")
    for match in patterns.related.finditer(text):
        if re.split(r"[\s,]", match["it"])[0].lower() in patterns.given and (span := _person(text, *match.span("it"), patterns)):
            yield (*span, "name")
    for match in patterns.shaped.finditer(text):
        if not patterns.societies & set(match["it"].split()) and not any(
            word in patterns.never or word in patterns.eponyms for word in re.split(r"[\s,^]+", match["it"].lower())
        ):
            yield (*match.span("it"), "name")


def _is_known_name(words: str, patterns: Rules, *, reverse: bool) -> bool:
    """Whether one of some capitalised words is a known given name and the others may be a surname."""
    parts = re.split(r"[\s,]+", words.replace(".", ""))
    given = parts[1] if reverse else parts[0]
    others = {part.lower() for part in parts if part != given}
    if given.lower() not in patterns.given or (given.isupper() and not words.isupper()) or not others:
        return False
    return " ".join(parts[:2]).lower() not in patterns.not_names and not others & patterns.never


_LABEL_WORDS = re.compile(
    r"dob|mrn|sex|age|id|nhs|ct|mri|dr|date|tel|acc|accession|gender|born|ref|phone|address|ward|exam|study|verified|dictated|signed|reported|"
    r"resident|fellow|attending|read|reviewed|approved|interpreted|transcribed|referring|ordering|requesting|performed|checked|electronically"
)


def _person(text: str, start: int, end: int, patterns: Rules, *, any_case: bool = False) -> tuple[int, int] | None:
    """The stretch without what cannot be a person's name at its end; None where it starts with such a word."""
    end_of_name = start
    for seen, match in enumerate(re.finditer(r"[^\s,^]+", text[start:end])):
        word = match[0].strip(".:;-'’()[]").lower()
        initial = len(word) == 1 and match[0][0].isupper()
        if not word or (word in patterns.never and not initial) or (any_case and seen >= 4) or re.search(r"\d", word):
            break
        if _LABEL_WORDS.fullmatch(word):
            break
        end_of_name = start + match.end()
    stretch = text[start:end_of_name].rstrip(" ,.:;-")
    return (start, start + len(stretch)) if len(stretch) > 1 else None


def _dates(text: str, patterns: Rules) -> Iterator[Span]:
    for match in patterns.birth.finditer(text):
        yield (*match.span("it"), "birth date")
    for match in patterns.date.finditer(text):
        if _cue(text, match.start("it"), patterns) != "publication" and not _VERB.search(match["it"]):
            yield (*match.span("it"), "date")
    for match in patterns.loose_date.finditer(text):
        if _cue(text, match.start("it"), patterns) == "event":
            yield (*match.span("it"), "date")


_VERB = re.compile(r"\d\s+(?:may|mar|sep|dec)$|^(?:may|march)\s")
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
        if not re.fullmatch(NUMERIC_DATE, match["it"]) and len(re.sub(r"\D", "", match["it"])) >= 3:
            yield (*match.span("it"), "record number")
    for match in patterns.bare_record.finditer(text):
        before = text[max(0, match.start("it") - 24) : match.start("it")]
        if not patterns.public.search(before) and not patterns.public.match(match["it"]) and not re.match(r"C\d{7}$", match["it"]):
            yield (*match.span("it"), "record number")


def _institutions(text: str, patterns: Rules) -> Iterator[Span]:
    for match in patterns.institution.finditer(text):
        start, words = match.start("it"), match["it"].split()
        while words and (words[0].lower() in patterns.not_institutions or not words[0][0].isupper()):
            start += len(words[0]) + len(re.match(r"\s*", text[start + len(words[0]) :])[0])  # type: ignore[index]
            words = words[1:]
        if len(words) > 1 and not patterns.societies & set(words):
            yield start, match.end("it"), "institution"
    for match in patterns.institution_head.finditer(text):
        yield (*match.span("it"), "institution")
