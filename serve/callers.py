"""Who asks, whether they may, and when it is their turn: what every route depends on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from agent.app import RadiologyAgent
from corpora.types import Frozen
from serve.admission import Admission, Rates
from serve.figures import Figures
from serve.keys import KeyRing
from serve.problems import ClientGone, NotAllowed, TooSlow
from serve.settings import ServeSettings
from serve.tenants import Tenants

Done = TypeVar("Done")
_BEARER = HTTPBearer(auto_error=False, description="A key of `radqa serve keys add`")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients that know no bearer tokens")
LOCAL = "local"
"""The tenant of a server that asks for no key."""


class House:
    """What the routes of one app share."""

    def __init__(self, settings: ServeSettings) -> None:
        """Take the settings; the tenants come when the app starts."""
        self.settings = settings
        self.keys = KeyRing(settings.folder)
        self.rates = Rates(settings.rates.get_secret_value(), settings.rate)
        self.figures = Figures()
        self.admission: Admission
        self.tenants: Tenants

    def keyless(self) -> bool:
        """Whether this machine's programs are answered without a key: where nobody else reaches the server and there is none."""
        return self.settings.local and not self.keys.keys

    def open(self, tenants: Tenants) -> None:
        """Begin to answer."""
        self.tenants = tenants
        at_once = self.settings.at_once(with_model=bool(tenants.base.settings.model or tenants.base.settings.base_url))
        self.admission = Admission(at_once, self.settings.waiting, self.settings.patience_s)
        self.figures.running.set_function(lambda: self.admission.running)
        self.figures.waiting.set_function(lambda: self.admission.waiting)


class Caller(Frozen):
    """Whose request it is, and by which key."""

    tenant: str
    key: str = ""
    rate: str = ""


def house(request: Request) -> House:
    """What the app shares."""
    found: House = request.app.state.house
    return found


HouseOf = Annotated[House, Depends(house)]


def known(
    request: Request,
    of: HouseOf,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> Caller:
    """Whose request it is.

    Raises:
        NotAllowed: a key is needed and there is none, or it is not let in.
    """
    written = bearer.credentials if bearer else header or ""
    if written and (key := of.keys.owner(written)):
        caller = Caller(tenant=key.tenant, key=key.id, rate=key.rate)
    elif of.keys.keys or not (of.settings.local or of.settings.open):
        raise NotAllowed("This key is not let in." if written else "A key is needed: Authorization: Bearer KEY, or X-API-Key: KEY.")
    else:
        caller = Caller(tenant=LOCAL)
    request.scope.setdefault("state", {}).update(tenant=caller.tenant, key=caller.key)
    return caller


KnownCaller = Annotated[Caller, Depends(known)]


async def counted(caller: KnownCaller, of: HouseOf) -> Caller:
    """The caller, who has not asked too often.

    Raises:
        TurnedAway: they have.
    """
    if caller.key:
        await of.rates.count(caller.key, caller.rate)
    return caller


CountedCaller = Annotated[Caller, Depends(counted)]


async def admitted(caller: CountedCaller, of: HouseOf) -> AsyncGenerator[Caller]:
    """The caller, whose turn it is until the answer has gone out.

    Raises:
        TurnedAway: too much is waiting.
    """
    async with of.admission.place():
        yield caller


AdmittedCaller = Annotated[Caller, Depends(admitted)]


async def agent_of(caller: AdmittedCaller, of: HouseOf) -> RadiologyAgent:
    """The agent over what the caller may search."""
    return await of.tenants.agent(caller.tenant)


AgentOf = Annotated[RadiologyAgent, Depends(agent_of)]


async def while_listening(request: Request, work: Awaitable[Done], seconds: float) -> Done:
    """What the work gives, which ends when the client leaves.

    Raises:
        TooSlow: it took longer than `seconds`.
        ClientGone: the client left.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        done, _ = await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        if gone in done:
            raise ClientGone("The client left before the answer came.")
        raise too_slow(seconds)
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def too_slow(seconds: float) -> TooSlow:
    """The error of a request that took longer than `seconds`."""
    return TooSlow(f"It took longer than {seconds:g} s, which is what one request may take.")


async def _gone(request: Request) -> None:
    """Return when the client has left; the body was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
