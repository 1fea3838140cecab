"""The neutral form: the fields of `evals.reports.Case` (`text` and `findings`, and what else there is)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `text` and a list of `findings`."""
    return isinstance(row.get("text"), str) and isinstance(row.get("findings"), list)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The row as it is."""
    return dict
