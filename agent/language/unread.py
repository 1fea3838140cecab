"""Texts in a language that is not read, and texts that are nothing but figures: what they are taken for. Pure.

A text is read when its words are known (English of the guidelines, shorthand, eponyms); only where they are not does a detector decide,
and only where it prefers another language clearly to every one of `agent.language.languages`. So clinical telegram style is never refused
for looking like Latin or Welsh, and a question whose digits and abbreviations alone would find a passage is not answered from them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

from pydantic import Field

from agent.language.languages import Language, languages
from agent.reading.shorthand import shorthand
from agent.types import Question
from corpora.plain_words import plain_words
from corpora.privacy.patterns import rules
from corpora.types import Frozen

FILE = Path(__file__).parents[1] / "data" / "unread.toml"
FIGURES, UNKNOWN = "figures alone", "a language that is not known"
_KNOWN = 0.6
"""Share of a text's words that are known in English from which on it is read whatever a detector says."""
_MARGIN = 10.0
"""Log likelihood by which the detector must prefer another language to every one that is read; half where no word is known.

Of 70 short questions in the languages read, telegram style and compounds among them, none lay above 8 but a row of eponyms; of 60 in
others and of transliterations, none below 12.
"""
_FOREIGN = 0.08
"""Share of a text's letters in another script, ideographs counted twice, from which on they carry its meaning."""
_MOST = 4000
"""Characters that are looked at: a page of a report tells its language."""
_GLOSS = re.compile(r"(?<=[A-Za-z] )\([^()A-Za-z\d]{1,20}\)")
"""A word in another script behind its Latin one: "Takayasu (高安)"."""
_UNITS = frozenset("mm cm ml sm hu kg mg msv mgy suv ng dl min sec".split())
_MEDICAL = re.compile(
    r"\w{2,60}(?:itis|oma|omas|osis|emia|aemia|pathy|ectomy|otomy|plasty|graphy|gram|scopy|oid|ular|mab|nib)", re.IGNORECASE
)


class Names(Frozen):
    """The names by which an abstention calls scripts and languages."""

    scripts: dict[str, str] = Field(min_length=20)
    names: dict[str, str] = Field(min_length=40)


@cache
def names() -> Names:
    """The names of `data/unread.toml`, checked."""
    return Names.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=256)
def unread(text: str) -> str:
    """What a text is taken for where it is not read: a language's English name, `UNKNOWN` or `FIGURES`; empty where it is read."""
    shown = unicodedata.normalize("NFKC", text[:_MOST])
    return _in_another_script(shown) or _in_unknown_words(shown)


def taken_for(question: Question) -> str:
    """What a question is taken for that is not read: by its own words, by its options' script, or by its report's; empty: it is read."""
    taken = unread(question.text)
    if taken:
        return taken
    for option in question.options:
        if other := _in_another_script(unicodedata.normalize("NFKC", option.text[:_MOST])):
            return other
    report = unread(question.report) if question.report.strip() else ""
    return "" if report == FIGURES else report


def why_not_read(taken: str, *, model: bool) -> str:
    """The sentence of an abstention: what the question was taken for, and what helps."""
    if taken == FIGURES:
        return "The question holds nothing but figures and units; say in words what was measured and what is asked."
    read = ", ".join(held.name for held in languages().values())
    helps = "the chat model could not put it into English" if model else "with a chat model it can be translated"
    return f"The question or its report was taken for {taken}, which is not read without a translation ({read} are); {helps}."


def _in_another_script(text: str) -> str:
    """The language of letters of other scripts where they carry the text's meaning; single ones ("α") and rare ones do not."""
    runs = [run for word in re.findall(r"[^\W\d_]+", _GLOSS.sub(" ", text)) for run in _runs(word)]
    weight = Counter[str]()
    for script, run in runs:
        weight[script] += len(run) * (2 if script in ("CJK", "HANGUL", "HIRAGANA", "KATAKANA") else 1)
    foreign = sum(count for script, count in weight.items() if script != "LATIN")
    if foreign <= _FOREIGN * sum(weight.values()) or not foreign:
        return ""
    script = max((script for script in weight if script != "LATIN"), key=lambda script: weight[script])
    return _detected(" ".join(run for script, run in runs if script != "LATIN")) or names().scripts[script]


def _runs(word: str) -> list[tuple[str, str]]:
    """A word cut where its script changes, with each part's script; single Greek letters and scripts without a name count as Latin."""
    parts: list[tuple[str, str]] = []
    for letter in word:
        script = _script(letter)
        if parts and parts[-1][0] == script:
            parts[-1] = (script, parts[-1][1] + letter)
        else:
            parts.append((script, letter))
    return [("LATIN" if script == "GREEK" and len(part) == 1 else script, part) for script, part in parts]


def _script(letter: str) -> str:
    if letter < "\u0370":
        return "LATIN"
    first = unicodedata.name(letter, "LATIN").split()[0]
    return first if first in names().scripts else "LATIN"


def _in_unknown_words(text: str) -> str:
    words = _words(text)
    if not words:
        return "" if re.search(r"[^\W\d_]", _without_units(text)) else FIGURES
    english = sum(word in _english() or bool(_MEDICAL.fullmatch(word)) for word in words)
    if english >= _KNOWN * len(words):
        return ""
    ranked = _ranked(" ".join(words))
    nearest = max(ranked[code] for code in languages())
    code = max(ranked, key=lambda code: ranked[code])
    if ranked[code] - nearest < (_MARGIN if english or any(map(_is_known, words)) else _MARGIN / 2):
        return ""
    return names().names.get(code, UNKNOWN)


def _words(text: str) -> list[str]:
    """The words that can tell a language: no units and, where not all is in capitals, no abbreviations."""
    found = re.findall(r"[^\W\d_]{2,}", text)
    shouted = all(word.isupper() for word in found)
    plain = [word.lower() for word in found if shouted or not (word.isupper() and len(word) < 7)]
    return [word for word in plain if word not in _UNITS]


def _without_units(text: str) -> str:
    return re.sub(rf"(?<![^\W\d_])(?:{'|'.join(sorted(_UNITS))})(?![^\W\d_])", " ", text, flags=re.IGNORECASE)


def _is_known(word: str) -> bool:
    """Whether a language that is read has the word, or a compound of German ends with one ("Gallenblasenpolyp")."""
    return word in _others() or any(word[cut:] in _english() or word[cut:] in _others() for cut in range(3, len(word) - 4))


@cache
def _english() -> frozenset[str]:
    short = frozenset(word for key in shorthand().words for word in re.findall(r"[^\W\d_]+", key.lower()))
    return plain_words() | short | rules().eponyms | _own(languages()["en"])


@cache
def _others() -> frozenset[str]:
    return frozenset().union(*map(_own, languages().values()))


def _own(held: Language) -> frozenset[str]:
    return frozenset(word.lower() for text in (*held.function_words, *held.terms) for word in re.findall(r"[^\W\d_]{2,}", text))


def _detected(text: str) -> str:
    ranked = _ranked(text)
    return names().names.get(max(ranked, key=lambda code: ranked[code]), "")


def _ranked(text: str) -> dict[str, float]:
    """The detector's log likelihood of each language; it is loaded, in 0.2 s, at the first text whose words are not known."""
    import py3langid

    return {str(code): float(score) for code, score in py3langid.rank(text.lower())}
