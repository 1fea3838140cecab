"""Bounds for what meets strangers' text: patterns whose runs of white space end, and texts whose runs are one sign long.

A pattern with two endless runs of blanks side by side takes quadratic or cubic time on a thousand blanks. What is matched here is
collapsed first, so a run of white space is one sign and a bound of three loses nothing; the bound holds where a pattern meets a text
that is not collapsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from corpora.types import Frozen

_RUN = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]{2,}")
_UNBOUNDED = re.compile(r"\\s([*+])")


def bounded(pattern: str) -> str:
    """The pattern with every run of white space at most three signs long."""
    return _UNBOUNDED.sub(lambda match: r"\s{0,3}" if match[1] == "*" else r"\s{1,3}", pattern)


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The bounded pattern, compiled."""
    return re.compile(bounded(pattern), flags)


class Collapsed(Frozen):
    """A text whose runs of white space and control characters are one sign, and where each place was in the original."""

    text: str
    starts: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Collapsed:
        """Collapse a text; a run with a line break in it becomes a line break, any other a blank."""
        parts, starts, shifts, position, shift = [], [0], [0], 0, 0
        for run in _RUN.finditer(text):
            parts += [text[position : run.start()], "\n" if "\n" in run[0] or "\r" in run[0] else " "]
            position, shift = run.end(), shift + len(run[0]) - 1
            starts.append(run.end() - shift)
            shifts.append(shift)
        return cls(text="".join((*parts, text[position:])), starts=tuple(starts), shifts=tuple(shifts))

    def place(self, position: int) -> int:
        """Where a position of the collapsed text stands in the original; the end of a run where it stands behind one."""
        return position + self.shifts[bisect_right(self.starts, position) - 1]

    def end(self, position: int) -> int:
        """Where a stretch that ends there ends in the original: before a run of white space, not behind it."""
        return self.place(position - 1) + 1 if position else 0


def collapsed(text: str, *, blanks: int = 1, lines: int = 2) -> str:
    """The text with at most so many blanks in a row, and so many line breaks."""
    flat = re.sub(rf"[^\S\n]{{{blanks + 1},}}", " " * blanks, text)
    return re.sub(rf"\n{{{lines + 1},}}", "\n" * lines, flat)


def pieces(text: str, most: int = 4000) -> list[tuple[int, str]]:
    """The text in pieces of about `most` characters with their places, cut at line breaks, else behind sentences, else at blanks.

    So the time that a pattern takes grows with the text's length and not faster.
    """
    found, start = [], 0
    while len(text) - start > most:
        window = text[start : start + most]
        cut = max(window.rfind("\n"), window.rfind(". ") + 1)
        if cut < most // 2:
            cut = max(cut, window.rfind(" "))
        cut = cut + 1 if cut >= most // 4 else most
        found.append((start, text[start : start + cut]))
        start += cut
    return [*found, (start, text[start:])]
