"""compose: sentences that cite evidence ids, the answer first."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import Deps, State


async def compose(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `drafts`."""
    failed = state.get("dropped", ())
    with timed(runtime, "compose"):
        drafts = await runtime.context.reasoner.compose(state["question"], state["concepts"], state["weighed"], failed)
    tell(runtime, "compose", f"{len(drafts)} sentences proposed", drafts=[draft.text for draft in drafts])
    return {"drafts": tuple(drafts), "attempts": state.get("attempts", 0) + 1}
