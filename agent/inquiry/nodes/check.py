"""check: every sentence against what it says it rests on."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from agent.inquiry.checking import Ground, judged, numbered, unchecked
from agent.inquiry.state import InquiryDeps, InquiryState, Judged
from agent.nodes.events import tell, timed


async def check(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `judged`: the sentences in their order, each with its claim or the reason why it fell."""
    ground = Ground(state["shown"], state["question"], state["hints"])
    with timed(runtime, "verify"):
        made = await judged(state["composition"].sentences, ground, runtime.context.entailment)
        if not runtime.context.settings.verification:
            made = [one if one.claim is not None else unchecked(one, ground) for one in made]
    told(runtime, made)
    return {"judged": tuple(made)}


def told(runtime: Runtime[InquiryDeps], made: list[Judged]) -> None:
    """Tell each sentence as it was judged."""
    for one in made:
        if one.claim is not None:
            (claim,) = numbered([one.claim])
            tell(runtime, "verify", one.claim.text, verdict=claim.verdict, claim=claim.model_dump(mode="json"))
        else:
            tell(runtime, "verify", f"dropped: {one.line.text}", verdict="unsupported", reason=one.reason)


def needs_repair(state: InquiryState, runtime: Runtime[InquiryDeps]) -> Literal["repair", "conclude"]:
    """Once, where a sentence was refused, or in strict mode where one is only the model's own."""
    refused = [one for one in state["judged"] if lost(one, strict=runtime.context.settings.strict)]
    return "repair" if refused and state["shown"] and not state["repaired"] and runtime.context.budget.left else "conclude"


def lost(one: Judged, *, strict: bool) -> bool:
    """Whether a sentence will not be shown as it stands."""
    return one.claim is None or (strict and one.claim.basis == "own")
