"""Many reports from one file of JSON Lines into another; what is there already is not read again, so a run goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agent.errors import MalformedQuestionSet
from agent.reports.advising import Asker
from agent.reports.reading import read
from corpora.errors import InputError
from corpora.rules.system import System

Progress = Callable[[int, int], None]


class Done(NamedTuple):
    """How many reports were read now, were in the output already, and could not be read (each with its error in the output)."""

    read: int
    kept: int
    failed: int


def read_many(
    source: Path, to: Path, *, system: System | None = None, ask: Asker | None = None, masked: bool = True, progress: Progress | None = None
) -> Done:
    """Read every report of a file; one line each with `id` and `report`, or `id` and `error`.

    Raises:
        InputError: there is no such file. MalformedQuestionSet: a line is no JSON object with `text`; names file and line.
    """
    if not source.is_file():
        raise InputError(f"There is no file {str(source)!r}.")
    total = sum(1 for _ in _rows(source))
    known = _known(to)
    done, kept, failed = 0, 0, 0
    with to.open("a", encoding="utf-8") as out:
        for number, row in enumerate(_rows(source), 1):
            if row["id"] in known:
                kept += 1
            else:
                line, ok = _line(row, system, ask, masked=masked)
                out.write(line + "\n")
                out.flush()
                done, failed = done + ok, failed + (not ok)
            if progress:
                progress(number, total)
    return Done(done, kept, failed)


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    with source.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise MalformedQuestionSet(str(source), number, f"not JSON ({error.msg})") from error
            if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                raise MalformedQuestionSet(str(source), number, "not an object with `text`")
            yield {"id": str(row.get("id") or f"line-{number}"), "text": row["text"], "prior": row.get("prior")}


def _known(to: Path) -> frozenset[str]:
    """The reports that the output has already; a line that a stopped run left half written is cut off. Read line by line."""
    if not to.is_file():
        return frozenset()
    known, whole = set(), 0
    with to.open("rb+") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                lines.truncate(whole)
                break
            whole += len(line)
            if line.strip():
                known.add(json.loads(line)["id"])
    return frozenset(known)


def _line(row: dict[str, Any], system: System | None, ask: Asker | None, *, masked: bool) -> tuple[str, bool]:
    try:
        made = read(row["text"], row["prior"], system=system, ask=ask, masked=masked)
    except InputError as error:
        return json.dumps({"id": row["id"], "error": str(error)}), False
    return json.dumps({"id": row["id"], "report": made.model_dump(mode="json")}), True
