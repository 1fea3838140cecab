"""Sentences of reports in other languages, in English word by word: `data/glossary.toml` beside the terms that questions are read with."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from pydantic import Field

from agent.language import in_english, language, languages
from agent.reports.sentences import Sentence
from agent.reports.vocabulary import FOLDER
from corpora.types import Frozen


class Glossary(Frozen):
    """Language code -> word of a report -> its English."""

    languages: dict[str, dict[str, str]] = Field(min_length=1)


@cache
def glossary() -> Glossary:
    """The words of `data/glossary.toml`, checked; each language is one that questions are read in."""
    held = Glossary(languages=tomllib.loads((FOLDER / "glossary.toml").read_text(encoding="utf-8")))
    if stray := set(held.languages) - set(languages()):
        raise ValueError(f"glossary.toml: there is no language {stray.pop()!r}")
    return held


def code_of(text: str) -> str:
    """The code of a report's language among those of the glossary; "en" for any other.

    Reports are written in headwords and have few function words; where those say nothing, the glossary's own words tell.
    """
    code = language(text)
    if code != "en":
        return code if code in glossary().languages else "en"
    words = frozenset(re.findall(r"[^\W\d_]+", text.lower()))
    counts = {name: len(words & _own_words(name)) for name in glossary().languages}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= _LEAST and counts[best] > len(words & set(languages()["en"].function_words)) else "en"


_LEAST = 3
"""Different words of a language by which a report is known to be in it."""


@cache
def _own_words(code: str) -> frozenset[str]:
    """The single words of a language's glossary that no other language and no English meaning has."""
    every = {name: {word.lower() for word in held if " " not in word} for name, held in glossary().languages.items()}
    english_words = {word for held in glossary().languages.values() for meant in held.values() for word in meant.lower().split()}
    others = {word for name, held in every.items() if name != code for word in held}
    return frozenset(every[code] - others - english_words)


def name_of(code: str) -> str:
    """The English name of a language."""
    return languages()[code].name


@cache
def _pattern(code: str) -> re.Pattern[str]:
    longest = sorted(glossary().languages[code], key=len, reverse=True)
    either = "|".join(re.escape(word.lower()) for word in longest)
    return re.compile(rf"(?<!\w)({either})(?:s|es|n|en|e|er|em|i|a|o|as|os|x|ne|nes|le|les)?(?!\w)", re.IGNORECASE)


def english(text: str, code: str) -> str:
    """A sentence with every word that the glossary knows in English, the rest as the terms of questions have it."""
    known = {word.lower(): meant for word, meant in glossary().languages[code].items()}
    said = _pattern(code).sub(lambda match: known[match[1].lower()], text.replace("l'", "l' ").replace("d'", "d "))
    return in_english(re.sub(r"(?<=\d),(?=\d)", ".", said), code) or text


def translated(sentences: list[Sentence], code: str) -> list[Sentence]:
    """The sentences in English, each with what it said and where; label too."""
    return [
        one._replace(text=english(one.text, code), original=one.text, label=english(one.label, code) if one.label else "")
        for one in sentences
    ]
