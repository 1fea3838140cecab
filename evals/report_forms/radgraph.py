"""RadGraph and RadGraph-XL (Jain 2021, Delbrouck 2024): `{report: {"text", "entities"}}`, an entity with its number.

An entity has `tokens, label, start_ix, end_ix, relations`. `text` is tokens with spaces between them, `start_ix` and `end_ix` are
numbers of tokens, the last one included. The test file holds two annotators (`labeler_1`, `labeler_2`), of whom the first is taken. An
observation that modifies another is no finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_CERTAINTY = {
    "OBS-DP": "present", "OBS-DA": "absent", "OBS-U": "uncertain", "Observation::definitely present": "present",
    "Observation::definitely absent": "absent", "Observation::uncertain": "uncertain",
}  # fmt: skip


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `text` and entities by number, of one annotator or of two."""
    return isinstance(row.get("text"), str) and isinstance(_annotated(row).get("entities"), dict)


def converter(rows: Sequence[Mapping[str, Any]], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The observations that stand for themselves, by their characters."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        text = str(row["text"])
        tokens = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)]
        return {"id": row.get("_key"), "text": text, "whole": False, "entities": list(_entities(_annotated(row)["entities"], tokens))}

    return convert


def _annotated(row: Mapping[str, Any]) -> Mapping[str, Any]:
    first = row.get("labeler_1")
    return first if isinstance(first, dict) else row


def _entities(entities: Mapping[str, Any], tokens: Sequence[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    for entity in entities.values():
        certainty = _CERTAINTY.get(entity["label"])
        modifies = any(kind == "modify" and str(entities[to]["label"]) in _CERTAINTY for kind, to in entity["relations"] if to in entities)
        if certainty and not modifies:
            yield {"start": tokens[int(entity["start_ix"])][0], "end": tokens[int(entity["end_ix"])][1], "certainty": certainty}
