"""answer: sentences with what they rest on, the option after reading, and what must be searched for first."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from agent.inquiry.state import InquiryDeps, InquiryState
from agent.nodes.events import tell, timed
from corpora.identifiers import mask


async def answer(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `composition`, the passages `shown` for it, and `further` queries where they are worth another search."""
    deps = runtime.context
    with timed(runtime, "compose"):
        made, shown = await deps.asking.answer(
            state["question"], state["evidence"], own=state.get("own"), hints=state["hints"], dossiers=state.get("dossiers", ())
        )
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


def anything_further(state: InquiryState) -> Literal["research", "check"]:
    """Back to research where the model asked for more, else on to checking."""
    return "research" if state["further"] else "check"
