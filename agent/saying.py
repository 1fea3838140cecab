"""Rows as sentences: the answer first, then when it holds, then what the neighbouring rows say. Words stay those of the cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from agent.asked import Asked, cell_codes
from agent.columns import ANY
from agent.rows import answer_columns
from corpora.types import Passage
from retrievers.words import words

_BARE = re.compile(r"^[<>=]*\s*[\d.]+|^\S+$|^\S+ \S+$")


def answer_sentence(row: Passage, asked: Asked, unsettled: Sequence[str] = ()) -> str:
    """What the row answers; conditions that the question left open are named in brackets, so that nothing is claimed too widely."""
    said = [_named(row, name, asked) for name in answer_columns(row, asked)]
    text = "; ".join(dict.fromkeys(said))
    conditions = [f"{name} {row.row[name]}" for name in unsettled if row.row[name].lower() not in ANY]
    return _sentence(f"{text} ({', '.join(conditions)})" if conditions else text)


def _named(row: Passage, column: str, asked: Asked) -> str:
    """A cell that speaks for itself as it is; a bare number or word with its column's name, or with what it belongs to."""
    cell = row.row[column]
    if not _BARE.match(cell) or cell_codes(cell)[0]:
        return cell
    subject = _subject(row, column, asked)
    name = "" if column.lower() in cell.lower() else f"{column}: "
    return f"{subject}{', ' * bool(subject)}{name}{cell}"


def _subject(row: Passage, column: str, asked: Asked) -> str:
    """What a bare value belongs to: the other cell that the question's words are nearest to."""
    others = [row.row[name] for name in row.header if name != column and row.row[name].lower() not in ANY]
    return max(others, key=lambda cell: len(set(words(cell)) & asked.stems), default="")


def condition_sentence(row: Passage, asked: Asked, said: Sequence[str] = ()) -> str:
    """When the row holds: every condition it states that was not `said` before, and its further results; empty when there is none."""
    shown = {*answer_columns(row, asked), *said}
    stated = [(name, cell) for name, cell in row.row.items() if name not in shown and cell.lower() not in ANY]
    conditions = [f"{name} {cell}" for name, cell in stated if name not in row.source.results]
    results = [f"{name}: {cell}" for name, cell in stated if name in row.source.results]
    parts = [f"This holds for {_list(conditions)}"] if conditions else []
    parts += ["; ".join(results)] if results else []
    return _sentence("; ".join(parts)) if parts else ""


def alternative_sentence(row: Passage, chosen: Passage, asked: Asked) -> str:
    """What another row of the table says where it differs from the chosen one."""
    answers = answer_columns(row, asked)
    differing = [
        name for name in row.header if name not in answers and name not in row.source.results and row.row[name] != chosen.row[name]
    ]
    if not differing:
        return listed_sentence(row, asked)
    conditions = [f"{name} {row.row[name]}" for name in differing]
    result = "; ".join(row.row[name] for name in answers)
    return _sentence(f"With {_list(conditions)} instead: {result}")


def listed_sentence(row: Passage, asked: Asked, constant: Collection[str] = ()) -> str:
    """A row of a list that was asked for as a whole: its subject, then the rest; `constant` columns tell nothing."""
    shown = [name for name in row.header if name not in constant and row.row[name].lower() not in ANY]
    coded = [name for name in shown if cell_codes(row.row[name])[0]]
    answers = [name for name in answer_columns(row, asked) if name in shown]
    subject = coded[:1] or [name for name in shown if name not in answers]
    rest = [name for name in shown if name not in subject]
    parts = [", ".join(row.row[name] for name in subject), "; ".join(row.row[name] for name in rest)]
    return _sentence(": ".join(part for part in parts if part))


def differs_in(row: Passage, chosen: Passage) -> list[str]:
    """The condition columns in which two rows of one table differ."""
    return [name for name in chosen.header if name not in chosen.source.results and row.row.get(name) != chosen.row[name]]


def result_of(row: Passage, asked: Asked) -> tuple[str, ...]:
    """What a row answers, as cells."""
    return tuple(row.row[name] for name in answer_columns(row, asked))


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    text = text[:1].upper() + text[1:] if not re.match(r"^[a-z]+[A-Z0-9]", text) else text
    return text if text.endswith((".", "!", "?")) else f"{text}."
