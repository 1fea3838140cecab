"""Statements with a passage and how it stands to them, made from cards: what the stance head learns from.

A row or sentence supports itself in other dress; with one thing turned (a value, a side, present and absent, above and below, another
row's result) it is contradicted; a neighbour says neither. The arithmetic of verification stays exact; the head learns the words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from corpora.speaking import speak
from corpora.types import Passage
from retrievers.reader import reading_text
from retrievers.words import words
from training.questions import Tied, library

SUPPORTS, CONTRADICTS, NEITHER = 0, 1, 2
_TURNS = (
    ("right", "left"), ("present", "absent"), ("above", "below"), ("increased", "decreased"), ("high", "low"), ("benign", "malignant"),
    ("hyperintense", "hypointense"), ("hyperdense", "hypodense"), ("enhancing", "non-enhancing"), ("common", "rare"), ("most", "least"),
    ("before", "after"), ("anterior", "posterior"), ("medial", "lateral"), ("upper", "lower"), ("proximal", "distal"), ("acute", "chronic"),
    ("men", "women"), ("younger", "older"), ("more", "less"), ("is", "is not"), ("are", "are not"), ("shows", "does not show"),
    ("should", "should not"), ("recommended", "not recommended"), ("bilateral", "unilateral"), ("central", "peripheral"),
    ("T1-weighted", "T2-weighted"), ("arterial", "venous"), ("cortical", "medullary"), ("with", "without"), ("early", "late"),
)  # fmt: skip
_LEAD = re.compile(r"^(?:On|In|At|For|With) [^,]{3,60}, ")


class Statement(NamedTuple):
    """A statement, the passage it is held against as the reader sees it, and SUPPORTS, CONTRADICTS or NEITHER."""

    text: str
    passage: str
    label: int


def statements(seed: int = 0, *, held_out_too: bool = False, only_held_out: bool = False) -> Iterator[Statement]:
    """Three to four statements from each passage of the cards of a split."""
    from training.examples import held_out

    dice = random.Random(seed)
    for name, (_, passages) in library().items():
        if held_out(name) != only_held_out and not held_out_too:
            continue
        for passage in passages:
            yield from _made(passage, passages, dice)


def choices(asked: Iterable[Tied], seed: int = 0) -> Iterator[Statement]:
    """Questions with the answer their row gives, and with what other rows of the column give; yes/no questions with the answer known.

    A yes/no question is a statement that its passage supports (yes) or contradicts (no).
    """
    dice = random.Random(seed)
    for one in asked:
        passages = library()[one.document][1]
        by_id = {passage.id: passage for passage in passages}
        for name in one.passages[:2]:
            passage = by_id[name]
            if one.manner in ("yes", "no"):
                yield Statement(one.question, reading_text(passage), SUPPORTS if one.manner == "yes" else CONTRADICTS)
            elif passage.is_row:
                yield from _chosen(one.question, passage, passages, dice)
        if not one.passages and one.manner in ("yes", "no"):
            yield Statement(one.question, reading_text(dice.choice(passages)), NEITHER)


def _chosen(question: str, passage: Passage, passages: list[Passage], dice: random.Random) -> Iterator[Statement]:
    """The question with the cell that the question has least of, and with the same cell of another row."""
    asked = set(words(question))
    shares = {name: len(asked & set(words(cell))) / max(1, len(set(words(cell)))) for name, cell in passage.row.items()}
    column = min(shares, key=lambda name: (shares[name], -passage.header.index(name)))
    if shares[column] > 0.34:
        return
    there = reading_text(passage)
    yield Statement(f"{question} {passage.row[column]}", there, SUPPORTS)
    others = [
        p.row[column]
        for p in passages
        if p.header == passage.header and p.section == passage.section and p.row[column] != passage.row[column]
    ]
    if others:
        yield Statement(f"{question} {dice.choice(others)}", there, CONTRADICTS)


def _table(passage: Passage, passages: list[Passage]) -> list[Passage]:
    """The rows of a row's table."""
    return [other for other in passages if other.header == passage.header and other.section == passage.section]


def _made(passage: Passage, passages: list[Passage], dice: random.Random) -> Iterator[Statement]:
    text, there = passage.spoken, reading_text(passage)
    yield Statement(_restated(text, passage, dice), there, SUPPORTS)
    if turned := _turned(text, dice):
        yield Statement(turned, there, CONTRADICTS)
    if other := _other_result(passage, passages, dice):
        yield Statement(other, there, CONTRADICTS)
    neighbour = dice.choice(passages)
    if neighbour.id != passage.id and neighbour.spoken != text:
        yield Statement(_restated(neighbour.spoken, neighbour, dice), there, NEITHER)


def _restated(text: str, passage: Passage, dice: random.Random) -> str:
    """The same in other dress: without its lead, in the table's words, or with the subject's other name."""
    kind = dice.random()
    if passage.is_row and kind < 0.25:
        return passage.shown
    if kind < 0.45 and (lead := _LEAD.match(text)):
        rest = text[lead.end() :]
        return f"{rest[:1].upper()}{rest[1:].rstrip('.')} {lead[0].rstrip(', ').lower()}."
    if kind < 0.7 and passage.source.aliases and passage.source.title.lower() in text.lower():
        return re.sub(re.escape(passage.source.title), dice.choice(passage.source.aliases), text, flags=re.IGNORECASE)
    return text


def _turned(text: str, dice: random.Random) -> str | None:
    """The text with one telling word turned into its opposite, or one number into another."""
    ways = []
    for one, other in _TURNS:
        for word, against in ((one, other), (other, one)):
            pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
            if pattern.search(text) and not (len(word) < len(against) and against in text):
                ways.append(lambda pattern=pattern, against=against: pattern.sub(against, text, count=1))
    if numbers := list(re.finditer(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", text)):
        number = dice.choice(numbers)
        changed = f"{float(number[0]) * dice.choice((0.5, 2, 3)):g}"
        ways.append(lambda: text[: number.start()] + changed + text[number.end() :])
    return dice.choice(ways)() if ways else None


def _other_result(passage: Passage, passages: list[Passage], dice: random.Random) -> str | None:
    """The row with the last cell of another row of its table."""
    if not (passage.is_row and passage.say):
        return None
    rows = [
        other
        for other in passages
        if other.section == passage.section and other.header == passage.header and other.cells[-1] != passage.cells[-1]
    ]
    if not rows:
        return None
    cells = {**passage.row, passage.header[-1]: dice.choice(rows).cells[-1]}
    return speak(passage.say, cells)
