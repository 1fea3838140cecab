"""What may leave: a few words of the question's clinical core. Never a report, never an identifier.

Two nets, one behind the other: `corpora.privacy.identifiers` masks what has the form of an identifier; of what is left only words leave
that the index's vocabulary has, that a linked concept is called, or that are built like a medical term and written as no name is:
surnames are built so too ("Ingram", "Angiolini"). Numbers stay here.
`http.Session` masks once more whatever it is given.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from pydantic import Field

from corpora.concepts.vocabulary import vocabulary
from corpora.privacy.identifiers import mask
from corpora.privacy.patterns import rules
from corpora.types import ConceptMention, Frozen
from retrievers.words import BOILERPLATE, STOP, stem, words

MOST_WORDS, MOST_PER_OPTION, LONG = 12, 5, 60
"""Words of a query, words an option adds, and the length of a question, in words, from which on it may hold a pasted report."""

FILE = Path(__file__).parent / "data" / "outbound.toml"
_BRACKET = re.compile(
    r"(?:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame)\b\.?\s*)?"
    r"\[(?:name|birth date|date|record number|phone|e-mail|address|institution|age)\](?:['’]s)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’]*(?:[-/][\w'’]+)*|(?<!\d)\d{1,9}[A-Za-z]\b")
_STREET = re.compile(r"\b\d{1,5}[A-Za-z]?,?\s{1,3}(?:[A-Z][a-z'’]{1,40}\s{1,3}){1,6}[A-Z][a-z'’]{1,40}")
"""A number and names: "14 Quarry Bank"; common words of it would pass as words of the index."""
_SENTENCE = re.compile(r"(?<=[.?!:;\n])\s+")
_CODE = re.compile(r"[A-Za-z]{0,4}-?\d{1,2}[A-Za-z]?|[IVX]{1,4}[A-Fa-f]?")
_WITHIN = re.compile(r"(?<=[\w,)] )")
"""Behind another word of the sentence."""
_NAMED_AFTER = re.compile(r"\s{1,3}(?:disease|syndrome|sign|classification|score|criteria|tumou?r|sequence|triad)\b", re.IGNORECASE)


Known = Callable[[str], bool]
Weight = Callable[[str], float]


class Outgoing(Frozen):
    """What a question lets out: the words of its core, and for each option the words that only it has."""

    words: tuple[str, ...]
    telling: tuple[str, ...] = Field(default=(), description="the same words, the rarest in the index first, classes and grades last")
    options: tuple[tuple[str, ...], ...] = ()
    masked: tuple[str, ...] = Field(default=(), description="kinds of identifiers that were found and kept here")

    @property
    def text(self) -> str:
        """The core as one line; empty where nothing of the question may leave."""
        return " ".join(self.words)


@cache
def _data() -> dict[str, str]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _forms() -> re.Pattern[str]:
    heads, tails = "|".join(_data()["beginnings"].split()), "|".join(_data()["endings"].split())
    return re.compile(rf"(?:{heads})\w{{3,}}|\w{{2,}}(?:{tails})", re.IGNORECASE)


@cache
def _terms() -> frozenset[str]:
    """Words of the concept vocabulary's terms, and its eponyms with the noun they go with ("gorham disease")."""
    known = vocabulary()
    text = "\n".join(term.lower() for cui in known for term in known.terms(cui))
    return frozenset(re.findall(r"[^\W\d_]{3,}", text)) | frozenset(
        " ".join(match[0].split()) for match in re.finditer(rf"[^\W\d_]+(?:-[^\W\d_]+)*{_NAMED_AFTER.pattern}", text)
    )


@cache
def _products() -> frozenset[str]:
    return rules().products | rules().makers


@cache
def _people() -> frozenset[str]:
    return rules().given


