"""The flow of an inquiry on one screen.

START -> read -> plan -> research <-> answer -> check -> repair (once) -> conclude -> END
"""

from __future__ import annotations

from typing import Any

from langgraph.graph import END, START, StateGraph

from agent.inquiry.nodes.answer import answer, anything_further
from agent.inquiry.nodes.check import check, needs_repair
from agent.inquiry.nodes.conclude import conclude
from agent.inquiry.nodes.plan import plan
from agent.inquiry.nodes.read import read
from agent.inquiry.nodes.repair import repair
from agent.inquiry.nodes.research import research
from agent.inquiry.state import InquiryDeps, InquiryState


def inquiry_graph() -> Any:
    """The compiled graph."""
    graph = StateGraph(InquiryState, context_schema=InquiryDeps)
    nodes = {"read": read, "plan": plan, "research": research, "compose": answer, "check": check, "repair": repair, "conclude": conclude}
    for name, node in nodes.items():
        graph.add_node(name, node)
    graph.add_edge(START, "read")
    graph.add_edge("read", "plan")
    graph.add_edge("plan", "research")
    graph.add_edge("research", "compose")
    graph.add_conditional_edges("compose", anything_further, {"research": "research", "check": "check"})
    graph.add_conditional_edges("check", needs_repair, {"repair": "repair", "conclude": "conclude"})
    graph.add_edge("repair", "conclude")
    graph.add_edge("conclude", END)
    return graph.compile()
