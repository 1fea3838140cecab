"""The console of every command."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from corpora.legible import legible


class Terminal(Console):
    """A console that prints every text legible, cells of tables too."""

    def render_str(self, text: str, **options: Any) -> Text:
        """See `rich.console.Console.render_str`."""
        return super().render_str(legible(text), **options)
