"""BEIR's form (Thakur 2021), as RadLIT-9 has it: `queries.jsonl` with `_id, text`, and `qrels/*.tsv` beside it.

The documents of `corpus.jsonl` are indexed by `radqa index build FOLDER/corpus.jsonl`; their ids are the gold ids here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_SPLITS = ("test", "dev", "train")
"""Which judgements are read where several are there: the first of these."""


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `_id` and `text` and no question of another form."""
    return {"_id", "text"} <= set(row) and "question" not in row


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A query with the documents that are judged relevant to it, the most relevant first."""
    judged = _judgements(path)

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        name = str(row["_id"])
        relevant = sorted(judged.get(name, {}).items(), key=lambda one: -one[1])
        if not relevant:
            raise ValueError(f"no document is judged relevant to the query {name} in {path.parent / 'qrels'}")
        meta = row.get("metadata") or {}
        return {
            "id": name,
            "question": row["text"],
            "topic": str(meta.get("subspecialty") or meta.get("category") or "") if isinstance(meta, Mapping) else "",
            "source": path.parent.name,
            "meta": {"relevant_docs": [document for document, _ in relevant]},
        }

    return convert


def _judgements(path: Path) -> dict[str, dict[str, float]]:
    """Query -> document -> grade above 0. Raises `ValueError` where the table is missing or has other columns."""
    folder = path.parent / "qrels"
    files = [file for split in _SPLITS if (file := folder / f"{split}.tsv").is_file()] or sorted(folder.glob("*.tsv"))
    found: dict[str, dict[str, float]] = {}
    for file in files[:1]:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t"):
                if len(row) in (3, 4) and _grade(row[-1]) > 0:
                    found.setdefault(row[0], {})[row[-2]] = _grade(row[-1])
    return found


def _grade(cell: str) -> float:
    """The grade in a cell; 0 for the header's."""
    try:
        return float(cell)
    except ValueError:
        return 0.0
