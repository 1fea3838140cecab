"""MedMCQA (Pal 2022): `question, opa..opd, cop, exp, subject_name, topic_name, id, choice_type`.

`cop` counts from 1 in the authors' JSON and from 0 in the copy on the model hub: a 0 anywhere in the file tells the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_COLUMNS = ("opa", "opb", "opc", "opd")


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with the four option columns."""
    return {"question", "cop", *_COLUMNS} <= set(row)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Rows of this file, whose counting starts at 0 or 1."""
    first = 0 if any(str(row.fields.get("cop")).strip() == "0" for row in rows) else 1

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        place = int(row["cop"]) - first
        if not 0 <= place < len(_COLUMNS):
            raise ValueError(f"cop is {row['cop']}, the options are {first} to {first + 3}")
        return {
            "id": row.get("id"),
            "question": row["question"],
            "options": {letter: str(row[column]) for letter, column in zip("ABCD", _COLUMNS, strict=True)},
            "answer": "ABCD"[place],
            "rationale": row.get("exp"),
            "topic": row.get("subject_name"),
            "source": "MedMCQA",
            "meta": {"topic_name": row.get("topic_name"), "choice_type": row.get("choice_type")},
        }

    return convert
