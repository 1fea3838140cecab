"""The whole flow on one screen. `python -m agent.graph` writes its picture into ARCHITECTURE.md, `... check` tells whether it drifted.

START -> prepare -> quote | reason (fallback, where the model fails) -> finish -> END
quote: understand -> plan -> research (per facet) -> weigh -> compose -> verify -> conclude
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from langgraph.errors import NodeError
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.errors import ModelError
from agent.inquiry.graph import inquiry_graph
from agent.nodes.answering import by_rules, by_whom, model_failed, quoted, reasoned
from agent.nodes.branch import research_branch
from agent.nodes.compose import compose
from agent.nodes.conclude import conclude
from agent.nodes.finish import finish
from agent.nodes.plan import plan
from agent.nodes.prepare import prepare
from agent.nodes.understand import understand
from agent.nodes.verify import repaired, verify
from agent.nodes.weigh import branches, weigh
from agent.state import AgentDeps, BranchState, Deps, QuestionState, State
from corpora.errors import RadqaError


@cache
def question_graph() -> Any:
    """The compiled graph of a question, from its asking to the answer that is shown; where a model fails, the rules stand in.

    One serves every agent of a process: what a run works with is its context.
    """
    flow, inquiry, stand_in = answer_graph(), inquiry_graph(), (answer_graph(),)  # in a tuple LangGraph does not draw it once more

    async def quote(state: QuestionState, runtime: Runtime[AgentDeps]) -> QuestionState:
        return await quoted(flow, state, runtime.context)

    async def reason(state: QuestionState, runtime: Runtime[AgentDeps]) -> QuestionState:
        return await reasoned(inquiry, state, runtime.context)

    async def fallback(state: QuestionState, runtime: Runtime[AgentDeps]) -> QuestionState:
        return await by_rules(stand_in[0], state, runtime.context)

    graph = StateGraph(QuestionState, context_schema=AgentDeps)
    graph.add_node("prepare", prepare)
    graph.add_node("quote", quote, error_handler=model_failed)
    graph.add_node("reason", reason, error_handler=model_failed)
    graph.add_node("fallback", fallback)
    graph.add_node("finish", finish)
    graph.add_edge(START, "prepare")
    graph.add_conditional_edges("prepare", by_whom)
    graph.add_edge("quote", "finish")
    graph.add_edge("reason", "finish")
    graph.add_edge("fallback", "finish")
    graph.add_edge("finish", END)
    return graph.compile()


def answer_graph() -> Any:
    """The compiled flow of an answer by rules, or by a model that stands on them; one failing branch never takes the others down."""
    graph = StateGraph(State, context_schema=Deps)
    graph.add_node("understand", understand)
    graph.add_node("plan", plan)
    graph.add_node("research", research_branch(), error_handler=branch_failed)
    graph.add_node("weigh", weigh)
    graph.add_node("compose", compose)
    graph.add_node("verify", verify)
    graph.add_node("conclude", conclude)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "plan")
    graph.add_conditional_edges("plan", branches, ["research"])
    graph.add_edge("research", "weigh")
    graph.add_edge("weigh", "compose")
    graph.add_edge("compose", "verify")
    graph.add_conditional_edges("verify", repaired, {"compose": "compose", "conclude": "conclude"})
    graph.add_edge("conclude", END)
    return graph.compile()


def branch_failed(state: BranchState, error: NodeError) -> Command[str]:
    """What a failed branch leaves behind: a line that says what could not be researched. Bugs and a failed model are not swallowed."""
    cause = error.error
    if not isinstance(cause, RadqaError) or isinstance(cause, ModelError):
        raise cause
    problem = f"{state['facet'].label} could not be researched: {cause}"
    return Command(update={"problems": (problem,)}, goto="weigh")


_ARCHITECTURE = Path(__file__).parents[1] / "ARCHITECTURE.md"
_PICTURE = re.compile(r"(<!-- graph -->\n```mermaid\n).*?(```\n<!-- /graph -->)", re.DOTALL)


def picture() -> str:
    """The graph of a question, then the flow within its node `quote`, whose branches LangGraph does not open there, as Mermaid."""
    question, quote = (str(one.get_graph(xray=True).draw_mermaid()) for one in (question_graph(), answer_graph()))
    return f"{question}```\n\nWithin `quote`, and `fallback`:\n\n```mermaid\n{quote}"


def main(arguments: list[str], path: Path = _ARCHITECTURE) -> int:
    """Write the picture, or check it with `check`; 0 when all is well, 1 when it drifted or has no place, 2 for misuse."""
    if arguments not in ([], ["check"]):
        print("usage: python -m agent.graph [check]")  # noqa: T201
        return 2
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not _PICTURE.search(text):
        print(f"{path.name} has no place for the picture: <!-- graph -->, a mermaid block, <!-- /graph -->")  # noqa: T201
        return 1
    drawn = _PICTURE.sub(lambda match: match[1] + picture() + match[2], text)
    if not arguments:
        path.write_text(drawn, encoding="utf-8")
    elif drawn != text:
        print(f"The picture in {path.name} is not the graph's; run: python -m agent.graph")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
