"""Indiana chest radiographs (Demner-Fushman 2016): CSV of the collection, or JSON Lines of its parts with the human codes.

CSV: `uid, findings, impression, Problems` and further parts; JSON Lines: `text` with a line "Findings: ..." for each part, and
`problems`. Each report is written out with headings in one of several usual ways, drawn by its id, so that where its parts are is known.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.report_forms.labels import label_sets

_PARTS = ("Examination", "Indication", "Comparison", "Findings", "Impression")
_COLUMNS = {"image": "Examination", "exam": "Examination", "indication": "Indication", "comparison": "Comparison", "findings": "Findings",
            "impression": "Impression"}  # fmt: skip
_WORDS: tuple[tuple[str, ...], ...] = (
    ("EXAM", "INDICATION", "COMPARISON", "FINDINGS", "IMPRESSION"),
    ("Examination", "Clinical history", "Comparison", "Findings", "Conclusion"),
    ("STUDY", "REASON FOR EXAM", "COMPARISONS", "FINDINGS", "OPINION"),
    ("Exam", "Clinical information", "Prior studies", "Imaging findings", "Summary"),
    ("PROCEDURE", "HISTORY", "COMPARISON STUDY", "FINDING", "CONCLUSIONS"),
)
_WAYS = (
    "{word}: {body}\n",
    "{word}:\n{body}\n\n",
    "{word}\n{body}\n\n",
    "**{word}:** {body}\n",
    "## {word}\n\n{body}\n\n",
    "{word} : {body}\n",
)
_ONE_LINE = "{word}: {body} "
"""All parts in one paragraph, which only headings in capitals tell apart."""


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows of either file."""
    return {"uid", "findings", "impression", "Problems"} <= set(row) or {"text", "problems", "mesh_coded"} <= set(row)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The report under headings with its parts, and each label that the codes say."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        name = str(row.get("doc_id") or f"CXR{row['uid']}")
        parts = _parts(row)
        text, sections = _written(parts, random.Random(name))
        problems = row["problems"] if "problems" in row else str(row["Problems"]).split(";")
        coded = {" ".join(str(one).split()).casefold() for one in problems}
        sets = label_sets()["indiana"].items()
        labels = {label: "present" for label, known in sets if any(one.casefold() in coded for one in known.coded)}
        return {"id": name, "text": text, "sections": sections, "labelled_by": "indiana", "labels": labels, "whole": False}

    return convert


def _parts(row: Mapping[str, Any]) -> dict[str, str]:
    if "text" in row:
        found = re.findall(r"(?m)^(\w+): (.*)$", row["text"])
        named = {_COLUMNS.get(name.lower(), ""): " ".join(body.split()) for name, body in found}
    else:
        named = {part: " ".join(str(row.get(column) or "").split()) for column, part in _COLUMNS.items() if row.get(column)}
    return {part: named[part] for part in _PARTS if named.get(part)}


def _written(parts: Mapping[str, str], chance: random.Random) -> tuple[str, dict[str, str]]:
    """The report in one of the usual ways, and what stands in each part."""
    words = dict(zip(_PARTS, chance.choice(_WORDS), strict=True))
    way = chance.choice((*_WAYS, _ONE_LINE) if words["Findings"].isupper() else _WAYS)
    text = "".join(way.format(word=words[part], body=body) for part, body in parts.items())
    return text.strip() + "\n", dict(parts)
