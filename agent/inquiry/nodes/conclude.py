"""conclude: what the sentences that stand amount to: option, confidence, support, what stayed open; or why there is no answer."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.inquiry.checking import numbered
from agent.inquiry.state import InquiryDeps, InquiryState, Own
from agent.nodes.conclude import UNSURE, limitations, prompts_sent, related, sent, sent_live, sources, spending
from agent.nodes.events import tell, timed
from agent.reasoners.asking import chosen
from agent.reasoners.protocol import Weighed
from agent.types import Abstained, Answer, Answered, Citation, Claim, ClosedBook, Confidence, Evidence, Provenance, Question, Support
from retrievers.words import tokens, words

MOST_SURE: dict[Support, float] = {"evidenced": 0.95, "mixed": 0.75, "own": 0.55}
"""The most that a confidence may be for what supports the answer."""
_LEAST_SURE = 0.05
_AGREED = 0.05
POLAR = frozenset(("yes", "no", "maybe", "true", "false"))
"""Options that a sentence need not repeat to speak for them."""


async def conclude(state: InquiryState, runtime: Runtime[InquiryDeps]) -> InquiryState:
    """Adds `answer`."""
    deps = runtime.context
    with timed(runtime, "conclude"):
        claims = _standing(state, deps)
        option, before = _chosen(state, claims)
        problem = _problem(state, claims, option, deps)
    answer: Answer = _abstained(state, deps, claims, before, problem) if problem else _answered(state, deps, claims, option, before)
    if isinstance(answer, Answered) and answer.confidence.score < deps.settings.least_confidence:
        answer = _abstained(state, deps, claims, before, UNSURE)
    detail = (
        f"answered ({answer.support}), confidence {answer.confidence.level}"
        if isinstance(answer, Answered)
        else f"abstained: {answer.reason}"
    )
    tell(runtime, "conclude", detail, kind=answer.kind, option=answer.option)
    return {"answer": answer}


def _standing(state: InquiryState, deps: InquiryDeps) -> tuple[Claim, ...]:
    """The claims that are shown: the proven ones, and unless strict the model's own that nothing contradicts."""
    made = [one.claim for one in state["judged"] if one.claim is not None]
    kept = list({claim.text: claim for claim in made if claim.proven or not deps.settings.strict}.values())[: deps.settings.sentences]
    ranked = [claim.model_copy(update={"role": "answer" if place == 0 else "condition"}) for place, claim in enumerate(kept)]
    return numbered(ranked)


def _chosen(state: InquiryState, claims: tuple[Claim, ...]) -> tuple[str | None, ClosedBook | None]:
    """The option after reading and what became of the one before; without any proven sentence nothing has moved it."""
    asked = state["question"]
    if not asked.options:
        return None, None
    after = chosen(state["composition"].option, asked)
    own: Own = state.get("own") or Own(None, 0.0, "")
    moved = _moving(claims, asked, own.option, after)
    common = {"option": own.option, "sure": own.sure}
    if own.option is None or after is None:
        kept = after or own.option
        why = "the model named none before reading" if own.option is None else "the model named none after reading"
        return kept, ClosedBook(outcome="not used" if own.option is None else "kept", why=why, **common)
    if after == own.option:
        return after, ClosedBook(outcome="agreed", why="it chose the same after reading", **common)
    if moved is None:
        return own.option, ClosedBook(
            outcome="kept", why=f"after reading it named {after}, and no checked sentence speaks for that one", **common
        )
    numbers = " ".join(f"[{number}]" for number in sorted({citation.number for citation in moved.citations}))
    return after, ClosedBook(outcome="overturned", why=f"{moved.text} {numbers}", **common)


def _moving(claims: tuple[Claim, ...], asked: Question, before: str | None, after: str | None) -> Claim | None:
    """The checked sentence that speaks most for the option after reading, by the words that tell it from the one before.

    None where none does, or where the first checked sentence, which answers, speaks for the option before: one further down that only
    sets the two side by side moves nothing. Options that no words tell apart ("yes" and "no") take the first checked sentence.
    """
    texts = {option.label: set(tokens(option.text)) if _bare(option.text) not in POLAR else set() for option in asked.options}
    new, old = (texts.get(label or "", set()) for label in (after, before))
    checked = [claim for claim in claims if claim.basis in ("evidence", "reckoned")]
    if not checked or new == old:
        return next(iter(checked), None)
    said = [set(tokens(claim.text)) for claim in checked]
    leaning = [_share(new - old, there) - _share(old - new, there) for there in said]
    best = max(zip(leaning, checked, strict=True), key=lambda one: one[0])
    return best[1] if leaning[0] >= 0 and (best[0] > 0 or not new - old) else None


