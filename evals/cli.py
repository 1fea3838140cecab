"""`radqa eval run | retrieval | report | list`. Exit codes: 0 done, 1 below a floor or stopped early, 2 misuse, 130 interrupted."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from contextlib import nullcontext
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from corpora.terminal import Terminal

if TYPE_CHECKING:
    from agent.settings import Settings
    from evals.folder import RunFolder
    from evals.metrics import Figures
    from evals.run import Prepared
    from retrievers.index import PassageIndex

app = typer.Typer(help="Replay question sets, compare systems, report with intervals.", no_args_is_help=True)
_WIDE = 200
"""Columns of a table that is piped; a terminal has its own."""
out = Terminal() if sys.stdout.isatty() else Terminal(width=_WIDE)
err = Terminal(stderr=True)
RUNS = Path("evals") / "runs"
_REPORT_WITH = frozenset(("questions", "task", "form", "limit", "seed", "to", "skip_bad", "as_json"))
_REPLAYED_WITH = frozenset(("replay", "index", "concurrency", "to", "floors", "html", "as_json"))


class Task(StrEnum):
    """What a set asks."""

    question = "question"
    report = "report"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
Index = Annotated[Path | None, typer.Option("--index", help="Folder of an index; by default the embedded one.")]
Form = Annotated[str, typer.Option("--form", help="Published form of the set; by default its rows tell (see `list`).")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave broken rows out; each is named.")]
Seed = Annotated[int, typer.Option(help="Of sampling, the order of options and the bootstrap.")]


@app.command("run")
def run_command(
    context: typer.Context,
    questions: Annotated[list[Path] | None, typer.Argument(metavar="SET...", help="Question sets: JSON Lines, JSON, CSV or TSV.")] = None,
    systems: Annotated[str, typer.Option(help="Comma-separated: closed-book, single-step, agent, extractive, agent:no-PART.")] = "agent",
    ablate: Annotated[bool, typer.Option("--ablate", help="Also every agent with each of its parts off in turn.")] = False,
    model: Annotated[list[str] | None, typer.Option(help="Chat model; repeat to compare several.")] = None,
    judge: Annotated[str, typer.Option(help="A chat model that judges free text beside the other scorers.")] = "",
    index: Index = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many questions of each set, drawn under the seed.")] = None,
    images: Annotated[bool, typer.Option("--images/--no-images", help="Leave out questions that need an image.")] = True,
    seed: Seed = 0,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions at once.")] = 4,
    to: Annotated[Path | None, typer.Option("--out", help="Folder of the run; by default a new one in evals/runs.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out; nothing is asked twice.")] = False,
    replay: Annotated[Path | None, typer.Option(help="Repeat the run of this folder from its recorded model calls.")] = None,
    form: Form = "",
    task: Annotated[Task, typer.Option(help="What the set asks: questions, or the reading of reports.")] = Task.question,
    skip_bad: SkipBad = False,
    floors: Annotated[Path | None, typer.Option(help="TOML of floors; exit code 1 when a figure is below one.")] = None,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write report.html into the folder.")] = True,
    price_in: Annotated[float | None, typer.Option(min=0, help="Money for a million tokens read.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Money for a million tokens written.")] = None,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait out a model's outage, in all.")] = 600.0,
    as_json: AsJson = False,
) -> None:
    """Ask every question of every system, keep each reply as it ends, and report."""
    from agent.settings import load
    from evals import run
    from evals.systems import systems as named

    if task is Task.report:
        _check_only(context, _REPORT_WITH, "--task report, which asks no system and no model")
        _reports(questions or [], form, limit, seed, to, skip_bad=skip_bad, as_json=as_json)
        return
    if (not questions) == (replay is None):
        raise typer.BadParameter("Give a question SET, or --replay DIR.")
    if resume and to is None:
        raise typer.BadParameter("--resume needs the --out folder of the run to go on with.")
    if replay:
        _check_replay(context)
    models = model or []
    chosen = {"index": index, "model": models[0] if models else None, "price_in": price_in, "price_out": price_out}
    settings = run.replay_settings(replay, index) if replay else load(**chosen)
    folder = to or RUNS / f"{(questions[0] if questions else replay or RUNS).stem}-{datetime.now().strftime('%Y%m%d-%H%M%S')}"
    if questions:
        plan = run.Plan(sets=tuple(questions), form=form, images=images, systems=tuple(named(systems.split(","), models, ablate=ablate)),
                        judge=judge, limit=limit, seed=seed, concurrency=concurrency, patience_s=patience)  # fmt: skip
        _check_models(plan, settings)
        prepared = run.begin(plan, folder, settings, _index(settings, quiet=as_json), resume=resume, on_bad=_skipped if skip_bad else None)
    else:
        assert replay is not None
        prepared = run.replay(replay, folder, settings, _index(settings, quiet=as_json))
    stopped = _go(prepared, concurrency, patience, quiet=as_json)
    code = _finish(prepared.folder, floors, html=html, as_json=as_json)
    raise typer.Exit(stopped or code)


def _check_replay(context: typer.Context) -> None:
    """Refuse what a replay would have to ignore: it asks what was asked, of what was asked, and judges as was judged."""
    _check_only(context, _REPLAYED_WITH, "--replay, which repeats the run as it was made")


def _check_only(context: typer.Context, allowed: frozenset[str], what: str) -> None:
    """Refuse options beside those that mean something here."""
    given = {name: source.name for name in context.params if (source := context.get_parameter_source(name))}
    names = [option.opts[0] for option in context.command.params if given.get(option.name or "") == "COMMANDLINE"
             and option.name not in allowed]  # fmt: skip
    if names:
        raise typer.BadParameter(f"{', '.join(names)} cannot be given with {what}.")


def _reports(paths: list[Path], form: str, limit: int | None, seed: int, to: Path | None, *, skip_bad: bool, as_json: bool) -> None:
    """Read the reports of a set; print the figures, and with --out keep them with what was missed report by report."""
    from evals import report_forms
    from evals.folder import put_json, put_text
    from evals.progress import bar
    from evals.report_task import figures, replayed, told
    from evals.sets import sample

    if len(paths) != 1:
        raise typer.BadParameter("--task report takes one set.")
    cases = sample(report_forms.load(paths[0], form, _skipped if skip_bad else None), limit, seed)
    with bar("Reading", err, shown=not as_json) as progress:
        done = []
        for one in replayed(cases):
            done.append(one)
            progress(len(done), len(cases))
    made = {name: {"value": round(figure.value, 4), "n": figure.n} for name, figure in figures(done).items()}
    if to is not None:
        put_json(to / "metrics.json", {"set": paths[0].name, "reports": len(done), "figures": made})
        put_text(to / "reports.jsonl", "".join(json.dumps(told(one)) + "\n" for one in done))
    if as_json:
        sys.stdout.write(json.dumps({"set": paths[0].name, "reports": len(done), "figures": made}) + "\n")
    else:
        for name, figure in made.items():
            out.print(f"{name:36} {figure['value']:.3f}  (n = {figure['n']})", highlight=False)
    if any(one.failure for one in done):
        raise typer.Exit(1)


def _check_models(plan: Any, settings: Settings) -> None:
    """Refuse systems that need a model before the index is opened."""
    from evals.systems import settings_of

    for system in plan.systems:
        settings_of(system, settings)


def _skipped(error: Any) -> None:
    err.print(f"[yellow]left out[/yellow] {escape(str(error))}", highlight=False, soft_wrap=True)


def _index(settings: Settings, *, quiet: bool) -> PassageIndex:
    from agent.app import open_index

    with err.status("Opening the index", spinner="dots") if not quiet and err.is_terminal else nullcontext():
        return open_index(settings)


def _go(prepared: Prepared, concurrency: int, patience: float, *, quiet: bool) -> int:
    """Run with a live bar; 0, or the exit code of a run that stopped early. What was done is kept either way."""
    from evals.outage import RunStopped
    from evals.progress import Live
    from evals.run import Followed

    with Live(prepared, err, shown=not quiet) as live:
        try:
            asyncio.run(prepared.run(concurrency, patience, Followed(on_record=live.record, tell=live.tell)))
        except RunStopped as error:
            live.tell(str(error))
            return 1
        except KeyboardInterrupt:
            live.tell(f"Interrupted. What is done is reported; go on with --resume --out {prepared.folder.path}")
            return 130
    return 0


def _finish(folder: RunFolder, floors: Path | None, *, html: bool, as_json: bool) -> int:
    """Print the figures, then write the reports; 1 when a figure is below its floor, or a system failed at every item."""
    from evals import report

    made = report.figures_of([folder])
    _print(made, as_json=as_json)
    report.write(folder, made)
    missed = report.below(made, _floors(floors, folder.manifest().set_name)) if floors else []
    for line in missed:
        err.print(f"[red]below its floor[/red] {escape(line)}", highlight=False, soft_wrap=True)
    if html:
        report.write_html([folder], made, folder.path / "report.html")
    if not as_json:
        err.print(f"[dim]{escape(str(folder.path))}: metrics.json, items.csv{', report.html' if html else ''}[/dim]", highlight=False)
    lost = [name for name, count in made.failed.items() if made.n and count + made.missing.get(name, 0) >= made.n]
    for name in lost:
        err.print(f"[red]failed[/red] {escape(name)} answered none of {made.n} items", highlight=False, soft_wrap=True)
    return int(bool(missed or lost))


def _print(made: Figures, *, as_json: bool) -> None:
    from evals import report, tables

    if as_json:
        sys.stdout.write(json.dumps(report.as_json(made)) + "\n")
    else:
        out.print(tables.as_text(made), highlight=False)


def _floors(path: Path, set_name: str) -> dict[str, dict[str, float]]:
    """System -> figure -> floor, of the set of this name."""
    from agent.errors import InvalidSettings

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidSettings(f"The floors in {path} cannot be read: {error}.") from error
    found: dict[str, dict[str, float]] = document.get(Path(set_name).stem, {})
    if not found:
        raise InvalidSettings(f"{path} has no floors for {Path(set_name).stem!r}.", f"It has: {', '.join(document)}")
    return found


@app.command("retrieval")
def retrieval_command(
    questions: Annotated[Path, typer.Argument(metavar="SET", help="A question set with meta.relevant_docs.")],
    modes: Annotated[str, typer.Option(help="Comma-separated retrieval modes; by default all of them.")] = "",
    index: Index = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many questions, drawn under the seed.")] = None,
    seed: Seed = 0,
    form: Form = "",
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval alone: nDCG@10, recall, MRR and P@1 of each voice against gold documents."""
    from agent.settings import load
    from evals.progress import bar
    from evals.retrieval import evaluate
    from evals.sets import gather
    from retrievers.embedding import embedder
    from retrievers.factory import MODES

    settings = load(index=index)
    items = gather([questions], form, limit=limit, seed=seed, on_bad=_skipped if skip_bad else None)
    opened = _index(settings, quiet=as_json)
    chosen = [mode.strip() for mode in modes.split(",") if mode.strip()] or list(MODES)
    with bar("Retrieving", err, shown=not as_json) as progress:
        made = evaluate(items, opened, embedder(settings.embedding), chosen, seed, progress)
    if as_json:
        sys.stdout.write(json.dumps(made.as_json()) + "\n")
    else:
        from evals.tables import retrieval_text

        out.print(retrieval_text(made), highlight=False)


