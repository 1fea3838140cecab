"""`radqa model`: what a chat model is good for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from agent.inquiry.trial import Task

app = typer.Typer(help="Try chat models and show what was found.", no_args_is_help=True)
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)
Model = Annotated[str | None, typer.Option(help="Chat model: openai:NAME, anthropic:NAME, ollama:NAME; by default that of the settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


@app.command("try")
def try_(model: Model = None, as_json: AsJson = False) -> None:
    """Ask a model some twenty short tasks and keep the role that it is good for: `reason` or `quote`."""
    import asyncio

    from agent.chat.providers import chat_model
    from agent.chat.roles import keep
    from agent.chat.structured import StructuredModel
    from agent.inquiry.trial import tasks, tried
    from agent.settings import load

    settings = load(model=model, reuse=False)
    asked = StructuredModel(chat_model(settings), settings)

    def tell(number: int, task: Task, wrong: str) -> None:
        mark = f"[yellow]{escape(wrong)}[/yellow]" if wrong else "[green]right[/green]"
        err.print(f"[dim]{number:2}/{len(tasks())}[/dim] {task.kind}: {escape(task.question)}  {mark}", highlight=False, soft_wrap=True)

    trial = asyncio.run(tried(asked, settings, None if as_json else tell))
    path = keep(trial)
    if as_json:
        sys.stdout.write(json.dumps(trial.model_dump() | {"kept": str(path)}) + "\n")
        return
    shares = ", ".join(f"{kind} {share:.0%}" for kind, share in trial.right.items())
    out.print(f"{escape(trial.model)}: {shares}", highlight=False, soft_wrap=True)
    out.print(f"Role: {trial.role} (kept in {escape(str(path))}; RADQA_ROLE says otherwise)", highlight=False, soft_wrap=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the models that were tried, and their roles."""
    from agent.chat.roles import trials

    held = trials()
    if as_json:
        sys.stdout.write(json.dumps([trial.model_dump() for trial in held.values()]) + "\n")
        return
    table = Table(box=None)
    for heading in ("model", "role", "right", "asked for JSON by", "tried"):
        table.add_column(heading)
    for trial in held.values():
        right = ", ".join(f"{kind} {share:.0%}" for kind, share in trial.right.items())
        table.add_row(escape(trial.model), trial.role, right, trial.form, trial.tried)
    out.print(table if held else "No model was tried; run: radqa model try")
