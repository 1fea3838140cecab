"""The command line: `radqa ask`, `report`, `score`, `search`, `concepts`, `index`, `corpus`, `doctor`.

Exit codes: 0 done, 1 failed, 2 misuse.
"""

from __future__ import annotations

import codecs
import gc
import io
import json
import os
import sys
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.markup import escape
from rich.table import Table

from agent.commands.adding import add_url
from agent.commands.entry_points import Commands
from agent.commands.indexing import app as index_app
from agent.commands.indexing import progress_bar
from agent.commands.model import app as model_app
from agent.commands.storing import app as store_app
from agent.reports.report_command import report_command
from agent.reports.score_command import score_command
from corpora.cli import app as corpus_app
from corpora.errors import InputError, MissingCorpus, RadqaError, SetupError
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from agent.app import RadiologyAgent
    from agent.settings import Settings
    from agent.types import Answer


app = typer.Typer(
    cls=Commands,
    help="Radiology questions answered with evidence. Written by software, which is no medical device: it supports clinical judgement "
    "and does not replace it (INTENDED_USE.md).",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(index_app, name="index")
app.add_typer(corpus_app, name="corpus")
app.add_typer(model_app, name="model")
app.add_typer(store_app, name="store")
corpus_app.command("add-url")(add_url)
app.command("report")(report_command)
app.command("score")(score_command)
out = Terminal(emoji=False)  # what a source says between colons is no emoji
err = Terminal(stderr=True, emoji=False)


class SearchMode(StrEnum):
    """Which voice to hear alone, or all of them fused."""

    dense = "dense"
    lexical = "lexical"
    concept = "concept"
    hybrid = "hybrid"


class Fallback(StrEnum):
    """What answers when the chat model fails for good."""

    extractive = "extractive"


class Preset(StrEnum):
    """How much work a question is worth."""

    fast = "fast"
    thorough = "thorough"
    offline = "offline"


Index = Annotated[Path | None, typer.Option("--index", help="Folder of an index; by default the embedded one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in one string.")],
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help='An answer to choose from, "A=Bosniak II"; repeat for each.')
    ] = None,
    report: Annotated[str | None, typer.Option(help="A file with the report the question is about, or - for standard input.")] = None,
    as_json: AsJson = False,
    trace: Annotated[bool, typer.Option("--trace", help="Tell every step on stderr.")] = False,
    model: Annotated[str | None, typer.Option(help="Chat model: openai:NAME, anthropic:NAME, ollama:NAME; by default none.")] = None,
    index: Index = None,
    preset: Annotated[Preset | None, typer.Option(help="fast, thorough or offline.")] = None,
    web: Annotated[bool | None, typer.Option("--web/--no-web", help="Ask live sources too; by default as the settings say.")] = None,
    fallback: Annotated[Fallback | None, typer.Option(help="What answers when the chat model fails for good.")] = None,
    thread: Annotated[str, typer.Option(help="Name of a conversation: follow-ups are read with the question before them.")] = "",
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="Proven sentences only, nothing of the model's own knowledge.")
    ] = None,
) -> None:
    """Ask a question and print the answer with its sources."""
    options, text = _options(option or []), _report(report)
    _check_question(question, options, text)
    chosen = {"preset": preset.value if preset else None, "fallback": fallback.value if fallback else None}
    settings = _settings(model=model, index=index, web=None if web is None else {"on": web}, strict=strict, **chosen)
    answer = _answer(settings, question, options, text, thread, trace=trace, quiet=as_json)
    if as_json:
        from agent.render import as_json as document

        sys.stdout.write(json.dumps(document(answer)) + "\n")
    else:
        out.print(escape(str(answer)), highlight=False, soft_wrap=True)


