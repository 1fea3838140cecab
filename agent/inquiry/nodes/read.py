"""read: the turn as it stands alone, and what follows from the values that it states."""

from __future__ import annotations

import re

from langgraph.runtime import Runtime

from agent.conversation import standalone
from agent.errors import BudgetExceeded, MalformedModelOutput, ModelRefused, PromptTooLong
from agent.inquiry.hints import hints
from agent.inquiry.state import InquiryDeps, InquiryState
from agent.nodes.events import tell, timed
from agent.types import Question

STEP_FAILED = (MalformedModelOutput, ModelRefused, PromptTooLong, BudgetExceeded)
"""Errors after which a step is done without the model; a server that fails ends the inquiry."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


async def read(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Replaces a follow-up by the question that it is, and adds `hints`."""
    asked, dialogue, deps = state["question"], state.get("dialogue", ()), runtime.context
    notes: tuple[str, ...] = ()
    with timed(runtime, "understand"):
        if dialogue and not asked.options:
            asked, notes = await _alone(asked, dialogue, deps)
        found = hints(asked, deps.library)
    detail = "; ".join((f"read as: {asked.text}" if asked != state["question"] else asked.text, *(f"reckoned: {hint}" for hint in found)))
    tell(runtime, "understand", detail, core=asked.text, hints=list(found))
    return {"question": asked, "hints": found, "notes": notes}


async def _alone(asked: Question, dialogue: tuple[tuple[str, str], ...], deps: InquiryDeps) -> tuple[Question, tuple[str, ...]]:
    """The follow-up by the model, where it adds no figure; by the rules otherwise."""
    ruled = standalone(asked.text, dialogue[-1][0])
    try:
        made = await deps.asking.turn(asked.text, asked.report, dialogue)
    except STEP_FAILED as error:
        return asked.model_copy(update={"text": ruled}), (f"The follow-up was read without the model: {error}",)
    known = set(_FIGURE.findall("\n".join((asked.text, asked.report, *(text for turn in dialogue for text in turn)))))
    said = set(_FIGURE.findall(asked.text))
    faithful = said <= set(_FIGURE.findall(made)) <= known | said
    return asked.model_copy(update={"text": made if faithful else ruled}), ()
