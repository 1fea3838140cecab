"""The research loop of one facet: retrieve, grade, and refine until there is enough."""

from __future__ import annotations

from typing import Any

from langgraph.graph import END, START, StateGraph

from agent.nodes.grade import enough, grade
from agent.nodes.refine import anything_new, refine
from agent.nodes.retrieve import retrieve
from agent.state import BranchOutput, BranchState, Deps


def research_branch() -> Any:
    """The compiled subgraph; its narrow output keeps parallel branches from writing each other's keys."""
    graph = StateGraph(BranchState, context_schema=Deps, output_schema=BranchOutput)
    graph.add_node("retrieve", retrieve)
    graph.add_node("grade", grade)
    graph.add_node("refine", refine)
    graph.add_edge(START, "retrieve")
    graph.add_edge("retrieve", "grade")
    graph.add_conditional_edges("grade", enough, {"enough": END, "refine": "refine"})
    graph.add_conditional_edges("refine", anything_new, {"retrieve": "retrieve", "stop": END})
    return graph.compile()
