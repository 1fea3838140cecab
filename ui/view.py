"""What is shown of an answer: plain values, made from `Answer` without Streamlit and without markup. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from agent.render import choice_before
from agent.saying.sides import columns
from agent.types import Abstained, Answer, Answered, Basis, Choice, Citation, Claim, Evidence, Shape, Source
from corpora.legible import plain
from corpora.types import Authority, Frozen, Passage, SourceRecord
from ui import shapes

Tone = Literal["strong", "plain", "weak"]
Kind = Literal["answered", "abstained"]

ROLES: Mapping[str, str] = {
    "condition": "Condition",
    "alternative": "Otherwise",
    "scope": "Scope",
    "caution": "Caution",
    "urgent": "Time-critical",
    "background": "Background",
}
SUPPORT: Mapping[str, str] = {
    "evidenced": "",
    "mixed": "Some sentences were checked; the marked ones are the model's own knowledge.",
    "own": "Nothing here was verified; all of it is the model's own knowledge.",
}
"""What supports an answer, said where not every sentence was checked."""
_UNREACHED = re.compile(r"could not be (?:researched|reached|asked)|unreachable|rate.limited|is blocked|timed out", re.IGNORECASE)


class Piece(Frozen):
    """A stretch of a passage; `marked` where it is what was quoted."""

    text: str
    marked: bool = False


class Chip(Frozen):
    """A source's number and what opens behind it: the passage that carries the sentence, and the others of the same source."""

    number: int
    title: str
    details: str
    place: str
    authority: str
    tone: Tone
    link: str
    passage: tuple[Piece, ...]
    further: tuple[tuple[Piece, ...], ...] = ()


class Sentence(Frozen):
    """A sentence and what it rests on; `note` names its role where that is not the answer itself, `subject` what a list's entry is."""

    text: str
    note: str
    urgent: bool
    doubtful: str
    chips: tuple[Chip, ...]
    basis: Basis = "evidence"
    subject: str = ""


class Side(Frozen):
    """One column of a comparison."""

    name: str
    sentences: tuple[Sentence, ...]


class Case(Frozen):
    """What holds under one value of every open condition."""

    given: tuple[str, ...]
    sentence: Sentence


class SourceLine(Frozen):
    """A source of the list beside the answer; `number` is None where it was read and not cited."""

    number: int | None
    title: str
    details: str
    place: str
    authority: str
    tone: Tone
    citation: str
    link: str
    quotes: tuple[str, ...]


class Told(Frozen):
    """What a piece of evidence says of an option; `number` where its source is cited."""

    text: str
    title: str
    number: int | None


class OptionLine(Frozen):
    """An option with how strongly (0-1) the evidence says so and says otherwise, and the best piece of each."""

    label: str
    text: str
    chosen: bool
    supporting: float
    contradicting: float
    score: float
    so: Told | None = None
    otherwise: Told | None = None


class AnswerView(Frozen):
    """Everything that an answer shows, in reading order."""

    kind: Kind
    asked: str = ""
    shape: Shape = "answer"
    headline: str = ""
    head: tuple[Chip, ...] = ()
    lead: str = Field(default="", description="Yes, No or the number that was asked for, before the sentences")
    depends: tuple[Choice, ...] = ()
    cases: tuple[Case, ...] = ()
    sides: tuple[Side, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    options: tuple[OptionLine, ...] = ()
    exception: bool = False
    sources: tuple[SourceLine, ...] = ()
    level: str = ""
    sure: int | None = None
    why: str = ""
    support: str = ""
    before: str = ""
    open: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    reason: str = ""
    searched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    related: tuple[Chip, ...] = ()
    footing: str = ""


_SIGNS = ((re.compile(r">="), "≥"), (re.compile(r"<="), "≤"), (re.compile(r"\b([cm]m)3\b"), r"\1³"), (re.compile(r"\b([cm]m)2\b"), r"\1²"))


def typeset(text: str) -> str:
    """The text with comparators and cubes as they are printed; its words and figures stay."""
    for written, printed in _SIGNS:
        text = written.sub(printed, text)
    return text


_BREAKING = re.compile(r"""[<>"'`\\^|{}]""")
"""Signs that could end an address where it is written out: in a web address they stand percent-encoded."""


def safe_link(address: str) -> str:
    """The address if it is plain http or https with a host and without credentials, else nothing; quotes and brackets encoded."""
    address = plain(address).strip()
    try:
        parts = urlsplit(address)
        ok = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)
        ok = ok and "@" not in parts.netloc and not _BREAKING.search(parts.netloc)
    except ValueError:
        return ""
    return _BREAKING.sub(lambda sign: f"%{ord(sign[0]):02X}", address) if ok else ""


