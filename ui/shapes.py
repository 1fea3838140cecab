"""What the shape of an answer asks of its showing: which word or number leads, the cases that differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.types import Answered, Choice, Claim, Evidence
from corpora.quantities import find_quantities
from retrievers.words import words

_LED = re.compile(r"^(Yes|No): ")
_LONGEST_FIGURE = 40
"""Characters of a cell that may stand alone as the number that was asked for."""


def leading(answer: Answered) -> tuple[str, str]:
    """What stands large before the first sentence, Yes, No or the number that was asked for, and the sentence without it."""
    first = answer.claims[0]
    if led := _LED.match(first.text):
        rest = first.text[led.end() :]
        return led[1], f"{rest[:1].upper()}{rest[1:]}" if not re.match(r"[a-z]{1,20}[A-Z0-9]", rest) else rest
    return (figure(answer) if answer.shape == "number" else ""), first.text


def figure(answer: Answered) -> str:
    """The number of the first sentence: its row's cell that the question names, its only result, or its only new quantity; or nothing.

    Of several quantities none is chosen: a number that is shown alone must be the one that was asked for.
    """
    first, known = answer.claims[0], {item.id: item for item in answer.evidence}
    if first.basis == "own":
        return ""
    for item in (known[citation.id] for citation in first.citations if citation.id in known):
        row = {name: cell for name, cell in item.passage.row.items() if find_quantities(cell) and len(cell) <= _LONGEST_FIGURE}
        asked = set(words(answer.question.text))
        named = [cell for name, cell in row.items() if words(name) and set(words(name)) <= asked]
        results = [cell for name, cell in row.items() if name in item.passage.source.results]
        for cells in (named, results):
            if len(cells) == 1:
                return cells[0]
    given = find_quantities(answer.question.text)
    said = [one.text for one in find_quantities(first.text) if not any(one.equals(other) for other in given)]
    return said[0] if len(set(said)) == 1 and len(said[0]) <= _LONGEST_FIGURE else ""


def subject(claim: Claim, known: Mapping[str, Evidence]) -> str:
    """What an entry of a list is: the first cell of its row that is no result; empty for prose."""
    for item in (known[citation.id].passage for citation in claim.citations if citation.id in known):
        if item.is_row and item.header[0] not in item.source.results:
            return item.cells[0]
    return ""


def given(claim: Claim, depends: Sequence[Choice], known: Mapping[str, Evidence]) -> tuple[str, ...]:
    """For each open condition what it is in the row that a sentence speaks; empty where the sentence is of no such row."""
    for item in (known[citation.id].passage for citation in claim.citations if citation.id in known):
        if all(choice.condition in item.row for choice in depends):
            return tuple(item.row[choice.condition] for choice in depends)
    return ()


def filled_in(question: str, condition: str, choice: str) -> str:
    """The question with an open condition answered, as it is asked again."""
    return f"{question.strip().rstrip('?. ')}, {condition}: {choice}?"


def is_filled_in(question: str, read_as: str) -> bool:
    """Whether a turn is an answered condition, and no text that a person wrote."""
    return read_as.endswith(f", {question}?")
