"""conclude: `Answered` or `Abstained`; abstaining is a rule over evidence, not a mood of a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from langgraph.runtime import Runtime

from agent.chat.budget import Budget
from agent.nodes.events import tell, timed
from agent.reading.sources import is_dictionary, is_live, is_own
from agent.reasoners.protocol import NOT_SURE, Weighed
from agent.state import Deps, State
from agent.types import Abstained, Answer, Answered, Citation, Claim, Confidence, Draft, Evidence, Provenance, Source
from corpora.readers.trust import UNRELIABLE
from corpora.types import Authority


async def conclude(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `answer`."""
    claims = state.get("claims", ())
    verified = [Draft(text=claim.text, evidence_ids=tuple(c.id for c in claim.citations), role=claim.role) for claim in claims]
    with timed(runtime, "conclude"):
        decision = await runtime.context.reasoner.conclude(state["question"], state["concepts"], state["weighed"], verified)
    answer: Answer
    weighed = state["weighed"]
    common = {
        "question": state["question"],
        "searched": state.get("searched", ()),
        "evidence": weighed.evidence[:40],
        "weights": weighed.weights,
        "closed_book": decision.closed_book,
        "seconds": runtime.context.budget.seconds,
        "provenance": _provenance(state, runtime.context, decision.notes),
    }
    unsure = decision.confidence.score < runtime.context.settings.least_confidence
    if decision.abstain or not claims or unsure:
        reason = decision.abstain or (UNSURE if claims else "No sentence could be verified against the evidence.")
        near = tuple(Citation.to(item, number) for number, item in enumerate(related(weighed.evidence), 1))
        if reason == NOT_SURE and near:
            reason = f"{reason[:-1]}; the nearest are quoted."
        answer = Abstained(
            reason=reason, missing=weighed.missing, related=near,
            limitations=(*decision.limitations, *sent(runtime.context), *state.get("problems", ())),
            sources=sources(related(weighed.evidence), {}), **common,
        )  # fmt: skip
        tell(runtime, "conclude", f"abstained: {reason}", kind="abstained")
    else:
        numbers = {citation.document_id: citation.number for claim in claims for citation in claim.citations}
        answer = Answered(
            option=decision.option, shape=decision.shape, depends=decision.depends, claims=claims,
            confidence=_owned_up(decision.confidence, weighed),
            limitations=(*decision.limitations, *sent(runtime.context), *state.get("problems", ()), *limitations(claims, weighed)),
            sources=sources(weighed.evidence, numbers), **common,
        )  # fmt: skip
        tell(runtime, "conclude", f"answered with confidence {decision.confidence.level}", kind="answered", option=decision.option)
    return {"answer": answer}


def _owned_up(confidence: Confidence, weighed: Weighed) -> Confidence:
    """The confidence, not claiming that no source differs where one is named that was not followed."""
    why = confidence.why.replace("no source differs", "what differs was not followed")
    return confidence.model_copy(update={"why": why}) if weighed.disagreeing else confidence


UNSURE = "The answer would be less sure than the setting least_confidence asks for."


def related(evidence: tuple[Evidence, ...]) -> list[Evidence]:
    """The best piece of each of the three documents that are nearest."""
    best: dict[str, Evidence] = {}
    for item in evidence:
        best.setdefault(item.passage.document_id, item)
    return [item for item in best.values() if item.relevance >= 0.02][:3]


def sources(evidence: list[Evidence] | tuple[Evidence, ...], numbers: dict[str, int]) -> tuple[Source, ...]:
    """Cited sources by number, then those that were read and not cited."""
    first: dict[str, Evidence] = {}
    for item in evidence:
        first.setdefault(item.passage.document_id, item)
    ordered = sorted(first, key=lambda name: (numbers.get(name, 999), list(first).index(name)))[: max(len(numbers) + 4, 4)]
    return tuple(_source(first[name], numbers.get(name, len(numbers) + position + 1 if not numbers else 0), name in numbers)
                 for position, name in enumerate(ordered))  # fmt: skip


def _source(item: Evidence, number: int, cited: bool) -> Source:
    record = item.passage.source
    return Source(
        id=record.id, number=number, title=record.title, organisation=record.organisation, year=record.year,
        version=record.version, url=record.link, kind=record.kind, authority=record.authority, citation=record.citation,
        rests_on=record.rests_on, section=item.passage.section, cited=cited,
    )  # fmt: skip


