"""Words that the embedded guidelines and cases write in lower case: plain English and the vocabulary of radiology, no names."""

from __future__ import annotations

import re
from functools import cache

from corpora import embedded


@cache
def plain_words() -> frozenset[str]:
    """The words, two letters or longer; read once, in about 0.1 s."""
    return frozenset(filter(str.islower, set(re.findall(r"[^\W\d_]{2,}", _text()))))


@cache
def written_words() -> frozenset[str]:
    """Abbreviations and words with a capital inside, as guidelines and topic cards write them: "TEVAR", "SUVmax", "DOTATATE"."""
    return frozenset(
        re.findall(r"(?<![\w-])(?!Ma?c)(?:[A-Z]{2,7}|[A-Z]{2,5}[a-z]{1,4}|[A-Za-z]{0,3}[a-z][A-Z]{1,4}[a-z]{0,3})(?![\w-])", _text())
    )


def _text() -> str:
    return " ".join(path.read_text(encoding="utf-8") for path in embedded.files())