def of(answer: Answer) -> AnswerView:
    """The view of an answer or an abstention."""
    known = {item.id: item for item in answer.evidence}
    unreached = tuple(line for line in answer.limitations if _UNREACHED.search(line))
    common = {
        "asked": answer.question.text,
        "options": options(answer),
        "exception": asks_for_the_exception(answer),
        "limitations": tuple(line for line in answer.limitations if line not in unreached),
        "unreached": unreached,
        "searched": _distinct(answer.searched),
        "footing": footing(answer),
        "before": " ".join(map(typeset, choice_before(answer))),
    }
    if isinstance(answer, Abstained):
        related = tuple(nearest(citation, known.get(citation.id)) for citation in answer.related)
        return AnswerView(kind="abstained", reason=answer.reason, missing=answer.missing, related=related, **common)
    chosen, (lead, first) = headline(answer), shapes.leading(answer)
    claims = (answer.claims[0].model_copy(update={"text": first}), *answer.claims[1:])
    repeats = bool(chosen) and _bare(chosen.split(". ", 1)[1]) == _bare(first)
    return AnswerView(
        kind="answered",
        shape=answer.shape,
        headline=typeset(chosen),
        head=sentence(claims[0], known).chips if repeats else (),
        lead=typeset(lead),
        depends=answer.depends,
        **_arranged(answer, claims[1:] if repeats else claims, known),
        sources=sources(answer, known),
        level=answer.confidence.level,
        sure=round(100 * answer.confidence.score),
        why=answer.confidence.why,
        support=SUPPORT[answer.support],
        open=answer.open,
        **common,
    )


def _arranged(answer: Answered, claims: Sequence[Claim], known: Mapping[str, Evidence]) -> dict[str, Any]:
    """The sentences as their shape arranges them: in columns, as cases side by side, as entries of a list, or one after the other."""
    if found := columns(answer, claims):
        named = zip(found.named, (found.one, found.other), strict=True)
        sides = tuple(Side(name=name, sentences=tuple(_unnoted(sentence(claim, known)) for claim in some)) for name, some in named)
        return {"sides": sides, "sentences": tuple(_unnoted(sentence(claim, known)) for claim in found.both)}
    if answer.depends:
        told = [(shapes.given(claim, answer.depends, known), claim) for claim in claims]
        rows = _cases([(at, claim) for at, claim in told if at], known)
        if len(rows) > 1:
            return {"cases": rows, "sentences": tuple(sentence(claim, known) for at, claim in told if not at)}
    if answer.shape == "list":
        entries = (sentence(claim, known).model_copy(update={"subject": typeset(shapes.subject(claim, known))}) for claim in claims)
        return {"sentences": tuple(map(_unnoted, entries))}
    return {"sentences": tuple(sentence(claim, known) for claim in claims)}


def _cases(told: Sequence[tuple[tuple[str, ...], Claim]], known: Mapping[str, Evidence]) -> tuple[Case, ...]:
    """One case for each value of the open conditions; a sentence on for whom a row is given goes on the row's own."""
    rows: list[Case] = []
    for given, claim in told:
        one = Case(given=tuple(map(typeset, given)), sentence=_unnoted(sentence(claim, known)))
        if rows and claim.role == "condition" and rows[-1].given == one.given:
            before = rows.pop().sentence
            one = one.model_copy(update={"sentence": before.model_copy(update={"text": f"{before.text} {one.sentence.text}"})})
        rows.append(one)
    return tuple(rows)


def _unnoted(item: Sentence) -> Sentence:
    """A sentence without the name of its role, where the place in which it stands says it."""
    return item.model_copy(update={"note": ""}) if item.note in (ROLES["alternative"], ROLES["background"]) else item


