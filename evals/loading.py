"""Question sets as items, in the neutral schema or a published form; a broken row is named by file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.errors import MalformedQuestionSet
from corpora.errors import MalformedDocument
from evals.adapters import converter
from evals.questions import Item
from evals.rows import Row, read_rows

Convert = Callable[[Mapping[str, Any]], dict[str, Any]]


def load(path: Path, form: str = "", on_bad: Callable[[MalformedQuestionSet], None] | None = None) -> list[Item]:
    """The items of a set, in order.

    Args:
        path: JSON Lines, JSON, CSV or TSV in the neutral schema or a published form.
        form: the published form (`evals.adapters.FORMS`); without it the first rows tell.
        on_bad: called for each broken row, and reading goes on; without it the first one is raised.

    Raises:
        MalformedQuestionSet: names file and line.
    """
    rows = read_rows(path)
    convert = converter([row for row in rows if not row.problem], path, form)
    items: list[Item] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            item = _item(path, row, convert)
            if item.id in seen:
                raise MalformedQuestionSet(str(path), row.line, f"the id {item.id!r} was used in line {seen[item.id]}")
        except MalformedQuestionSet as error:
            if on_bad is None:
                raise
            on_bad(error)
            continue
        seen[item.id] = row.line
        items.append(item)
    if not items:
        raise MalformedQuestionSet(str(path), 1, "the set holds no usable question")
    return items


def _item(path: Path, row: Row, convert: Convert) -> Item:
    if row.problem:
        raise MalformedQuestionSet(str(path), row.line, row.problem)
    try:
        fields = convert(row.fields)
        fields["id"] = fields.get("id") or f"{path.stem}-{row.line}"
        return Item.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedQuestionSet(str(path), row.line, f"{where}: {first['msg']}".removeprefix(": ")) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, MalformedDocument) as error:
        what = f"there is no field {error}" if isinstance(error, KeyError) else str(error)
        raise MalformedQuestionSet(str(path), row.line, what) from error
