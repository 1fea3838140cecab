"""RadBench (harrison.ai): `imageSource, CASE_ID, imageIDs, modality, IMAGE_ORGAN, PRIMARY_DX, QUESTION, Q_TYPE, ANSWER, A_TYPE, OPTIONS`.

Closed questions list their options, and in ANSWER all of them again from the most to the least correct. Every question is about
films that a text-only system cannot see: `needs_image`, and the right reply is to abstain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with its capitalised columns."""
    return {"QUESTION", "ANSWER", "A_TYPE", "OPTIONS"} <= set(row)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Lettered options; the first of the ordered answers is right."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        texts = [text.strip() for text in str(row["OPTIONS"] or "").split(",") if text.strip()]
        closed = row["A_TYPE"].strip().upper() == "CLOSED" and len(texts) > 1
        ordered = [text.strip() for text in row["ANSWER"].split(",")]
        meta = {"needs_image": True, "case": row.get("CASE_ID") or None, "primary_dx": row.get("PRIMARY_DX"), "images": row.get("imageIDs")}
        return {
            "question": row["QUESTION"].replace("<i>", "").strip(),
            "options": {chr(ord("A") + place): text for place, text in enumerate(texts)} if closed else None,
            "answer": ordered[0] if closed else row["ANSWER"].strip(),
            "topic": str(row.get("IMAGE_ORGAN") or "").lower(),
            "source": "RadBench",
            "meta": meta | {"ordered": ordered} if closed else meta,
        }

    return convert