def headline(answer: Answered) -> str:
    """The chosen option as "C. Bosniak III"; empty for an open question."""
    text = next((option.text for option in answer.question.options if option.label == answer.option), "")
    return f"{answer.option}. {text}" if text else ""


def _bare(text: str) -> str:
    return typeset(text).casefold().strip(" .")


def sentence(claim: Claim, known: Mapping[str, Evidence]) -> Sentence:
    """A claim with one chip per cited source, however many of its passages carry the sentence."""
    return Sentence(
        text=typeset(claim.text), note=ROLES.get(claim.role, ""), urgent=claim.role == "urgent", doubtful=doubtful(claim),
        chips=merged(chip(citation, known.get(citation.id)) for citation in claim.citations), basis=claim.basis,
    )  # fmt: skip


def merged(chips: Iterable[Chip]) -> tuple[Chip, ...]:
    """Chips of the same number as one, which opens every passage of theirs once."""
    held: dict[int, Chip] = {}
    for one in chips:
        first = held.setdefault(one.number, one)
        more = [each for each in (one.passage, *one.further) if each != first.passage and each not in first.further]
        held[one.number] = first.model_copy(update={"further": (*first.further, *dict.fromkeys(more))})
    return tuple(held.values())


def joined(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Background that follows on background of the same one source as one sentence, whose chip opens all of the passages."""
    told: list[Sentence] = []
    for one in sentences:
        before = told[-1] if told else None
        plainly = before is not None and before.note == one.note == ROLES["background"] and not (before.doubtful or one.doubtful)
        if before is not None and plainly and len(one.chips) == 1 and [chip.number for chip in before.chips] == [one.chips[0].number]:
            both = {"text": f"{before.text} {one.text}", "chips": merged((*before.chips, *one.chips))}
            told[-1] = before.model_copy(update=both)
        else:
            told.append(one)
    return tuple(told)


def doubtful(claim: Claim) -> str:
    """What a sentence rests on other than its sources, or what their check found wanting; empty where they carry it wholly."""
    if claim.basis != "evidence":
        told = {"own": "not verified: the model's own knowledge", "report": "from the report", "reckoned": f"reckoned: {claim.working}"}
        return told[claim.basis]
    return "" if claim.verdict == "supported" else {"partly": "only partly carried by its source"}.get(claim.verdict, claim.verdict)


def chip(citation: Citation, evidence: Evidence | None = None) -> Chip:
    """The citation with the whole passage around the quoted words, as far as the evidence is at hand."""
    if evidence is None:
        return Chip(
            number=citation.number, title=citation.title, details="", place="", authority="", tone="plain", link=safe_link(citation.url),
            passage=(Piece(text=citation.quote, marked=True),),
        )  # fmt: skip
    record, passage = evidence.passage.source, evidence.passage
    return Chip(
        number=citation.number, title=record.title, details=details(record), place=place(passage), authority=record.authority.value,
        tone=tone(record.authority), link=safe_link(record.link), passage=pieces(passage, evidence.quote),
    )  # fmt: skip


def nearest(citation: Citation, evidence: Evidence | None = None) -> Chip:
    """The chip of a related passage, which says a table's row as a sentence."""
    made = chip(citation, evidence)
    return made.model_copy(update={"passage": (Piece(text=typeset(citation.spoken)),)}) if citation.spoken else made


def pieces(passage: Passage, quote: str) -> tuple[Piece, ...]:
    """The passage as it is read, with the quoted words marked; a table row is marked as a whole."""
    if passage.is_row:
        return (Piece(text=typeset(passage.shown), marked=True),)
    start = passage.text.find(quote)
    if start < 0:
        return (Piece(text=passage.text),)
    found = (Piece(text=passage.text[:start]), Piece(text=quote, marked=True), Piece(text=passage.text[start + len(quote) :]))
    return tuple(Piece(text=typeset(piece.text), marked=piece.marked) for piece in found if piece.text)


def details(record: SourceRecord) -> str:
    """Organisation and year, or version where that says more."""
    version = record.version if record.version and (record.year is None or str(record.year) not in record.version) else ""
    return " · ".join(part for part in (record.organisation, str(record.year or ""), version) if part)


def place(passage: Passage) -> str:
    """Section and page."""
    page = f"page {passage.page}" if passage.page and passage.section != f"Page {passage.page}" else ""
    return ", ".join(part for part in (passage.section, page) if part)


def tone(authority: Authority) -> Tone:
    """How strongly a source's authority is shown."""
    return "strong" if authority is Authority.GUIDELINE_CHECKED else "weak" if authority.rank <= Authority.DICTIONARY.rank else "plain"


def sources(answer: Answered, known: Mapping[str, Evidence]) -> tuple[SourceLine, ...]:
    """Cited sources by number with what was quoted of each, then those that were read and not cited."""
    quoted: dict[int, list[str]] = {}
    for citation in (citation for claim in answer.claims for citation in claim.citations):
        shown = known[citation.id].passage.shown if citation.id in known and known[citation.id].passage.is_row else citation.quote
        if shown not in quoted.setdefault(citation.number, []):
            quoted[citation.number].append(shown)
    pages = {item.passage.document_id: item.passage for item in answer.evidence[::-1]}
    return tuple(_source_line(source, tuple(quoted.get(source.number, ())), pages) for source in answer.sources)


def _source_line(source: Source, quotes: tuple[str, ...], pages: Mapping[str, Passage]) -> SourceLine:
    version = source.version if source.version and str(source.year) not in source.version else ""
    passage = pages.get(source.id)
    return SourceLine(
        number=source.number if source.cited else None,
        title=source.title,
        details=" · ".join(part for part in (source.organisation, str(source.year or ""), version) if part),
        place=place(passage) if passage and passage.section == source.section else source.section,
        authority=source.authority.value,
        tone=tone(source.authority),
        citation=source.citation,
        link=safe_link(source.url),
        quotes=tuple(map(typeset, quotes)) if source.cited else (),
    )


def options(answer: Answer) -> tuple[OptionLine, ...]:
    """The options in their own order with what stands for and against each; none for an open question."""
    weights = {weight.label: weight for weight in answer.weights}
    known = {item.id: item for item in answer.evidence}
    numbers = {source.id: source.number for source in answer.sources if source.cited}

    def told(ids: Sequence[str]) -> Told | None:
        best = next((known[name] for name in ids if name in known), None)
        return _told(best, numbers.get(best.passage.document_id)) if best else None

    return tuple(
        OptionLine(
            label=option.label,
            text=option.text,
            chosen=answer.option == option.label,
            supporting=min(1.0, max(0.0, weight.supporting)),
            contradicting=min(1.0, max(0.0, weight.contradicting)),
            score=weight.score,
            so=told(weight.evidence_ids),
            otherwise=told(weight.contradicting_ids),
        )
        for option in answer.question.options
        if (weight := weights.get(option.label))
    )


_LONGEST_TOLD = 300
"""Characters of what stands for or against an option; the whole passage opens from its citation."""


def _told(item: Evidence, number: int | None) -> Told:
    text = " ".join(typeset(item.passage.shown if item.passage.is_row else item.quote).split())
    short = text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD].rsplit(' ', 1)[0]} …"
    return Told(text=short, title=item.passage.source.title, number=number)


def asks_for_the_exception(answer: Answer) -> bool:
    """Whether the options were weighed the other way round, as for "all of these EXCEPT"."""
    return any(abs(weight.score) > 0.01 and weight.score * (weight.supporting - weight.contradicting) < 0 for weight in answer.weights)


NO_MODEL = "quoted from the evidence, without a chat model"


def footing(answer: Answer) -> str:
    """One line on how the answer came about: who thought, over how much, how long."""
    came = answer.provenance
    thought = came.model or NO_MODEL
    read = f"{came.passages_seen} pieces of evidence" if came.passages_seen else ""
    calls = f"{came.model_calls} model calls, {came.tokens_in + came.tokens_out:,} tokens" if came.model_calls else ""
    return " · ".join(part for part in (thought, read, calls, f"{answer.seconds:.1f} s") if part)


def _distinct(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
