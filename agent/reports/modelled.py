"""Findings that a chat model reads in a report, each checked against the text: a value that does not stand in the report falls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field

from agent.chat.budget import Budget
from agent.chat.structured import StructuredModel
from agent.prompts import prompt
from agent.reports.masking import masked as without_identifiers
from agent.reports.measuring import sizes
from agent.reports.mentions import stated
from agent.reports.reading import read
from agent.reports.types import Finding, Flag, ReadReport, Size, Stretch
from agent.reports.vocabulary import anatomy, kinds, organ_words, side_words
from corpora.types import Assertion

_SHORTEST = 3
"""Characters of the shortest quote that says a finding."""


class FilledFinding(BaseModel):
    """A finding as a model gives it."""

    quote: str = Field(description="the words of the report that say it, copied letter by letter")
    kind: str
    organ: str = ""
    side: Literal["", "right", "left", "bilateral"] = ""
    mm: float | None = None


class Filled(BaseModel):
    """What a model reads in a report."""

    findings: list[FilledFinding] = Field(default=[], max_length=60)


class Checked(NamedTuple):
    """The findings that stand in the report, and what fell with its reason."""

    findings: tuple[Finding, ...]
    fell: tuple[str, ...]


async def filled(report: str, model: StructuredModel, budget: Budget) -> Checked:
    """The findings that a chat model reads in a report, checked. Raises what `StructuredModel.ask` raises."""
    system, user = prompt("report").render(report=report, kinds=", ".join(kinds()), organs=", ".join(anatomy().organs))
    return checked(report, await model.ask(Filled, system, user, budget))


async def read_with(text: str, model: StructuredModel, budget: Budget, *, masked: bool = True) -> ReadReport:
    """A report as the rules read it, with what a chat model finds beyond them; what fell is flagged. Raises what `ask` raises."""
    made = read(text, masked=False)
    said = await filled(text, model, budget)
    flags = (*made.flags, *(Flag(kind="input", says=f"The model's finding fell. {why}") for why in said.fell))
    made = made.model_copy(update={"findings": joined(made, said), "flags": flags})
    return without_identifiers(made) if masked else made


def checked(report: str, said: Filled) -> Checked:
    """What a model said of a report, as far as the report says it: the quote verbatim, the values by the quote."""
    made: list[Finding] = []
    fell: list[str] = []
    for one in said.findings:
        place = _place(report, one.quote)
        if place is None:
            fell.append(f"{one.kind!r}: the report does not say {one.quote!r}")
        elif one.kind not in kinds():
            fell.append(f"{one.kind!r} is no kind of finding ({one.quote!r})")
        elif (certainty := _certainty(report, *place)) == "absent":
            fell.append(f"{one.kind!r}: the report denies it ({one.quote!r})")
        else:
            fell += _values_that_fall(one)
            made.append(_finding(len(made) + 1, one, report, place, certainty))
    return Checked(tuple(made), tuple(fell))


def joined(made: ReadReport, said: Checked) -> tuple[Finding, ...]:
    """The findings of the rules, and behind them those of the model at which the rules have none of that kind."""
    more = [one for one in said.findings if not _is_known(one, made.findings)]
    return (*made.findings, *(one.model_copy(update={"id": f"F{len(made.findings) + n}"}) for n, one in enumerate(more, 1)))


def _is_known(one: Finding, known: Iterable[Finding]) -> bool:
    begins, ends = one.sentences[0].start, one.sentences[0].end
    return any(other.kind == one.kind and any(s.start < ends and begins < s.end for s in other.sentences) for other in known)


def _place(report: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in the report, spaces and line breaks alike; None where it does not."""
    words = quote.split()
    if len(quote.strip()) < _SHORTEST:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), report)
    return found.span() if found else None


def _certainty(report: str, start: int, end: int) -> Assertion:
    """What the report's own sentence says of the quoted words; "present" where it has no word for the finding."""
    begins = max((match.end() for match in re.finditer(r"[.;\n]\s*", report[:start])), default=0)
    stops = re.search(r"[.;](?=\s|$)|\n", report[end:])
    sentence = report[begins : end + (stops.start() if stops else len(report) - end)]
    said = [one for one in stated(sentence) if one.start < end - begins and start - begins < one.end]
    return said[0].certainty if said else "present"


def _sizes(quote: str) -> list[Size]:
    return [measured.size for measured in sizes(quote)]


def _has_side(one: FilledFinding) -> bool:
    named = {word.meaning for word in side_words().find(one.quote)}
    return one.side in named or (one.side == "bilateral" and {"right", "left"} <= named)


def _values_that_fall(one: FilledFinding) -> Iterator[str]:
    if one.mm is not None and one.mm not in [size.largest for size in _sizes(one.quote)]:
        yield f"{one.kind!r}: {one.mm:g} mm does not stand in {one.quote!r}"
    if one.side and not _has_side(one):
        yield f"{one.kind!r}: {one.side!r} does not stand in {one.quote!r}"
    if one.organ and one.organ not in anatomy().organs:
        yield f"{one.kind!r}: {one.organ!r} is no organ"


def _finding(number: int, one: FilledFinding, report: str, place: tuple[int, int], certainty: Assertion) -> Finding:
    start, end = place
    organ = one.organ if one.organ in anatomy().organs else next((word.meaning for word in organ_words().find(one.quote)), "")
    return Finding(
        id=f"F{number}", kind=one.kind, name=one.kind, organ=organ, side=one.side if _has_side(one) else "",
        sizes=tuple(size for size in _sizes(one.quote) if one.mm is None or size.largest == one.mm), certainty=certainty,
        sentences=(Stretch(text=report[start:end], start=start, end=end),), own=report[start:end],
    )  # fmt: skip
