"""MMLU (Hendrycks 2021): tables without header (question, four options, letter), or `question, choices, answer (0-3), subject`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.rows import HEADLESS


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows of such a table, or with `choices`."""
    return set(row) == set(HEADLESS) or {"question", "choices", "answer"} <= set(row)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The topic is the file's name where rows name no subject ("anatomy_test.csv")."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        texts = [str(text) for text in row["choices"]] if "choices" in row else [row[letter] for letter in "ABCD"]
        options = {chr(ord("A") + place): text for place, text in enumerate(texts)}
        answer = row.get("letter") or row["answer"]
        letter = list(options)[int(answer)] if str(answer).isdigit() else str(answer).strip()
        topic = row.get("subject") or path.stem.removesuffix("_test").removesuffix("_val").removesuffix("_dev")
        return {"question": row["question"], "options": options, "answer": letter, "topic": topic.replace("_", " "), "source": "MMLU"}

    return convert
