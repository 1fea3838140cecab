"""PubMedQA (Jin 2019): by PMID `QUESTION, CONTEXTS, LONG_ANSWER, final_decision, MESHES, YEAR`, or the hub's lower-case columns.

The context is the abstract without its conclusion: gold evidence, which no system is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_OPTIONS = {"A": "yes", "B": "no", "C": "maybe"}


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with a `final_decision`."""
    return "final_decision" in row


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Options yes, no and maybe; the document `pmid:N` is relevant."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        number = str(row.get("_key") or row.get("pubid") or "")
        nested = row.get("context")
        inner: Mapping[str, Any] = nested if isinstance(nested, Mapping) else {}
        texts, labels = row.get("CONTEXTS") or inner.get("contexts") or [], row.get("LABELS") or inner.get("labels") or []
        named = [f"{label}: {text}" if label else str(text) for label, text in zip([*labels, *[""] * len(texts)], texts, strict=False)]
        return {
            "id": f"pubmedqa-{number}" if number else None,
            "question": row.get("QUESTION") or row["question"],
            "options": _OPTIONS,
            "answer": row["final_decision"],
            "context": "\n".join(named),
            "rationale": row.get("LONG_ANSWER") or row.get("long_answer"),
            "topic": "; ".join((row.get("MESHES") or inner.get("meshes") or [])[:3]),
            "source": "PubMedQA",
            "meta": {"relevant_docs": [f"pmid:{number}"]} if number else {},
        }

    return convert
