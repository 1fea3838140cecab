"""The designed text form of an answer, and its JSON form. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.saying.sides import columns
from agent.types import DISCLAIMER, Abstained, Answer, Answered, Choice, Citation, Claim, Source, resting_on
from corpora.legible import legible
from corpora.types import INVENTED, Authority

_QUOTE = 160


def as_text(answer: Answer) -> str:
    """Sentences with [1] [2], then the sources with what was quoted, confidence and limitations."""
    return legible(_answered(answer) if isinstance(answer, Answered) else _abstained(answer))


def _answered(answer: Answered) -> str:
    lines = [_option(answer)] if answer.option else []
    lines += _sentences(answer)
    lines += [f"It depends on {' and '.join(told(choice) for choice in answer.depends)}."] if answer.depends else []
    lines += [f"Open: {part}" for part in answer.open]
    lines += _before_reading(answer)
    lines += ["", *(_source(source, answer.claims) for source in answer.sources if source.cited)]
    lines += [f"Note: {limitation}" for limitation in answer.limitations]
    lines += _asked_live(answer)
    lines += [f"Confidence: {answer.confidence.level} ({answer.confidence.why}). {DISCLAIMER}"]
    return "\n".join(lines)


def _sentences(answer: Answered) -> list[str]:
    """One a line; of a comparison those of either side under its name, after those that speak of both."""
    found = columns(answer, answer.claims)
    if found is None:
        return [_marked(claim) for claim in answer.claims]
    lines = [_marked(claim) for claim in found.both]
    for name, claims in zip(found.named, (found.one, found.other), strict=True):
        lines += [f"{name}:", *(f"  {_marked(claim)}" for claim in claims)]
    return lines


def _marked(claim: Claim) -> str:
    return f"{claim.text} {resting_on(claim)}"


def _before_reading(answer: Answered) -> list[str]:
    """What supports the answer where not all of it was checked, and the model's choice before it read anything."""
    support = [] if answer.support == "evidenced" else [f"Support: {_SUPPORT[answer.support]}"]
    return [*support, *choice_before(answer)]


def choice_before(answer: Answer) -> list[str]:
    """The option that the model took before it read, how sure it was, and what became of it, in one line; nothing without one."""
    before = answer.closed_book
    if before is None or before.option is None:
        return []
    sure = "" if before.sure is None else f" ({before.sure:.0%} sure)"
    moved = f"moved by: {before.why}" if before.outcome == "overturned" else before.why
    return [f"Before reading the model chose {before.option}{sure}{f'; {moved}' if moved else ''}"]


_SUPPORT = {
    "evidenced": "every sentence was checked.",
    "mixed": "some sentences were checked; the marked ones are the model's own knowledge.",
    "own": "nothing here was verified; all of it is the model's own knowledge.",
}


def _option(answer: Answered) -> str:
    text = next((option.text for option in answer.question.options if option.label == answer.option), "")
    return f"{answer.option}. {text}"


def _source(source: Source, claims: Sequence[Claim]) -> str:
    quotes = [c for claim in claims for c in claim.citations if c.number == source.number]
    unchecked = " [numbers not checked]" if source.authority is Authority.GUIDELINE_UNCHECKED else ""
    link = f" ({source.url})" if source.url else ""
    return (
        f'[{source.number}] {described(source)}{unchecked} - "{shown_quote(quotes[0])}"{link}'
        if quotes
        else f"[{source.number}] {described(source)}{link}"
    )


def told(choice: Choice) -> str:
    """An open condition with its choices: "risk (low or high)"; alone where these are phrases, which the sentences give."""
    if any("," in said for said in choice.choices):
        return choice.condition
    return f"{choice.condition} ({', '.join(choice.choices[:-1])} or {choice.choices[-1]})"


