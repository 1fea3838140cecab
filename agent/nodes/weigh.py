"""weigh: all facets' evidence together."""

from __future__ import annotations

from langgraph.runtime import Runtime
from langgraph.types import Send

from agent.judging.precedence import overruled
from agent.nodes.events import tell, timed
from agent.reading.asked import Asked
from agent.reasoners.protocol import Weighed
from agent.state import BranchState, Deps, State
from retrievers.types import Hit


async def weigh(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `weighed`."""
    with timed(runtime, "weigh"):
        question = state["question"]
        weighed = await runtime.context.reasoner.weigh(question, state["concepts"], state["plan"], state.get("grades", ()))
        weighed = _led_by_the_package(weighed, Asked.of(question.text, question.report))
    weights = [{"label": w.label, "supporting": w.supporting, "contradicting": w.contradicting, "score": w.score} for w in weighed.weights]
    detail = f"{len(weighed.evidence)} pieces of evidence" + (f"; conflict: {' | '.join(weighed.conflicts)}" if weighed.conflicts else "")
    tell(runtime, "weigh", detail, best=round(weighed.best, 3), weights=weights, conflicts=list(weighed.conflicts))
    return {"weighed": weighed, "attempts": 0, "dropped": ()}


def _led_by_the_package(weighed: Weighed, asked: Asked) -> Weighed:
    """Without the evidence of own documents that contradicts a guideline or topic of the package; their best is kept as disagreeing."""
    against = overruled(weighed.evidence, asked)
    if not against:
        return weighed
    names = {item.id for item in against}
    best = {item.passage.document_id: item for item in reversed(against)}
    kept = tuple(item for item in weighed.evidence if item.id not in names)
    return weighed.model_copy(update={"evidence": kept, "disagreeing": (*weighed.disagreeing, *best.values())})


def branches(state: State) -> list[Send]:
    """One research branch per facet of the plan."""
    return [Send("research", _branch(state, number)) for number in range(len(state["plan"].facets))]


def _branch(state: State, number: int) -> BranchState:
    facet = state["plan"].facets[number]
    known = tuple(Hit(passage=passage, score=0.0, retriever="earlier") for passage in state.get("earlier", ()))
    return {
        "question": state["question"],
        "concepts": state["concepts"],
        "facet": facet,
        "round": 1,
        "queries": facet.queries,
        "hits": known,
    }
