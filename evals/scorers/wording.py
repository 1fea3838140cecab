"""When two wordings are the same: strings as they are, normalised strings, and facts found in a text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from evals.types import Response
from retrievers.words import words

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNIT = re.compile(r"(?<=\d)\s*(?=(?:mm3?|cm|ml|mg|g|kg|hu|mgy|msv|min|h|s)\b)")
_ARTICLES = frozenset(("a", "an", "the", "of"))
_ANSWERING = frozenset(("answer", "condition", "urgent"))


def plain(text: str) -> str:
    """Lower case, one kind of dash, single spaces, a space between a number and its unit and none before a percent sign."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).casefold()
    return _UNIT.sub(" ", " ".join(text.split())).replace(" %", "%")


def says(text: str, fact: str) -> bool:
    """Whether a text says a fact as whole words ("4A" is not in "14A", "12" is not in "12.5"); a last `*` allows any ending."""
    ending = "" if fact.endswith("*") else r"(?![\w]|[.,]\d)"
    wanted = re.escape(plain(fact.removesuffix("*")))
    return bool(re.search(rf"(?<!\w)(?<!\d[.,]){wanted}{ending}", plain(text)))


def says_any(text: str, wordings: Iterable[str]) -> bool:
    """Whether it says one of them."""
    return any(says(text, wording) for wording in wordings)


def stems(text: str) -> tuple[str, ...]:
    """Its stemmed words in order, spelling variants unified, without articles."""
    return tuple(stem for stem in words(text) if stem not in _ARTICLES)


def holds_stems(text: str, name: str) -> bool:
    """Whether a name's stems stand next to each other in a text."""
    said, wanted = stems(text), stems(name)
    return bool(wanted) and any(said[start : start + len(wanted)] == wanted for start in range(len(said) - len(wanted) + 1))


def lead(response: Response) -> str:
    """The first sentence, or the text where there are no sentences."""
    return response.sentences[0].text if response.sentences else response.text


def answering(response: Response) -> str:
    """The sentences that answer: what holds in other cases, in other sources or for other patients is left out."""
    chosen: Sequence[str] = [sentence.text for sentence in response.sentences if sentence.role in _ANSWERING]
    return " ".join(chosen) or response.text
