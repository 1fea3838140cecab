"""Texts in code: every word becomes one character that stands for its form, so that a position in the code is a word's number.

A match in the code can never begin or end inside a word; sentence ends and pauses are characters of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from corpora.concepts.forms import FILLER, Forms

END, PAUSE, UNKNOWN = "\x01", "\x02", "\x03"
"""A sentence's end; a comma, bracket or colon; a word that no term has."""
REMEMBERED = 200_000
"""Different words that are kept with their code; beyond it they are forgotten."""
SHOUTED = 20
"""A text of more characters than this, all in capitals, is read as lower case: its capitals mark no acronyms."""
_PIECES = re.compile(r"[^\W_]+|[\W_]+")
_SENTENCE_END = re.compile(r"[.!?](?:[\"')\]]*)\s|;|\n\s*\n|\n\s*[-*•\d]|[!?]")
_SOFT = frozenset(" -/'’\"\n\t\xa0\r–")
_FIRST_CODE = 0x80


class Codes(dict[str, str]):
    """Piece of text -> its character; learns new pieces as they come, and forgets them when there are too many."""

    def __init__(self, forms: Forms, ordered: Iterable[str] = ()) -> None:
        """Take the forms, and those that have a character already, in the order in which they got it."""
        self._forms = forms
        self._of_form = {form: _character(number) for number, form in enumerate(ordered)}

    @property
    def ordered(self) -> list[str]:
        """The forms that have a character, in the order in which they got it."""
        return list(self._of_form)

    def of_key(self, key: Sequence[str]) -> str:
        """A term's key in code; every form gets a character of its own."""
        codes = []
        for form in key:
            code = self._of_form.get(form)
            if code is None:
                code = self._of_form[form] = _character(len(self._of_form))
            codes.append(code)
        return "".join(codes)

    def __missing__(self, piece: str) -> str:
        """Learn a piece."""
        if len(self) > REMEMBERED:
            self.clear()
        code = self._code(piece)
        self[piece] = code
        return code

    def _code(self, piece: str) -> str:
        if piece[0].isalnum():
            lowered = piece.lower()
            return "" if lowered in FILLER else self._of_form.get(self._forms.of(lowered), UNKNOWN)
        if _SOFT.issuperset(piece) and not _SENTENCE_END.search(piece):
            return ""
        return END if _SENTENCE_END.search(piece) else PAUSE


class Reading:
    """A text in code, with the way back to its characters."""

    def __init__(self, text: str, codes: Codes) -> None:
        self.text = text
        pieces: list[str] = _PIECES.findall(text)
        self._ends = list(accumulate(map(len, pieces)))
        self._pieces = [piece.lower() for piece in pieces] if len(text) > SHOUTED and text.isupper() else pieces
        coded = [codes[piece] for piece in self._pieces]
        self.coded = "".join(coded)
        self._kept = [number for number, code in enumerate(coded) if code]
        self._kept_ends: list[int] = []
        self._lowered = ""
        self._cues: dict[re.Pattern[str], bool] = {}
        self._forms: frozenset[str] | None = None

    def piece(self, position: int) -> str:
        """The word at a position of the code."""
        return self._pieces[self._kept[position]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters of the text for positions of the code."""
        first = self._kept[start]
        return self._ends[first - 1] if first else 0, self._ends[self._kept[end - 1]]

    def words(self, start: int, end: int) -> tuple[int, int]:
        """Positions of the code for characters of the text: the words that these touch."""
        if not self._kept_ends:
            self._kept_ends = [self._ends[number] for number in self._kept]
        first = bisect_right(self._kept_ends, start)
        return first, max(first + 1, bisect_left(self._kept_ends, end) + 1)

    def forms(self, forms: Forms) -> frozenset[str]:
        """The forms of the text's words."""
        if self._forms is None:
            self._forms = frozenset(forms.of(piece.lower()) for piece in self._pieces if piece[0].isalpha())
        return self._forms

    def has(self, cue: re.Pattern[str]) -> bool:
        """Whether the text has a cue word."""
        known = self._cues.get(cue)
        if known is None:
            if not self._lowered:
                self._lowered = self.text.lower()
            known = self._cues[cue] = cue.search(self._lowered) is not None
        return known


def _character(number: int) -> str:
    """The number-th character that stands for a form, surrogates left out."""
    code = _FIRST_CODE + number
    return chr(code if code < 0xD800 else code + 0x800)