def outgoing(
    question: str,
    options: Sequence[str] = (),
    concepts: Iterable[ConceptMention] = (),
    known: Known = lambda stem: False,
    weight: Weight = lambda stem: 1.0,
) -> Outgoing:
    """What may leave of a question.

    Args:
        question: as it was asked; a report is never given to this function.
        options: the answers to choose from.
        concepts: linked in question and report; their names, not the words that were linked, may leave.
        known: whether the index's vocabulary has a stem.
        weight: how telling a stem is, higher is more.
    """
    masked = mask(question)
    core = _words(_asked(masked.text), known)
    named = [word for mention in concepts if mention.assertion == "present" for word in _words(mention.name, lambda _: True)]
    kept = tuple(dict.fromkeys((*core, *named)))[:MOST_WORDS]
    others = [mask(option) for option in options]
    said = [tuple(word for word in _words(other.text, known) if word not in kept)[:MOST_PER_OPTION] for other in others]
    kinds = {item.kind for text in (masked, *others) for item in text.found}
    telling = tuple(sorted(kept, key=lambda word: (_is_code(word), -max((weight(part) for part in words(word)), default=0.0))))
    return Outgoing(words=kept, telling=telling, options=tuple(part for part in said if part), masked=tuple(sorted(kinds)))


def _asked(text: str) -> str:
    """The question itself where the text is long: its interrogative sentences, else the last one."""
    if len(text.split()) <= LONG:
        return text
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    asking = [part for part in sentences if part.rstrip().endswith("?")]
    return " ".join(asking[-2:] or sentences[-1:])


def _words(text: str, known: Known) -> list[str]:
    text = _STREET.sub(" ", _BRACKET.sub(" ", text))
    shouted = sum(letter.isupper() for letter in text) > 0.6 * sum(letter.isalpha() for letter in text)
    kept: list[str] = []
    before = ""
    for match in _WORD.finditer(text):
        word = match[0].strip("'’")
        noun = _NAMED_AFTER.match(text, match.end())
        eponym = noun is not None and _is_eponym(word.lower(), noun[0].strip().lower())
        typed = word.islower() and not set(word) & set("'’") and bool(_WITHIN.match(text, match.start()))
        typed = typed and before.lower() not in _data()["cues"].split()
        if _may_leave(word, before, known, eponym=eponym, typed=typed):
            kept.append(word if _is_code(word) or (word.isupper() and not shouted) else word.lower())
        before = word
    return list(dict.fromkeys(kept))


def _is_eponym(word: str, noun: str) -> bool:
    return word in rules().eponyms or f"{word} {noun}" in _terms()


def _may_leave(word: str, before: str, known: Known, *, eponym: bool, typed: bool) -> bool:
    """Whether a word may leave.

    Args:
        word: as it is written.
        before: the word in front of it.
        known: whether the index's vocabulary has a stem.
        eponym: a disease, sign or score of medicine is called after it, and it stands in front of that noun.
        typed: it stands in lower case inside of a sentence and not behind a word for whom or by whom, as names seldom do.
    """
    low = word.lower()
    if low in STOP or low in BOILERPLATE or stem(low) in _frame() or low in _people():
        return False
    if any(character.isdigit() for character in word) or _is_code(word):
        return _is_class(word, before.lower())
    if len(word) < 2 or len(word) > 30:
        return False
    if eponym or low in _products():
        return True
    stems = [part for part in words(low) if not part.isdigit()]
    if low.isascii() and stems and all(known(part) for part in stems):
        return True
    parts = [part for part in re.split(r"[-/'’]", low) if len(part) > 1]
    return bool(parts) and all(
        (part.isascii() and known(stem(part))) or ((part in _terms() or typed) and bool(_forms().fullmatch(part))) for part in parts
    )


def _is_class(word: str, before: str) -> bool:
    """Whether a code is a class: one by itself, or behind a system's name; never behind a word for a place ("bed 4C")."""
    if not _CODE.fullmatch(word) or before in _data()["places"].split():
        return False
    named = before in _data()["systems"].split() or before.endswith("-rads") or before in rules().eponyms
    return named or bool(re.fullmatch(_data()["classes"], word))


@cache
def _frame() -> frozenset[str]:
    return frozenset(stem(word) for word in (*STOP, *BOILERPLATE))


def _is_code(word: str) -> bool:
    """A class or grade: "4B", "IIF", "TR4"."""
    return bool(_CODE.fullmatch(word)) and (any(character.isdigit() for character in word) or word[0] in "IVX")
