"""The command line of what a corpus is made of, `radqa corpus`; mounted by `agent.cli`.

Open collections (`list`, `pull`, `check`), cards (`lint`, `new`), and a user's own UMLS (`umls`).
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from corpora.concepts.table import GROUPS
from corpora.licence_codes import CODES
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from corpora.sources.protocol import Collection
    from corpora.sources.pull import Progress as Told
    from corpora.sources.pull import Pulled

app = typer.Typer(help="Pull open collections for `radqa index build`; check and begin cards; bring your own UMLS.", no_args_is_help=True)
out = Terminal()
err = Terminal(stderr=True)
_SHOWN = 5

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


@app.command("list")
def list_collections(as_json: AsJson = False) -> None:
    """List the collections that can be pulled, with their licences."""
    from corpora.sources import collections

    known = [collection.about for collection in collections().values()]
    if as_json:
        sys.stdout.write(json.dumps([about.model_dump(mode="json") for about in known]) + "\n")
        return
    for about in known:
        query = ' --query "..."' if about.needs_query else ""
        table = Table(show_header=False, box=None, padding=(0, 1, 0, 3))
        for name, value in (
            ("holds", about.holds),
            ("licence", about.licence),
            ("cite", about.citation),
            ("home", about.homepage),
            ("pull", f"radqa corpus pull {about.name}{query} --out DIR"),
        ):
            table.add_row(name, escape(value))
        out.print(f"[bold]{about.name}[/bold]  {escape(about.title)}", highlight=False)
        out.print(table)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A collection, see `radqa corpus list`.")],
    query: Annotated[str, typer.Option(help="What to look for, in the collection's own query language.")] = "",
    accepted: Annotated[
        list[str] | None, typer.Option("--license", "--licence", help=f"A licence to keep, repeat for each: {', '.join(CODES)}.")
    ] = None,
    most: Annotated[int, typer.Option("--max", min=1, help="How many documents the folder holds at the end, at most.")] = 2000,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the documents; by default one named like the collection.")] = None,
    contact: Annotated[
        str, typer.Option(envvar="RADQA_CONTACT", help="Your mail address, told to the source so that it can write instead of blocking.")
    ] = "",
    rate: Annotated[
        float | None, typer.Option(min=0.01, max=50, help="Requests a second, at most; by default what the source asks.")
    ] = None,
    endpoint: Annotated[str, typer.Option(help="Another address of the same interface, e.g. a mirror.")] = "",
    as_json: AsJson = False,
) -> None:
    """Pull a collection into a folder. Run it again after an interruption: what is there and sound is not fetched again."""
    from corpora.sources.protocol import Wanted
    from corpora.sources.pull import pull as bring
    from corpora.sources.wire import Wire

    collection = _collection(name, endpoint)
    if collection.about.needs_query and not query.strip():
        raise typer.BadParameter(f"{name} is too large to pull whole: say what to look for with --query.")
    wanted = Wanted(query=query.strip(), licences=_codes(accepted) or collection.about.accepts, most=most)
    folder = to or Path(name)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # each retry would be a line of its own beside the bar
    with Wire(name, rate or collection.about.rate, contact) as wire, _progress(f"Pulling {name}", shown=not as_json) as told:
        pulled = bring(collection, wanted, folder, wire, told)
    if as_json:
        sys.stdout.write(pulled.model_dump_json() + "\n")
    else:
        _tell(pulled, wanted.licences)
    if not pulled.complete:
        raise typer.Exit(1)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A folder that was pulled.")],
) -> None:
    """Check a pulled folder: every kept file is there and has the checksum it came with."""
    from corpora.sources.pull import problems

    found = problems(folder)
    for problem in found:
        err.print(f"[red]problem[/red] {escape(problem)}", highlight=False, soft_wrap=True)
    if found:
        err.print("Run the pull again to fetch these anew.")
        raise typer.Exit(1)
    out.print(f"{escape(str(folder))}: sound", highlight=False, soft_wrap=True)


@app.command()
def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Cards or folders of cards; by default the packaged ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a reader would stumble over in cards; fails where a card breaks the form."""
    from corpora.lint import lint as findings

    if missing := [path for path in paths or () if not path.exists()]:
        raise typer.BadParameter(f"{missing[0]} is not there.")
    found = findings(paths or ())
    if as_json:
        sys.stdout.write(json.dumps([one.model_dump() for one in found]) + "\n")
    else:
        for one in found:
            out.print(f"{escape(str(one))}{' [red](error)[/red]' * one.error}", highlight=False, soft_wrap=True)
        broken = sum(one.error for one in found)
        err.print(f"{broken} errors, {len(found) - broken} further findings", highlight=False)
    if any(one.error for one in found):
        raise typer.Exit(1)


