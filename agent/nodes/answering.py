"""Who answers a prepared question: the rules or a model that stands on them, a model that reasons, or the rules after a model failed."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.chat.roles import calls_well
from agent.errors import ModelError, ModelTimeout, ModelUnavailable
from agent.inquiry.asking import Inquirer
from agent.inquiry.state import InquiryDeps
from agent.judging.entailment import ConceptScorer, Entailment, entailment
from agent.reading.image import needs_image
from agent.reasoners.llm import ModelReasoner
from agent.reasoners.protocol import Reasoner
from agent.state import AgentDeps, Deps, QuestionState


def by_whom(state: QuestionState, runtime: Runtime[AgentDeps]) -> Literal["finish", "quote", "reason"]:
    """Where a prepared question goes: nobody can answer one that needs an image, unless what went before describes it."""
    if "question" not in state:
        return "finish"
    reasons = runtime.context.reasons and (bool(state["dialogue"]) or not needs_image(state["question"]))
    return "reason" if reasons else "quote"


async def quoted(flow: Any, state: QuestionState, deps: AgentDeps) -> QuestionState:
    """By the agent's own reasoner, or by the model where it has one, over what follows from the question's values."""
    return await _run(flow, state, deps, _thinker(deps), entailment(deps.settings, deps.model, deps.budget))


async def by_rules(flow: Any, state: QuestionState, deps: AgentDeps) -> QuestionState:
    """By the rules alone: nothing is asked of a model."""
    return await _run(flow, state, deps, deps.rules, ConceptScorer())


async def reasoned(flow: Any, state: QuestionState, deps: AgentDeps) -> QuestionState:
    """By the model that reasons, over the question as it was asked."""
    assert deps.model is not None
    ears = deps.listening.to(state["question"])
    within = InquiryDeps(
        settings=deps.settings, retriever=ears.retriever, library=deps.library, reasoner=deps.rules, budget=deps.budget, live=ears.live,
        entailment=entailment(deps.settings, deps.model, deps.budget), inquirer=Inquirer(deps.model, deps.settings, deps.budget),
        reader=deps.rules.reader, tools=deps.tools() if calls_well(deps.model.name) else {},
    )  # fmt: skip
    given = {"question": state["spelled"], "earlier": state["earlier"], "dialogue": state["dialogue"]}
    return {"answer": (await flow.ainvoke(given, context=within))["answer"]}


async def _run(flow: Any, state: QuestionState, deps: AgentDeps, reasoner: Reasoner, judge: Entailment) -> QuestionState:
    ears = deps.listening.to(state["question"])
    within = Deps(
        settings=deps.settings, retriever=ears.retriever, library=deps.library, reasoner=reasoner, budget=deps.budget, live=ears.live,
        entailment=judge,
    )  # fmt: skip
    return {"answer": (await flow.ainvoke({"question": state["question"], "earlier": state["earlier"]}, context=within))["answer"]}


def _thinker(deps: AgentDeps) -> Reasoner:
    if deps.own is not None:
        return deps.own
    return ModelReasoner(deps.rules, deps.model, deps.budget) if deps.model else deps.rules


def model_failed(state: QuestionState, error: NodeError, runtime: Runtime[AgentDeps]) -> Command[str]:
    """To the rules, with a note, where a model did not give what was asked; a server that is gone only where the settings allow it."""
    cause = error.error
    gone = isinstance(cause, (ModelUnavailable, ModelTimeout)) and runtime.context.settings.fallback != "extractive"
    if not isinstance(cause, ModelError) or gone:
        raise cause
    note = f"The chat model failed ({cause}); this answer quotes the evidence without it."
    return Command(update={"failed": (note,)}, goto="fallback")