@app.command()
def resume(
    thread: Annotated[str, typer.Argument(help="Name of the conversation.")],
    as_json: AsJson = False,
    model: Annotated[str | None, typer.Option(help="Chat model: openai:NAME, anthropic:NAME, ollama:NAME; by default none.")] = None,
    index: Index = None,
) -> None:
    """Answer what a process that was killed left unanswered in a conversation (`radqa ask --thread`)."""
    import asyncio

    agent = _agent(_settings(model=model, index=index), quiet=as_json)

    async def resumed() -> list[Answer]:
        try:
            return await agent.resume(thread)
        finally:
            await agent.aclose()

    answers = asyncio.run(resumed())
    if as_json:
        from agent.render import as_json as document

        sys.stdout.write(json.dumps([document(answer) for answer in answers]) + "\n")
        return
    for answer in answers:
        out.print(f"{escape(answer.question.text)}\n{escape(str(answer))}\n", highlight=False, soft_wrap=True)
    if not answers:
        err.print(f"Nothing was left unanswered in {escape(thread)}.", highlight=False)


def _check_question(question: str, options: dict[str, str] | None, report: str) -> None:
    """Refuse bad input before anything heavy is loaded."""
    from agent.types import Question

    Question.of(question, options, report)


def _answer(
    settings: Settings, question: str, options: dict[str, str] | None, report: str, thread: str, *, trace: bool, quiet: bool
) -> Answer:
    import asyncio
    import logging

    from agent.types import TraceEvent

    logging.getLogger("stamina").setLevel(logging.ERROR)  # what is tried again stands in the trace

    async def run() -> Answer:
        async with aclosing(agent.astream(question, options, report, thread)) as stream:
            async for item in stream:
                if not isinstance(item, TraceEvent):
                    return item
                if not trace and not quiet and "leaves" in item.data:
                    err.print(f"[dim]{escape(item.detail)}[/dim]", highlight=False, soft_wrap=True)
                if trace:
                    where = f" {item.facet_id}" if item.facet_id else ""
                    err.print(
                        f"[dim]{item.seconds:6.2f} s[/dim] [bold]{item.stage}[/bold]{escape(where)}  {escape(item.detail)}",
                        highlight=False,
                        soft_wrap=True,
                    )
        raise AssertionError("the graph ended without an answer")

    async def run_and_close() -> Answer:
        try:
            return await run()
        finally:
            await agent.aclose()

    agent = _agent(settings, quiet=quiet)
    return asyncio.run(run_and_close())


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 5,
    mode: Annotated[SearchMode, typer.Option(help="One voice, or all of them fused.")] = SearchMode.hybrid,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only guideline, topic, case or a kind of topic (disease, sign); repeat for each.")
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Search the index and print passages."""
    import asyncio

    from corpora.types import SourceKind, TopicKind
    from retrievers.fusion import Gated
    from retrievers.types import Filters, Query

    if not query.strip():
        raise typer.BadParameter("The query is empty.")
    known = (*get_args(SourceKind), *get_args(TopicKind))
    if unknown := [name for name in kind or () if name not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is no kind; these are: {', '.join(known)}.")
    wanted = Query(text=query.strip(), k=k, filters=Filters.model_validate({"kinds": tuple(kind or ())}))
    agent = _agent(_settings(index=index), quiet=as_json)
    voice = agent.retriever(mode.value)
    hits = asyncio.run(voice.retrieve(wanted))
    if as_json:
        sys.stdout.write(json.dumps([hit.model_dump(mode="json") | {"shown": hit.passage.shown} for hit in hits]) + "\n")
        return
    for number, hit in enumerate(hits, 1):
        source = hit.passage.source
        ranks = ", ".join(f"{rank.retriever} {rank.rank}" for rank in hit.ranks)
        details = " · ".join(part for part in (escape(hit.passage.section), f"{hit.score:.3f}", ranks) if part)
        out.print(
            f"[bold]{number}. {escape(source.title)}[/bold] [dim]{details}[/dim]",
            highlight=False,
            soft_wrap=True,
        )
        out.print(f"   {escape(hit.passage.shown[:500])}", highlight=False, soft_wrap=True)
        out.print(f"   [dim]{escape(source.rests_on)}[/dim]", highlight=False, soft_wrap=True)
        if hit.why:
            out.print(f"   [dim]{escape(hit.why)}[/dim]", highlight=False, soft_wrap=True)
    if not hits:
        unlinked = isinstance(voice, Gated) and not voice.trust(wanted)
        why = ": no concept was linked in the query; try --mode hybrid" if unlinked else ""
        out.print(f"Nothing found{why}.")


@app.command()
def concepts(
    text: Annotated[str, typer.Argument(help="A text to link, or - for standard input.")],
    as_json: AsJson = False,
) -> None:
    """Show the concepts linked in a text: where, which, how sure, and what the text says of each."""
    from corpora.concepts.linker import linker

    text = sys.stdin.read() if text == "-" else text
    if not text.strip():
        raise typer.BadParameter("The text is empty.")
    mentions = linker().link(text)
    if as_json:
        sys.stdout.write(json.dumps([mention.model_dump() for mention in mentions]) + "\n")
        return
    table = Table(box=None)
    for heading in ("text", "place", "concept", "name", "group", "score", "assertion"):
        table.add_column(heading)
    for mention in mentions:
        place = f"{mention.start}-{mention.end}"
        table.add_row(
            escape(mention.text), place, mention.cui, escape(mention.name), mention.group, f"{mention.score:.2f}", mention.assertion
        )
    out.print(table if mentions else "No concepts found.")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, which model and index are used, what is missing and how to get it."""
    from agent.commands.doctor import examine

    findings = examine()
    if as_json:
        sys.stdout.write(json.dumps([finding.model_dump() for finding in findings]) + "\n")
    else:
        table = Table(show_header=False, box=None)
        marks = {"good": "[green]ok[/green]", "missing": "[yellow]--[/yellow]", "broken": "[red]!![/red]"}
        for finding in findings:
            table.add_row(
                marks[finding.state], escape(finding.name), escape(finding.detail + (f"  {finding.remedy}" if finding.remedy else ""))
            )
        out.print(table)
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def _options(given: list[str]) -> dict[str, str] | None:
    options: dict[str, str] = {}
    for item in given:
        label, separator, text = item.partition("=")
        if not separator:
            raise typer.BadParameter(f'{item!r} is not LABEL=TEXT, e.g. --option "A=Bosniak II".')
        if label.strip() in options:
            raise typer.BadParameter(f"Option {label.strip()!r} is given twice.")
        options[label.strip()] = text
    return options or None


