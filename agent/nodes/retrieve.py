"""retrieve: a facet's queries through all voices of the retriever, in one embedding batch."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.nodes.events import tell, timed
from agent.state import BranchState, Deps
from retrievers.types import Hit, LiveRetriever, Query, Sent

DEPTH = 40


async def retrieve(state: BranchState, runtime: Runtime[Deps]) -> BranchState:
    """Adds `hits` (merged over queries, the best score of each passage), `tried` and `searched`."""
    queries, live = state["queries"], runtime.context.live
    depth, concepts = DEPTH + (live.places if live else 0), state["concepts"].concepts
    with timed(runtime, "retrieve"):
        answers = await runtime.context.retriever.retrieve_many([Query(text=text, k=depth, concepts=concepts) for text in queries])
    problems = _tell_contacts(state, runtime, live) if live else ()
    best: dict[str, Hit] = {hit.passage.id: hit for hit in state.get("hits", ())}
    for hit in (hit for answer in answers for hit in answer):
        if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
            best[hit.passage.id] = hit
    hits = tuple(sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id)))
    tell(
        runtime, "retrieve", f"{len(hits)} passages for {len(queries)} quer{'y' if len(queries) == 1 else 'ies'}",
        facet_id=state["facet"].id, round=state["round"], queries=list(queries), hits=[_shown(hit) for hit in hits[:12]],
    )  # fmt: skip
    return {"hits": hits, "tried": queries, "searched": queries, **({"problems": problems} if problems else {})}


def _tell_contacts(state: BranchState, runtime: Runtime[Deps], live: LiveRetriever) -> tuple[str, ...]:
    """Tell how each live source did and what was sent to it; the problems, for the answer's limitations."""
    for event in live.untold():
        if isinstance(event, Sent):
            tell(runtime, "source", f"sent to {event}", facet_id=state["facet"].id, **event.model_dump(mode="json"))
        else:
            data = event.model_dump(mode="json", exclude={"detail", "seconds"}) | {"took": round(event.seconds, 3)}
            tell(runtime, "source", event.detail, facet_id=state["facet"].id, **data)
    return tuple(contact.problem for contact in live.contacts if contact.problem)


def _shown(hit: Hit) -> dict[str, object]:
    return {
        "passage": hit.passage.id,
        "title": f"{'[retracted] ' * hit.passage.source.retracted}{hit.passage.source.title}",
        "section": hit.passage.section,
        "text": hit.passage.shown[:300],
        "score": round(hit.score, 4),
        "ranks": {rank.retriever: rank.rank for rank in hit.ranks},
        "why": hit.why,
    }
