"""Questions in German, French, Spanish, Italian or Portuguese: which one it is, and its radiology words in English. Pure.

Without a chat model a question is read through the glossary of `data/languages.toml`: what it knows is put into English, numbers
and Latin terms speak for themselves. With one, the model translates; see `RadiologyAgent`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, partial
from pathlib import Path

from pydantic import Field

from corpora.plain_words import plain_words
from corpora.types import Frozen

FILE = Path(__file__).parents[1] / "data" / "languages.toml"
_LEAST = 2
"""Function words of a language that a text must hold, and more of them than of English."""


class Language(Frozen):
    """One language: its English name, words that give it away, and radiology terms with their English."""

    name: str
    function_words: tuple[str, ...] = Field(min_length=10)
    terms: dict[str, str] = Field(min_length=20)


@cache
def languages() -> dict[str, Language]:
    """Code -> language, from the data file; English is among them."""
    held = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {code: Language.model_validate(row) for code, row in held.items()}


def language(text: str) -> str:
    """The code of the text's language ("de", "fr", "es", "it", "pt"); "en" when nothing says otherwise.

    Different function words count, and for another language only those that are none in English: "no APHE, no washout" is English.
    Where they are too few or do not tell two languages apart, the glossary's words and letters of one language alone count as well.
    """
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    counts = {code: len(words & held) for code, held in _little_words().items()}
    ranked = sorted(counts, key=lambda code: (-counts[code], code != "en"))
    if counts[ranked[0]] < _LEAST or counts[ranked[0]] == counts[ranked[1]]:
        counts = {code: counts[code] + len(words & held) + _LETTERS_TELL * bool(_letters(code).search(text))
                  for code, held in _telling_words().items()}  # fmt: skip
    best = max(counts, key=lambda code: (counts[code], code == "en"))
    return best if counts[best] >= _LEAST and counts[best] > counts["en"] else "en"


_LETTERS = {"es": "[¿¡ñ]", "pt": "[ãõ]", "de": "[äöüß]", "it": "[ìò]", "fr": "[êëîœû]"}
_LETTERS_TELL = 1
"""What a letter that only one of the languages has counts beside its words."""


@cache
def _letters(code: str) -> re.Pattern[str]:
    return re.compile(_LETTERS.get(code, r"(?!)"), re.IGNORECASE)


@cache
def _little_words() -> dict[str, frozenset[str]]:
    own = frozenset(languages()["en"].function_words)
    return {code: frozenset(held.function_words) - (frozenset() if code == "en" else own) for code, held in languages().items()}


@cache
def _telling_words() -> dict[str, frozenset[str]]:
    """The words of each glossary's terms that are no English ones; of English none."""
    english = plain_words() | frozenset(word for held in languages().values() for text in held.terms.values() for word in _each(text))
    own = {code: frozenset(word for term in held.terms for word in _each(term)) for code, held in languages().items() if code != "en"}
    return {"en": frozenset(), **{code: told - english - _little_words()[code] for code, told in own.items()}}


def _each(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{3,}", text.lower())


def in_english(text: str, code: str) -> str:
    """The text with every known term of that language in English, longest terms first, and its function words left out."""
    out = _opened(_plain(text))
    shouted = out.isupper()
    for pattern, english in _patterns(code):
        out = pattern.sub(partial(_put, english, shouted), out)
    little = {_plain(word) for word in languages()[code].function_words} - set(languages()["en"].function_words)
    kept = [word for word in re.findall(r"\S+", re.sub(r"(?<=\d),(?=\d)", ".", out)) if word.lower().strip("?!.,;:¿¡'") not in little]
    return " ".join(kept).strip()


def _put(english: str, shouted: bool, found: re.Match[str]) -> str:
    """The English where what was found is the term: "ASPECTS" is a score and no plural of "aspect", unless all is in capitals."""
    return english if shouted or not found[0].isupper() or len(found[0]) < 4 else found[0]


_ASKED_OF = re.compile(r"-(?:t-)?(?:il|elle|on|ce)s?\b", re.IGNORECASE)
_ELIDED = re.compile(r"\b(?:(?:d|n|s)?[ae]ll|dall|sull|coll|quell|un|[cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)


def _opened(text: str) -> str:
    """Without what is joined to a word ("dell'aorta", "l'echographie", "suffit-elle") and without Spanish's opening marks."""
    return _ELIDED.sub("", _ASKED_OF.sub("", re.sub("[¿¡]", " ", text))).strip()


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each term with an ending or without, the longest first, and its English."""
    ordered = sorted(languages()[code].terms.items(), key=lambda pair: -len(pair[0]))
    made = (re.compile(rf"\b{re.escape(_opened(_plain(term)))}(?:s|es|n|en|e|er|i)?\b", re.IGNORECASE) for term, _ in ordered)
    return tuple(zip(made, (english for _, english in ordered), strict=True))


def known_terms(text: str, code: str) -> dict[str, str]:
    """The glossary's terms of that language that stand in the text, with their English, longest first."""
    plain, found = _plain(text), dict[str, str]()
    for term, english in sorted(languages()[code].terms.items(), key=lambda pair: -len(pair[0])):
        if re.search(rf"\b{re.escape(_plain(term))}", plain, re.IGNORECASE):
            found[term] = english
    return found


def _plain(text: str) -> str:
    """Without accents: "opacité" and "opacite" are one."""
    return "".join(part for part in unicodedata.normalize("NFKD", text.replace("ß", "ss")) if not unicodedata.combining(part))


class _Glossary:
    """The words of the glossaries' terms, also with an ending and as the last part of a compound ("Nebennierenadenom")."""

    def __init__(self) -> None:
        terms = {word for held in languages().values() for term in held.terms for word in re.findall(r"[^\W\d_]{2,}", term.lower())}
        self._words = frozenset(terms | {word for held in languages().values() for word in held.function_words})
        self._tails = tuple(sorted(word for word in terms if len(word) >= _TAIL))

    def __contains__(self, word: object) -> bool:
        low = str(word).lower()
        return (
            low in self._words or any(low[:-cut] in self._words for cut in (1, 2) if len(low) - cut >= _TAIL) or low.endswith(self._tails)
        )


_TAIL = 5
"""Letters from which on a term's word may close a compound or have an ending."""


@cache
def glossary() -> _Glossary:
    """Says with `in` whether a word is one of the glossaries' five languages."""
    return _Glossary()
