"""Words that are one in English and a Romance language or German but for spelling and ending: "meningite", "Meningitis". Pure.

A glossary holds what has another root ("milza", "Niere"). The rest of medicine's words are Greek and Latin everywhere; they are told by
what is left of them without endings and without the ways in which each language spells the same sounds.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_SOUNDS: tuple[tuple[str, str], ...] = (
    ("ph", "f"), ("th", "t"), ("rh", "r"), ("ch", "c"), ("qu", "c"), ("sch", "s"), ("h", ""), ("k", "c"), ("y", "i"), ("j", "i"),
    ("ae", "e"), ("oe", "e"), ("z", "c"), ("ct", "t"), ("pt", "t"), ("x", "s"), ("nm", "m"),
)  # fmt: skip
"""How one sound is written in one language and another, in the order in which they are put right."""
_ENDINGS: tuple[tuple[str, str], ...] = (
    (r"(?:ciones|cion|cioni|cione|tions|tion|tionen)$", "tion"),
    (r"(?:siones|sion|sioni|sione|sions|sionen)$", "sion"),
    (r"(?:ad[oa]s?|at[oaie]|ees?|ated|iert\w{0,2})$", "at"),
    (r"(?:dad(?:es?)?|tat|ties)$", "t"),
    (r"(?:os[oaie]s?|eus?e?s?|ous|oes)$", "os"),
    (r"(?:ic[oaie]s?|icals?|isc(?:e[nrsm]?)?)$", "ic"),
    (r"(?:ali?e?s?|ell?e?s?|aus)$", "al"),
    (r"(?:ari[oae]?s?|aires?|ares?|ars?)$", "ar"),
    (r"(?:iv[oaie]s?|ifs?)$", "iv"),
    (r"(?:es|en|er|em|us|um|is|[aeiou]+)?s?$", ""),
)
"""What endings of one kind become; the first that a word has counts."""
_LEAST, _KNOWN = 4, 3
"""Letters that are left of a word that is told, and how often English must have it."""


def bare(word: str) -> str:
    """What is left of a word, of whichever language, without ending and spelling; the same for words that are one."""
    left = re.sub(r"(?<=[cçs])(?:[õo]es|[ãa]o)$", "ion", word.lower().replace("ß", "ss"))
    left = "".join(sign for sign in unicodedata.normalize("NFKD", left) if not unicodedata.combining(sign))
    left = re.sub(r"^es(?=[cpt])", "s", re.sub(r"^p(?=[ns])", "", left))
    for said, sound in _SOUNDS:
        left = left.replace(said, sound)
    left = re.sub(r"(.)\1", r"\1", left)
    ending, kind = next((ending, kind) for ending, kind in _ENDINGS if re.search(ending, left))
    return re.sub(ending, kind, left, count=1)


class Cognates:
    """English words by what is left of them."""

    def __init__(self, counted: Mapping[str, int]) -> None:
        """Take English words in lower case with how often each is used."""
        self._english = frozenset(word for word, count in counted.items() if count >= _KNOWN)
        self._words: dict[str, str] = {}
        for word in sorted(self._english, key=lambda word: (-counted[word], word)):
            if len(left := bare(word)) >= _LEAST:
                self._words.setdefault(left, word)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Cognates:
        """The words of English texts."""
        return cls(Counter(word for text in texts for word in re.findall(r"[a-z]{4,}", text.lower())))

    def __call__(self, text: str) -> str:
        """The text with each word that English spells otherwise in its English form; English words and unknown ones as they are."""
        return re.sub(r"[^\W\d_]{4,}", lambda found: self._spelled(found[0]), text)

    def _spelled(self, word: str) -> str:
        return word if word.lower() in self._english else self._words.get(bare(word), word)
