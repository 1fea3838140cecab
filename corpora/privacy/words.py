"""The word lists by which identifiers are told (`data/identifiers.toml`), and the kinds of identifiers there are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "identifiers.toml"
Kind = Literal["name", "birth date", "date", "record number", "phone", "e-mail", "address", "institution", "age"]


class Words(Frozen):
    """The word lists of `data/identifiers.toml`."""

    titles: tuple[str, ...]
    name_labels: tuple[str, ...]
    person_labels: tuple[str, ...]
    person_verbs: tuple[str, ...]
    person_cues: tuple[str, ...]
    patients: tuple[str, ...]
    relations: tuple[str, ...]
    given_names: str
    not_names: tuple[str, ...]
    eponyms: str
    products: str
    makers: str
    never: str
    streets: tuple[str, ...]
    institutions: tuple[str, ...]
    institution_heads: tuple[str, ...]
    not_institutions: tuple[str, ...]
    societies: tuple[str, ...]
    record_labels: tuple[str, ...]
    marked_labels: tuple[str, ...]
    public_codes: tuple[str, ...]
    birth_labels: tuple[str, ...]
    event_cues: tuple[str, ...]
    publication_cues: tuple[str, ...]
    phone_labels: tuple[str, ...]


@cache
def word_lists() -> Words:
    """The word lists, checked."""
    return Words.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def either(words: Iterable[str]) -> str:
    """An alternation of literal words, the longest first; a blank may be any white space."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in ordered)