@app.command()
def new(
    kind: Annotated[str, typer.Argument(help="What the topic is: disease, sign, differential, anatomy, technique, ...")],
    name: Annotated[str, typer.Argument(metavar="ID", help="The card's id, which is its file's name: words joined by hyphens.")],
    subspecialty: Annotated[str, typer.Option(help="Whose topic it is; the folder that the card belongs into.")],
    to: Annotated[Path | None, typer.Option("--out", help="The file to write; by default SUBSPECIALTY/ID.md.")] = None,
) -> None:
    """Begin a topic card: front matter and the sections that its kind may have."""
    from datetime import date

    from corpora.errors import FolderUnwritable
    from corpora.lint import empty
    from corpora.readers.cards import Subspecialty
    from corpora.readers.topics import SECTIONS

    for given, known, what in ((kind, tuple(SECTIONS), "kind of topic"), (subspecialty, get_args(Subspecialty), "subspecialty")):
        if given not in known:
            raise typer.BadParameter(f"{given!r} is no {what}; these are: {', '.join(known)}.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise typer.BadParameter(f"{name!r} is no id: lower-case words and digits joined by hyphens.")
    path = to or Path(subspecialty) / f"{name}.md"
    if path.exists():
        raise typer.BadParameter(f"{path} is there already.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(empty(kind, name, subspecialty, date.today()), encoding="utf-8")
    except OSError as error:
        raise FolderUnwritable(f"{path} cannot be written: {error}.") from error
    out.print(f"{escape(str(path))} begun; fill it, then: radqa corpus lint {escape(str(path))}", highlight=False, soft_wrap=True)


@app.command()
def umls(
    folder: Annotated[Path, typer.Argument(metavar="META", help="The META folder of your own licensed UMLS release.")],
    to: Annotated[Path, typer.Option("--out", help="The vocabulary to write, e.g. umls.txt.xz.")],
    language: Annotated[str, typer.Option(help="Language of the terms, as the UMLS names it.")] = "ENG",
    groups: Annotated[
        list[str] | None, typer.Option("--group", help=f"A semantic group to keep, repeat for each: {', '.join(GROUPS)}.")
    ] = None,
) -> None:
    """Turn your own licensed UMLS into the vocabulary that radqa links with."""
    from corpora.concepts.mrconso import GROUPS_BY_DEFAULT, convert
    from corpora.errors import FolderUnwritable

    if unknown := [name for name in groups or () if name not in GROUPS]:
        raise typer.BadParameter(f"{unknown[0]!r} is no semantic group; these are: {', '.join(GROUPS)}.")
    try:
        count = convert(folder, to, language=language.upper(), groups=groups or GROUPS_BY_DEFAULT)
    except OSError as error:
        raise FolderUnwritable(f"{to} cannot be written: {error}.") from error
    out.print(f"{count} concepts in {to}; they stay under your UMLS licence", highlight=False, soft_wrap=True)
    out.print(f"Next: export RADQA_VOCABULARY={to.resolve()}, then build your indexes again", highlight=False, soft_wrap=True)


def _collection(name: str, endpoint: str) -> Collection:
    from corpora.sources import collections

    known = collections(endpoint)
    if name not in known:
        raise typer.BadParameter(f"There is no collection {name!r}; these are: {', '.join(known)}.")
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise typer.BadParameter(f"{endpoint!r} is no address: it starts with https:// or http://.")
    return known[name]


def _codes(given: list[str] | None) -> tuple[str, ...]:
    """Licence codes, however they were written ("CC BY 4.0", "cc-by", "cc-by,cc0")."""
    from corpora.licences import licence

    codes = []
    for word in (part.strip() for item in given or [] for part in item.split(",")):
        found = licence(word)
        if found is None or found.code not in CODES:
            raise typer.BadParameter(f"{word!r} is no licence under which a copy may be kept; these are: {', '.join(CODES)}.")
        codes.append(found.code)
    return tuple(dict.fromkeys(codes))


def _tell(pulled: Pulled, codes: tuple[str, ...]) -> None:
    from corpora.licences import Licence

    out.print(f"{pulled.kept} documents in {escape(pulled.folder)}, {pulled.new} of them new", highlight=False, soft_wrap=True)
    for reason, count in pulled.refused.items():
        out.print(f"[yellow]refused[/yellow] {count}: {escape(reason)}", highlight=False, soft_wrap=True)
    for label, lines in (("left out", pulled.unreadable), ("failed", pulled.failed)):
        for line in lines[:_SHOWN]:
            err.print(f"[yellow]{label}[/yellow] {escape(line)}", highlight=False, soft_wrap=True)
        if len(lines) > _SHOWN:
            err.print(f"[yellow]{label}[/yellow] {len(lines) - _SHOWN} more", highlight=False)
    for code in codes:
        if pulled.kept and (terms := Licence(code=code).terms):
            out.print(f"{Licence(code=code).name} asks: {terms}", highlight=False, soft_wrap=True)
    if pulled.failed:
        err.print("Run it again to fetch what failed.")
    elif pulled.kept:
        out.print(f"Next: radqa index build {escape(pulled.folder)} --out INDEX", highlight=False, soft_wrap=True)


@contextmanager
def _progress(label: str, *, shown: bool) -> Iterator[Told]:
    """A bar on stderr, on terminals only."""
    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not shown or not err.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