def _bare(text: str) -> str:
    return text.strip(" .").lower()


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _problem(state: InquiryState, claims: tuple[Claim, ...], option: str | None, deps: InquiryDeps) -> str:
    """Why there is no answer; empty where there is one."""
    asked = state["question"]
    if deps.settings.strict and not any(_bears_on(claim, asked, option) for claim in claims):
        return "No checked sentence carries an answer, and only proven ones are wanted (strict)."
    if not claims and not option:
        return "Neither the sources nor the model's own knowledge gave a sentence that stands."
    if asked.options and option is None:
        return "The model chose none of the options."
    return ""


def _bears_on(claim: Claim, asked: Question, option: str | None) -> bool:
    """Whether a proven sentence carries the answer: with options of more than yes and no it says the option's words."""
    if not claim.proven:
        return False
    text = next((one.text for one in asked.options if one.label == option), "")
    wanted = set(words(text))
    if not wanted or _bare(text) in POLAR:
        return True
    return len(wanted & set(words(claim.text))) >= 0.5 * len(wanted)


def _support(claims: tuple[Claim, ...]) -> Support:
    proven = sum(claim.proven for claim in claims)
    return "evidenced" if proven == len(claims) > 0 else "mixed" if proven else "own"


def _sure(state: InquiryState, support: Support, claims: tuple[Claim, ...], before: ClosedBook | None) -> Confidence:
    """The model's own certainty, bounded by what supports the answer, a little more where it chose the same before reading."""
    said = state["composition"].sure / 100
    agreed = before is not None and before.outcome == "agreed"
    score = min(MOST_SURE[support], max(_LEAST_SURE, said + _AGREED * agreed))
    proven = sum(claim.proven for claim in claims)
    why = f"{proven} of {len(claims)} sentences checked, the model is {said:.0%} sure" + (
        " and chose the same before reading" if agreed else ""
    )
    return Confidence.of(score, why)


def _answered(state: InquiryState, deps: InquiryDeps, claims: tuple[Claim, ...], option: str | None, before: ClosedBook | None) -> Answered:
    if not claims:  # an option alone, with the model's reason for it before it read
        own = state.get("own")
        claims = (Claim(text=_reason(state["question"], option, own), basis="own", verdict="unsupported"),)
    support = _support(claims)
    cited = {citation.document_id: citation.number for claim in claims for citation in claim.citations}
    evidence = _evidence(state, claims)
    told = limitations(claims, Weighed(evidence=evidence)) if cited else []
    left = tuple(dict.fromkeys(part for part in state["composition"].open if part.strip()))
    return Answered(
        option=option,
        claims=claims,
        confidence=_sure(state, support, claims, before),
        support=support,
        open=left,
        limitations=(*sent(deps), *state.get("problems", ()), *told),
        sources=sources(evidence, cited),
        **_common(state, deps, evidence, before),
    )


def _reason(asked: Question, option: str | None, own: Own | None) -> str:
    if own is not None and own.option == option and len(own.why) > 2 and not any(sign.isdigit() for sign in own.why):
        return own.why
    text = next((one.text for one in asked.options if one.label == option), "")
    return f"{option}. {text} is the model's choice."


def _abstained(state: InquiryState, deps: InquiryDeps, claims: tuple[Claim, ...], before: ClosedBook | None, reason: str) -> Abstained:
    evidence = _evidence(state, claims)
    near = related(evidence) or list({item.passage.document_id: item for item in evidence}.values())[:3]
    return Abstained(
        reason=reason, related=tuple(Citation.to(item, number) for number, item in enumerate(near, 1)), sources=sources(near, {}),
        limitations=(*sent(deps), *state.get("problems", ())), **_common(state, deps, evidence, before),
    )  # fmt: skip


def _evidence(state: InquiryState, claims: tuple[Claim, ...]) -> tuple[Evidence, ...]:
    """What was cited, in the words that were, then what else was shown."""
    shown = {item.passage.id: item for item in state["shown"]}
    cited = {c.id: Evidence.of(shown[c.passage_id].passage, c.quote, facet_id="answer", relevance=shown[c.passage_id].relevance)
             for claim in claims for c in claim.citations if c.passage_id in shown}  # fmt: skip
    return (*cited.values(), *(item for item in state["shown"] if item.id not in cited))


def _common(state: InquiryState, deps: InquiryDeps, evidence: tuple[Evidence, ...], before: ClosedBook | None) -> dict[str, Any]:
    budget, settings, manifest = deps.budget, deps.settings, deps.library.index.manifest
    dropped = tuple(f"{one.line.text} ({one.reason})" for one in state["judged"] if one.claim is None)
    provenance = Provenance(
        reasoner="reason", model=settings.model or settings.base_url, preset=settings.preset, index=manifest.corpus_hash,
        embedding=f"{manifest.model} ({manifest.model_fingerprint})", rounds=state["rounds"], passages_seen=len(state["evidence"]),
        dropped=dropped, notes=state.get("notes", ()), sent=prompts_sent(budget, sent_live(deps)), **spending(budget),
    )  # fmt: skip
    return {
        "question": state["question"], "searched": state["searched"], "evidence": evidence[:40], "closed_book": before,
        "seconds": budget.seconds, "provenance": provenance,
    }  # fmt: skip
