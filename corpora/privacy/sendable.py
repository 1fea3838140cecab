"""What of a text may go to a model elsewhere: identifiers masked, and of what is left only words that medicine or plain speech has.

The second net behind `corpora.privacy.identifiers`, as for web queries: a word that neither the index's medicine, nor one of six languages'
common words, nor a measurement, class or eponym accounts for is masked as "[other]". A misspelled term may be lost to the model; a name
that no rule and no tagger saw is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import cache

from corpora.concepts.vocabulary import vocabulary
from corpora.plain_words import plain_words, written_words
from corpora.privacy.context import is_german
from corpora.privacy.identifiers import Identifier, Masked, find
from corpora.privacy.names import GERMAN_TERM, TERM
from corpora.privacy.patterns import rules
from corpora.privacy.tagger import suspected
from corpora.privacy.tagging import common_words, given_names, knowledge, labels, name_words

OTHER = "[other]"
_WORD = re.compile(r"[^\W\d_][\w'’]{0,60}(?:[-/][\w'’]{1,60}){0,6}|(?<![\w.,])\d[\w.,/:×-]{2,40}[\w²³](?![\w%])")
_SHORT = 3
"""Letters up to which an abbreviation in capitals stays: "CT", "AAA"; longer ones stay where medicine has them."""
_CLASS = re.compile(r"(?:[A-Za-z]{1,4}-?)?\d{1,2}[A-Za-z]{0,2}|[IVX]{1,4}[A-Fa-f]?|b\d{2,4}|v20\d\d", re.ASCII)
_SIZE = re.compile(
    r"(?!19\d\d$)\d{1,4}(?:[.,]\d{1,3})?(?:[-/:x×]\d{1,4}(?:[.,]\d{1,3})?){0,3}"
    r"(?:[mck]?m[²³23]?|m[lgs]|m?Gy|mSv|kV|mAs?|[HU]U|HE|UH|T|IU|ng|pg|[µu]g)?(?:/(?:ml|l|dl|kg|min|h|d|m[2²]|1[.,]73\s?m[2²]?)){0,2}|20\d\d-\d\d(?:-\d\d)?|\d{3}00"
)
"""A range, a fraction or a decimal with its unit, a round number; longer runs of digits measure nothing, nor does a year of birth."""


class Sendable(Masked):
    """A text as it may leave, the identifiers that were masked in it, and the words that were held back beside them."""

    withheld: tuple[str, ...] = ()


def sendable(text: str, known: Container[str] = frozenset()) -> Sendable:
    """The text as a model on another machine may see it.

    `known` are further words, lower case, that may leave: those of the question languages' glossaries, say.
    Meant for what a person wrote (question, options, report), not for a whole prompt: evidence keeps its identifiers and words.
    `found` are the identifiers, at their places in the original text; words taken out beside them are "[other]" in the text alone.
    """
    identifiers = find(text)
    gaps = zip((0, *(item.end for item in identifiers)), (*(item.start for item in identifiers), len(text)), strict=True)
    german = is_german(text)
    edges = frozenset(place for item in identifiers if item.kind in ("name", "address", "institution") for place in (item.start, item.end))
    doubtful = suspected(text)
    others = [
        Identifier(kind="name", start=match.start(), end=match.end(), text=match[0])
        for gap in gaps
        for match in _WORD.finditer(text, *gap)
        if not _may_leave(match[0], known)
        or (not doubtful.isdisjoint(range(*match.span())) and _is_telling(match[0], known))
        or (not german and (_is_proper(text, match, known) or _is_beside(text, match, edges, known)))
    ]
    found = sorted((*identifiers, *others), key=lambda item: item.start)
    parts, position = [], 0
    for item in found:
        parts += [text[position : item.start], OTHER if item in others else f"[{item.kind}]"]
        position = item.end
    return Sendable(text="".join((*parts, text[position:])), found=identifiers, withheld=tuple(dict.fromkeys(item.text for item in others)))


def _is_telling(word: str, known: Container[str]) -> bool:
    """Whether a word that the tagger doubts is held back: no measurement, and no word of medicine, of a label or of `known`."""
    low = word.lower()
    if word[0].isdigit():
        return not _SIZE.fullmatch(word)
    if (
        word[0].islower()
        or len(word) < _SHORT
        or low in known
        or low in labels()
        or low in _medicine()
        or TERM.fullmatch(low)
        or _CLASS.fullmatch(word)
    ):
        return False
    return knowledge(low) != "eponym"


_WITHIN = re.compile(r"(?:[a-zß-ÿ,]\s|(?<!\w)[A-ZÀ-Þ]\.\s?)$")
"""What stands before a word inside a sentence; an initial too."""


def _is_proper(text: str, match: re.Match[str], known: Container[str]) -> bool:
    """Whether a word of plain speech has a capital inside a sentence of a language that gives one to names alone."""
    word = match[0]
    parts = re.split(r"[-'’]", word)
    if not (
        all(part[:1].isupper() and (len(part) == 1 or part[1:].islower()) for part in parts)
        and len(word) > _SHORT
        and _WITHIN.search(text[max(0, match.start() - 3) : match.start()])
    ):
        return False
    low = word.lower()
    if low in known or low in _medicine() or TERM.fullmatch(low):
        return False
    return all(knowledge(part.lower()) == "common" and part.lower() not in _medicine() for part in parts if len(part) > 1)


_GAP = re.compile(r"(?:,\s|[\s'’-]|\s(?:de|da|do|das|dos|del|della|di|du|des|la|le|of|van|von)\s)?")
"""What parts a word from a name that it belongs to."""


def _is_beside(text: str, match: re.Match[str], edges: frozenset[int], known: Container[str]) -> bool:
    """Whether a word with a capital that is none of medicine stands directly beside a name, a place or an address."""
    word, low = match[0], match[0].lower()
    if not word[:1].isupper() or len(word) < _SHORT or low in known or low in labels() or low in _medicine() or TERM.fullmatch(low):
        return False
    if knowledge(low) in ("plain", "eponym") or (word.isupper() and len(word) <= _SHORT):
        return False
    near = range(max(0, match.start() - _REACH), match.start() + 1), range(match.end(), match.end() + _REACH + 1)
    return any(place in edges and _GAP.fullmatch(text[place : match.start()]) for place in near[0]) or any(
        place in edges and _GAP.fullmatch(text[match.end() : place]) for place in near[1]
    )


_REACH = 8
"""Signs between a name and a word that belongs to it."""


def _may_leave(word: str, known: Container[str]) -> bool:
    if word[0].isdigit():
        if _SIZE.fullmatch(word):
            return True
        return sum(sign.isdigit() for sign in word) < _DIGITS and all(
            _is_known(part) or part.lower() in known for part in re.findall(r"[^\W\d_]{4,}", word)
        )
    if word.lower() in known:
        return True
    return all(part.lower() in known or _is_known(part) for part in re.split(r"[-/]", re.sub(r"['’]s?$", "", word)) if part)


def _is_known(part: str) -> bool:
    low = re.sub(r"['’]s?$", "", part.lower())
    if part.isdigit():
        return len(part) <= _DIGITS
    if len(low) < 2 or _CLASS.fullmatch(part) or (part.isupper() and len(part) <= _SHORT) or part in written_words():
        return True
    if low in rules().given or low in given_names() or low in name_words():
        return low in common_words() and part.islower()
    return _is_word(low) or _is_elided(low) or (part.islower() and _is_formed(low)) or bool(GERMAN_TERM.fullmatch(low))


_DIGITS = 4
"""Digits of a number inside a word: "Tc-99", "C1500"."""


def _is_word(low: str) -> bool:
    return knowledge(low) != "unknown" or low in _medicine()


def _is_formed(low: str) -> bool:
    """Built like a term of medicine, or a known word of radiology with an ending of English."""
    if TERM.fullmatch(low) or low.endswith(_LATIN):
        return True
    return any(low.endswith(end) and (low[: -len(end)] in plain_words() or low[: -len(end)] in _medicine()) for end in _ENDINGS)


_ENDINGS = ("s", "es", "ed", "ing", "ly", "like")
_LATIN = (
    "ite",
    "ites",
    "ose",
    "oses",
    "ome",
    "omes",
    "oma",
    "omi",
    "omas",
    "ie",
    "ias",
    "ía",
    "ías",
    "ia",
    "ção",
    "ções",
    "ción",
    "ciones",
    "zione",
    "zioni",
    "ung",
    "ungen",
    "keit",
    "heit",
    "isch",
    "ische",
    "ischer",
    "ischen",
    "ique",
    "iques",
    "ico",
    "ica",
    "icos",
    "icas",
    "ici",
    "iche",
    "aire",
    "aires",
    "ale",
    "ales",
    "ali",
    "ar",
    "ares",
    "ari",
    "mm",
    "cm",
)
"""How words of medicine end in the other five languages."""


def _is_elided(low: str) -> bool:
    """An elided article before a known word: l'aorte, d’une, all'addome."""
    head, sign, tail = re.sub("’", "'", low).partition("'")
    return bool(sign) and len(head) <= 5 and _is_known(tail)


@cache
def _medicine() -> frozenset[str]:
    """Words of the concept vocabulary's terms."""
    known = vocabulary()
    return frozenset(word for cui in known for term in known.terms(cui) for word in re.findall(r"[^\W\d_]{2,}", term.lower()))
