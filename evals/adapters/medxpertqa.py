"""MedXpertQA (Zuo 2025): `id, question, options (object, or list of {letter, content}), label, medical_task, body_system`.

Ten options; the question repeats them after "Answer Choices:". Rows of the MM part carry `images`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_REPEATED = re.compile(r"\s*Answer Choices:\s*\(A\).*$", re.DOTALL)


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `label` and `medical_task`."""
    return {"question", "options", "label"} <= set(row) and "medical_task" in row


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The question without the repeated options."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        given, label = row["options"], row["label"]
        options = given if isinstance(given, Mapping) else {choice["letter"]: choice["content"] for choice in given}
        return {
            "id": row.get("id"),
            "question": _REPEATED.sub("", row["question"]),
            "options": dict(options),
            "answer": label[0] if isinstance(label, list) else label,
            "topic": row.get("body_system"),
            "source": "MedXpertQA",
            "meta": {key: row.get(key) for key in ("medical_task", "question_type")} | {"needs_image": bool(row.get("images"))},
        }

    return convert
