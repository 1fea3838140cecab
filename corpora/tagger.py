"""The learned half of `corpora.identifiers`: a small tagger (conditional random field) trained on made-up lines in six languages.

It finds what stands where an identifier stands, whatever the word: names no list has, addresses and institutions of other languages,
numbers behind labels no rule knows. Trained by `training/identifiers.py`; the file holds weights of forms and contexts, no texts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from corpora.identifier_names import HEAD
from corpora.identifier_patterns import Kind, rules
from corpora.tagging import features, knowledge, tokens

if TYPE_CHECKING:
    import pycrfsuite

FILE = Path(__file__).parent / "data" / "identifiers.crfsuite"
_LOCAL = threading.local()
_FAMILIAR = frozenset({"eponym", "plain", "common"})
_LEFT_TO_PATTERNS = frozenset({"birth date", "date", "age", "e-mail"})
"""Kinds with a form of their own, which rules know better."""
_NUMBER = re.compile(r"(?=(?:[^\d]{0,6}\d){4}|(?=(?:[^A-Z]{0,9}[A-Z]){2})(?:[^\d]{0,6}\d){3})[A-Za-z\d][\w/.\- ]{2,40}", re.ASCII)
_NO_NUMBER = re.compile(
    r"C\d{7}|\d{1,3}(?:[/:,]\d{1,4}){1,2}(?: [a-z]+)?|\d{1,3}[.-]\d{1,3}|(?:19|20)\d\d|10\.\d{4,}.*|(?:19|20)\d\d[-/]\d\d(?:[-/]\d\d)?"
)
"""Concept identifiers, fractions and doses, years, DOIs."""


def tagged(text: str) -> Iterator[tuple[int, int, Kind]]:
    """The stretches that the tagger takes for identifiers, in order; text longer than some pages is given to it in pieces."""
    spans = tokens(text)
    if not spans:
        return
    found: list[tuple[int, int, Kind]] = []
    for (start, end), tag in zip(spans, _tagger().tag(features(text, spans)), strict=True):
        if tag == "O":
            continue
        kind = cast("Kind", tag[2:])
        joined = tag[0] == "I" or kind in ("phone", "record number")
        if joined and found and found[-1][2] == kind and text[found[-1][1] : start] in ("", " ", "-", ". ", "/"):
            found[-1] = (found[-1][0], end, kind)
        else:
            found.append((start, end, kind))
    for first, last, kind in found:
        said = text[first:last]
        if kind == "record number":
            said = said.split(",")[0].rstrip(" .")
            last = first + len(said)
        if kind == "record number" and rules().public.search(text[max(0, first - 24) : first]):
            continue
        if kind not in _LEFT_TO_PATTERNS and _may_be(said, kind) and not (kind == "name" and HEAD.match(text, last)):
            yield first, last, kind


def _tagger() -> pycrfsuite.Tagger:
    """This thread's tagger: one may not be asked by two at once."""
    import pycrfsuite

    if not hasattr(_LOCAL, "tagger"):
        _LOCAL.tagger = pycrfsuite.Tagger()
        _LOCAL.tagger.open(str(FILE))
    return cast("pycrfsuite.Tagger", _LOCAL.tagger)


def _may_be(said: str, kind: Kind) -> bool:
    """Whether a stretch can be an identifier of its kind: digits enough, or a word that neither medicine nor plain speech has."""
    if kind == "record number":
        return bool(_NUMBER.fullmatch(said)) and not _NO_NUMBER.fullmatch(said)
    if kind == "phone":
        return sum(sign.isdigit() for sign in said) >= 6 and not _NO_NUMBER.fullmatch(said)
    words = [word for word in re.findall(r"[^\W\d_]{2,}", said) if word.lower() not in rules().titles]
    if kind == "address":
        return any(word.istitle() for word in words) and bool(re.search(r"(?<![.\d])\d", said))
    if kind != "name":
        return any(word[0].isupper() for word in words)
    if any(sign.isdigit() for sign in said):
        return False
    if " ".join(words[:2]).lower() in rules().not_names or " ".join(words[1:3]).lower() in rules().not_names:
        return False
    if sum(word[0].isupper() for word in words) == 1 and any(word.isupper() and len(word) < 5 for word in words) and len(words) > 1:
        return False
    known = [knowledge(word.lower()) for word in words]
    if any(word[0].isupper() and what not in _FAMILIAR for word, what in zip(words, known, strict=True)):
        return True
    if words and re.match(r"\w+", said)[0].lower() in rules().titles:  # type: ignore[index]
        return words[-1][0].isupper() and known[-1] != "eponym"
    return said.islower() and len(words) > 1 and all(what in ("given", "unknown") for what in known) and "given" in known
