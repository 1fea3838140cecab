"""The learned half of `corpora.privacy.identifiers`: a small tagger (conditional random field) trained on made-up lines in six languages.

It finds what stands where an identifier stands, whatever the word: names no list has, addresses and institutions of other languages,
numbers behind labels no rule knows. Trained by `training/identifiers.py`; the file holds weights of forms and contexts, no texts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from corpora.privacy.names import HEAD
from corpora.privacy.patterns import rules
from corpora.privacy.tagging import features, knowledge, labels, tokens
from corpora.privacy.words import Kind

if TYPE_CHECKING:
    import pycrfsuite

FILE = Path(__file__).parent / "data" / "identifiers.crfsuite"
_LOCAL = threading.local()
_FAMILIAR = frozenset({"eponym", "plain", "common"})
_LEFT_TO_PATTERNS = frozenset({"date", "e-mail"})
"""Kinds with a form of their own, which rules know better."""
_AGE = re.compile(
    r"(?=.{0,12}?(?<!\d)(?:9\d|1[01]\d)(?![\d.,]\d)|(?:ninet|neunzig|noventa|novant|quatre-vingt))[^\n%]{2,32}", re.IGNORECASE
)
_BIRTH = re.compile(
    r"(?:\d{1,4}[\s./-]{1,2}(?:\d{1,2}|[^\W\d_]{3,10}\.?)[\s./-]{1,2}\d{2,4}|(?:19|20)\d{6}|[0-3]\d[01]\d(?:19|20)\d\d|[^\W\d_]{3,10}\s\d{1,2},?\s\d{4})\.?"
)
_UNIT = re.compile(r"\s?(?:%|mm|cm|m[lgL]\b|[HU]U\b|UH\b|HE\b|bpm|k[gV]|m?Gy|mSv|mA|s\b|ms\b|x\b|min|/|×|[IM]?U/|[mkµn]?g\b|mmol|\+/-)")
_MEASURED = re.compile(r"\d\s?(?:kV|mAs?|[HU]U|HE|UH|mm|cm|ml|bpm|mGy)(?!\w)")
_GROWN = 2016
"""A date without a label is a date of birth up to this year; later ones are those of examinations."""
_NEAR = 28
"""Signs in front of a short number within which a label makes it one of a person's."""
_NUMBER = re.compile(r"(?=(?:[^\d]{0,6}\d){4}|(?=(?:[^A-Z]{0,9}[A-Z]){2})(?:[^\d]{0,6}\d){3})[A-Za-z\d][\w/.\- ]{2,40}", re.ASCII)
_NO_NUMBER = re.compile(
    r"C\d{7}|(?:T?[12ER]? ?)?\d{1,5}(?:/\d{1,4}){1,2}(?:(?: and| und| et| y| e)? \d{1,5}/\d{1,3})?|\d{1,3}(?:[/:,]\d{1,4}){1,2}(?:"
    r" [a-z]+)?|\d{1,3}[.-]\d{1,3}|(?:19|20)\d\d|10\.\d{4,}.*|(?:19|20)\d\d[-/]\d\d(?:[-/]\d\d)?|1[.,]73\s?m[2²]?"
)
"""Concept identifiers, fractions and doses, years, DOIs."""


_SUSPICION = 0.97
"""The probability of being none below which a token is held back from a model elsewhere."""
_ARTICLE = re.compile(r"(?:der|die|das|den|dem|la|le|el|il|o|a)\s(?=[A-ZÀ-Þ])")
_STRENGTH = re.compile(r"[^\W\d_]{4,20}\s(?:1[2458]0|2[0-9]0|3[0-9]0|400)(?!\d|,)")
"""A contrast agent with its iodine in mg/ml, which looks like a street with its number."""


