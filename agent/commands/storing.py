"""`radqa store put`, `remove`, `info`; mounted by `agent.cli`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from agent.errors import InvalidSettings
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from retrievers.stores.entries import ServerStore

app = typer.Typer(help="Add, remove and count the documents of a Milvus or Postgres store (setting `store`).", no_args_is_help=True)
out = Terminal(emoji=False)
err = Terminal(stderr=True, emoji=False)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


@app.command("put")
def put(sources: Annotated[list[Path], typer.Argument(help="Files or folders, as `radqa index build` reads them.")]) -> None:
    """Add documents, each in place of the one of its name; nothing else is read or built again.

    What cannot be read is left out and named; the exit code is then 1.
    """
    from corpora.gathering import gather

    gathered = gather(sources, [])
    for problem in (*gathered.left_out, *gathered.not_read):
        err.print(f"[yellow]left out[/yellow] {escape(str(problem))}", highlight=False, soft_wrap=True)
    store = _store()
    written = store.put(gathered.documents)
    out.print(f"{len(gathered.documents)} documents, {written} passages in {escape(_where(store))}", highlight=False, soft_wrap=True)
    if not gathered.whole:
        raise typer.Exit(1)


@app.command("remove")
def remove(names: Annotated[list[str], typer.Argument(help="Ids of documents, as answers cite them.")]) -> None:
    """Take documents out; what of the library is taken out comes back when an agent starts over a changed library."""
    store = _store()
    out.print(f"{store.remove(names)} passages gone from {escape(_where(store))}", highlight=False, soft_wrap=True)


@app.command("info")
def describe(as_json: AsJson = False) -> None:
    """Say how much the collection holds."""
    store = _store()
    held = store.held()
    if as_json:
        sys.stdout.write(json.dumps(held.model_dump() | {"store": _where(store)}) + "\n")
        return
    out.print(f"{held.documents} documents, {held.passages} passages in {escape(_where(store))}", highlight=False, soft_wrap=True)


def _store() -> ServerStore:
    """The store of the settings.

    Raises:
        InvalidSettings: the store is the index's files.
    """
    from agent.settings import load
    from retrievers.embedding import embedder
    from retrievers.stores.opening import shared_store

    settings = load()
    store = shared_store(settings.store_address, embedder(settings.embedding), settings.store_token.get_secret_value())
    if store is None:
        raise InvalidSettings(
            "The store is the index's files, which are built whole.",
            "Set RADQA_STORE, e.g. milvus:///FOLDER/FILE.db or postgresql://USER@HOST/DATABASE, or use: radqa index build.",
        )
    return store


def _where(store: ServerStore) -> str:
    return f"{store.name} collection {store.collection}"
