"""The process behind the pages: one event loop, one agent for the library, and the runs that are under way.

Pages are rerun all the time; nothing here is. A run goes on when its page is left, and is kept when it ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import queue
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from platformdirs import user_data_path
from pydantic import SecretStr

from agent.reading.conversation import Dialogue, Exchange
from agent.settings import Settings, load
from agent.types import Answer, TraceEvent
from corpora.errors import RadqaError
from retrievers.shelf import OWN, Shelf
from ui.access import DATA_VARIABLE
from ui.store import Status, Store, Turn

if TYPE_CHECKING:
    from agent.app import RadiologyAgent
    from corpora.types import Passage
    from retrievers.vectors import Progress

AGENTS_KEPT = 8
"""Agents beside the library's own: one per person's index and settings, the least recently used dropped first."""

_HAND_OVER_S = 0.001
"""How long a computing thread keeps the interpreter while another waits for it. Python's own 5 ms add up: a page gives the
interpreter away at every statement of the store and every message to the browser."""

_WARMING, _WARMING_OPTIONS = "What follow-up does a 7 mm solid lung nodule need?", {"A": "CT at 6-12 months", "B": "None"}
"""Asked before anybody asks: reader, vocabulary, tagger and verification load at their first use, which the first person would wait for."""

_log = logging.getLogger(__name__)


class Run:
    """A question being answered; safe to watch from any thread, and by several at once."""

    def __init__(self, turn: Turn, person: str) -> None:
        """Take the stored turn."""
        self.turn, self.person = turn, person
        self.status: Status = "asked"
        self.answer: Answer | None = None
        self.problem = ""
        self.started = time.monotonic()
        self.seconds = 0.0
        self.preparing = ""
        """What is done before anything can be asked, where that takes its time."""
        self._events: list[TraceEvent] = []
        self._watchers: list[queue.SimpleQueue[TraceEvent | None]] = []
        self._lock = threading.Lock()
        self._future: Future[Answer] | None = None

    @property
    def events(self) -> tuple[TraceEvent, ...]:
        """What happened so far."""
        with self._lock:
            return tuple(self._events)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status != "asked"

    @property
    def elapsed(self) -> float:
        """Seconds since it was asked, or what it took."""
        return self.seconds or time.monotonic() - self.started

    def stop(self) -> None:
        """Cancel it: the task ends at its next step, and no further model call is made."""
        if self._future is not None:
            self._future.cancel()

    def watch(self, tick_s: float = 0.1) -> Iterator[tuple[TraceEvent, ...]]:
        """All events so far, at once, at every new one, and at least every `tick_s` seconds; ends when the run does."""
        mine: queue.SimpleQueue[TraceEvent | None] = queue.SimpleQueue()
        with self._lock:
            self._watchers.append(mine)
        try:
            while not self.done:
                yield self.events
                self._wait(mine, tick_s)
            yield self.events
        finally:
            with self._lock:
                self._watchers.remove(mine)

    @staticmethod
    def _wait(mine: queue.SimpleQueue[TraceEvent | None], tick_s: float) -> None:
        """Until something came, then take all that came with it."""
        try:
            mine.get(timeout=tick_s)
            while True:
                mine.get_nowait()
        except queue.Empty:
            return

    def indexing(self, done: int, total: int) -> None:
        """Note how far the index over the person's own documents is."""
        self.preparing = "Indexing your documents" + (f": {done} of {total} passages" if total else "")

    def tell(self, event: TraceEvent | None) -> None:
        """Hand an event, or the end, to whoever watches."""
        with self._lock:
            if event is not None:
                self._events.append(event)
            watchers = tuple(self._watchers)
        for watcher in watchers:
            watcher.put(event)


