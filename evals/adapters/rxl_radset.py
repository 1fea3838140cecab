"""RXL-RADSet (Bose 2026): `metadata.csv` with `Report_Number, Modality, Profile, RADS_score`, and one report per number.

The report stands in a column `report`, or in a file `<Report_Number>.txt`, `.md` or `.pdf` anywhere below the table's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_SYSTEMS = {
    "B": "BI-RADS", "COR": "CAD-RADS", "GB": "GB-RADS", "L": "LI-RADS", "LRTR": "LI-RADS treatment response", "LUNG": "Lung-RADS",
    "LU": "Lung-RADS", "NI": "NI-RADS", "N": "NI-RADS", "O": "O-RADS", "P": "PI-RADS", "T": "TI-RADS", "TI": "TI-RADS", "V": "VI-RADS",
    "VI": "VI-RADS",
}  # fmt: skip
_ENDINGS = (".txt", ".md", ".pdf")
_SCORES = {
    "BI-RADS": "0 1 2 3 4 4A 4B 4C 5 6", "CAD-RADS": "0 1 2 3 4A 4B 5 N", "GB-RADS": "0 1 2 3 4 5", "LI-RADS": "1 2 3 4 5 M TIV NC",
    "LI-RADS treatment response": "Nonviable Equivocal Viable Nonevaluable Nonprogressing", "Lung-RADS": "0 1 2 3 4A 4B 4X",
    "NI-RADS": "0 1 2 2a 2b 3 4", "O-RADS": "0 1 2 3 4 5", "PI-RADS": "1 2 3 4 5", "TI-RADS": "1 2 3 4 5", "VI-RADS": "1 2 3 4 5",
}  # fmt: skip


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with number and score."""
    return {"Report_Number", "RADS_score"} <= set(row)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The report is pasted; the options are the system's scores."""
    files = {file.stem.upper(): file for ending in _ENDINGS for file in sorted(path.parent.rglob(f"*{ending}"))}

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        number = row["Report_Number"].strip()
        system = _system(row, number)
        report = row.get("report") or row.get("Report") or _read(files.get(number.upper()))
        if not report:
            raise ValueError(f"there is no report for {number}: neither a column `report` nor a file {number}.txt")
        score = str(row["RADS_score"]).strip()
        scores = list(dict.fromkeys((*_SCORES.get(system, "").split(), score)))
        return {
            "id": number,
            "question": f"Which {system} category does this report call for?",
            "options": {chr(ord("A") + place): text for place, text in enumerate(scores)},
            "answer": next(chr(ord("A") + place) for place, text in enumerate(scores) if text == score),
            "context": report,
            "topic": system,
            "source": "RXL-RADSet",
            "meta": {"context": "report", "modality": row.get("Modality"), "profile": row.get("Profile")},
        }

    return convert


def _system(row: Mapping[str, Any], number: str) -> str:
    named = str(row.get("RADS") or row.get("RADS_system") or "")
    parts = number.upper().split("_")
    letters = next((part for part in parts[1:] if not part.isdigit()), "")
    system = named or _SYSTEMS.get(letters, "")
    if not system:
        raise ValueError(f"the number {number} names no RADS system that is known: {', '.join(sorted(set(_SYSTEMS.values())))}")
    return system


def _read(file: Path | None) -> str:
    if file is None:
        return ""
    from corpora.readers import READERS

    return "\n\n".join(document.text for document in READERS[file.suffix.lower()](file))
