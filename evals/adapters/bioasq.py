"""BioASQ task b (Tsatsaronis 2015): `{"questions": [{id, body, type, documents, exact_answer, ideal_answer}]}`.

Yes/no, factoid (one answer with synonyms), list (several, each with synonyms) and summary questions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with `body` and `type`."""
    return {"body", "type"} <= set(row)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The PubMed documents are relevant; snippets stay out, they are gold evidence."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        documents = [f"pmid:{str(url).rstrip('/').rsplit('/', 1)[-1]}" for url in row.get("documents") or ()]
        ideal = row.get("ideal_answer") or ""
        rationale = " ".join(ideal) if isinstance(ideal, list) else str(ideal)
        fields = {"id": row.get("id"), "question": row["body"], "rationale": rationale, "topic": row["type"], "source": "BioASQ"}
        return fields | _answer(row, rationale, {"relevant_docs": documents})

    return convert


def _answer(row: Mapping[str, Any], ideal: str, meta: dict[str, Any]) -> dict[str, Any]:
    if row["type"] == "summary":
        return {"answer": ideal, "meta": meta | {"diagnosis": False}}
    exact = row["exact_answer"]
    if row["type"] == "yesno":
        given = str(exact[0] if isinstance(exact, list) else exact)
        return {"options": {"A": "yes", "B": "no"}, "answer": given.lower(), "meta": meta}
    groups = [[str(name) for name in (group if isinstance(group, list) else [group])] for group in exact]
    if row["type"] == "factoid":
        names = list(dict.fromkeys(name for group in groups for name in group))
        return {"answer": names[0], "meta": meta | {"synonyms": {names[0]: names[1:]}, "diagnosis": True}}
    return {"answer": [group[0] for group in groups], "meta": meta | {"synonyms": {group[0]: group[1:] for group in groups}}}
