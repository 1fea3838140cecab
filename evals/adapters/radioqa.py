"""RadioQA (RSNA-RadioQA and ExtendedQA; Tayebi Arasteh 2025): question, options A-D, reference answer, subspecialty.

The user supplies the file: a table or JSON whose columns are found by name in any case. Without options the answer is free text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_QUESTION, _SPECIALTY = ("question", "prompt"), ("subspecialty", "subspeciality", "specialty", "category", "topic")
_ANSWER = ("reference_answer", "correct_answer", "answer", "gt", "reference", "correct_option")
_ID = ("id", "question_id", "qid", "no", "_key")


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with a question and an answer, and options in columns A to D or a subspecialty."""
    fields = _folded(row)
    known = _first(fields, _QUESTION) is not None and _first(fields, _ANSWER) is not None
    return known and (bool(_options(fields)) or _first(fields, _SPECIALTY) is not None)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Letters or the text of an option both name the answer."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        fields = _folded(row)
        question, answer, name = (_first(fields, names) for names in (_QUESTION, _ANSWER, _ID))
        if not question or not answer:
            raise ValueError("the row has no question or no reference answer")
        given = str(answer).strip()
        options = _options(fields)
        letter = re.match(r"^\(?([A-J])[).:]\s", f"{given} ", re.IGNORECASE) if options else None
        return {
            "id": f"radioqa-{name}" if name else None,
            "question": str(question).strip(),
            "options": options or None,
            "answer": letter[1].upper() if letter else given,
            "topic": str(_first(fields, _SPECIALTY) or ""),
            "source": "RadioQA",
            "meta": {} if options else {"diagnosis": True},
        }

    return convert


def _folded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[\s-]+", "_", str(name).strip().lower()): value for name, value in row.items()}


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _options(fields: Mapping[str, Any]) -> dict[str, str]:
    given = fields.get("options")
    if isinstance(given, Mapping):
        return {str(label).upper(): str(text) for label, text in given.items()}
    if isinstance(given, list):
        return {chr(ord("A") + place): str(text) for place, text in enumerate(given)}
    found = {}
    for letter in "abcdefghij":
        text = _first(fields, (letter, f"option_{letter}", f"option{letter}", f"choice_{letter}"))
        if text is not None:
            found[letter.upper()] = str(text).strip()
    return found
