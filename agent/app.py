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
from typing import TYPE_CHECKING, Any

from agent.calculators.derived import with_derived
from agent.chat.budget import Budget
from agent.chat.privacy import entered
from agent.chat.providers import chat_model, settings_with
from agent.chat.roles import calls_well, role_of
from agent.chat.structured import StructuredModel
from agent.errors import BudgetExceeded, ModelError, ModelTimeout, ModelUnavailable
from agent.graph import answer_graph
from agent.inquiry.asking import Inquirer
from agent.inquiry.graph import inquiry_graph
from agent.inquiry.state import InquiryDeps
from agent.judging.entailment import ConceptScorer, Entailment, entailment
from agent.language.cognates import Cognates
from agent.language.languages import language, languages
from agent.language.translation import english, glossed, translated
from agent.language.unread import FIGURES, taken_for, why_not_read
from agent.memory import Memory, Turn
from agent.nodes.conclude import prompts_sent, spending
from agent.reading.conversation import Dialogue, Exchange, standalone
from agent.reading.image import needs_image
from agent.reading.shorthand import spelled_out
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.llm import ModelReasoner
from agent.reasoners.protocol import Reasoner
from agent.settings import Settings, load
from agent.state import Deps
from agent.tools import toolbox
from agent.tools.protocol import Tool
from agent.types import Abstained, Answer, Answered, Provenance, Question, TraceEvent
from corpora import embedded
from corpora.errors import FolderUnwritable
from corpora.types import Passage
from retrievers.embedding import embedder
from retrievers.errors import IndexMismatch
from retrievers.factory import Mode, retriever
from retrievers.index import PassageIndex, build, stamp_of_embedded
from retrievers.library import Library
from retrievers.stores.opening import follow, shared_store
from retrievers.types import LiveRetriever, Retriever
from retrievers.vectors import Progress

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Ears = tuple[Retriever, LiveRetriever | None]
"""Who is asked for one question's passages: a retriever, and what of it is live."""