def limitations(claims: tuple[Claim, ...], weighed: Weighed) -> list[str]:
    """What a reader must know of the sources that the claims cite: that they differ, were not checked, or are of low authority."""
    evidence, conflicts = weighed.evidence, weighed.conflicts
    cited = {citation.document_id for claim in claims for citation in claim.citations}
    records = {item.passage.document_id: item.passage.source for item in evidence if item.passage.document_id in cited}
    found = []
    if conflicts:
        found.append(f"Sources differ: {' | '.join(conflicts)}")
    unchecked = [record.title for record in records.values() if record.authority is Authority.GUIDELINE_UNCHECKED]
    if unchecked:
        found.append(f"Numbers not yet compared with the source: {'; '.join(unchecked)}")
    found += [
        f"{record.title} ({record.version or record.year}) is superseded: the newer version is {record.superseded_by}."
        for record in records.values()
        if record.superseded_by
    ]
    unreliable = {record.title: record.metadata[UNRELIABLE] for record in records.values() if UNRELIABLE in record.metadata}
    found += [f"“{name}” may not be read as it is printed ({why}): look at the original." for name, why in unreliable.items()]
    for item in weighed.disagreeing[:3]:
        if is_own(item.passage.source):
            title = item.passage.source.title
            found.append(f"Your document “{title}” says otherwise and was not followed: the sources of the index lead.")
            continue
        live = item.passage.source
        where = f"{live.organisation or live.title}{f', {live.year}' if live.year else ''}"
        found.append(f"A web source disagrees with the answer and was not followed: {live.title} ({where}).")
    answering = {citation.document_id for claim in claims[:1] for citation in claim.citations} & set(records)
    if answering and all(is_live(records[name]) for name in answering):
        found.append("Rests on live sources only: no guideline of the index answers it.")
    elif records and all(record.kind == "case" for record in records.values()):
        found.append("Rests on fictional teaching cases only; no guideline was found.")
    elif records and all(is_dictionary(record) for record in records.values()):
        found.append("Rests on a dictionary only, which names no sources for what it says; no guideline was found.")
    return found


def sent(deps: Deps) -> list[str]:
    """What was taken out of the prompts that left this machine, for the reader to see."""
    return [
        f"{len(identifiers)} patient identifier{'s' * (len(identifiers) != 1)} masked in what was sent to {host}."
        for host, (_, identifiers) in deps.budget.sent.items()
        if identifiers
    ]


def _provenance(state: State, deps: Deps, notes: tuple[str, ...]) -> Provenance:
    budget, settings = deps.budget, deps.settings
    manifest = deps.library.index.manifest
    return Provenance(
        reasoner=deps.reasoner.name, model=settings.model or settings.base_url, preset=settings.preset, index=manifest.corpus_hash,
        embedding=f"{manifest.model} ({manifest.model_fingerprint})",
        rounds=max((grade.round for grade in state.get("grades", ())), default=0), passages_seen=len(state["weighed"].evidence),
        **spending(budget),
        dropped=state.get("dropped", ()), notes=notes,
        sent=prompts_sent(budget, sent_live(deps)),
    )  # fmt: skip


def spending(budget: Budget) -> dict[str, Any]:
    """What a question has cost so far and what it may cost at most, as fields of its provenance."""
    settings = budget.settings
    return {
        "kept_calls": budget.cached, "kept_tokens_in": budget.cached_in, "kept_tokens_out": budget.cached_out,
        "kept_seconds": round(budget.cached_seconds, 4), "asked": tuple(budget.made),
        "model_calls": budget.calls, "tokens_in": budget.tokens_in, "tokens_out": budget.tokens_out, "cost": budget.cost,
        "seconds": {name: round(value, 4) for name, value in {**budget.stages, "model": budget.model_seconds}.items()},
        "limits": {"calls": settings.calls, "tokens": settings.tokens, "seconds": settings.seconds, "money": settings.money},
    }  # fmt: skip


def prompts_sent(budget: Budget, before: Iterable[str]) -> tuple[str, ...]:
    """The prompts that have left so far, ahead of what else left before; prompts counted there are counted anew."""
    prompts = (f"{count} prompt{'s' * (count != 1)} to {host}" for host, (count, _) in budget.sent.items())
    return (*prompts, *(line for line in before if not _PROMPTS.fullmatch(line)))


_PROMPTS = re.compile(r"(?<!\d)\d{1,9} prompts? to \S+")


def sent_live(deps: Deps) -> tuple[str, ...]:
    """What left for live sources."""
    return tuple(map(str, deps.live.sent)) if deps.live else ()
