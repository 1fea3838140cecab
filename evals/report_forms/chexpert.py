"""CheXpert labels (Irvin 2019) as the labeler writes them: CSV with the report and fourteen columns of 1, 0, -1 or nothing.

The report stands in `Reports` (labeler), `Report Impression` (CheXbert), `report`, or `findings` and `impression` (CheXpert Plus).
1 is present, 0 absent, -1 uncertain, and an empty cell is not mentioned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.report_forms.labels import names

_TEXTS = ("Reports", "Report Impression", "report", "Report", "text")
_IDS = ("study_id", "id", "path_to_image", "Path")
_MEANS = {1.0: "present", 0.0: "absent", -1.0: "uncertain"}


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with the labels' columns and a text."""
    return {"Cardiomegaly", "Pleural Effusion", "No Finding"} <= set(row) and (any(name in row for name in _TEXTS) or "findings" in row)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The labels that have a finding of their own ("No Finding" follows from the others)."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        labels = {name: _MEANS[float(row[name])] for name in names("chexpert") if str(row.get(name) or "").strip() not in ("", "nan")}
        return {
            "id": next((str(row[name]) for name in _IDS if row.get(name)), None),
            "text": _text(row),
            "labelled_by": "chexpert",
            "labels": labels,
            "whole": False,
        }

    return convert


def _text(row: Mapping[str, Any]) -> str:
    if text := next((str(row[name]) for name in _TEXTS if row.get(name)), ""):
        return text
    return "\n".join(f"{part.upper()}: {row[part]}" for part in ("findings", "impression") if row.get(part))