_EARLIER = 20
"""Pieces of the evidence of the turn before that a follow-up reads again."""
_MASKED = "Patient identifiers were masked in the question and its report, since LangSmith traces this run."


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
        self._graph = answer_graph()
        self._inquiry = inquiry_graph()
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
        if not thread:
            async for item in self._answers(asked, tuple(earlier), tuple(Exchange(*turn) for turn in dialogue)):
                yield item
            return
        read = self.read_in(thread, asked)
        if read.text != asked.text:
            yield TraceEvent(stage="understand", detail=f"read as: {read.text}")
        async for item in self._turn(self.memory.begin(thread, asked.text, read)):
            yield item

    async def resume(self, thread: str) -> list[Answer]:
        """Answer the turns of a thread that a killed process left without an answer, in order."""
        return [item for turn in self.memory.turns(thread) if turn.unfinished
                async for item in self._turn(turn) if not isinstance(item, TraceEvent)]  # fmt: skip

    @cached_property
    def memory(self) -> Memory:
        """The conversations' database, opened at the first turn that is kept."""
        return Memory(self.settings.memory)

    def read_in(self, thread: str, asked: Question) -> Question:
        """The question as it stands alone: a follow-up takes what it leaves open from the turn before it, the report too."""
        turns = self.memory.turns(thread)
        if not turns or asked.options:
            return asked
        earlier = turns[-1].question
        text = standalone(asked.text, earlier.text, self.library.subjects)
        return asked if text == asked.text else asked.model_copy(update={"text": text, "report": asked.report or earlier.report})

    async def _turn(self, turn: Turn) -> AsyncGenerator[TraceEvent | Answer, None]:
        dialogue = self._dialogue(turn)
        asked = turn.question.model_copy(update={"text": turn.said}) if dialogue and self.reasons else turn.question
        async for item in self._answers(asked, self._earlier(turn), dialogue):
            if not isinstance(item, TraceEvent):
                self.memory.end(turn, item)
            yield item

    def _dialogue(self, turn: Turn) -> Dialogue:
        """The questions and answers of the thread before a turn."""
        before = (other for other in self.memory.turns(turn.thread) if other.number < turn.number and other.answer is not None)
        return tuple(Exchange(other.question.text, other.answer.text if other.answer else "", other.question.report) for other in before)

    def _earlier(self, turn: Turn) -> tuple[Passage, ...]:
        """What the turn before a follow-up was answered from: read again beside what is found anew."""
        before = [other for other in self.memory.turns(turn.thread) if other.number < turn.number]
        if not before or turn.question.text == turn.said or before[-1].answer is None:
            return ()
        return read_for(before[-1].answer)

    async def _answers(
        self, asked: Question, earlier: tuple[Passage, ...] = (), dialogue: Dialogue = ()
    ) -> AsyncGenerator[TraceEvent | Answer, None]:
        """The question as it may leave this machine, whatever turn it comes from; the answer says so where tracing masked something."""
        shown = entered(asked, self.settings, dialogue)
        budget = Budget(self.settings, masked=shown.masked)
        if shown.notice:
            yield TraceEvent(stage="understand", detail=shown.notice, data={"leaves": shown.notice, "host": shown.host})
        async for item in self._spoken(shown.question, budget, earlier, shown.dialogue):
            if isinstance(item, TraceEvent):
                yield item
            elif shown.traced and shown.masked:
                yield item.model_copy(update={"limitations": (*item.limitations, _MASKED)})
            else:
                yield item if shown.question == asked else item.model_copy(update={"question": asked})

    async def _spoken(
        self, asked: Question, budget: Budget, earlier: tuple[Passage, ...], dialogue: Dialogue
    ) -> AsyncGenerator[TraceEvent | Answer, None]:
        """The question in its own language: researched in English, answered in the language wanted where a model can, and saying so."""
        code, taken = language(asked.text), taken_for(asked)
        wanted = self.settings.answer_language
        name = languages()[wanted].name if wanted else taken or languages()[code].name
        if code == "en" and not taken:
            async for item in self._english_answers(asked, budget, earlier, dialogue):
                yield item if isinstance(item, TraceEvent) or name == "English" else await self._in_language(item, asked, name, budget)
            return
        read = await self._in_english(asked, code, taken, budget)
        if read is None:
            yield TraceEvent(stage="conclude", detail=f"abstained: taken for {taken}", data={"kind": "abstained"})
            yield self._not_read(asked, taken, budget)
            return
        yield TraceEvent(stage="understand", detail=f"{taken or languages()[code].name}; read as: {read.text}")
        async for item in self._english_answers(read, budget, earlier, dialogue):
            yield item if isinstance(item, TraceEvent) else await self._in_language(item, asked, name, budget)

    async def _in_english(self, asked: Question, code: str, taken: str, budget: Budget) -> Question | None:
        """By the model where there is one, as part of what the question may cost; by the glossary where it fails.

        None for a language that is `taken` for one without a glossary and that the model could not put into English.
        """
        try:
            may = self._model is not None and taken != FIGURES
            read = await english(self._model, asked, taken or code, budget) if self._model and may else None
        except ModelError:
            if self.settings.fallback != "extractive":
                raise
            read = None
        if taken:
            return read if read and not taken_for(read) else None
        return read or glossed(asked, code, self._cognates)

    @cached_property
    def _cognates(self) -> Cognates:
        """The words of the index's guidelines and topics, read at the first question in another language."""
        kept = (passage for passage in self.index.passages if passage.source.kind in ("guideline", "topic"))
        return Cognates.of(f"{passage.source.title}. {passage.spoken}" for passage in kept)

    def _not_read(self, asked: Question, taken: str, budget: Budget) -> Abstained:
        """The abstention that says what the question was taken for, and what helps."""
        manifest = self.index.manifest
        provenance = Provenance(
            reasoner=self._rules.name, model=self.settings.model or self.settings.base_url, preset=self.settings.preset,
            index=manifest.corpus_hash, embedding=f"{manifest.model} ({manifest.model_fingerprint})", **spending(budget),
        )  # fmt: skip
        return Abstained(
            question=asked, reason=why_not_read(taken, model=self._model is not None), seconds=budget.seconds,
            provenance=provenance.model_copy(update={"sent": prompts_sent(budget, ())}),
        )  # fmt: skip

    async def _in_language(self, answer: Answer, asked: Question, name: str, budget: Budget) -> Answer:
        said, failed = None, ""
        if self._model and name != "English" and isinstance(answer, Answered):
            try:
                said = await translated(self._model, answer, name, budget)
            except (ModelError, BudgetExceeded) as error:  # what was verified stands, in the words it was verified in
                failed = f" It could not be translated: {error}"
        own = taken_for(asked) or languages()[language(asked.text)].name
        held = f"Asked in {own}" if own != "English" else f"Wanted in {name}"
        note = f"{held}; the sources are English, and the answer quotes them.{failed}"
        final = said[0] if said else answer
        if said is not None:
            left = f" {said[1]} of its sentences stayed in English: their figures did not survive." if said[1] else ""
            note = f"Verified in English and translated into {name} by the model; figures were compared.{left}"
        sent = prompts_sent(budget, final.provenance.sent)
        spent = final.provenance.model_copy(update=spending(budget) | {"sent": sent})
        return final.model_copy(
            update={"question": asked, "limitations": (note, *final.limitations), "provenance": spent, "seconds": budget.seconds}
        )

    async def _english_answers(
        self, asked: Question, budget: Budget, earlier: tuple[Passage, ...], dialogue: Dialogue
    ) -> AsyncGenerator[TraceEvent | Answer, None]:
        """Researched with its shorthand spelled out and what follows from its values; the answer shows the question as asked."""
        spelled = spelled_out(asked)
        read, reckoned = with_derived(spelled)
        if read.text != asked.text:
            yield TraceEvent(stage="understand", detail=f"read as: {read.text}")
        notes = tuple(f"Reckoned from the values given: {said}." for said in reckoned)
        async for item in self._researched(read, spelled, budget, earlier, dialogue):
            if isinstance(item, TraceEvent):
                yield item
            else:
                yield item.model_copy(update={"question": asked, "limitations": (*notes, *item.limitations)})

    async def _researched(
        self, asked: Question, spelled: Question, budget: Budget, earlier: tuple[Passage, ...], dialogue: Dialogue
    ) -> AsyncGenerator[TraceEvent | Answer, None]:
        """By the model that reasons over the question as it was asked, or by rules over it with what follows from its values."""
        ears = self._listening(asked)
        try:
            judge = entailment(self.settings, self._model, budget)
            if self._reasons(asked, dialogue):
                run = self._inquire(spelled, judge, ears, budget, earlier, dialogue)
            else:
                run = self._run(asked, self._thinker(budget), judge, ears, budget, earlier)
            async for item in run:
                yield item
        except ModelError as error:
            if self.settings.fallback != "extractive" and isinstance(error, (ModelUnavailable, ModelTimeout)):
                raise
            note = f"The chat model failed ({error}); this answer quotes the evidence without it."
            async for item in self._run(asked, self._rules, ConceptScorer(), ears, budget, earlier):
                yield item if isinstance(item, TraceEvent) else item.model_copy(update={"limitations": (note, *item.limitations)})

    @property
    def reasons(self) -> bool:
        """Whether there is a chat model that reasons itself, by the settings or by what `radqa model try` found."""
        return self._model is not None and self._reasoner is None and (self.settings.role or role_of(self._model.name)) == "reason"

    def _reasons(self, asked: Question, dialogue: Dialogue = ()) -> bool:
        """Whether the model reasons over this question: nobody can answer one that needs an image, unless what went before describes it."""
        return self.reasons and (bool(dialogue) or not needs_image(asked))

    async def _inquire(
        self, question: Question, judge: Entailment, ears: Ears, budget: Budget, earlier: tuple[Passage, ...],
        dialogue: Dialogue,
    ) -> AsyncGenerator[TraceEvent | Answer, None]:  # fmt: skip
        assert self._model is not None
        retriever, live = ears
        deps = InquiryDeps(
            settings=self.settings, retriever=retriever, library=self.library, reasoner=self._rules, budget=budget, live=live,
            entailment=judge, inquirer=Inquirer(self._model, self.settings, budget), reader=self._rules.reader,
            tools=self.tools if calls_well(self._model.name) else {},
        )  # fmt: skip
        async for item in self._streamed(self._inquiry, {"question": question, "earlier": earlier, "dialogue": dialogue}, deps):
            yield item

    def _thinker(self, budget: Budget) -> Reasoner:
        if self._reasoner is not None:
            return self._reasoner
        return ModelReasoner(self._rules, self._model, budget) if self._model else self._rules

    def _listening(self, question: Question) -> Ears:
        """Who is asked for passages: the index, and, where the settings say so, live sources beside it."""
        if not self.settings.web.on:
            return self._retriever, None
        from retrievers.web.join import JoinedRetriever, Twins
        from retrievers.web.voice import WebVoice

        with self._lock:
            self._twins = self._twins or Twins(self.index)
        voice = WebVoice(
            self.settings.web, question.text, [option.text for option in question.options],
            known=self.library.knows, weight=self.library.weight, twin=self._twins,
        )  # fmt: skip
        return JoinedRetriever(self._retriever, voice), voice

    async def aclose(self) -> None:
        """Close this event loop's connections to live sources, where there are any."""
        if self.settings.web.on:
            from retrievers.web.http import close_shared

            await close_shared()

    async def _run(
        self, question: Question, reasoner: Reasoner, judge: Entailment, ears: Ears, budget: Budget, earlier: tuple[Passage, ...]
    ) -> AsyncGenerator[TraceEvent | Answer, None]:
        retriever, live = ears
        deps = Deps(
            settings=self.settings, retriever=retriever, library=self.library, reasoner=reasoner, budget=budget, live=live,
            entailment=judge,
        )  # fmt: skip
        async for item in self._streamed(self._graph, {"question": question, "earlier": earlier}, deps):
            yield item

    async def _streamed(self, graph: Any, state: dict[str, Any], deps: Deps) -> AsyncGenerator[TraceEvent | Answer, None]:
        """A graph's events as they come, then its answer."""
        modes = ["updates", "custom"]
        async for part in graph.astream(state, context=deps, stream_mode=modes, subgraphs=True, version="v2"):
            if part["type"] == "custom" and isinstance(part["data"], TraceEvent):
                yield part["data"]
            elif part["type"] == "updates" and isinstance(part["data"].get("conclude"), dict):
                yield await self._kept(part["data"]["conclude"]["answer"], deps.live)

    async def _kept(self, answer: Answer, live: LiveRetriever | None) -> Answer:
        """The answer; the live documents that it cites are kept first, where a setting asks for it and their licence allows."""
        folder = self.settings.web.keep
        if live is None or folder is None or not isinstance(answer, Answered):
            return answer
        from retrievers.web.keep import keep_open

        cited = {citation.document_id for claim in answer.claims for citation in claim.citations}
        try:
            kept, left = await asyncio.to_thread(keep_open, live.found(cited), folder.expanduser())
        except FolderUnwritable as error:
            kept, left = [], [f"Nothing was kept: {error}"]
        notes = (*(f"Kept {item.title} ({item.licence}) in {item.file}" for item in kept), *left)
        return answer.model_copy(update={"provenance": answer.provenance.model_copy(update={"notes": (*answer.provenance.notes, *notes)})})


def read_for(answer: Answer) -> tuple[Passage, ...]:
    """The passages of an answer's best evidence, which a follow-up reads again."""
    return tuple({item.passage.id: item.passage for item in answer.evidence[:_EARLIER]}.values())


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