class Desk:
    """What all sessions share: the store, the event loop, the agents. One per process."""

    def __init__(self, folder: Path, configured: Settings) -> None:
        """Open the store and start the loop; the library's agent is made at the first need or by `warm`."""
        self.folder, self.configured = folder, configured
        self.store = Store(folder / "chat.sqlite")
        sys.setswitchinterval(_HAND_OVER_S)
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(os.cpu_count() or 1, "radqa-think"))  # more would only take turns
        self._makers = ThreadPoolExecutor(thread_name_prefix="radqa-make")  # an index being built holds up nobody's search
        self._thread = threading.Thread(target=self.loop.run_forever, name="radqa-chat", daemon=True)
        self._thread.start()
        self._runs: dict[str, Run] = {}
        self._agents: OrderedDict[tuple[str, str], RadiologyAgent] = OrderedDict()
        self._base: RadiologyAgent | None = None
        self._making = threading.RLock()
        self._warming = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether the library's agent is made and warm."""
        return self._base is not None

    @property
    def base(self) -> RadiologyAgent:
        """The library's agent with the configured settings.

        Raises:
            SetupError: index or model cannot be used; says what to do.
        """
        from agent.app import RadiologyAgent

        with self._making:
            if self._base is None:
                made = RadiologyAgent(self.configured.model_copy(update={"model": "", "base_url": ""}))
                if not made.settings.web.on:  # what is asked to warm up must not leave the machine
                    asyncio.run(made.aask(_WARMING, _WARMING_OPTIONS))
                    asyncio.run(made.aask(_WARMING))
                made.warm()
                self._base = made
            return self._base

    def warm(self, after_s: float = 0.0) -> None:
        """Make the library's agent in the background, once; an error shows at the first question."""
        if self._warming.acquire(blocking=False):
            threading.Thread(target=self._warm, args=(after_s,), name="radqa-warm", daemon=True).start()

    def _warm(self, after_s: float) -> None:
        time.sleep(after_s)
        try:
            _ = self.base
        except RadqaError as error:
            _log.warning("not ready: %s", error)

    def close(self) -> None:
        """Stop every run and the loop; the desk cannot be used any more."""
        for run in tuple(self._runs.values()):
            run.stop()
        self._makers.shutdown(cancel_futures=True)
        asyncio.run_coroutine_threadsafe(self.loop.shutdown_default_executor(), self.loop).result(timeout=30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def shelf(self, person: str) -> Shelf:
        """The person's own documents."""
        return Shelf(self.folder / "people" / person)

    def agent(self, person: str, settings: Settings, progress: Progress | None = None) -> RadiologyAgent:
        """The agent for these settings over the library and the person's collections; made once and kept.

        Raises:
            SetupError, ModelError: what cannot be used, and what to do.
        """
        from agent.app import RadiologyAgent
        from retrievers.embedding import embedder

        base = self.base
        model = embedder(self.configured.embedding)
        folder = self.shelf(person).index(base.index.documents, base.index.manifest.corpus_hash, model, progress)
        generation = (folder / "current").read_text(encoding="utf-8") if folder else ""
        key = (fingerprint(settings), f"{folder}:{generation}" if folder else "")
        with self._making:
            if key not in self._agents:
                alone = {"index": folder, "store": SecretStr("")}  # nobody else's store learns of own documents
                own = settings.model_copy(update=alone) if folder else settings
                self._agents[key] = RadiologyAgent(own, index=None if folder else base.index)
            self._agents.move_to_end(key)
            while len(self._agents) > AGENTS_KEPT:
                self._agents.popitem(last=False)
            return self._agents[key]

    def ask(self, person: str, turn: Turn, settings: Settings) -> Run:
        """Start answering a stored turn in the background; whatever was answering it stops."""
        self._stop([turn.id])
        run = Run(turn, person)
        self._runs[turn.id] = run
        run._future = asyncio.run_coroutine_threadsafe(self._answer(run, settings), self.loop)
        run._future.add_done_callback(lambda future: threading.Thread(target=self._finish, args=(run, future), daemon=True).start())
        return run

    def run(self, person: str, turn: str) -> Run | None:
        """The person's run for a turn while it is under way."""
        run = self._runs.get(turn)
        return run if run is not None and run.person == person else None

    def delete(self, person: str, conversation: str) -> None:
        """Remove one of the person's conversations, and stop what is being answered in it."""
        removed = [run.turn.id for run in tuple(self._runs.values()) if (run.person, run.turn.conversation) == (person, conversation)]
        self.store.delete(person, conversation)
        self._stop(removed)

    def drop_from(self, person: str, turn: str) -> None:
        """Remove one of the person's turns and all that follow it, and stop what is being answered of them."""
        self._stop(self.store.drop_from(person, turn))

    def _stop(self, turns: Iterable[str]) -> None:
        """Stop the runs of turns, and let go of them: what comes of them is not kept."""
        for turn in turns:
            if run := self._runs.pop(turn, None):
                run.stop()

    async def _answer(self, run: Run, settings: Settings) -> Answer:
        agent = await self.loop.run_in_executor(self._makers, self.agent, run.person, settings, run.indexing)
        turn = run.turn
        earlier = await self.loop.run_in_executor(None, self._earlier, run, agent) if turn.read_as else ()
        follows = agent.reasons and not turn.options  # a model reads the dialogue itself, also where the rules see no follow-up
        dialogue = await self.loop.run_in_executor(None, self._dialogue, run) if turn.read_as or follows else ()
        said = turn.question if dialogue and agent.reasons else turn.read_as or turn.question
        asked = agent.astream(said, turn.options or None, turn.report, earlier=earlier, dialogue=dialogue)
        async with aclosing(asked) as stream:
            async for item in stream:
                if not isinstance(item, TraceEvent):
                    return item
                run.tell(item)
        raise AssertionError("the agent ended without an answer")

    def _dialogue(self, run: Run) -> Dialogue:
        """The questions and answers of the conversation before a turn."""
        thread = self.store.turns(run.person, run.turn.conversation)
        at = next((number for number, turn in enumerate(thread) if turn.id == run.turn.id), 0)
        before = (turn for turn in thread[:at] if turn.answer is not None)
        return tuple(Exchange(turn.read_as or turn.question, turn.answer.text if turn.answer else "", turn.report) for turn in before)

    def _earlier(self, run: Run, agent: RadiologyAgent) -> tuple[Passage, ...]:
        """What the turn before a follow-up was answered from, without the own documents that were switched off or deleted since."""
        from agent.memory import read_for

        thread = self.store.turns(run.person, run.turn.conversation)
        at = next((number for number, turn in enumerate(thread) if turn.id == run.turn.id), 0)
        before = thread[at - 1].answer if at else None
        read = read_for(before) if before is not None else ()
        return tuple(one for one in read if not one.document_id.startswith(OWN) or one.document_id in agent.index.documents)

    def _finish(self, run: Run, future: Future[Answer]) -> None:
        """Keep what came of a run, then let it go."""
        run.seconds = time.monotonic() - run.started
        status, answer, problem = _outcome(future)
        if self._runs.get(run.turn.id) is run:
            self.store.finish(run.turn.id, status, answer=answer, events=run.events, problem=problem, seconds=run.seconds)
        run.answer, run.problem, run.status = answer, problem, status
        if self._runs.get(run.turn.id) is run:
            del self._runs[run.turn.id]
        run.tell(None)


def fingerprint(settings: Settings) -> str:
    """The same for equal settings, another for others; a key counts and cannot be read from it."""
    return hashlib.sha256(f"{settings.model_dump_json()}\x1f{settings.api_key.get_secret_value()}".encode()).hexdigest()


def _outcome(future: Future[Answer]) -> tuple[Status, Answer | None, str]:
    try:
        error = future.exception()
    except CancelledError:
        return "stopped", None, "Stopped before the answer came."
    if error is None:
        return "answered", future.result(), ""
    if isinstance(error, RadqaError):
        return "failed", None, str(error)
    _log.error("a run failed", exc_info=error)
    return "failed", None, f"Something unexpected went wrong ({type(error).__name__}: {error}). The log of the server says more."


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """This process's desk."""
    folder = Path(os.environ.get(DATA_VARIABLE) or user_data_path("radqa") / "chat")
    return Desk(folder, load())
