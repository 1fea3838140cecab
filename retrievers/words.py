"""Words as the lexical voice and the relevance rules count them: stems, with "BI-RADS", "T2", "5-ASA" and "4 mm" kept whole."""

from __future__ import annotations

import re
import threading
import tomllib
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import Stemmer

_TOKEN = re.compile(r"[a-z0-9]+(?:[-'./][a-z0-9]+)*|[<>]=?|%")
_RADS = re.compile(r"\b([a-z]{1,5})[\s-]rads\b")
_UNIT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[\s-]?(mm|cm|ml|hu|mg|mgy|msv|kg|hz|mhz|t|g|%)(?![\w/])")
_DIGIT = re.compile(r"\d")
_WHOLE = re.compile(r"^(?=.*\d)|^\w{1,2}-")
_SIGNS = str.maketrans({"≥": ">=", "≤": "<=", "–": "-", "’": "'", "µ": "u", "μ": "u"})
_STEMMER = threading.local()

_LISTS = tomllib.loads((Path(__file__).parent / "data" / "words.toml").read_text(encoding="utf-8"))
STOP = frozenset(_LISTS["stop"].split())
BOILERPLATE = frozenset(_LISTS["boilerplate"].split())
_SPELLING: tuple[tuple[str, str], ...] = tuple(_LISTS["spelling"].items())
_SAME: dict[str, str] = _LISTS["same"]
_FRAME = re.compile(_LISTS["frame"], re.IGNORECASE)


def unframed(text: str) -> str:
    """A request for documents without its beginning ("reports describing pleural effusion" -> "pleural effusion")."""
    frame = _FRAME.match(text)
    return text[frame.end() :] if frame and len(text) > frame.end() + 2 else text


def tokens(text: str) -> list[str]:
    """Raw lower-case tokens in order, stop words included; a number with its unit is one token ("4mm")."""
    lowered = text.lower()
    if not lowered.isascii():
        lowered = _plain(lowered).translate(_SIGNS)
    if "rads" in lowered:
        lowered = _RADS.sub(r"\1rads", lowered)
    if _DIGIT.search(lowered):
        lowered = _UNIT.sub(r"\1\2", lowered)
    return _TOKEN.findall(lowered)


def _plain(text: str) -> str:
    """Without accents, and "ß" as "ss": "große" and "Sjögren" are one word each, and found without their dots too."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text.replace("ß", "ss")) if not unicodedata.combining(sign))


def words(text: str, *, boilerplate: bool = False) -> list[str]:
    """Stemmed content words in order, without stop words; with `boilerplate`, the frame of a request is dropped too."""
    return list(_kept(text, boilerplate)) if len(text) <= _KEPT else _content(text, boilerplate)


_KEPT = 300
"""Texts up to so many characters (cells, sentences, titles) are read once."""


@lru_cache(maxsize=1 << 15)
def _kept(text: str, boilerplate: bool) -> tuple[str, ...]:
    return tuple(_content(text, boilerplate))


def _content(text: str, boilerplate: bool) -> list[str]:
    dropped = _stop_stems() if not boilerplate else _all_stems()
    return [stem for token in tokens(text) for stem in _parts(token) if stem not in dropped]


@lru_cache(maxsize=65536)
def _parts(token: str) -> tuple[str, ...]:
    """The stems a token stands for: a hyphenated word gives its parts, a code ("5-asa", "l4-l5") stays whole too."""
    if token in _SAME or ("-" not in token and "/" not in token):
        return (stem(token),)
    parts = [part for part in re.split(r"[-/]", token) if part]
    joined = token.replace("-", "").replace("/", "")
    stems = [stem(part) for part in parts if len(part) > 2 or part.isdigit()]
    return (joined, *stems) if _WHOLE.search(token) else tuple(stems) or (joined,)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Porter2 stem of a word; anything with a digit, and the reporting systems' names, stay as they are."""
    if any(character.isdigit() for character in word) or word.endswith("rads"):
        return word
    if not hasattr(_STEMMER, "english"):
        _STEMMER.english = Stemmer.Stemmer("english")
    return str(_STEMMER.english.stemWord(_spelled(word)))


def _spelled(word: str) -> str:
    """American and British spellings, and words of the field that mean one thing, as one."""
    word = _SAME.get(word, word)
    for british, american in _SPELLING:
        if british in word:
            word = word.replace(british, american)
    return word


@cache
def _stop_stems() -> frozenset[str]:
    return STOP | frozenset(stem(word) for word in STOP) | {"'", "<", ">", "<=", ">=", "%"}


@cache
def _all_stems() -> frozenset[str]:
    return _stop_stems() | frozenset(stem(word) for word in BOILERPLATE)


def terms(text: str, *, boilerplate: bool = False) -> dict[str, float]:
    """Weighted terms of a text: stems count 1 each, pairs of neighbours ("ground_glass") a quarter."""
    stems = words(text, boilerplate=boilerplate)
    return _weighted(stems, 1.0) | _weighted(list(map("_".join, pairwise(stems))), BIGRAM_WEIGHT)


def _weighted(said: list[str], weight: float) -> dict[str, float]:
    """Each different one with its weight for every time that it is said."""
    counted = dict.fromkeys(said, weight)
    if len(counted) < len(said):  # most texts say a word once
        counted = {one: weight * number for one, number in Counter(said).items()}
    return counted


BIGRAM_WEIGHT = 0.25
