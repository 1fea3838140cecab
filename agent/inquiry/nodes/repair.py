"""repair: the refused sentences go back to the model with the reasons, once."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.inquiry.checking import Ground, judged
from agent.inquiry.nodes.check import lost, told
from agent.inquiry.nodes.read import STEP_FAILED
from agent.inquiry.state import InquiryDeps, InquiryState, Judged
from agent.nodes.events import tell, timed


async def repair(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Puts what the model made of a refused sentence in its place; what was supported before always stays."""
    deps, strict = runtime.context, runtime.context.settings.strict
    refused = [one for one in state["judged"] if lost(one, strict=strict)]
    with timed(runtime, "compose"):
        try:
            kept = [one.line.text for one in state["judged"] if not lost(one, strict=strict)]
            lines = await deps.asking.repaired(state["question"], [(one.line, one.reason) for one in refused], kept, state["shown"])
        except STEP_FAILED as error:
            return {"repaired": True, "notes": (*state.get("notes", ()), f"Refused sentences were not mended: {error}")}
    tell(runtime, "refine", f"{len(refused)} refused sentences asked for again", queries=[])
    with timed(runtime, "verify"):
        made = await judged(lines, Ground(state["shown"], state["question"], state["hints"]), deps.entailment)
    told(runtime, made)
    return {"judged": _placed(state["judged"], made, strict=strict), "repaired": True}


def _placed(before: tuple[Judged, ...], made: list[Judged], *, strict: bool) -> tuple[Judged, ...]:
    """The sentences before, the mended ones in the places of those that they mend, in order; the rest of them at the end."""
    standing = {one.claim.text for one in before if one.claim is not None and not lost(one, strict=strict)}
    held = iter(one for one in made if one.claim is None or one.claim.text not in standing)
    placed: list[Judged] = []
    for one in before:
        better = next(held, None) if lost(one, strict=strict) else None
        if better is None or better.claim is None:
            placed.append(one)
        else:
            placed += [better] if one.claim is not None else [one, better]
    return (*placed, *(one for one in held if one.claim is not None))
