"""prepare: the question as it is researched. Its turn, without identifiers, in English, spelled out, with what follows from its values."""

from __future__ import annotations

from typing import NamedTuple

from langgraph.runtime import Runtime

from agent.calculators.derived import with_derived
from agent.chat.privacy import entered
from agent.errors import ModelError
from agent.language.languages import language, languages
from agent.language.translation import english, glossed
from agent.language.unread import FIGURES, taken_for, why_not_read
from agent.memory import Memory
from agent.nodes.conclude import prompts_sent, spending
from agent.nodes.events import tell
from agent.reading.conversation import standalone
from agent.reading.shorthand import spelled_out
from agent.state import AgentDeps, QuestionState, Said
from agent.types import Abstained, Provenance, Question


async def prepare(state: QuestionState, runtime: Runtime[AgentDeps]) -> QuestionState:
    """Adds what is researched, or the answer to a question in a language that is not read."""
    deps, said = runtime.context, runtime.context.said
    _in_its_thread(said, runtime)
    shown = said.entered = entered(said.asked, deps.settings, said.dialogue)
    deps.budget.masked = shown.masked
    if shown.notice:
        tell(runtime, "understand", shown.notice, leaves=shown.notice, host=shown.host)
    tongue = Tongue.of(shown.question, deps.settings.answer_language)
    made: QuestionState = {"earlier": said.earlier, "dialogue": shown.dialogue, "language": tongue.wanted}
    read = shown.question if tongue.is_english else await _in_english(shown.question, tongue, deps)
    if read is None:
        tell(runtime, "conclude", f"abstained: taken for {tongue.taken}", kind="abstained")
        return made | {"answer": _not_read(shown.question, tongue.taken, deps)}
    if not tongue.is_english:
        tell(runtime, "understand", f"{tongue.taken or languages()[tongue.code].name}; read as: {read.text}")
    spelled = spelled_out(read)
    question, reckoned = with_derived(spelled)
    if question.text != read.text:
        tell(runtime, "understand", f"read as: {question.text}")
    return made | {
        "spelled": spelled,
        "question": question,
        "notes": tuple(f"Reckoned from the values given: {one}." for one in reckoned),
    }


def _in_its_thread(said: Said, runtime: Runtime[AgentDeps]) -> None:
    """Adds what went before; a question of a thread begins a turn, if it is not one that was left unfinished."""
    deps = runtime.context
    if said.turn is None and not said.thread:
        return
    memory = deps.memory()
    if said.turn is None:
        read = _read_in(memory, said.thread, said.asked, deps)
        if read.text != said.asked.text:
            tell(runtime, "understand", f"read as: {read.text}")
        said.turn = memory.begin(said.thread, said.asked.text, read)
    said.dialogue, said.earlier = memory.dialogue(said.turn), memory.earlier(said.turn)
    own_words = bool(said.dialogue) and deps.reasons  # a model that reasons reads the dialogue itself
    said.asked = said.turn.question.model_copy(update={"text": said.turn.said}) if own_words else said.turn.question


def _read_in(memory: Memory, thread: str, asked: Question, deps: AgentDeps) -> Question:
    """The question as it stands alone: a follow-up takes what it leaves open from the turn before it, the report too."""
    turns = memory.turns(thread)
    if not turns or asked.options:
        return asked
    earlier = turns[-1].question
    text = standalone(asked.text, earlier.text, deps.library.subjects)
    return asked if text == asked.text else asked.model_copy(update={"text": text, "report": asked.report or earlier.report})


class Tongue(NamedTuple):
    """A question's language as a code, what else it is taken for, and in what its answer is said: a name, empty for English all the way."""

    code: str
    taken: str
    wanted: str

    @property
    def is_english(self) -> bool:
        """Whether it is researched as it stands."""
        return self.code == "en" and not self.taken

    @classmethod
    def of(cls, asked: Question, wanted: str) -> Tongue:
        """The tongue of a question, where the settings want its answer in a language of their own or in the question's."""
        code, taken = language(asked.text), taken_for(asked)
        name = languages()[wanted].name if wanted else taken or languages()[code].name
        return cls(code, taken, "" if code == "en" and not taken and name == "English" else name)


async def _in_english(asked: Question, tongue: Tongue, deps: AgentDeps) -> Question | None:
    """By the model where there is one, as part of what the question may cost; by the glossary where it fails.

    None for a language that is `taken` for one without a glossary and that the model could not put into English.
    """
    taken, read = tongue.taken, None
    try:
        if deps.model is not None and taken != FIGURES:
            read = await english(deps.model, asked, taken or tongue.code, deps.budget)
    except ModelError:
        if deps.settings.fallback != "extractive":
            raise
    if taken:
        return read if read and not taken_for(read) else None
    return read or glossed(asked, tongue.code, deps.cognates())


def _not_read(asked: Question, taken: str, deps: AgentDeps) -> Abstained:
    """The abstention that says what the question was taken for, and what helps."""
    manifest, settings, budget = deps.library.index.manifest, deps.settings, deps.budget
    provenance = Provenance(
        reasoner=deps.rules.name, model=settings.model or settings.base_url, preset=settings.preset,
        index=manifest.corpus_hash, embedding=f"{manifest.model} ({manifest.model_fingerprint})",
        sent=prompts_sent(budget, ()), **spending(budget),
    )  # fmt: skip
    return Abstained(
        question=asked, reason=why_not_read(taken, model=deps.model is not None), seconds=budget.seconds, provenance=provenance,
    )  # fmt: skip
