"""`radqa chat`: starts the chat's server, on this machine only unless told otherwise."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from corpora.errors import InputError, MissingExtra

app = typer.Typer(help="Open the chat in the browser.", add_completion=False)


class UnsafeAddress(InputError):
    """The chat would listen where others can read along."""


@app.command()
def chat(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_remote: Annotated[bool, typer.Option("--allow-remote", help="Listen beyond this machine without sign-in (OIDC).")] = False,
    per_browser: Annotated[bool, typer.Option("--per-browser", help="Every browser is a person of its own, on this machine too.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder for conversations and documents; by default the user's data folder.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Open the chat on this machine; other machines can reach it only with sign-in or --allow-remote."""
    if find_spec("streamlit") is None:
        raise MissingExtra("The chat needs packages that are not installed.", 'Run: pip install "radqa[ui]"')
    from corpora.addresses import is_loopback
    from ui.access import DATA_VARIABLE, PEOPLE_VARIABLE, REMOTE_VARIABLE, refusal, sign_in_configured

    problem = refusal(address, sign_in=sign_in_configured(), allowed=allow_remote)
    if problem:
        raise UnsafeAddress(problem)
    os.environ[PEOPLE_VARIABLE] = "browsers" if per_browser or not is_loopback(address) else "one"
    os.environ[REMOTE_VARIABLE] = "1" if allow_remote else "0"
    if data is not None:
        os.environ[DATA_VARIABLE] = str(data.expanduser().resolve())
    serve(address, port, browser=browser)


def serve(address: str, port: int, *, browser: bool) -> None:
    """Run the server until it is interrupted."""
    from streamlit.web import cli

    from corpora.addresses import is_loopback

    hosts = "*" if not is_loopback(address) else "localhost"
    sys.argv = ["streamlit", "run", str(Path(__file__).parent / "app.py"), "--server.address", address, "--server.port", str(port)]
    sys.argv += ["--server.headless", str(not browser).lower(), "--server.allowedHosts", hosts]
    if hosts == "localhost":
        sys.argv += ["--server.allowedHosts", "127.0.0.1"]
    Thread(target=import_module, args=("ui.screens.chat",), daemon=True).start()  # while the browser loads Streamlit's own files
    cli.main(prog_name="streamlit")
