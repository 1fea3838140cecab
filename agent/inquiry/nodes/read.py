"""read: the turn as it stands alone, and what follows from the values that it states."""

from __future__ import annotations

import re

from langgraph.runtime import Runtime

from agent.errors import BudgetExceeded, MalformedModelOutput, ModelRefused, PromptTooLong
from agent.inquiry.hints import hints
from agent.inquiry.state import InquiryDeps, InquiryState
from agent.nodes.events import tell, timed
from agent.reading.conversation import Dialogue, standalone
from agent.types import Question

STEP_FAILED = (MalformedModelOutput, ModelRefused, PromptTooLong, BudgetExceeded)
"""Errors after which a step is done without the model; a server that fails ends the inquiry."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


async def read(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Replaces a follow-up by the question that it is, with the report it is about, and adds `hints`; the answer tells how it was read."""
    asked, dialogue, deps = state["question"], state.get("dialogue", ()), runtime.context
    notes: tuple[str, ...] = ()
    with timed(runtime, "understand"):
        if dialogue and not asked.options:
            asked, notes = await _alone(asked, dialogue, deps)
        found = hints(asked, deps.library)
    told = (f"Read as: {asked.text}",) if asked.text != state["question"].text else ()
    detail = "; ".join((*(told or (asked.text,)), *(f"reckoned: {hint}" for hint in found)))
    tell(runtime, "understand", detail, core=asked.text, hints=list(found))
    return {"question": asked, "hints": found, "notes": notes, "problems": told}


async def _alone(asked: Question, dialogue: Dialogue, deps: InquiryDeps) -> tuple[Question, tuple[str, ...]]:
    """The follow-up by the model, where it adds no figure; by the rules otherwise. What stands alone takes over no report."""
    before = dialogue[-1]
    notes: tuple[str, ...] = ()
    read = standalone(asked.text, before.question, deps.library.subjects)
    try:
        made = await deps.asking.turn(asked.text, asked.report or before.report, dialogue)
        read = made if _faithful(made, asked, dialogue) else read
    except STEP_FAILED as error:
        notes = (f"The follow-up was read without the model: {error}",)
    if _bare(read) == _bare(asked.text):
        return asked, notes
    return asked.model_copy(update={"text": read, "report": asked.report or before.report}), notes


def _faithful(made: str, asked: Question, dialogue: Dialogue) -> bool:
    """Whether a reading keeps the turn's figures and has none that stands nowhere in the conversation."""
    known = set(_FIGURE.findall("\n".join((asked.text, asked.report, *(text for turn in dialogue for text in turn)))))
    return set(_FIGURE.findall(asked.text)) <= set(_FIGURE.findall(made)) <= known


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold().strip(" ?.!")
