"""A question as it is searched for and read: as it stands, written out, with what its words imply, without its values. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.reading.asked import Asked
from corpora.abbreviations import written_out
from corpora.passages import sentence_spans
from corpora.types import Passage
from retrievers.reader import Reader

_VALUE = re.compile(
    r"[<>=≤≥]{0,3}\s{0,3}(?<!\d)\d[\d.,]{0,20}\s{0,3}-?\s{0,3}(?:mm|cm|ml|hu|%|years?|months?|weeks?|hours?)?\b", re.IGNORECASE
)


def searches(question: str, asked: Asked) -> tuple[str, ...]:
    """What is searched for: the question, with its short forms written out, with what its words imply, and its `variants`."""
    return tuple(dict.fromkeys((question, written_out(question), with_implied(question, asked), *variants(question))))


def best_read(reader: Reader, text: str, passages: Sequence[Passage]) -> list[float]:
    """How surely each passage answers, (n,) in 0..1: the better of the text as it stands and with its short forms written out."""
    ways = [reader.read(way, passages) for way in dict.fromkeys((text, written_out(text)))]
    return [max(read.answers for read in reads) for reads in zip(*ways, strict=True)]


def with_implied(text: str, asked: Asked) -> str:
    """A question with the values that its words imply behind it."""
    said = text.lower()
    implied = [f"{column} {value}" for column, values in sorted(asked.implied.items()) for value in sorted(values) if value not in said]
    return f"{text} ({', '.join(implied)})" if implied else text


def variants(question: str) -> tuple[str, ...]:
    """A vignette's last sentences, and the question without values: similarity finds the topic, values are compared afterwards."""
    plain = " ".join(_VALUE.sub(" ", question).split())
    found = [plain] if plain != question and len(plain.split()) > 2 else []
    spans = sentence_spans(question)
    if len(spans) > 2:
        found.insert(0, question[spans[-2][0] :])
    return tuple(found)
