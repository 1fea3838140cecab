"""The neutral schema itself, as JSON Lines or CSV (where options, lists and meta are JSON in their cells)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

FIELDS = ("id", "question", "options", "answer", "context", "rationale", "topic", "source", "meta")


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `question` and `answer` and nothing that is not the schema's."""
    return {"question", "answer"} <= set(row) and set(row) <= {*FIELDS, "_key"}


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The fields as they are; JSON in a cell is read, and an empty cell is no value."""
    return lambda row: {name: read for name in FIELDS if (read := _value(name, row.get(name))) not in (None, "")}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in ("options", "meta", "answer") and value.strip()[:1] in ("{", "["):
        return json.loads(value)
    return value if name in ("options", "meta", "answer") or value is None else str(value).strip()
