"""The gold sets that measurements read, from the folder that RADQA_SHARED_DATA names (by default ../shared/data)."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpora.errors import MissingCorpus
from corpora.types import Frozen


class GoldText(Frozen):
    """A text and its annotated spans, each with the CUIs that are right for it (several where the annotators gave several)."""

    id: str
    text: str
    spans: dict[tuple[int, int], frozenset[str]]


def folder() -> Path:
    """Where the sets are.

    Raises:
        MissingCorpus: no such folder; says how to name it.
    """
    place = Path(os.environ.get("RADQA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not place.is_dir():
        raise MissingCorpus(f"There is no folder {place} with the gold sets.", "Set RADQA_SHARED_DATA to it.")
    return place


def rows(name: str, place: Path | None = None) -> Iterator[dict[str, Any]]:
    """The rows of one JSON Lines file."""
    with ((place or folder()) / name).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def texts(name: str, groups: frozenset[str] | None = None, place: Path | None = None) -> list[GoldText]:
    """The texts of one entity linking set; spans without a CUI, or of other semantic groups than asked for, are left out."""
    found = []
    for row in rows(name, place):
        spans: dict[tuple[int, int], set[str]] = defaultdict(set)
        for entity in row["entities"]:
            if entity.get("cui") and (groups is None or entity.get("group") in groups):
                spans[entity["start"], entity["end"]].add(entity["cui"])
        found.append(GoldText(id=row["id"], text=row["text"], spans={span: frozenset(cuis) for span, cuis in spans.items()}))
    return found
