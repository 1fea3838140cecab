"""`radqa report`: a report's findings with advice, as text, JSON or a structured report; mounted by `agent.cli`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from corpora.errors import InputError
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from agent.reports.advising import Asker
    from agent.reports.types import ReadReport
    from corpora.rules.system import System

out = Terminal(emoji=False)
err = Terminal(stderr=True, emoji=False)


class Template(StrEnum):
    """How a structured report is written out."""

    markdown = "markdown"
    json = "json"
    fhir = "fhir"
    impression = "impression"


def report_command(
    report: Annotated[str, typer.Argument(help="A file with the report, or - for standard input.")] = "",
    prior: Annotated[str | None, typer.Option(help="An earlier report of the patient, to compare with.")] = None,
    system: Annotated[str, typer.Option(help="Use only this scoring system; see `radqa score --list`.")] = "",
    template: Annotated[
        Template | None, typer.Option(help="Write a structured report: markdown, json, fhir, or the impression alone.")
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask the library about findings that no scoring rules are for; takes longer.")
    ] = False,
    identifiers: Annotated[bool, typer.Option("--keep-identifiers", help="Leave patient identifiers as they stand.")] = False,
    many: Annotated[
        Path | None, typer.Option("--jsonl", help="Many reports: JSON Lines with `text`, and `id` and `prior` where there are.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="With --jsonl: the file to add to; what is in it is not read again.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of what --json prints.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """Read a report: a row per finding with category, advice and source; nothing of it is dropped silently."""
    from agent.reports.types import ReadReport

    if schema:
        sys.stdout.write(json.dumps(ReadReport.model_json_schema()) + "\n")
        return
    wanted, asker = _system(system), _asker() if ask else None
    if many is not None:
        _many(many, to, wanted, asker, masked=not identifiers)
        return
    if not report:
        raise typer.BadParameter("Give a file with the report, or - for standard input.")
    from agent.reports.reading import read

    text = _text(report)
    made = read(text, _text(prior) if prior else None, system=wanted, ask=asker, masked=not identifiers)
    if template is not None:
        sys.stdout.write(_written(made, template) + "\n")
    elif as_json:
        sys.stdout.write(made.model_dump_json() + "\n")
    else:
        from agent.reports.told import told

        out.print(escape(told(made)), highlight=False, soft_wrap=True)


def _written(made: ReadReport, template: Template) -> str:
    from agent.reports import structured

    match template:
        case Template.markdown:
            return structured.markdown(made)
        case Template.json:
            return structured.structure(made).model_dump_json()
        case Template.fhir:
            return json.dumps(structured.fhir(made))
        case Template.impression:
            return "\n".join(line.text for line in structured.impression(made.findings))


def _many(source: Path, to: Path | None, wanted: System | None, asker: Asker | None, *, masked: bool) -> None:
    from agent.commands.indexing import progress_bar
    from agent.reports.many import read_many

    if to is None:
        raise typer.BadParameter("--jsonl needs --out, the file to write to.")
    with progress_bar("Reading", shown=True) as progress:
        done = read_many(source, to, system=wanted, ask=asker, masked=masked, progress=progress)
    err.print(
        f"{done.read} read, {done.kept} were there already, {done.failed} failed, in {escape(str(to))}", highlight=False, soft_wrap=True
    )
    if done.failed:
        raise typer.Exit(1)


def _text(where: str) -> str:
    if where == "-":
        return sys.stdin.read()
    from corpora.readers.text import decode

    if not Path(where).is_file():
        raise InputError(f"There is no report file {where!r}.")
    return decode(Path(where))


def _system(name: str) -> System | None:
    from corpora.rules.system import named

    return named(name) if name else None


def _asker() -> Asker:
    """The agent with the settings in force; loaded at the first question, since most reports need none."""
    from agent.reports.asking import lazily

    return lazily()
