"""Published forms of question sets, one file each; the neutral schema is the one that none of them recognises.

A module has `recognises(row)` (is this row of its form?) and `converter(rows, path)` (row -> fields of `evals.questions.Item`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from agent.errors import MalformedQuestionSet
from evals.adapters import beir, bioasq, medmcqa, medqa, medxpertqa, mmlu, neutral, pubmedqa, radbench, radioqa, radsafe, rxl_radset
from evals.rows import Row

FORMS: dict[str, ModuleType] = {
    "neutral": neutral,
    "medmcqa": medmcqa,
    "medqa": medqa,
    "pubmedqa": pubmedqa,
    "mmlu": mmlu,
    "bioasq": bioasq,
    "medxpertqa": medxpertqa,
    "radbench": radbench,
    "rxl-radset": rxl_radset,
    "radsafe": radsafe,
    "radioqa": radioqa,
    "beir": beir,
}


def converter(rows: Sequence[Row], path: Path, form: str = "") -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The converter of the form that is named, or of the first one that recognises a row.

    Raises:
        MalformedQuestionSet: there is no such form, or no row is of any.
    """
    if form:
        if form not in FORMS:
            raise MalformedQuestionSet(str(path), 1, f"there is no form {form!r}; forms: {', '.join(FORMS)}")
        chosen = FORMS[form]
    else:
        found = next((module for row in rows[:20] for module in FORMS.values() if module.recognises(row.fields)), None)
        if found is None:
            fields = ", ".join(sorted(rows[0].fields)[:12]) if rows else "none"
            raise MalformedQuestionSet(
                str(path), rows[0].line if rows else 1, f"no form has these fields: {fields}; forms: {', '.join(FORMS)}"
            )
        chosen = found
    made: Callable[[Mapping[str, Any]], dict[str, Any]] = chosen.converter(rows, path)
    return made
