"""Words as the vocabulary and the linker compare them: lower case, American, singular, and of one form per family."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

DATA = Path(__file__).parent / "data"
_DATA = tomllib.loads((DATA / "forms.toml").read_text(encoding="utf-8"))
FILLER = frozenset(_DATA["filler"].split())
_PLURALS: tuple[tuple[str, tuple[str, ...]], ...] = tuple((ending, tuple(singular)) for ending, singular in _DATA["plurals"].items())
_SPELLING: tuple[tuple[str, str], ...] = tuple(_DATA["spelling"].items())
_FAMILY = {word: row.split()[0] for row in _DATA["families"]["rows"] for word in row.split()}
_ALONE = frozenset(_DATA["alone"].split())
_PREDICATES = frozenset(_DATA["predicates"].split())
_LOCATED = frozenset(_DATA["located"].split())
_BE = _FAMILY["was"]
_WORD = re.compile(r"[^\W_]+")
_QUALIFIER = re.compile(r"\s{0,3}[(\[](?:disease|disorder|finding|diagnosis|nos|excluding[^)]{0,200})[)\]]\s{0,3}$", re.IGNORECASE)
_ACRONYM = re.compile(r"^(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z0-9/-]{2,7}$")
REMEMBERED = 300_000
"""Different words whose form is kept; those of the vocabulary come first."""
LONGEST_TURNED = 3
"""Words of the longest term whose order may be turned ("head of pancreas cancer" for "pancreas head cancer")."""


_OF_WHAT = r"(?:circulating |serum |blood |plasma )?(.+?)(?: concentration| levels?| activity)?$"
_PARAPHRASES = (
    (re.compile(rf"^(?:Elevated|Increased) {_OF_WHAT}", re.IGNORECASE), ("elevated {}", "increased {}", "raised {}", "high {}")),
    (re.compile(rf"^(?:Decreased|Reduced|Low) {_OF_WHAT}", re.IGNORECASE), ("decreased {}", "reduced {}", "low {}")),
    (
        re.compile(r"^metastatic (?:malignant )?neoplasm (?:in|of) (?:the )?(.+)$", re.IGNORECASE),
        ("{} metastasis", "metastasis to {}", "metastasis in {}", "metastatic disease of {}"),
    ),
)

_BRITISH = re.compile("|".join(british for british, _ in _SPELLING))


def american(word: str) -> str:
    """The American spelling of a lower-case word."""
    if not _BRITISH.search(word):
        return word
    for british, letters in _SPELLING:
        if british in word:
            word = word.replace(british, letters)
    return word


class Forms:
    """One form per word, in the light of the words a vocabulary has: a plural gives its singular only where that is a known word."""

    def __init__(self, known: Iterable[str]) -> None:
        """Take the known words, lower case and American."""
        self.known = frozenset(known)
        self._memo: dict[str, str] = {}

    @classmethod
    def of_terms(cls, terms: Iterable[str]) -> Self:
        """The forms of a vocabulary with these terms."""
        return cls(american(word) for word in {word for term in terms for word in _WORD.findall(term.lower())})

    def of(self, word: str) -> str:
        """The form of one lower-case word; an unknown word gives some form that no term has."""
        form = self._memo.get(word)
        if form is None:
            form = self._form(american(word))
            if len(self._memo) < REMEMBERED:
                self._memo[word] = form
        return form

    def _form(self, word: str) -> str:
        singular = self._singular(word) if len(word) > 3 and not word.isdigit() else word
        return _FAMILY.get(singular) or _FAMILY.get(word) or singular

    def _singular(self, word: str) -> str:
        for ending, stems in _PLURALS:
            if word.endswith(ending) and not word.endswith(("ss", "us", "sis")):
                for stem in stems:
                    candidate = word[: -len(ending)] + stem
                    if candidate != word and len(candidate) > 2 and (candidate in self.known or candidate in _FAMILY):
                        return candidate
        return word

    def strays(self, word: str) -> bool:
        """Whether a lower-case word, standing alone, says less than the noun of its family ("diabetic", "enlarged")."""
        plain = american(word)
        singular = self._singular(plain) if len(plain) > 3 else plain
        return not {word, plain, singular} & _ALONE and _FAMILY.get(singular, singular) != singular

    def key(self, term: str) -> tuple[str, ...]:
        """A term's forms in order, without fillers and possessive s."""
        memo = self._memo
        return tuple([memo.get(word) or self.of(word) for word in _WORD.findall(term.lower()) if word not in FILLER])


def uninverted(term: str) -> str:
    """A catalogue's inverted heading in natural order ("Carcinoma, Renal Cell" -> "Renal Cell Carcinoma"), its qualifier dropped."""
    term = _QUALIFIER.sub("", term)
    parts = term.split(", ")
    if len(parts) == 2 and parts[0] and parts[1] and not parts[1].lower().startswith(("and ", "or ", "with ", "type ", "due ", "not ")):
        return f"{parts[1]} {parts[0]}"
    return term


def paraphrased(term: str) -> list[str]:
    """Other ways in which reports put what an ontology names by a pattern ("Elevated circulating X concentration", "high X")."""
    for pattern, ways in _PARAPHRASES:
        if match := pattern.match(term):
            return [way.format(match[1]) for way in ways]
    return []


def turned(key: Sequence[str]) -> list[tuple[str, ...]]:
    """Other orders a term's words come in: the last word first, the first word last, or a verb before what is said of an organ."""
    if not 2 <= len(key) <= LONGEST_TURNED:
        return []
    orders = [(key[-1], *key[:-1])]
    for said, organ in ((key[0], key[1:]), (key[-1], key[:-1])):
        if said in _PREDICATES:
            orders.append((*organ, _BE, said))
    if key[-1] in _LOCATED:
        orders += [(key[-1], place, *key[:-1]) for place in ("in", "at", "to", "on")]
    if len(key) > 2:
        orders.append((*key[1:], key[0]))
    return orders


def is_acronym(term: str) -> bool:
    """Whether a term is written in capitals ("NSIP", "SLE", "CTEPH"), so that only capitals stand for it."""
    return bool(_ACRONYM.match(term)) and sum(letter.islower() for letter in term) <= 1
