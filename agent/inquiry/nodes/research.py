"""research: distinct passages of several documents for every part, what the rules read first among them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agent.inquiry.nodes.plan import ANSWER
from agent.inquiry.nodes.read import STEP_FAILED
from agent.inquiry.passages import as_evidence, distinct, fused, in_turn
from agent.inquiry.state import InquiryDeps, InquiryState
from agent.nodes.events import tell, timed
from agent.reading.sources import is_live
from agent.types import Evidence, Facet
from corpora.types import Passage
from retrievers.types import Hit, Query, Sent

DEPTH = 24
_RULED = 4
"""Pieces of the rules' evidence that stand first: rows whose values are the question's."""


async def research(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `evidence`; a second time only what the model asked for is searched, and read before the rest."""
    deps, again = runtime.context, state.get("further", ())
    facets = (Facet(id=f"further{state['rounds']}", label="Further", kind="aspect", queries=again),) if again else state["facets"]
    with timed(runtime, "retrieve"):
        hits = await _searched(facets, deps)
        for facet in facets:
            found, best = sum(len(one) for one in hits[facet.id]), fused(hits[facet.id])[:12]
            tell(
                runtime, "retrieve", f"{found} passages for {len(facet.queries)} quer{'y' if len(facet.queries) == 1 else 'ies'}",
                facet_id=facet.id, round=state["rounds"] + 1, queries=list(facet.queries),
                hits=[{"title": one.source.title, "section": one.section, "text": one.shown[:300]} for one in best],
            )  # fmt: skip
        ruled = () if again else await _ruled(state, hits.get(ANSWER, []), deps)
        before = [item.passage for item in state.get("evidence", ())]
        earlier = list(state.get("earlier", ()))
        closed = _carries(ruled or state.get("evidence", ()), deps.settings.threshold)
        parts = [[one for one in fused(hits[facet.id]) if not (closed and _is_page(one))] for facet in facets]
        order = in_turn(parts) if not again else [*in_turn(parts)[:8], *before]
        first = _cited(state) if again else [item.passage for item in ruled[:_RULED]]
        chosen = distinct([*first, *order, *earlier])
        scores = await _scores(state, chosen, deps)
        chosen = chosen[: len(first)] + sorted(chosen[len(first) :], key=lambda passage: -scores.get(passage.id, 0.0)) if scores else chosen
    problems = _contacts(runtime)
    evidence = as_evidence(chosen, (*ruled, *state.get("evidence", ())), scores)
    dossiers, notes = await _dossiers(state, runtime, hits) if deps.settings.reports and not again else (state.get("dossiers", ()), ())
    searched = tuple(dict.fromkeys((*state.get("searched", ()), *(query for facet in facets for query in facet.queries))))
    return {
        "evidence": evidence, "searched": searched, "rounds": state["rounds"] + 1, "further": (), "dossiers": dossiers,
        "problems": (*state.get("problems", ()), *problems), "notes": (*state.get("notes", ()), *notes),
    }  # fmt: skip


def _cited(state: InquiryState) -> list[Passage]:
    """What the model's answer before this search rests on: a further search adds to it."""
    shown = state.get("shown", ())
    numbers = dict.fromkeys(number for line in state["composition"].sentences for number in line.evidence)
    return [shown[number - 1].passage for number in numbers if 1 <= number <= len(shown)]


def _carries(read: Sequence[Evidence], threshold: float) -> bool:
    """Whether the index answers by what the rules read: then no page of the web that nobody judged comes before the model."""
    return any(item.relevance >= threshold and not is_live(item.passage.source) for item in read)


def _is_page(passage: Passage) -> bool:
    return is_live(passage.source) and passage.source.kind == "web"


async def _searched(facets: Sequence[Facet], deps: InquiryDeps) -> dict[str, list[Sequence[Hit]]]:
    """The hits of each query of each part, in one batch."""
    queries = [(facet.id, text) for facet in facets for text in facet.queries]
    depth = DEPTH + (deps.live.places if deps.live else 0)
    answers = await deps.retriever.retrieve_many([Query(text=text, k=depth) for _, text in queries])
    found: dict[str, list[Sequence[Hit]]] = {facet.id: [] for facet in facets}
    for (name, _), hits in zip(queries, answers, strict=True):
        found[name].append(hits)
    return found


async def _ruled(state: InquiryState, lists: Sequence[Sequence[Hit]], deps: InquiryDeps) -> tuple[Evidence, ...]:
    """What the rules read in the hits of the question itself, the strongest first."""
    best = {hit.passage.id: hit for hits in reversed(lists) for hit in hits}
    facet = next(facet for facet in state["facets"] if facet.id == ANSWER)
    concepts = await deps.reasoner.understand(state["question"])
    return (await deps.reasoner.grade(state["question"], concepts, facet, list(best.values()), 1)).evidence


async def _scores(state: InquiryState, passages: Sequence[Passage], deps: InquiryDeps) -> dict[str, float]:
    """The learned reader's scores, where there is one."""
    if deps.reader is None or not passages:
        return {}
    made = await asyncio.to_thread(deps.reader.read, state["question"].text, passages)
    return {passage.id: one.answers for passage, one in zip(passages, made, strict=True)}


async def _dossiers(
    state: InquiryState, runtime: Runtime[InquiryDeps], hits: dict[str, list[Sequence[Hit]]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A report for and against each option, or on each part, from its own passages; and what could not be written."""
    facets = [facet for facet in state["facets"] if facet.id != ANSWER] or list(state["facets"])

    async def written(facet: Facet) -> str:
        evidence = as_evidence(distinct(fused(hits[facet.id])), (), {})
        made, shown = await runtime.context.asking.dossier(state["question"], facet, evidence)
        said = {"for": made.supporting, "against": made.opposing}
        told = [f"{side}: {' '.join(line.text for line in lines) or 'nothing found'}" for side, lines in said.items()]
        tell(runtime, "retrieve", f"report on {facet.label}: {'; '.join(told)}", facet_id=facet.id, round=1, read=len(shown))
        return f"Report on {facet.label}: {'; '.join(told)}"

    made = await asyncio.gather(*(written(facet) for facet in facets), return_exceptions=True)
    for one in made:
        if isinstance(one, BaseException) and not isinstance(one, STEP_FAILED):
            raise one
    failed = [f"No report on {facet.label}: {one}" for facet, one in zip(facets, made, strict=True) if isinstance(one, BaseException)]
    return tuple(one for one in made if isinstance(one, str)), tuple(failed)


def _contacts(runtime: Runtime[InquiryDeps]) -> tuple[str, ...]:
    """Tell how each live source did and what was sent to it; the problems, for the answer's limitations."""
    live = runtime.context.live
    if live is None:
        return ()
    for event in live.untold():
        told = f"sent to {event}" if isinstance(event, Sent) else event.detail
        tell(runtime, "source", told, facet_id=ANSWER, **event.model_dump(mode="json", exclude={"detail", "seconds"}))
    return tuple(contact.problem for contact in live.contacts if contact.problem)
