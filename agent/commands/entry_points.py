"""Commands that higher layers add to `radqa`: entry points of the group `radqa.commands`, loaded when they are called.

An installed package declares `eval = "evals.cli:app"` in its `[project.entry-points."radqa.commands"]`; the agent never imports
it. The object is a `typer.Typer` or a click command.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

import typer
from typer.core import TyperGroup

from corpora.errors import MissingExtra

GROUP = "radqa.commands"


class Commands(TyperGroup):
    """The agent's own commands, and after them what entry points add; an own command is never replaced."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order in which help shows them."""
        own = super().list_commands(ctx)
        return [*own, *sorted(set(added()) - set(own))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; one of an entry point is imported now.

        Raises:
            MissingExtra: the package that the command needs is not installed.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in added():
            return own
        try:
            loaded = added()[cmd_name].load()
        except ImportError as error:
            raise MissingExtra(
                f"`radqa {cmd_name}` needs {error.name or 'a package'}, which is not installed.",
                "Run: pip install 'radqa[ui,evals,serve,mcp]'",
            ) from error
        command: Any = typer.main.get_command(loaded) if isinstance(loaded, typer.Typer) else loaded
        command.name = cmd_name
        return command


@cache
def added() -> dict[str, metadata.EntryPoint]:
    """Command name -> its entry point; looked up once, for every installed package is read for it."""
    return {point.name: point for point in metadata.entry_points(group=GROUP)}
