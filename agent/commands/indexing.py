"""`radqa index build`, `info`, `verify`; mounted by `agent.cli`."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from corpora.errors import MalformedDocument
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from agent.settings import Settings
    from corpora.gathering import Gathered
    from corpora.types import Document
    from retrievers.index import Manifest

app = typer.Typer(help="Build, look at and check indexes.", no_args_is_help=True)
out = Terminal(emoji=False)  # what a source says between colons is no emoji
err = Terminal(stderr=True, emoji=False)
_SHOWN = 20
"""Lines of one kind that are printed; --json gives all."""
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


@app.command("build")
def build_index(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders of Markdown, text, PDF, Word, PowerPoint, Excel, HTML, CSV, JSON Lines, JATS XML, E3C JSON, or what "
            "`corpus pull` brought."
        ),
    ] = None,
    to: Annotated[Path, typer.Option("--out", help="Folder for the index.")] = ...,  # type: ignore[assignment]
    no_embedded: Annotated[bool, typer.Option("--no-embedded", help="Leave the embedded guidelines and cases out.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Succeed although broken files or rows were left out.")] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option("--engine", help="ray: by several processes, or the cluster of RAY_ADDRESS (extra ray).")
    ] = "local",
    workers: Annotated[int, typer.Option("--workers", min=0, max=1024, help="Processes of --engine ray; 0: one per core.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Build an index from your documents and, unless told otherwise, the embedded corpus.

    What cannot be read is left out and named, the rest is built; the exit code is then 1 unless --skip-bad is given.
    """
    from corpora import embedded
    from retrievers.index import stamp_of_embedded

    if no_embedded and not sources:
        raise typer.BadParameter("Nothing to index: give files or folders, or leave --no-embedded out.")
    packaged = [] if no_embedded else list(embedded.documents())
    stamp = "" if no_embedded or sources else stamp_of_embedded()
    if engine == "ray":
        gathered, manifest = _built_by_ray(sources or [], packaged, to, stamp, workers, quiet=as_json)
    else:
        gathered, manifest = _built_here(sources or [], packaged, to, stamp, quiet=as_json)
    if as_json:
        beside = {"left_out": _listed(gathered.left_out), "not_read": _listed(gathered.not_read)}
        sys.stdout.write(json.dumps(manifest.model_dump(mode="json", exclude={"files"}) | beside) + "\n")
    else:
        said = f"{manifest.documents} documents, {manifest.passages} passages, {manifest.embedded_now} embedded now, in {to}"
        out.print(escape(said + _summary(gathered)), highlight=False, soft_wrap=True)
    if not (gathered.whole or skip_bad):
        raise typer.Exit(1)


def _built_here(sources: list[Path], packaged: list[Document], to: Path, stamp: str, *, quiet: bool) -> tuple[Gathered, Manifest]:
    from corpora.gathering import gather
    from retrievers.embedding import embedder
    from retrievers.index import build

    gathered = gather(sources, packaged)
    if not quiet:
        _tell(gathered)
    with progress_bar("Embedding", shown=not quiet) as progress:
        model = embedder(_settings().embedding)
        return gathered, build([*packaged, *gathered.documents], to, model, progress=progress, embedded_stamp=stamp)


def _built_by_ray(
    sources: list[Path], packaged: list[Document], to: Path, stamp: str, workers: int, *, quiet: bool
) -> tuple[Gathered, Manifest]:
    """In partitions, which are kept until the index is in its place."""
    from corpora.disk import one_writer
    from corpora.gathering import Gathering
    from corpora.readers import listed
    from retrievers.embedding import embedder
    from retrievers.index import build
    from retrievers.partitions import FOLDER, Merged, partitioned
    from retrievers.spread import spread

    model, gathering = embedder(_settings().embedding), Gathering(packaged)
    with one_writer(to / f"{FOLDER}.lock", f"Another build is writing into {to}. Wait for it, or give another folder."):
        partitions = partitioned(listed(sources, gathering.tell), packaged, model)
        with progress_bar("Partitions", shown=not quiet) as progress:
            spread(partitions, to / FOLDER, _settings().embedding, workers, progress)
        merged = Merged(partitions, to / FOLDER, packaged, gathering)
        if not quiet:
            _tell(gathering.gathered)
        manifest = build(merged.documents, to, model, embedded_stamp=stamp, prepared=merged.prepared)
        shutil.rmtree(to / FOLDER, ignore_errors=True)
    return gathering.gathered, manifest


def _listed(problems: Sequence[MalformedDocument]) -> list[dict[str, Any]]:
    return [{"path": problem.path, "line": problem.line, "reason": problem.reason} for problem in problems]


def _tell(gathered: Gathered) -> None:
    """Each file that was left out or not read, on stderr; long lists are cut and counted."""
    for label, problems in (("left out", gathered.left_out), ("not read", gathered.not_read)):
        for problem in problems[:_SHOWN]:
            err.print(f"[yellow]{label}[/yellow] {escape(str(problem))}", highlight=False, soft_wrap=True)
        if rest := problems[_SHOWN:]:
            endings = Counter(Path(problem.path).suffix.lower() or "no ending" for problem in rest)
            kinds = ", ".join(f"{count} {ending}" for ending, count in endings.most_common())
            err.print(f"[yellow]{label}[/yellow] {len(rest)} more ({escape(kinds)}); --json lists all", highlight=False)


def _summary(gathered: Gathered) -> str:
    said = f"; {len(gathered.left_out)} left out because they cannot be read" if gathered.left_out else ""
    return said + (f"; {len(gathered.not_read)} not read or read in part" if gathered.not_read else "")


@app.command("info")
def describe_index(
    directory: Annotated[Path | None, typer.Argument(help="Folder of an index; by default the embedded one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what an index holds."""
    from retrievers.index import PassageIndex

    manifest = PassageIndex.open(directory or _settings().index_folder).manifest
    if as_json:
        sys.stdout.write(manifest.model_dump_json() + "\n")
        return
    table = Table(show_header=False, box=None)
    for name, value in (
        ("documents", f"{manifest.documents} ({', '.join(f'{count} {kind}' for kind, count in manifest.kinds.items())})"),
        ("passages", str(manifest.passages)),
        ("model", f"{manifest.model} ({manifest.model_fingerprint}), {manifest.dimensions} dimensions"),
        ("corpus", manifest.corpus_hash),
        ("licences", ", ".join(f"{name} ({count})" for name, count in manifest.licences.items())),
        ("size", f"{sum(stamp.size for stamp in manifest.files.values()) / 1e6:.1f} MB"),
    ):
        table.add_row(name, escape(value))
    out.print(table)


@app.command("verify")
def verify_index(directory: Annotated[Path | None, typer.Argument(help="Folder of an index; by default the embedded one.")] = None) -> None:
    """Check an index: every file's hash, every passage's offsets, every vector's place."""
    from retrievers.index import verify

    folder = directory or _settings().index_folder
    problems = verify(folder)
    for problem in problems:
        err.print(f"[red]problem[/red] {escape(problem)}", highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    out.print(f"{escape(str(folder))}: sound", highlight=False, soft_wrap=True)


def _settings() -> Settings:
    from agent.settings import load

    return load()


@contextmanager
def progress_bar(label: str, *, shown: bool) -> Iterator[Any]:
    """A bar on stderr that appears while something takes long; a spinner until there is something to count."""
    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not shown or not err.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
