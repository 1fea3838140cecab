"""The composition root: settings become an agent. The only place that wires everything."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.chat.budget import Budget
from agent.chat.providers import chat_model, settings_with
from agent.chat.roles import role_of
from agent.chat.structured import StructuredModel
from agent.graph import question_graph
from agent.language.cognates import Cognates
from agent.language.unread import taken_for
from agent.listening import Listening
from agent.memory import Memory
from agent.reading.conversation import Exchange
from agent.reading.shorthand import spelled_out
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.protocol import Reasoner
from agent.settings import Settings, load
from agent.state import BEGUN, AgentDeps, Said
from agent.tools import toolbox
from agent.tools.protocol import Tool
from agent.types import Abstained, Answer, Answered, Question, TraceEvent
from corpora import embedded
from corpora.types import Passage
from retrievers.embedding import embedder
from retrievers.errors import IndexMismatch
from retrievers.factory import Mode, retriever
from retrievers.index import PassageIndex, build, stamp_of_embedded
from retrievers.library import Library
from retrievers.stores.opening import follow, shared_store
from retrievers.types import Retriever
from retrievers.vectors import Progress

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class RadiologyAgent:
    """Answers radiology questions with verified, cited evidence. Built once, asked many times, shared between threads."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        progress: Progress | None = None,
        reasoner: Reasoner | None = None,
        index: PassageIndex | None = None,
        model: BaseChatModel | None = None,
        around: Callable[[Retriever], Retriever] | None = None,
    ) -> None:
        """Load the model and the index; the embedded index is built first where it is missing or out of date.

        An `index` that is already open is shared, so that agents with other settings cost little. `model` is any LangChain chat model,
        in place of the one that the settings name; its prompts count as leaving the machine. `around` wraps what searches the index.

        Raises:
            SetupError: index or model cannot be used; says what to do.
        """
        self.settings = settings or load()
        if model is not None:
            self.settings = settings_with(model, self.settings)
        self._embedder = embedder(self.settings.embedding)
        self.index = index or open_index(self.settings, progress)
        self.store = shared_store(self.settings.store_address, self._embedder, self.settings.store_token.get_secret_value())
        if self.store is not None:
            follow(self.store, self.index)
        self.library = Library(self.index, self._embedder, self.store)
        self._rules = ExtractiveReasoner(self.library, self.settings)
        self._reasoner = reasoner
        named = bool(self.settings.model or self.settings.base_url)
        self._model = StructuredModel(model or chat_model(self.settings), self.settings) if named else None
        self._retriever = around(self.retriever("hybrid")) if around else self.retriever("hybrid")
        self._graph = question_graph()
        self._twins: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock, self._process = threading.Lock(), os.getpid()

    def retriever(self, mode: Mode) -> Retriever:
        """A retriever over the agent's index: one voice, or all of them fused as far as the settings hear them."""
        silent: tuple[Mode, ...] = () if self.settings.concepts else ("concept",)
        return retriever(self.index, self._embedder, mode, without=silent, store=self.store)

    @cached_property
    def tools(self) -> dict[str, Tool]:
        """What a model may use in its research, for use by hand: `search`, `open_document`, `points_table`, `reckon`, `cases_like`."""
        return toolbox(self.library, self._retriever)

    def warm(self) -> None:
        """Load embedding, reader, word lists and search structures now rather than at the first question.

        What is loaded stays for the life of the process, so the garbage collector is told not to walk its million objects again
        (`gc.freeze`): each walk would hold up every question that is being answered for up to half a second.
        """
        self.library.vector("warm-up")
        self.library.coverage(["warm"])
        self._rules.reader.load()
        taken_for(spelled_out(Question.of("Is a simple cyst benign?")))
        if self.settings.web.on:
            from retrievers.web.voice import warm

            warm()
        if gc.isenabled():
            gc.collect()
        gc.freeze()

    def ask(self, question: str, options: dict[str, str] | None = None, report: str = "", thread: str = "") -> Answer:
        """Answer a question; see `aask`. May be called from any thread, not from inside an event loop."""
        return asyncio.run_coroutine_threadsafe(self.aask(question, options, report, thread), self._own_loop()).result()

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        """One event loop for all synchronous callers, on a thread of its own: clients that are bound to a loop stay usable."""
        if self._process != os.getpid():  # a fork has the loop and not its thread, and perhaps a lock that nobody will open
            self._lock, self._loop, self._process = threading.Lock(), None, os.getpid()
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="radqa", daemon=True).start()
            return self._loop

    async def aask(self, question: str, options: dict[str, str] | None = None, report: str = "", thread: str = "") -> Answer:
        """Answer a question.

        Args:
            question: open, multiple-choice or yes/no.
            options: label to text, two or more; or None.
            report: a report the question is about.
            thread: name of a conversation; a follow-up is read with the question before it, and the turn is kept on this machine.

        Returns:
            `Answered`, or `Abstained` where the evidence does not carry an answer.

        Raises:
            InputError: the question cannot be asked like this.
            ModelUnavailable, ModelTimeout: the chat model's server failed for good and no fallback is set. What the model itself
                cannot do (its form, a refusal, a prompt beyond its window) is answered by the rules, and the answer says so.
            BudgetExceeded: a limit of the settings was reached.
        """
        async with aclosing(self.astream(question, options, report, thread)) as stream:
            async for item in stream:
                if isinstance(item, (Answered, Abstained)):
                    return item
        raise AssertionError("the graph ended without an answer")

    async def astream(
        self, question: str, options: dict[str, str] | None = None, report: str = "", thread: str = "", *,
        earlier: Sequence[Passage] = (), dialogue: Sequence[Exchange | tuple[str, str]] = (),
    ) -> AsyncGenerator[TraceEvent | Answer, None]:  # fmt: skip
        """What happens, as it happens, then the answer; arguments and errors as in `aask`.

        A caller that keeps its conversations itself gives a follow-up the `earlier` turn's passages (`read_for`), to be read again, and
        the `dialogue` before it, from which a reasoning model reads what the turn leaves out.
        """
        asked = Question.of(question, options, report)
        given = Said(asked, earlier=tuple(earlier), dialogue=tuple(Exchange(*turn) for turn in dialogue))
        async with aclosing(self._streamed(Said(asked, thread) if thread else given)) as items:
            async for item in items:
                yield item

    async def resume(self, thread: str) -> list[Answer]:
        """Answer the turns of a thread that a killed process left without an answer, in order."""
        return [item for turn in self.memory.turns(thread) if turn.unfinished
                async for item in self._streamed(Said(turn.question, turn.thread, turn)) if not isinstance(item, TraceEvent)]  # fmt: skip

    @cached_property
    def memory(self) -> Memory:
        """The conversations' database, opened at the first turn that is kept."""
        return Memory(self.settings.memory)

    @cached_property
    def _cognates(self) -> Cognates:
        """The words of the index's guidelines and topics, read at the first question in another language."""
        kept = (passage for passage in self.index.passages if passage.source.kind in ("guideline", "topic"))
        return Cognates.of(f"{passage.source.title}. {passage.spoken}" for passage in kept)

    @property
    def reasons(self) -> bool:
        """Whether there is a chat model that reasons itself, by the settings or by what `radqa model try` found."""
        return self._model is not None and self._reasoner is None and (self.settings.role or role_of(self._model.name)) == "reason"

    def context(self, said: Said) -> AgentDeps:
        """What one question's run of `question_graph` works with; its budget and its ears are its own."""
        return AgentDeps(
            said=said, reasons=self.reasons,
            settings=self.settings, library=self.library, budget=Budget(self.settings), rules=self._rules, model=self._model,
            own=self._reasoner, listening=Listening(self.settings, self.library, self._retriever, self._live_twins),
            memory=lambda: self.memory, cognates=lambda: self._cognates, tools=lambda: self.tools,
        )  # fmt: skip

    def _live_twins(self) -> Any:
        """What recognises a live document that the index holds already; made at the first question that asks live sources."""
        from retrievers.web.join import Twins

        with self._lock:
            self._twins = self._twins or Twins(self.index)
        return self._twins

    async def _streamed(self, said: Said) -> AsyncGenerator[TraceEvent | Answer, None]:
        """The graph's events as they come, then its answer, when the graph has ended; whoever stops listening ends it."""
        run = self._graph.astream(BEGUN, context=self.context(said), stream_mode=["updates", "custom"], subgraphs=True, version="v2")
        answers = []
        async with aclosing(cast("AsyncGenerator[Any, None]", run)) as parts:
            async for part in parts:
                if part["type"] == "custom" and isinstance(part["data"], TraceEvent):
                    yield part["data"]
                elif part["type"] == "updates" and isinstance(part["data"].get("finish"), dict):
                    answers.append(part["data"]["finish"]["answer"])
        for answer in answers:
            yield answer

    async def aclose(self) -> None:
        """Close this event loop's connections to live sources, where there are any."""
        if self.settings.web.on:
            from retrievers.web.http import close_shared

            await close_shared()


def open_index(settings: Settings, progress: Progress | None = None) -> PassageIndex:
    """The index of the settings. The embedded one is built when it is missing, damaged, or made from another version's corpus."""
    model = embedder(settings.embedding)
    folder = settings.index_folder
    if settings.index is not None:
        return PassageIndex.open(folder, model)
    try:
        index = PassageIndex.open(folder, model)
        if index.manifest.embedded_stamp == stamp_of_embedded():
            return index
    except IndexMismatch:
        pass
    build_embedded(folder, settings, progress)
    return PassageIndex.open(folder, model)


def build_embedded(folder: Path, settings: Settings, progress: Progress | None = None) -> None:
    """Build the index of the embedded corpus in a folder."""
    build(embedded.documents(), folder, embedder(settings.embedding), progress=progress, embedded_stamp=stamp_of_embedded())


_building = threading.Lock()


@cache
def _shared_agent() -> RadiologyAgent:
    return RadiologyAgent()


def ask(question: str, options: dict[str, str] | None = None, report: str = "") -> Answer:
    """Answer a radiology question with the default settings; the agent is built at the first call and kept. See `RadiologyAgent.aask`."""
    with _building:
        agent = _shared_agent()
    return agent.ask(question, options, report)
