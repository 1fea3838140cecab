"""answer: sentences with what they rest on, the option after reading, and what must be searched for first."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from agent.inquiry.nodes.read import STEP_FAILED
from agent.inquiry.schemas import Composition
from agent.inquiry.state import InquiryDeps, InquiryState, Own
from agent.nodes.events import tell, timed
from corpora.privacy.identifiers import mask


async def answer(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `composition`, the passages `shown` for it, and `further` queries where they are worth another search."""
    deps, own = runtime.context, state.get("own")
    with timed(runtime, "compose"):
        try:
            made, shown = await deps.asking.answer(
                state["question"], state["evidence"], own=own, hints=state["hints"], dossiers=state.get("dossiers", ())
            )
        except STEP_FAILED as error:
            if own is None or own.option is None:
                raise
            tell(runtime, "compose", f"the choice before reading stands: {error}")
            return _unread(state, own, str(error))
    asked = (mask(" ".join(query.split())).text for query in made.search)
    new = tuple(dict.fromkeys(text for text in asked if text and text not in state["searched"]))
    rests = any(line.evidence for line in made.sentences)
    wanting = bool(made.open) or not rests
    further = new if wanting and state["rounds"] < deps.settings.rounds and deps.budget.left else ()
    detail = f"{len(made.sentences)} sentences proposed over {len(shown)} passages" + (
        f"; asking also: {'; '.join(further)}" if further else ""
    )
    tell(runtime, "compose", detail, drafts=[line.text for line in made.sentences], option=made.option, sure=made.sure)
    return {"composition": made, "shown": shown, "further": further, "repaired": False, "judged": ()}


def _unread(state: InquiryState, own: Own, why: str) -> InquiryState:
    """The option that the model took before it read, where it could not answer after: what it knows is not lost."""
    notes = (*state.get("notes", ()), f"The model gave no answer after reading: {why}")
    made = Composition(sentences=[], option=own.option or "", sure=100 * own.sure)
    return {"composition": made, "shown": state["evidence"], "further": (), "repaired": True, "judged": (), "notes": notes}


def anything_further(state: InquiryState) -> Literal["research", "check"]:
    """Back to research where the model asked for more, else on to checking."""
    return "research" if state["further"] else "check"
