"""The graph as LangGraph Studio and `langgraph dev` start it: `langgraph.json` names `graph` here.

What Studio sends is plain JSON, so one node around the whole flow makes a question of it and the agent's context; the flow's own nodes
run inside it and show as its subgraph. Annotations are no strings here: the file is loaded by its path, where nothing finds their names.
"""

import asyncio
from functools import cache
from typing import Any

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict  # of `typing` pydantic makes no schema before Python 3.12, and Studio shows its form by one

from agent.app import RadiologyAgent
from agent.graph import question_graph
from agent.render import as_json
from agent.state import BEGUN, Said
from agent.types import Question
from serve.bridges import shared_agent


class Asked(TypedDict, total=False):
    """A question as it comes in."""

    question: str
    options: dict[str, str]
    report: str


class Told(TypedDict):
    """The answer's document, as of `radqa ask --json`, and its designed text."""

    answer: dict[str, Any]
    text: str


class Turn(Asked, Told):
    """Both."""


def graph() -> Any:
    """The compiled graph over an agent with the default settings, which is made at the first question.

    LangGraph hands the run's configuration to a factory that takes anything, so this one takes nothing.
    """
    return graph_over(None)


def graph_over(agent: RadiologyAgent | None) -> Any:
    """As `graph`, over this agent."""
    flow = question_graph()

    async def answer(state: Asked) -> Told:
        asked = agent if agent is not None else await asyncio.to_thread(_ready)
        question = Question.of(state["question"], state.get("options") or None, state.get("report", ""))
        found = (await flow.ainvoke(BEGUN, context=asked.context(Said(question))))["answer"]
        return {"answer": as_json(found), "text": str(found)}

    outer = StateGraph(Turn, input_schema=Asked, output_schema=Told)
    outer.add_node("answer", answer)
    outer.add_edge(START, "answer")
    outer.add_edge("answer", END)
    return outer.compile()


@cache
def _ready() -> RadiologyAgent:
    """The agent with everything read that its first question would read: `langgraph dev` refuses what blocks its event loop."""
    agent = shared_agent()
    agent.warm()
    return agent
