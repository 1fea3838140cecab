"""plan: the facets to research, one per option or several aspects of an open question."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import Deps, State
from agent.types import Plan


async def plan(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `plan`."""
    with timed(runtime, "plan"):
        made = await runtime.context.reasoner.plan(state["question"], state["concepts"])
    ids, labels = [facet.id for facet in made.facets], [facet.label for facet in made.facets]
    counted = f"{len(labels)} facet{'s' * (len(labels) != 1)}"
    tell(runtime, "plan", f"{counted}: {'; '.join(labels)}", facets=labels, facet_ids=ids, requirements=_requirements(made))
    return {"plan": made}


def _requirements(made: Plan) -> dict[str, dict[str, str]]:
    """Option -> what would make it right and what would speak against it, where a model said so."""
    return {facet.id: {"true_if": facet.true_if, "false_if": facet.false_if} for facet in made.facets if facet.true_if or facet.false_if}
