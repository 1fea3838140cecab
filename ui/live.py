"""What is shown while an answer is being made: the plan, each facet's rounds, the sentences as they are verified. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from agent.types import Claim, TraceEvent
from corpora.types import Frozen
from ui.view import Sentence, sentence

_GRADED = re.compile(r"^(.*?): ((?:not )?enough\b.*)$")

STEPS = {
    "understand": "Planning",
    "plan": "Searching",
    "retrieve": "Reading what was found",
    "grade": "Weighing the evidence",
    "refine": "Searching again",
    "weigh": "Writing",
    "compose": "Checking every sentence",
    "verify": "Checking every sentence",
    "conclude": "Concluding",
    "source": "Asking a source",
    "model": "Asking the model",
}
"""What is being done once an event of a stage has come: events tell what is finished."""


class Round(Frozen):
    """One round of a facet: its queries, how many passages they found, and what the grading said."""

    number: int
    queries: tuple[str, ...] = ()
    found: str = ""
    verdict: str = ""
    evidence: tuple[str, ...] = ()


class FacetLine(Frozen):
    """A strand of the research."""

    id: str
    label: str
    rounds: tuple[Round, ...] = ()

    @property
    def done(self) -> bool:
        """Whether its last round was graded as enough."""
        return bool(self.rounds) and self.rounds[-1].verdict.startswith("enough")


class Live(Frozen):
    """The state of a run that is under way."""

    step: str = "Reading the question"
    seconds: float = 0.0
    reading: str = ""
    facets: tuple[FacetLine, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    dropped: int = 0
    troubles: tuple[str, ...] = ()


def of(events: Sequence[TraceEvent], *, ready: bool = True) -> Live:
    """What the events so far amount to; the first question after a start waits until the library is `ready`."""
    if not events:
        return Live() if ready else Live(step="Loading the library, once after the start")
    latest = events[-1]
    reading = next((event.detail for event in events if event.stage == "understand"), "")
    sentences, dropped = _sentences(events)
    return Live(
        step=STEPS.get(latest.stage, latest.stage),
        seconds=latest.seconds,
        reading=reading,
        facets=facets(events),
        sentences=sentences,
        dropped=dropped,
        troubles=tuple(event.detail for event in events if event.stage == "source" and event.data.get("error")),
    )


def facets(events: Sequence[TraceEvent]) -> tuple[FacetLine, ...]:
    """The plan's facets in order, each with its rounds so far."""
    named = labels(events)
    seen = dict.fromkeys(event.facet_id for event in events if event.facet_id)
    return tuple(
        FacetLine(id=name, label=named.get(name, name), rounds=_rounds([e for e in events if e.facet_id == name]))
        for name in dict.fromkeys((*named, *seen))
    )


def labels(events: Iterable[TraceEvent]) -> dict[str, str]:
    """Facet id -> label, in the plan's order; of a run that was kept before plans told ids, as grading told them."""
    named: dict[str, str] = {}
    for event in events:
        if event.stage == "plan":
            named |= {
                str(name): str(label) for name, label in zip(event.data.get("facet_ids", ()), event.data.get("facets", ()), strict=False)
            }
        elif event.stage == "grade" and (match := _GRADED.match(event.detail)):
            named.setdefault(event.facet_id, match[1])
    return named


def _rounds(events: Iterable[TraceEvent]) -> tuple[Round, ...]:
    rounds: dict[int, dict[str, Any]] = {}
    for event in events:
        entry = rounds.setdefault(event.round, {"number": event.round})
        if event.stage in ("retrieve", "refine"):
            entry["queries"] = tuple(str(query) for query in event.data.get("queries", ()))
        if event.stage == "retrieve":
            entry["found"] = event.detail
        if event.stage == "grade":
            graded_as = _GRADED.match(event.detail)
            entry["verdict"] = graded_as[2] if graded_as else event.detail
            entry["evidence"] = tuple(f"{item.get('title', '')}: {item.get('quote', '')}" for item in event.data.get("evidence", ()))
    return tuple(Round(**rounds[number]) for number in sorted(rounds))


def _sentences(events: Sequence[TraceEvent]) -> tuple[tuple[Sentence, ...], int]:
    """The verified sentences of the last draft, and how many of it were dropped."""
    starts = [number for number, event in enumerate(events) if event.stage == "compose"]
    checked = [event for event in (events[starts[-1] :] if starts else ()) if event.stage == "verify"]
    kept = [Claim.model_validate(event.data["claim"]) for event in checked if "claim" in event.data]
    return tuple(sentence(claim, {}) for claim in kept), len(checked) - len(kept)
