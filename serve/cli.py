"""`radqa serve`: the HTTP API, on this machine only unless it asks for keys; `radqa serve keys`: who may ask."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from corpora.errors import InputError, MissingExtra
from corpora.terminal import Terminal

if TYPE_CHECKING:
    from serve.keys import KeyRing
    from serve.settings import ServeSettings

app = typer.Typer(help="Answer over HTTP: radqa's own API, and OpenAI's.", add_completion=False, invoke_without_command=True)
keys = typer.Typer(help="Make, list and revoke the keys of those who may ask.", no_args_is_help=True)
app.add_typer(keys, name="keys")
out = Terminal(emoji=False)
_MORE_S = 5
"""Seconds that requests may take to end beside what one of them may take."""
Data = Annotated[Path | None, typer.Option(help="Folder of keys and documents; by default one in the user's data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]


class UnsafeAddress(InputError):
    """The server would answer anybody."""


@app.callback()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 8080 by default.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; each holds the library in memory.")] = None,
    data: Data = None,
    open_: Annotated[bool | None, typer.Option("--open", help="Answer without keys beyond this machine too.")] = None,
) -> None:
    """Answer over HTTP. On this machine no key is needed until one is made; elsewhere only keys let in."""
    for package in ("fastapi", "uvicorn", "limits", "prometheus_client", "multipart"):
        if find_spec(package) is None:
            raise MissingExtra("The server needs packages that are not installed.", 'Run: pip install "radqa[serve]"')
    if context.invoked_subcommand is not None:
        return
    from agent.settings import load
    from serve.settings import serve_settings

    load()  # what is wrong with the agent's settings is said here, not by every worker
    how = serve_settings(host=host, port=port, workers=workers, data=data, open=open_)
    if not (how.local or how.open or _ring(how).keys):
        raise UnsafeAddress(
            f"The server will not listen on {how.host}: anybody could ask. Make a key (radqa serve keys add NAME), or say --open."
        )
    run(how)


def run(how: ServeSettings) -> None:
    """Listen until the process is told to end; what runs then is finished first."""
    import uvicorn

    from serve.logs import configuration

    chosen = {"host": how.host, "port": how.port, "workers": how.workers, "open": how.open, "data": how.folder}
    os.environ |= {f"RADQA_SERVE_{name.upper()}": str(value) for name, value in chosen.items()}
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    more: dict[str, Any] = {}
    if how.workers > 1:
        from serve.figures import SHARED

        os.environ.setdefault(SHARED, tempfile.mkdtemp(prefix="radqa-figures-"))
        os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // how.workers, 1)))
        _built_once()
        more = {"timeout_worker_healthcheck": 120}  # a worker that opens the library answers nobody for a while
    uvicorn.run(
        "serve.app:from_environment", factory=True, host=how.host, port=how.port, workers=how.workers, log_config=configuration(),
        access_log=False, server_header=False, timeout_graceful_shutdown=int(how.seconds + how.patience_s) + _MORE_S, **more,
    )  # fmt: skip


def _built_once() -> None:
    """Build the embedded index where it is missing, in a process that ends, rather than in every worker at once."""
    import multiprocessing

    builder = multiprocessing.get_context("spawn").Process(target=_open_index)
    builder.start()
    builder.join()


def _open_index() -> None:
    from agent.app import open_index
    from agent.settings import load

    open_index(load())


@keys.command("add")
def add_key(
    tenant: Annotated[str, typer.Argument(help="Whose it is: keys of one name reach the same documents.")],
    rate: Annotated[str, typer.Option(help="Requests this key may make, such as 600/minute; by default as RADQA_SERVE_RATE says.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once: only its hash is kept."""
    from serve.settings import checked_rate

    try:
        key, written = _ring(_how(data)).add(tenant, checked_rate(rate) if rate else "")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        sys.stdout.write(json.dumps({"id": key.id, "tenant": key.tenant, "key": written}) + "\n")
    else:
        out.print(f"{written}\nKeep it: it is shown this once. Its id is {key.id}.", highlight=False, soft_wrap=True)


@keys.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """Show the keys, without what lets them in."""
    held = _ring(_how(data)).keys
    if as_json:
        sys.stdout.write(json.dumps([key.model_dump(exclude={"hash"}) for key in held]) + "\n")
        return
    table = Table(box=None)
    for heading in ("id", "tenant", "made", "rate", "revoked"):
        table.add_column(heading)
    for key in held:
        table.add_row(key.id, escape(key.tenant), key.made, key.rate or "usual", key.revoked)
    out.print(table if held else "There are no keys; make one: radqa serve keys add NAME")


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")], data: Data = None) -> None:
    """Let a key in no more, from the next request on."""
    key = _ring(_how(data)).revoke(name)
    out.print(f"{key.id} of {key.tenant} is revoked.", highlight=False)


def _how(data: Path | None) -> ServeSettings:
    from serve.settings import serve_settings

    return serve_settings(data=data)


def _ring(how: ServeSettings) -> KeyRing:
    from serve.keys import KeyRing

    return KeyRing(how.folder)