def described(source: Source) -> str:
    """Organisation, title, year or version, section; of a card whose it is, and what it rests on."""
    if source.kind == "topic":
        rests = f", after {source.citation.split('; ')[0]}" if source.citation else ", without a named source"
        return f"radqa's reference topic, {source.title}, {source.section}{rests}"
    if source.kind == "guideline":
        return f"radqa's summary of {_named(source)}"
    if source.kind == "case" and source.rests_on == INVENTED:
        return f"{INVENTED}, {source.title}, {source.section}"
    return _named(source)


def _named(source: Source) -> str:
    parts = [
        source.organisation,
        source.title,
        source.version if source.version and str(source.year) not in source.version else str(source.year or ""),
    ]
    return ", ".join(part for part in (*parts, source.section) if part)


def shown_quote(citation: Citation) -> str:
    """The quoted words on one line; a table row without its outer bars, cut where it gets long."""
    text = " ".join(citation.quote.split()).strip("| ").replace(" | ", "; ")
    return _cut(text)


def nearest(citation: Citation) -> str:
    """What a related passage says, as a sentence where it is a table's row; on one line, cut where it gets long."""
    return _cut(citation.spoken) if citation.spoken else shown_quote(citation)


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTE else f"{text[: _QUOTE - 3].rsplit(' ', 1)[0]}..."


def _abstained(answer: Abstained) -> str:
    lines = [f"No answer: {answer.reason}"]
    if answer.searched:
        lines.append(f"Searched for: {'; '.join(text[:120] for text in answer.searched)}")
    if answer.missing:
        lines.append(f"Not found in the sources: {', '.join(answer.missing)}")
    if answer.related:
        lines += [
            "Possibly related (no claim that it answers):",
            *(f'  - {citation.title}: "{nearest(citation)}"' for citation in answer.related),
        ]
    lines += choice_before(answer)
    lines += [f"Note: {limitation}" for limitation in answer.limitations]
    lines += _asked_live(answer)
    return "\n".join([*lines, DISCLAIMER])


def _asked_live(answer: Answer) -> list[str]:
    """Which live sources were asked, where any was."""
    asked = dict.fromkeys(sent.partition(" (")[0] for sent in answer.provenance.sent if "): " in sent)
    return [f"Asked live: {', '.join(asked)}; --trace shows every word that was sent."] if asked else []


def as_json(answer: Answer) -> dict[str, Any]:
    """The document that `radqa ask --json` prints."""
    common: dict[str, Any] = {
        "limitations": list(answer.limitations),
        "sources": [_source_json(source) for source in answer.sources],
        "searched": list(answer.searched),
        "closed_book": answer.closed_book.model_dump(mode="json") if answer.closed_book else None,
        "weights": [weight.model_dump(mode="json") for weight in answer.weights],
        "seconds": round(answer.seconds, 4),
        "provenance": answer.provenance.model_dump(mode="json"),
        "disclaimer": DISCLAIMER,
    }
    if isinstance(answer, Abstained):
        related = [citation.model_dump(mode="json") for citation in answer.related]
        return {
            "kind": "abstained",
            "option": None,
            "text": answer.text,
            "reason": answer.reason,
            "missing": list(answer.missing),
            "related": related,
            "confidence": None,
            **common,
        }
    return {
        "kind": "answered",
        "option": answer.option,
        "shape": answer.shape,
        "text": answer.text,
        "support": answer.support,
        "depends": [choice.model_dump(mode="json") for choice in answer.depends],
        "open": list(answer.open),
        "claims": [_claim_json(claim) for claim in answer.claims],
        "confidence": answer.confidence.level,
        "confidence_score": round(answer.confidence.score, 4),
        "confidence_why": answer.confidence.why,
        **common,
    }


def _claim_json(claim: Claim) -> dict[str, Any]:
    return {
        "text": claim.text,
        "role": claim.role,
        "verdict": claim.verdict,
        "basis": claim.basis,
        "working": claim.working,
        "citations": [c.model_dump(mode="json") for c in claim.citations],
    }


def _source_json(source: Source) -> dict[str, Any]:
    return source.model_dump(mode="json")
