"""PARROT (Le Guellec 2025): JSON Lines with `no, language, modality, area, report, translation, icd, country, subspecialty`.

Reports of thirteen languages with an English translation by their writers; the gold is what is read in the translation, so that the
figure says how much a language costs, not how well English is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with a report, its language and its codes."""
    return {"no", "language", "report", "icd"} <= set(row)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The report and its translation; an English report has none."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        fields = {"id": row["no"], "text": row["report"], "language": row["language"], "subspecialty": row.get("subspecialty") or ""}
        return {**fields, "translation": row.get("translation") or "", "whole": False}

    return convert
