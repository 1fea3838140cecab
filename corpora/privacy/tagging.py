"""Tokens of a text and what the tagger of identifiers knows of each: form, neighbours, which lists have the word."""

from __future__ import annotations

import gzip
import re
from functools import cache, lru_cache
from pathlib import Path

from corpora.plain_words import plain_words
from corpora.privacy.patterns import rules
from corpora.privacy.words import word_lists

COMMON = Path(__file__).parent / "data" / "common_words.txt.gz"
GIVEN = Path(__file__).parent / "data" / "given_names.txt.gz"
NAME_WORDS = Path(__file__).parent / "data" / "name_words.txt.gz"
MEDICAL = Path(__file__).parent / "data" / "medical_words.txt"
TOKEN = re.compile(r"[^\W\d_]{1,60}(?:['’][^\W\d_]{1,60})?|\d{1,20}|[^\w\s]|_|\n")
_NEAR = 3
"""Neighbours on either side that tell what a token is."""


@cache
def common_words() -> frozenset[str]:
    """Frequent words of the six languages that are no common names, and radiology's words that are too rare for them; lower case."""
    medical = MEDICAL.read_text(encoding="utf-8").split()
    return frozenset((*gzip.decompress(COMMON.read_bytes()).decode().split("\n"), *medical))


@cache
def given_names() -> frozenset[str]:
    """Given names of some thirty countries that are words of neither medicine nor plain speech, lower case."""
    return frozenset(gzip.decompress(GIVEN.read_bytes()).decode().split("\n"))


@cache
def name_words() -> frozenset[str]:
    """Common words that are given names or surnames too ("baptiste", "wellington"), lower case; no words of medicine."""
    return frozenset(gzip.decompress(NAME_WORDS.read_bytes()).decode().split("\n"))


@cache
def labels() -> frozenset[str]:
    """Words of the labels that stand in front of identifiers, lower case."""
    lists = word_lists()
    said = (
        *lists.titles,
        *lists.name_labels,
        *lists.person_labels,
        *lists.patients,
        *lists.record_labels,
        *lists.birth_labels,
        *lists.phone_labels,
    )
    return frozenset(word for text in said for word in re.findall(r"\w+", text.lower()))


def tokens(text: str) -> list[tuple[int, int]]:
    """Where the tokens stand: words, runs of digits, single signs and line breaks."""
    return [match.span() for match in TOKEN.finditer(text)]


def features(text: str, spans: list[tuple[int, int]]) -> list[list[str]]:
    """For each token what it is and what stands near it, as strings for the tagger."""
    shown = [text[start:end] for start, end in spans]
    own = [_own(word) for word in shown]
    tight = [place > 0 and spans[place - 1][1] == spans[place][0] for place in range(len(spans))]
    made = []
    for place in range(len(shown)):
        row = ["bias", *own[place], "tight" if tight[place] else "apart"]
        for step in range(1, _NEAR + 1):
            for sign, there in (("-", place - step), ("+", place + step)):
                if 0 <= there < len(shown):
                    row += [f"{sign}{step}{item}" for item in (own[there] if step == 1 else own[there][:3])]
                else:
                    row.append(f"{sign}{step}none")
        if place:
            row.append(f"pair={own[place - 1][1]}|{own[place][1]}")
        if place > 1:
            row.append(f"two={shown[place - 2].lower()} {shown[place - 1].lower()}")
        row += [f"label={said}" for said in {other.lower() for other in shown[max(0, place - 6) : place]} & labels()]
        made.append(row)
    return made


@lru_cache(maxsize=1 << 15)
def _own(word: str) -> tuple[str, ...]:
    """The word itself where it is known, its form, and which lists have it."""
    low = word.lower()
    form = _form(word)
    if not word[0].isalpha():
        return (f"w={word if not word.isdigit() else len(word)}", f"f={form}")
    known = knowledge(low)
    said = low if known != "unknown" or low in labels() else "?"
    return f"w={said}", f"f={form}/{known}", f"k={known}", f"s={low[-3:]}", f"e={low[-2:]}", f"p={low[:3]}"


def knowledge(low: str) -> str:
    """Who has a lower-case word: "eponym", "plain" (radiology's English), "common" (one of six languages), "given", or "unknown"."""
    held = rules()
    bare = re.sub(r"['’]s$", "", low)
    if bare in held.eponyms:
        return "eponym"
    if bare in held.given:
        return "given"
    if bare in plain_words() or bare in held.never:
        return "plain"
    return "common" if bare in common_words() else "unknown"


def _form(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 10)}"
    if not word[0].isalpha():
        return "punct"
    if len(word) == 1:
        return "X" if word.isupper() else "x"
    return "XX" if word.isupper() else "Xx" if word[0].isupper() and word[1:].islower() else "xx" if word.islower() else "xX"
