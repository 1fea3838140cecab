"""plan: the facets to research, one per option or several aspects of an open question."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import Deps, State


async def plan(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `plan`, and all its facets as `todo`."""
    with timed(runtime, "plan"):
        made = await runtime.context.reasoner.plan(state["question"], state["concepts"])
    labels = [facet.label for facet in made.facets]
    tell(runtime, "plan", f"{len(labels)} facet{'s' * (len(labels) != 1)}: {'; '.join(labels)}", facets=labels)
    return {"plan": made, "todo": made.facets, "pass_number": 1}
