"""verify: a sentence stays only if the evidence it cites carries it; each one that does is told at once."""

from __future__ import annotations

from typing import Literal

from langgraph.runtime import Runtime

from agent.judging.precedence import attributed, outranked
from agent.judging.verify import Check, check_all
from agent.nodes.events import tell, timed
from agent.reading.asked import Asked
from agent.state import Deps, State
from agent.types import Citation, Claim, Draft, Evidence, Verdict
from corpora.visible.clean import seen

ATTEMPTS = 2


async def verify(state: State, runtime: Runtime[Deps]) -> State:
    """Adds `claims` (numbered in the order of first citation) and `dropped` (texts of what failed).

    A sentence that only a dictionary carries falls where a source of higher authority gives another value. With `verification` off
    every sentence that cites something stays, with the verdict it got.
    """
    asked, threshold = state["question"], runtime.context.settings.threshold
    known = {item.id: item for item in state["weighed"].evidence}
    numbers: dict[str, int] = {}
    claims: list[Claim] = []
    dropped: list[str] = []
    with timed(runtime, "verify"):
        cited_by = [[known[name] for name in draft.evidence_ids if name in known] for draft in state["drafts"]]
        proposed = [(draft.text, cited) for draft, cited in zip(state["drafts"], cited_by, strict=True)]
        verdicts = await check_all(proposed, f"{asked.text}\n{asked.report}", runtime.context.entailment)
        read = Asked.of(asked.text, asked.report)
        for draft, cited, verdict in zip(state["drafts"], cited_by, verdicts, strict=True):
            if verdict.holds and (above := outranked(cited, state["weighed"].evidence, read, threshold)):
                verdict = Check(verdict="contradicted", reason=f"{above.passage.source.title}, of higher authority, says otherwise")
            if verdict.holds or (cited and not runtime.context.settings.verification):
                claims.append(_claim(draft, cited, numbers, verdict.verdict))
                tell(runtime, "verify", draft.text, verdict=verdict.verdict, claim=claims[-1].model_dump(mode="json"))
            else:
                dropped.append(draft.text)
                tell(runtime, "verify", f"dropped: {draft.text}", verdict=verdict.verdict, reason=verdict.reason)
    return {"claims": tuple(claims), "dropped": (*state.get("dropped", ()), *dropped)}


def _claim(draft: Draft, cited: list[Evidence], numbers: dict[str, int], verdict: Verdict) -> Claim:
    citations = []
    for item in cited:
        number = numbers.setdefault(item.passage.document_id, len(numbers) + 1)
        citations.append(Citation.to(item, number))
    text = attributed(seen(draft.text), cited)
    text = f"{draft.word}: {text}" if draft.word else text
    return Claim(text=text, citations=tuple(citations), role=draft.role, verdict=verdict)


def repaired(state: State, runtime: Runtime[Deps]) -> Literal["compose", "conclude"]:
    """Compose once more, knowing what failed, when the answer itself failed or nothing is left; else conclude."""
    first = state["drafts"][0].text if state["drafts"] else ""
    lost = bool(state["drafts"]) and (not state["claims"] or first in state["dropped"])
    return "compose" if lost and state["attempts"] < ATTEMPTS and runtime.context.budget.left else "conclude"
