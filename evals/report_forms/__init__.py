"""Published forms of report sets, one file each; a row becomes a case with whatever gold the form has.

A module has `recognises(row)` and `converter(rows, path)` (row -> fields of `evals.reports.Case`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from agent.errors import MalformedQuestionSet
from evals.report_forms import chexpert, indiana, own, parrot, radgraph, rxl_radset
from evals.reports import Case
from evals.rows import Row, read_rows

FORMS: dict[str, ModuleType] = {
    "own": own, "radgraph": radgraph, "chexpert": chexpert, "rxl-radset": rxl_radset, "parrot": parrot, "indiana": indiana,
}  # fmt: skip


def load(path: Path, form: str = "", on_bad: Callable[[MalformedQuestionSet], None] | None = None) -> list[Case]:
    """The cases of a set, in order.

    Args:
        path: JSON Lines, JSON, CSV or TSV in one of the forms.
        form: which one; without it the first rows tell.
        on_bad: called for each broken row, and reading goes on; without it the first one is raised.

    Raises:
        MalformedQuestionSet: names file and line.
    """
    rows = read_rows(path)
    convert = _module(rows, path, form).converter([row.fields for row in rows if not row.problem], path)
    cases: dict[str, Case] = {}
    for row in rows:
        try:
            case = _case(path, row, convert)
            if case.id in cases:
                raise MalformedQuestionSet(str(path), row.line, f"the id {case.id!r} was used before")
        except MalformedQuestionSet as error:
            if on_bad is None:
                raise
            on_bad(error)
            continue
        cases[case.id] = case
    if not cases:
        raise MalformedQuestionSet(str(path), 1, "the set holds no usable report")
    return list(cases.values())


def _module(rows: list[Row], path: Path, form: str) -> ModuleType:
    if form:
        if form not in FORMS:
            raise MalformedQuestionSet(str(path), 1, f"there is no form {form!r} of reports; forms: {', '.join(FORMS)}")
        return FORMS[form]
    whole = [row for row in rows if not row.problem]
    found = next((module for row in whole[:20] for module in FORMS.values() if module.recognises(row.fields)), None)
    if found is None:
        fields = ", ".join(sorted(map(str, whole[0].fields))[:12]) if whole else "none"
        raise MalformedQuestionSet(str(path), 1, f"no form of reports has these fields: {fields}; forms: {', '.join(FORMS)}")
    return found


def _case(path: Path, row: Row, convert: Callable[[object], dict[str, object]]) -> Case:
    if row.problem:
        raise MalformedQuestionSet(str(path), row.line, row.problem)
    try:
        fields = convert(row.fields)
        case = Case.model_validate({**fields, "id": str(fields.get("id") or f"{path.stem}-{row.line}")})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedQuestionSet(str(path), row.line, f"{where}: {first['msg']}") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        what = f"there is no field {error}" if isinstance(error, KeyError) else str(error)
        raise MalformedQuestionSet(str(path), row.line, what) from error
    if not case.text.strip():
        raise MalformedQuestionSet(str(path), row.line, "the report is empty")
    return case
