"""retrieve: a facet's queries through all voices of the retriever, in one embedding batch."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import BranchState, Deps
from retrievers.types import Hit, Query

DEPTH = 40


async def retrieve(state: BranchState, runtime: Runtime[Deps]) -> BranchState:
    """Adds `hits` (merged over queries, the best score of each passage), `tried` and `searched`."""
    queries = state["queries"]
    with timed(runtime, "retrieve"):
        answers = await runtime.context.retriever.retrieve_many([Query(text=text, k=DEPTH) for text in queries])
    best: dict[str, Hit] = {hit.passage.id: hit for hit in state.get("hits", ())}
    for hit in (hit for answer in answers for hit in answer):
        if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
            best[hit.passage.id] = hit
    hits = tuple(sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id)))
    tell(
        runtime, "retrieve", f"{len(hits)} passages for {len(queries)} quer{'y' if len(queries) == 1 else 'ies'}",
        facet_id=state["facet"].id, round=state["round"], queries=list(queries), hits=[_shown(hit) for hit in hits[:12]],
    )  # fmt: skip
    return {"hits": hits, "tried": queries, "searched": queries}


def _shown(hit: Hit) -> dict[str, object]:
    return {
        "passage": hit.passage.id,
        "title": hit.passage.source.title,
        "section": hit.passage.section,
        "text": hit.passage.shown[:300],
        "score": round(hit.score, 4),
        "ranks": {rank.retriever: rank.rank for rank in hit.ranks},
        "why": hit.why,
    }