@app.command("report")
def report_command(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of runs; several are compared side by side.")],
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="Write the figures as CSV here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report on runs that were kept: table, JSON, CSV, HTML."""
    from evals import report
    from evals.folder import RunFolder, put_text

    runs = [RunFolder(path) for path in {path.resolve(): path for path in folders}.values()]
    made = report.figures_of(runs)
    _print(made, as_json=as_json)
    if len(runs) == 1:
        report.write(runs[0], made)
    if table:
        put_text(table, report.figures_csv(made))
    if html:
        report.write_html(runs, made, html)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the systems, the parts they can do without, the forms of sets, the packaged sets and the retrieval modes."""
    from evals import report_forms
    from evals.adapters import FORMS
    from evals.adapters.neutral import recognises
    from evals.loading import load as load_items
    from evals.rows import read_rows
    from evals.systems import KINDS, parts
    from retrievers.factory import MODES

    packaged = {path.stem: len(load_items(path)) for path in sorted(DATASETS.glob("*.jsonl")) if recognises(read_rows(path)[0].fields)}
    reports = {name: (module.__doc__ or "").split("\n")[0] for name, module in report_forms.FORMS.items()}
    forms = {name: (module.__doc__ or "").split("\n")[0] for name, module in FORMS.items()}
    found = {"systems": KINDS, "parts": [f"no-{part}" for part in parts()], "forms": forms, "report forms": reports, "sets": packaged,
             "retrieval": list(MODES)}  # fmt: skip
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for title, named in found.items():
        out.print(f"[bold]{title}[/bold]")
        for name in named:
            detail = named[name] if isinstance(named, dict) else ""
            out.print(f"  {name}  [dim]{escape(str(detail))}[/dim]", highlight=False, soft_wrap=True)


DATASETS = Path(__file__).parent / "datasets"
