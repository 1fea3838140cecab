"""The HTTP API as an ASGI app. `radqa serve` runs it; any ASGI server can, by `serve.app:from_environment` as a factory."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from importlib import metadata
from types import FrameType
from typing import Any

from fastapi import FastAPI

from agent.settings import Settings, load
from agent.types import DISCLAIMER
from serve import problems, tenants
from serve.callers import House
from serve.door import Door
from serve.routes import asking, chatting, documents, health, reporting, searching
from serve.settings import ServeSettings, serve_settings
from serve.tenants import Tenants

_ABOUT = f"Radiology questions answered with evidence: every sentence cited, every citation checked. {DISCLAIMER}"


def from_environment() -> FastAPI:
    """The app as `RADQA_*` and `RADQA_SERVE_*` variables and `radqa.toml` say.

    Raises:
        InvalidSettings: names the setting.
    """
    return api(load(), serve_settings())


def api(settings: Settings, how: ServeSettings, opened: Callable[[], Tenants] | None = None) -> FastAPI:
    """The app; the library is opened when it starts, by `opened` where that is given."""
    house = House(how)
    opened = opened or partial(tenants.made, settings, how.folder / "tenants", how.tenants_kept)

    def largest(path: str) -> int:
        return how.upload_bytes if path == documents.DOCUMENTS else how.body_bytes

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor((os.cpu_count() or 1) + 2, "radqa-think")
        loop.set_default_executor(threads)
        house.open(await loop.run_in_executor(None, opened))
        restore = _on_ending(lambda: loop.call_soon_threadsafe(house.admission.drain))
        yield
        restore()
        await house.tenants.close()

    app = FastAPI(
        title="radqa", summary="Radiology questions answered with evidence", description=_ABOUT, version=metadata.version("radqa"),
        lifespan=life, docs_url=None, redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would keep messages of errors, which hold what was asked
    )  # fmt: skip
    app.state.house, app.state.figures = house, house.figures
    app.add_middleware(Door, figures=house.figures, keyless=house.keyless, largest=largest)
    problems.install(app)
    for router in (asking.router, searching.router, reporting.router, documents.router, chatting.router, health.router):
        app.include_router(router)
    return app


def _on_ending(tell: Callable[[], object]) -> Callable[[], None]:
    """Call `tell` when the process is told to end, before the server's own handlers; gives what undoes it."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before: dict[int, Any] = {}

    def ending(number: int, frame: FrameType | None) -> None:
        tell()
        if callable(then := before[number]):
            then(number, frame)

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, ending)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