def _report(where: str | None) -> str:
    if where is None:
        return ""
    if where == "-":
        return sys.stdin.read()
    from corpora.readers.text import decode

    if not Path(where).is_file():
        raise typer.BadParameter(f"There is no report file {where!r}.")
    return decode(Path(where))


def _settings(**chosen: Any) -> Settings:
    from agent.settings import load

    return load(**chosen)


def _agent(settings: Settings, *, quiet: bool) -> RadiologyAgent:
    """A ready agent. What is loaded stays for good: collecting garbage meanwhile, and walking it all at exit, would cost seconds."""
    gc.disable()
    from agent.app import RadiologyAgent

    with progress_bar("Preparing", shown=not quiet) as progress:
        agent = RadiologyAgent(settings, progress=progress)
        agent.warm()
    gc.enable()
    return agent


def main() -> None:
    """Entry point: errors become one clear line and an exit code."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    printable()
    try:
        app(standalone_mode=True)
    except (InputError, MissingCorpus) as error:
        _fail(error, 2)
    except SetupError as error:
        from agent.errors import InvalidSettings
        from corpora.errors import MissingExtra
        from retrievers.errors import MissingModel

        _fail(error, 2 if isinstance(error, (InvalidSettings, MissingModel, MissingExtra)) else 1)
    except RadqaError as error:
        _fail(error, 1)


def printable() -> None:
    """Let any console print anything: what it has no sign for (cp1252, halves of characters) becomes the escape that JSON reads."""
    codecs.register_error("radqa", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="radqa")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)), error.end


def _fail(error: RadqaError, code: int) -> None:
    err.print(f"[red]error[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
