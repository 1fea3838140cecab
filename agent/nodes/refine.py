"""refine: further queries for what a facet's evidence lacks."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import BranchState, Deps


async def refine(state: BranchState, runtime: Runtime[Deps]) -> BranchState:
    """Replaces `queries` and counts the round."""
    facet = state["facet"]
    with timed(runtime, "refine"):
        queries = await runtime.context.reasoner.refine(state["question"], state["concepts"], facet, state["grade"], state["tried"])
    detail = f"asking also: {'; '.join(queries)}" if queries else "nothing new to ask"
    tell(runtime, "refine", detail, facet_id=facet.id, round=state["round"] + 1, queries=list(queries))
    return {"queries": queries, "round": state["round"] + 1}


def anything_new(state: BranchState) -> Literal["retrieve", "stop"]:
    """Another retrieval when there is a new query."""
    return "retrieve" if state["queries"] else "stop"