_LITTLE = frozenset(
    "of is at on me the and no by for in de di do da du del la le el to back call text ring home work study order visit report mr"
    " us ph".split()
)
"""Words inside of labels that are none alone."""


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
        if kind == "address" and (article := _ARTICLE.match(said)):
            first, said = first + article.end(), said[article.end() :]
        if kind == "record number":
            said = said.split(",")[0].rstrip(" .")
            last = first + len(said)
        if kind == "record number" and rules().public.search(text[max(0, first - 24) : first]):
            continue
        if kind in _LEFT_TO_PATTERNS or not (_may_be(said, kind) or (_is_labelled(text, first) and _is_short_code(said, kind))):
            continue
        if kind == "name" and (HEAD.match(text, last) or _is_term_of_a_person(text, first, last)):
            continue
        if kind in ("age", "record number", "phone") and _UNIT.match(text, last):
            continue
        yield first, last, kind


def suspected(text: str) -> frozenset[int]:
    """Where tokens with a capital or a digit start that are no identifier with less than `_SUSPICION`; many of them are none."""
    spans = tokens(text)
    if not spans:
        return frozenset()
    tagger = _tagger()
    tagger.tag(features(text, spans))
    return frozenset(
        start
        for place, (start, _) in enumerate(spans)
        if (text[start].isupper() or text[start].isdigit()) and tagger.marginal("O", place) < _SUSPICION
    )


def _is_term_of_a_person(text: str, first: int, last: int) -> bool:
    """Whether the words stand in a term called after somebody: "Sister Mary Joseph"."""
    around = text[max(0, first - 16) : last + 16].lower()
    return any(term in around for term in rules().not_names)


def _is_labelled(text: str, first: int) -> bool:
    """Whether a label of identifiers stands directly in front of a place, in its own sentence."""
    before = re.split(r"[\n;]|\.\s(?=[A-Z])", text[max(0, first - _NEAR) : first])[-1]
    return any(word.lower() in labels() - _LITTLE for word in re.findall(r"[^\W\d_]{2,}", before)[-3:])


def _is_short_code(said: str, kind: Kind) -> bool:
    """Whether a number too short to be told by itself can be one behind a label: "44-17", "551-882", "2219"."""
    digits = sum(sign.isdigit() for sign in said)
    if kind == "birth date":
        return bool(_BIRTH.fullmatch(said))
    if re.fullmatch(r"[+-]?\d{1,9}[.,]\d{1,2}|(?:19|20)\d\d", said):
        return False
    return digits >= 3 if kind == "phone" else kind == "record number" and digits >= 5


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
    if kind == "age":
        return bool(_AGE.fullmatch(said)) and not _MEASURED.search(said)
    if kind == "birth date":
        years = [int(year) for year in re.findall(r"(?:19|20)\d\d", said)]
        return bool(_BIRTH.fullmatch(said)) and all(year <= _GROWN for year in years)
    words = [word for word in re.findall(r"[^\W\d_]{2,}", said) if word.lower() not in rules().titles]
    if kind == "address":
        odd = [word for word in words if knowledge(word.lower()) == "unknown"]
        if _STRENGTH.match(said):
            return False
        if words and words[0].isupper() and len(words[0]) < 5 and not re.search(r"\d", said):
            return False
        if re.search(r"(?<![.\d])\d", said):
            return (said.islower() and bool(odd)) or any(word.istitle() for word in words)
        return any(word.istitle() for word in odd)
    if kind != "name":
        return any(word[0].isupper() and knowledge(word.lower()) in ("unknown", "given") for word in words)
    if any(sign.isdigit() for sign in said) or all(word.isupper() and len(word) < 5 for word in words):
        return False
    if len(words) > 1 and words[0].lower() in rules().makers and words[1].lower() not in rules().given:
        return False
    if " ".join(words[:2]).lower() in rules().not_names or " ".join(words[1:3]).lower() in rules().not_names:
        return False
    if sum(word[0].isupper() for word in words) == 1 and any(word.isupper() and len(word) < 5 for word in words) and len(words) > 1:
        return False
    known = [knowledge(word.lower()) for word in words]
    if any(word[0].isupper() and what not in _FAMILIAR for word, what in zip(words, known, strict=True)):
        return True
    if words and re.findall(r"\w+", said)[0].lower() in rules().titles:
        return words[-1][0].isupper() and known[-1] != "eponym"
    return said.islower() and len(words) > 1 and all(what in ("given", "unknown") for what in known) and "given" in known
