"""grade: which of the hits are evidence for the facet, and whether they are enough."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import BranchState, Deps


async def grade(state: BranchState, runtime: Runtime[Deps]) -> BranchState:
    """Adds `grade`, and hands it up as `grades`."""
    facet, round = state["facet"], state["round"]
    with timed(runtime, "grade"):
        made = await runtime.context.reasoner.grade(state["question"], state["concepts"], facet, state["hits"], round)
    verdict = "enough" if made.sufficient else "not enough" + (f", missing: {', '.join(made.missing)}" if made.missing else "")
    shown = [
        {"title": item.passage.source.title, "quote": item.passage.shown[:200], "relevance": round_(item.relevance)}
        for item in made.evidence[:4]
    ]
    tell(
        runtime,
        "grade",
        f"{facet.label}: {verdict}",
        facet_id=facet.id,
        round=round,
        best=round_(made.best),
        sufficient=made.sufficient,
        evidence=shown,
    )
    return {"grade": made, "grades": (made,)}


def round_(value: float) -> float:
    """Three decimals, for the trace."""
    return round(value, 3)


def enough(state: BranchState, runtime: Runtime[Deps]) -> str:
    """Where a branch goes after grading: another round while something is missing and the budget allows, else out."""
    settings, budget = runtime.context.settings, runtime.context.budget
    if state["grade"].sufficient or state["round"] >= settings.rounds or not budget.left:
        return "enough"
    return "refine"
