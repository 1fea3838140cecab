"""understand: the question's task, core and parameters."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import Deps, State


async def understand(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `concepts`."""
    with timed(runtime, "understand"):
        concepts = await runtime.context.reasoner.understand(state["question"])
    parameters = [quantity.text for quantity in concepts.parameters]
    linked = [f"{mention.name} ({mention.cui}, {mention.assertion})" for mention in concepts.concepts]
    tell(
        runtime, "understand", f"{concepts.task}: {concepts.core}",
        task=concepts.task, core=concepts.core, parameters=parameters, concepts=linked,
    )  # fmt: skip
    return {"concepts": concepts}
