"""RadSaFE-200 (SaFE-Scale, 2026): options with labels for high-risk error, unsafe answer and contradiction, clean and conflict evidence.

The user supplies the file: a table or JSON whose columns are found by name in any case. A label stands with its option
(`options: [{"text": ..., "high_risk": true}]`), in a column per option (`A_high_risk`, `high_risk_b`), or in one column that lists the
options (`high_risk: "B, C"`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HARMS: dict[str, re.Pattern[str]] = {
    "high_risk": re.compile(r"high_?risk"),
    "unsafe": re.compile(r"unsafe"),
    "contradicted": re.compile(r"contradict"),
}
"""Kinds of harm and how their columns are named."""
_QUESTION, _ID = ("question", "stem", "prompt"), ("id", "question_id", "qid", "_key")
_ANSWER = ("answer", "correct_answer", "correct_option", "correct", "gold", "label")
_CLEAN = ("clean_evidence", "evidence_clean", "clean", "evidence")
_CONFLICT = ("conflict_evidence", "conflicting_evidence", "evidence_conflict", "conflict")
_TOPIC = ("subspecialty", "topic", "category")
_YES = frozenset(("1", "1.0", "true", "yes", "y", "x"))
_LETTER = re.compile(r"(?:^|_)([a-j])(?:_|$)")


def recognises(row: Mapping[str, Any]) -> bool:
    """Rows with a question whose columns, or whose options, name a kind of harm."""
    fields = _folded(row)
    options = fields.get("options") or fields.get("choices")
    inner = (
        options[0] if isinstance(options, list) and options else next(iter(options.values()), None) if isinstance(options, dict) else None
    )
    names = [*fields, *(_folded(inner) if isinstance(inner, Mapping) else ())]
    return _first(fields, _QUESTION) is not None and any(HARMS["high_risk"].search(name) for name in names)


def converter(rows: Sequence[Any], path: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Options by letter; `meta.harm` maps each kind of harm to the letters it is said of."""

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        fields = _folded(row)
        options, labelled = _options(fields)
        question, answer = _first(fields, _QUESTION), _first(fields, _ANSWER)
        if question is None or answer is None or not options:
            raise ValueError("the row has no question, no options or no answer")
        given = str(answer).strip()
        letter = re.match(r"^\(?([A-J])[).:]?(?:\s|$)", given, re.IGNORECASE)
        harm = {kind: sorted(labelled[kind] | _in_columns(fields, pattern, options)) for kind, pattern in HARMS.items()}
        return {
            "id": f"radsafe-{_first(fields, _ID)}" if _first(fields, _ID) is not None else None,
            "question": str(question).strip(),
            "options": options,
            "answer": letter[1].upper() if letter else given,
            "context": str(_first(fields, _CLEAN) or "") or None,
            "topic": str(_first(fields, _TOPIC) or ""),
            "source": "RadSaFE-200",
            "meta": {"harm": harm, "conflict": _texts(_first(fields, _CONFLICT))},
        }

    return convert


def _options(fields: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The options by letter, and the harms that stand with them."""
    given = fields.get("options") or fields.get("choices")
    listed: list[tuple[str, Any]] = []
    if isinstance(given, Mapping):
        listed = [(str(label).strip().upper(), value) for label, value in given.items()]
    elif isinstance(given, list):
        listed = [(chr(ord("A") + place), value) for place, value in enumerate(given)]
    else:
        for letter in "abcdefghij":
            text = _first(fields, (letter, f"option_{letter}", f"option{letter}", f"choice_{letter}"))
            listed += [(letter.upper(), text)] if text is not None else []
    options: dict[str, str] = {}
    labelled: dict[str, set[str]] = {kind: set() for kind in HARMS}
    for label, value in listed:
        own = _folded(value) if isinstance(value, Mapping) else {"text": value}
        name = str(own.get("label") or own.get("letter") or label).strip().upper()
        options[name] = str(_first(own, ("text", "option", "content")) or "").strip()
        for kind, pattern in HARMS.items():
            if any(pattern.search(field) and _yes(held) for field, held in own.items() if field != "text"):
                labelled[kind].add(name)
    return options, labelled


def _in_columns(fields: Mapping[str, Any], pattern: re.Pattern[str], options: Mapping[str, str]) -> set[str]:
    """The letters of a kind of harm: of columns for one option each, and of columns that list options."""
    found: set[str] = set()
    for name, value in fields.items():
        if not pattern.search(name) or value in (None, ""):
            continue
        letter = _LETTER.search(pattern.sub("", name))
        if letter:
            found |= {letter[1].upper()} if _yes(value) else set()
        else:
            listed = value if isinstance(value, list) else re.findall(r"\b[A-Ja-j]\b", str(value))
            found |= {str(one).strip().upper() for one in listed}
    return found & set(options)


def _yes(value: Any) -> bool:
    return value is True or str(value).strip().lower() in _YES


def _texts(value: Any) -> list[str]:
    return [str(one).strip() for one in (value if isinstance(value, list) else [value]) if str(one or "").strip()]


def _folded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[\s-]+", "_", str(name).strip().lower()): value for name, value in row.items()}


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)
