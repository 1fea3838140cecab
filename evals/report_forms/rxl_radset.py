"""RXL-RADSet (Bose 2026): `metadata.csv` with `Report_Number, Modality, Profile, RADS_score`, a report per number, one score each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.adapters import rxl_radset


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with number and score."""
    return rxl_radset.recognises(row)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The report with the score of the whole study, by the system that its number names."""
    asked = rxl_radset.converter(rows, path)

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        fields = asked(row)
        score = fields["options"][fields["answer"]]
        return {"id": fields["id"], "text": fields["context"], "system": fields["topic"], "category": score, "whole": False}

    return convert
