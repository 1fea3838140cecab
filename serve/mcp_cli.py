"""`radqa mcp`: radqa as a tool of other programs' models, over standard input and output or over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpora.errors import MissingExtra
from serve.cli import Data, UnsafeAddress

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from agent.app import RadiologyAgent
    from serve.keys import KeyRing
    from serve.settings import ServeSettings

app = typer.Typer(help="Be a tool of other programs' models (Model Context Protocol).", add_completion=False)


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Listen at /mcp instead of talking over standard input and output.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8081,
    data: Data = None,
) -> None:
    """Offer the tools ask, search_evidence, read_document, score and read_report; cards and topics as resources."""
    if find_spec("mcp") is None:
        raise MissingExtra("The tools' server needs a package that is not installed.", 'Run: pip install "radqa[mcp]"')
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if http:
        _listen(host, port, data)
    else:
        _talk()


def _talk() -> None:
    from serve.mcp_server import server

    opening = Opening()

    async def agent_for(_: Any) -> RadiologyAgent:
        return await opening.agent()

    async def talk() -> None:
        opening.begin()
        await server(agent_for).run_stdio_async()

    try:
        asyncio.run(talk())
    except* (BrokenPipeError, ConnectionResetError):  # the client went away: there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at its end


class Opening:
    """An agent that is made while the client is already spoken with: clients wait seconds for a server, and the library takes some."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._made: asyncio.Future[RadiologyAgent]

    def begin(self) -> None:
        """Start making the agent, on a thread."""
        self._made = asyncio.ensure_future(asyncio.to_thread(_made))
        self._made.add_done_callback(lambda made: made.cancelled() or made.exception())  # each tool tells it; nobody else need

    async def agent(self) -> RadiologyAgent:
        """The agent, once it is there. Raises `SetupError` where it cannot be made."""
        return await asyncio.shield(self._made)


def _made() -> RadiologyAgent:
    from agent.app import RadiologyAgent
    from agent.settings import load

    agent = RadiologyAgent(load())
    agent.warm()
    return agent


def _listen(host: str, port: int, data: Path | None) -> None:
    if any(find_spec(package) is None for package in ("fastapi", "limits", "prometheus_client")):
        raise MissingExtra("Over HTTP the tools' server needs packages that are not installed.", 'Run: pip install "radqa[serve,mcp]"')
    import uvicorn

    from serve.keys import KeyRing
    from serve.logs import configuration
    from serve.settings import serve_settings

    how = serve_settings(host=host, port=port, data=data)
    ring = KeyRing(how.folder)
    if not (how.local or how.open or ring.keys):
        raise UnsafeAddress(f"The server will not listen on {host}: anybody could ask. Make a key (radqa serve keys add NAME).")
    uvicorn.run(over_http(how, ring), host=host, port=port, log_config=configuration(), access_log=False, server_header=False)


def over_http(how: ServeSettings, ring: KeyRing) -> ASGIApp:
    """The tools over streamable HTTP at /mcp, behind the same keys, rates and turns as the HTTP API.

    Raises:
        SetupError: index or model cannot be used.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    from agent.settings import load
    from serve.admission import Rates
    from serve.mcp_server import server
    from serve.tenants import made

    tenants = made(load(), how.folder / "tenants", how.tenants_kept)

    async def agent_for(context: Any) -> RadiologyAgent:
        request = context.request
        return await tenants.agent(request.scope["state"]["tenant"] if request is not None else LOCAL)

    guarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # `Keyed` looks at hosts and origins
    inner = server(agent_for).streamable_http_app(stateless_http=True, json_response=True, host=how.host, transport_security=guarded)
    return Keyed(inner, how, ring, Rates(how.rates.get_secret_value(), how.rate))


LOCAL = "local"


class Keyed:
    """ASGI middleware that lets in who has a key, or on this machine, where there is none, its own programs."""

    def __init__(self, inner: ASGIApp, how: ServeSettings, ring: KeyRing, rates: Any) -> None:
        """Take the app to protect."""
        self._inner, self._how, self._ring, self._rates = inner, how, ring, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, 403 or 429, or hand the request on with its tenant."""
        from starlette.datastructures import Headers
        from starlette.responses import JSONResponse

        from serve.admission import TurnedAway
        from serve.door import foreign

        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = Headers(scope=scope)
        written = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key", "")
        key, problem = self._ring.owner(written), ""
        status, more = 401, {"WWW-Authenticate": "Bearer"}
        if key is None and (self._ring.keys or not (self._how.local or self._how.open)):
            problem = "A key is needed: Authorization: Bearer KEY."
        elif key is None and self._how.local and (problem := foreign(headers)):
            status, more = 403, {}
        elif key is not None:
            try:
                await self._rates.count(key.id, key.rate)
            except TurnedAway as error:
                problem, status, more = str(error), 429, {"Retry-After": str(error.retry_after_s)}
        if problem:
            await JSONResponse({"error": {"message": problem}}, status, more)(scope, receive, send)
            return
        scope.setdefault("state", {})["tenant"] = key.tenant if key else LOCAL
        await self._inner(scope, receive, send)


if __name__ == "__main__":
    sys.exit(app())
