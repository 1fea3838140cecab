"""Sentences of reports in other languages, in English word by word: `data/glossary.toml` beside the terms that questions are read with."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache

from pydantic import Field

from agent.language.languages import in_english, languages
from agent.reports.sentences import Sentence
from agent.reports.vocabulary import FOLDER
from corpora.types import Frozen


class Compounds(Frozen):
    """Parts that a language joins to one word, each with its English."""

    first: dict[str, str]
    last: dict[str, str]


class Glossary(Frozen):
    """Language code -> word of a report -> its English; and by code the parts of joined words."""

    languages: dict[str, dict[str, str]] = Field(min_length=1)
    compounds: dict[str, Compounds] = Field(default={})

    def words(self, code: str) -> dict[str, str]:
        """Every word of a language with its English, joined ones included."""
        parts = self.compounds.get(code)
        made = {
            first + last: f"{meant} {of}"
            for first, meant in (parts.first if parts else {}).items()
            for last, of in (parts.last if parts else {}).items()
        }
        return made | self.languages[code]


@cache
def glossary() -> Glossary:
    """The words of `data/glossary.toml`, checked; each language is one that questions are read in."""
    held = Glossary.model_validate(tomllib.loads((FOLDER / "glossary.toml").read_text(encoding="utf-8")))
    if stray := {*held.languages, *held.compounds} - set(languages()):
        raise ValueError(f"glossary.toml: there is no language {stray.pop()!r}")
    return held


def code_of(text: str) -> str:
    """The code of a report's language among those of the glossary; "en" for any other.

    Reports are written in headwords and have few function words; where those say nothing, the glossary's own words tell.
    """
    words = set(re.findall(r"[^\W\d_]+", re.sub(r"(?i)\bnon-", "", text.lower())))
    said_in_english = words & set(languages()["en"].function_words)
    counts = {
        code: len(words & set(languages()[code].function_words) - said_in_english) + len(_told(text, code)) for code in glossary().languages
    }
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= _LEAST and counts[best] > len(said_in_english) else "en"


_LEAST = 2
"""Different words of a language by which a report is known to be in it."""
_LONG = 4
"""Letters of a word that tells a language; shorter ones are abbreviations in all of them."""


def _told(text: str, code: str) -> set[str]:
    """The words in a text that only one language has; with their endings they are no English words."""
    own, meanings = _own_words(code), _meanings()
    found = ((match[1] or match[2], match[0]) for match in _pattern(code).finditer(_plain(text)))
    return {word for word, said in found if word in own and said not in meanings}


@cache
def _meanings() -> frozenset[str]:
    return frozenset(word for held in glossary().languages.values() for meant in held.values() for word in meant.lower().split())


@cache
def _own_words(code: str) -> frozenset[str]:
    """The words of a language's glossary that no other language has, and that are no English meaning."""
    others = {word for name in glossary().languages if name != code for word in _known(name)}
    return frozenset(word for word in _known(code) if len(word) >= _LONG and word not in others and word not in _meanings())


@cache
def _known(code: str) -> dict[str, str]:
    """The words of a language without accents and in lower case, with their English."""
    return {_plain(word): meant for word, meant in reversed(glossary().words(code).items())}


def _plain(text: str) -> str:
    """Lower case without accents: reports are typed with and without them."""
    low = text.lower().replace("ß", "ss").replace("œ", "oe").replace("\u2019", "'")
    return "".join(sign for sign in unicodedata.normalize("NFKD", low) if not unicodedata.combining(sign))


def name_of(code: str) -> str:
    """The English name of a language."""
    return languages()[code].name


@cache
def _pattern(code: str) -> re.Pattern[str]:
    longest = sorted(_known(code), key=len, reverse=True)
    either, short = ("|".join(re.escape(word) for word in longest if (len(word) < _BARE) == few) for few in (False, True))
    return re.compile(rf"(?<!\w)(?:({either})(?:s|es|n|en|e|er|em|i|a|o|as|os|x|ne|nes|le|les)?|({short}))(?!\w)")


_BARE = 4
"""Letters of a word from which on it takes endings."""


def english(text: str, code: str) -> str:
    """A sentence with every word that the glossary knows in English, the rest as the terms of questions have it."""
    known = _known(code)
    plain = _plain(text).replace("l'", "l' ").replace("d'", "d ")
    said = _pattern(code).sub(lambda match: known[match[1] or match[2]], plain)
    return in_english(re.sub(r"(?<=\d),(?=\d)", ".", said), code) or text


def translated(sentences: list[Sentence], code: str) -> list[Sentence]:
    """The sentences in English, each with what it said and where; label too."""
    return [one._replace(text=english(one.text, code), label=english(one.label, code) if one.label else "") for one in sentences]
