"""`radqa score`: a category and its advice by hand; mounted by `agent.cli`. Exit code 2 where the values cannot be together."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from corpora.terminal import Terminal

if TYPE_CHECKING:
    from corpora.rules.scoring import Score
    from corpora.rules.system import Feature, System

out = Terminal(emoji=False)


def score_command(
    system: Annotated[str, typer.Argument(help="TI-RADS, Bosniak, Fleischner, ...; see --list.")] = "",
    features: Annotated[list[str] | None, typer.Argument(metavar="FEATURE=VALUE...", help='"size=12 mm"; "?" where unknown.')] = None,
    listed: Annotated[bool, typer.Option("--list", help="The systems, or the features of SYSTEM with their values.")] = False,
    assume: Annotated[bool, typer.Option("--assume/--no-assume", help="Take what the system assumes where nothing is said.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """Score a finding by hand: category, advice, the rows that decide, and what is still possible where a feature is missing."""
    from corpora.rules.scoring import score
    from corpora.rules.system import named, systems

    if listed or not system:
        _list([named(system)] if system else list(systems().values()), whole=bool(system), as_json=as_json)
        return
    found = score(named(system), given_by(features or []), assume=assume)
    if as_json:
        sys.stdout.write(found.model_dump_json() + "\n")
    else:
        out.print(escape(told(found)), highlight=False, soft_wrap=True)
    if found.refused:
        raise typer.Exit(2)


def given_by(features: list[str]) -> dict[str, list[str]]:
    """Feature -> the values given for it; a feature may be repeated."""
    given: dict[str, list[str]] = {}
    for item in features:
        name, separator, value = item.partition("=")
        if not separator or not name.strip():
            raise typer.BadParameter(f'{item!r} is not FEATURE=VALUE, e.g. "size=12 mm".')
        given.setdefault(name.strip(), []).append(value)
    return given


def told(found: Score) -> str:
    """A score as lines of text: what is certain, what is possible and what decides, the steps with their rows, the source."""
    lines = [f"{found.name}: {_outcome(found)}"]
    if found.refused:
        return f"{lines[0]}\n  {found.refused}"
    if found.managements:
        lines.append(f"  advice: {found.management or ' | or: '.join(found.managements)}")
    lines += [f"  {found.uncovered}"] if found.uncovered else []
    lines += [f"  decides: {', '.join(found.deciding)} (not given)"] if found.deciding else []
    lines += [f"  assumed: {name} {value}" for name, value in found.assumed.items()]
    for step in found.steps:
        values = found.points if step.gives == "points" else " or ".join(step.values)
        lines.append(f"  {step.gives}: {values or 'no row'}")
        lines += [f"    {row.spoken}" for row in step.rows[:_SHOWN]]
        lines += [f"    and {len(step.rows) - _SHOWN} more rows"] if len(step.rows) > _SHOWN else []
    lines += [f"  note: {note}" for note in found.notes]
    source = found.source
    return "\n".join([*lines, *([f"  source: {source.title} ({source.year}) {source.link}"] if source else [])])


_SHOWN = 6
"""Rows of a step that are printed; --json gives all."""


def _outcome(found: Score) -> str:
    if found.refused:
        return "refused"
    if found.category:
        points = f" ({found.points})" if found.points else ""
        return f"{found.category}{points}"
    return f"possible: {', '.join(found.possible)}" if found.possible else found.management or "not decided"


def _list(which: list[System], *, whole: bool, as_json: bool) -> None:
    if as_json:
        shown = [system.model_dump(mode="json", exclude={"tables", "refused"}) for system in which]
        sys.stdout.write(json.dumps(shown) + "\n")
        return
    table = Table(box=None)
    for heading in ("feature", "values") if whole else ("system", "features", "card"):
        table.add_column(heading)
    for system in which:
        if whole:
            for feature in system.features:
                table.add_row(feature.id, escape(_values(feature)))
        else:
            table.add_row(system.name, escape(", ".join(feature.id for feature in system.features)), system.card)
    out.print(table)


def _values(feature: Feature) -> str:
    shown = ", ".join(feature.values) if feature.values else feature.dimension
    several = " (one or more)" if feature.several else ""
    return shown + several + (f"; assumed: {feature.assume}" if feature.assume else "")
