"""Words that the embedded guidelines and cases write in lower case: plain English and the vocabulary of radiology, no names."""

from __future__ import annotations

import re
from functools import cache

from corpora import embedded


@cache
def plain_words() -> frozenset[str]:
    """The words, two letters or longer; read once, in about 0.1 s."""
    text = " ".join(path.read_text(encoding="utf-8") for path in embedded.files())
    return frozenset(word for word in re.findall(r"[^\W\d_]{2,}", text) if word.islower())
