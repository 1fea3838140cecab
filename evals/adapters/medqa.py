"""MedQA (Jin 2021), US questions: `question, options {A: ...}, answer (text), answer_idx, meta_info`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `answer_idx` or `meta_info` beside their options."""
    return {"question", "options", "answer"} <= set(row) and bool({"answer_idx", "meta_info"} & set(row))


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The letter where it is given, else the answer's text."""
    return lambda row: {
        "question": row["question"],
        "options": row["options"],
        "answer": row.get("answer_idx") or row["answer"],
        "topic": row.get("meta_info"),
        "source": "MedQA",
    }
