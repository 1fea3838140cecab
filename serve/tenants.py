"""The agents behind the doors: one over the library for everybody, and one per tenant who has documents of their own."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from agent.app import RadiologyAgent
from agent.settings import Settings
from retrievers.embedding import embedder
from retrievers.shelf import Shelf

Done = TypeVar("Done")
_MAKERS = 2
"""Indexes that are built at once at most: a build holds an index in memory."""


class Tenants:
    """Whose documents are searched for whom. Indexes are opened and built on threads of their own."""

    def __init__(self, base: RadiologyAgent, folder: Path, kept: int) -> None:
        """Take the library's agent, the folder of all tenants and how many tenants' agents stay in memory."""
        self.base, self._folder, self._kept = base, folder, kept
        self._agents: OrderedDict[str, tuple[str, RadiologyAgent]] = OrderedDict()
        self._opening = threading.Lock()
        self._makers = ThreadPoolExecutor(_MAKERS, "radqa-make")

    def shelf(self, tenant: str) -> Shelf:
        """A tenant's own documents."""
        return Shelf(self._folder / tenant)

    async def agent(self, tenant: str) -> RadiologyAgent:
        """The agent that searches the library and the tenant's documents.

        Raises:
            RadqaError: the tenant's index cannot be built.
        """
        if not (self._folder / tenant / "shelf.json").exists():
            return self.base
        return await self.making(lambda: self._agent(tenant))

    async def making(self, work: Callable[[], Done]) -> Done:
        """What a function gives that reads or builds documents; it runs to its end, also for a client that left."""
        return await asyncio.get_running_loop().run_in_executor(self._makers, work)

    def _agent(self, tenant: str) -> RadiologyAgent:
        base = self.base
        model = embedder(base.settings.embedding)
        folder = self.shelf(tenant).index(base.index.documents, base.index.manifest.corpus_hash, model)
        with self._opening:
            if folder is None:
                self._agents.pop(tenant, None)
                return base
            generation = (folder / "current").read_text(encoding="utf-8")
            known = self._agents.get(tenant)
            if known is None or known[0] != generation:
                known = (generation, RadiologyAgent(base.settings.model_copy(update={"index": folder, "store": SecretStr("")})))
                self._agents[tenant] = known
            self._agents.move_to_end(tenant)
            while len(self._agents) > self._kept:
                self._agents.popitem(last=False)
            return known[1]

    async def close(self) -> None:
        """Close connections and end the maker's thread."""
        await self.base.aclose()
        self._makers.shutdown(wait=False, cancel_futures=True)


def made(settings: Settings, folder: Path, kept: int) -> Tenants:
    """The tenants over a ready agent; takes seconds, or the time of building the embedded index where there is none.

    Raises:
        SetupError: index or model cannot be used; says what to do.
    """
    base = RadiologyAgent(settings)
    base.warm()
    return Tenants(base, folder, kept)
