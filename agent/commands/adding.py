"""`radqa corpus add-url`: fetch a page into a local collection; mounted by `agent.cli`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from corpora.terminal import Terminal


def add_url(
    url: Annotated[str, typer.Argument(help="The page's address, with http:// or https://.")],
    to: Annotated[Path, typer.Option("--out", help="Folder of the collection; `radqa index build FOLDER --out DIR` indexes it.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")] = False,
) -> None:
    """Fetch a page and keep its main text with address, date and licence."""
    from agent.settings import load
    from retrievers.web.keep import fetched, keep

    settings = load()
    document = asyncio.run(fetched(url, settings.web))
    kept = keep(document, to)
    if as_json:
        sys.stdout.write(kept.model_dump_json() + "\n")
        return
    console = Terminal(emoji=False)
    console.print(f"{escape(kept.title)}\n  {escape(kept.file)}\n  licence: {escape(kept.licence)}", highlight=False, soft_wrap=True)
    if kept.licence == "not stated":
        console.print("  The page states no licence: keep this copy to yourself.", highlight=False)
