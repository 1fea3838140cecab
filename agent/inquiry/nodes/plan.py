"""plan: what must be looked up, and with options what the model takes before it reads."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.inquiry.calls import LookedUp, looked_up
from agent.inquiry.nodes.read import STEP_FAILED
from agent.inquiry.state import InquiryDeps, InquiryState, Own
from agent.nodes.events import tell, timed
from agent.types import Facet, Question
from corpora.privacy.identifiers import mask
from retrievers.words import words

ANSWER = "answer"
"""Id of the part that is the question itself."""


async def plan(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `facets`, and with options `own`; where the model fails the rules' queries stand alone."""
    asked, deps = state["question"], runtime.context
    own: Own | None = None
    notes = state.get("notes", ())
    facets = _ruled(asked, each=deps.settings.option_facets)
    looked = LookedUp()
    with timed(runtime, "plan"):
        try:
            if asked.options:
                own, queries = await deps.asking.own(asked)
                facets[0] = _with(facets[0], queries)
            elif deps.tools:
                looked = await looked_up(asked, deps)
                facets += [made for number, query in enumerate(looked.queries) if (made := _part(number, query, [query]))]
            else:
                study = await deps.asking.study(asked)
                facets[0] = _with(facets[0], [study.core] if study.core else [])
                facets += [made for number, part in enumerate(study.facets) if (made := _part(number, part.label, part.queries))]
        except STEP_FAILED as error:
            notes = (*notes, f"The research was planned without the model: {error}")
    labels = [facet.label for facet in facets]
    chosen = f"; before reading the model takes {own.option or 'none'} ({own.sure:.0%} sure)" if own else ""
    tell(
        runtime, "plan", f"{len(labels)} part{'s' * (len(labels) != 1)}: {'; '.join(labels)}{chosen}",
        facets=labels, facet_ids=[facet.id for facet in facets], requirements={}, own=own._asdict() if own else None,
    )  # fmt: skip
    return {
        "facets": tuple(facets), "own": own, "notes": (*notes, *looked.notes), "rounds": 0,
        "hints": (*state["hints"], *looked.hints), "earlier": (*state.get("earlier", ()), *looked.passages),
    }  # fmt: skip


def _ruled(asked: Question, *, each: bool) -> list[Facet]:
    """The question itself, and each option with it."""
    report = f" {asked.report[:400]}" if asked.report else ""
    whole = Facet(id=ANSWER, label="The question", kind="aspect", queries=(f"{asked.text}{report}",))
    options = [
        Facet(id=option.label, label=f"{option.label}. {option.text}", kind="option", queries=_option_queries(asked.text, option.text))
        for option in (asked.options if each else ())
    ]
    return [whole, *options]


def _option_queries(question: str, option: str) -> tuple[str, ...]:
    return (f"{question} {option}", option) if len(words(option)) > 1 else (f"{question} {option}",)


def _part(number: int, label: str, queries: list[str]) -> Facet | None:
    masked = tuple(dict.fromkeys(text for query in queries if (text := mask(" ".join(query.split())).text)))
    return Facet(id=f"part{number + 1}", label=mask(label).text or f"Part {number + 1}", kind="aspect", queries=masked) if masked else None


def _with(facet: Facet, queries: list[str]) -> Facet:
    added = (mask(" ".join(query.split())).text for query in queries)
    return facet.model_copy(update={"queries": tuple(dict.fromkeys((*facet.queries, *(text for text in added if text))))})
