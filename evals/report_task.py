"""A set of reports replayed through the reading of reports (`radqa eval run SET --task report`): every figure with its number.

A figure stands only where the set asks it: findings where it lists all of them, categories where it gives them, and so on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from agent.reports.mentions import stated
from agent.reports.types import Finding, ReadReport
from corpora.errors import RadqaError
from corpora.rules.rows import joined
from corpora.rules.system import UnknownSystem, named
from evals.report_forms.labels import labelled, names
from evals.reports import Case, Gold, Outcome, advice, fits_exactly, replay
from evals.types import Failure


class Figure(NamedTuple):
    """A share (or seconds) and what it is of."""

    value: float
    n: int


class Replayed(NamedTuple):
    """A case with what came of it: an outcome, or why there is none."""

    case: Case
    outcome: Outcome | None
    failure: Failure | None = None


def replayed(cases: Iterable[Case]) -> Iterator[Replayed]:
    """Read each report; one that cannot be read is a failure, and the next one follows."""
    for case in cases:
        try:
            yield Replayed(case, replay(case))
        except RadqaError as error:
            yield Replayed(case, None, Failure(type=type(error).__name__, message=str(error)))


class Counted(NamedTuple):
    """Hits, what was said, what is true."""

    hits: int
    said: int
    true: int

    @property
    def f1(self) -> Figure:
        """The F1 of the counts, of so many true ones."""
        return Figure(2 * self.hits / max(self.said + self.true, 1), self.true)


def figures(of: Sequence[Replayed]) -> dict[str, Figure]:
    """Every figure that the set asks for."""
    read = [one.outcome for one in of if one.outcome is not None]
    made = {"valid output": _share([one.outcome is not None and _is_valid(one.outcome) for one in of])}
    made |= _findings([one for one in read if one.case.whole])
    made |= _words([one for one in read if one.case.entities])
    made |= _labels([one for one in read if one.case.labelled_by])
    made |= _categories(read)
    made |= _advice(read)
    made |= {"change": _share([_change(one, gold, found) for one in read for gold, found in one.pairs if gold.change])}
    made |= {"sections": _share([hit for one in read for hit in _sections(one)])}
    made |= _translated([one for one in read if one.case.translation])
    made |= {"nothing lost": _share([not one.lost for one in read])}
    made |= {"seconds (median)": Figure(sorted(one.seconds for one in read)[len(read) // 2], len(read))} if read else {}
    return {name: figure for name, figure in made.items() if figure.n}


def _share(held: Sequence[bool]) -> Figure:
    return Figure(sum(held) / max(len(held), 1), len(held))


def _is_valid(outcome: Outcome) -> bool:
    """Whether every category that was given is one of its system's, and so is that of a study whose system the set names."""
    given = [finding.advice for finding in outcome.report.findings if finding.advice.category]
    if not all(one.category in _scale(one.system) or one.category == one.stated for one in given):
        return False
    return not outcome.case.category or bool(_of_study(outcome))


def _findings(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """F1 of findings, and F1 of findings with their certainty."""
    pairs = [(gold, found) for one in outcomes for gold, found in one.pairs]
    found = [(gold, finding) for gold, finding in pairs if finding is not None]
    said = len(found) + sum(len(one.beyond) for one in outcomes)
    sure = sum(gold.certainty == finding.certainty for gold, finding in found)
    return {
        "finding F1": Counted(len(found), said, len(pairs)).f1,
        "finding F1 by exact names": Counted(sum(fits_exactly(*pair) for pair in found), said, len(pairs)).f1,
        "finding F1 with assertion": Counted(sure, said, len(pairs)).f1,
        "assertion": Figure(sure / max(len(found), 1), len(found)),
    }


def _words(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """F1 of the words that name findings: those that overlap, and those that overlap with the same assertion."""
    plain, sure = Counter[str](), Counter[str]()
    for one in outcomes:
        said = list(_stated(one.report))
        for counted, with_assertion in ((plain, False), (sure, True)):
            left = list(said)
            for entity in one.case.entities:
                hit = next((word for word in left if word[0] < entity.end and entity.start < word[1]
                            and (not with_assertion or word[2] == entity.certainty)), None)  # fmt: skip
                if hit:
                    left.remove(hit)
                counted["hits"] += hit is not None
            counted.update(said=len(said), true=len(one.case.entities))
    return {
        "word F1": Counted(plain["hits"], plain["said"], plain["true"]).f1,
        "word F1 with assertion": Counted(sure["hits"], sure["said"], sure["true"]).f1,
    }


def _stated(report: ReadReport) -> Iterator[tuple[int, int, str]]:
    """Every word for a finding in the report's sentences: where it stands and how sure the sentence is."""
    sentences = {(one.start, one.end) for one in report.left} | {(s.start, s.end) for finding in report.findings for s in finding.sentences}
    for start, end in sorted(sentences):
        for one in stated(report.text[start:end]):
            yield start + one.start, start + one.end, "present" if one.certainty in ("historical", "family") else one.certainty


def _labels(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """F1 of labels that are there, F1 of labels with their state, and how often one is called present that is not."""
    there, state = Counter[str](), Counter[str]()
    wrong = slots = 0
    for one in outcomes:
        said, true = labelled(one.report, one.case.labelled_by), one.case.labels
        ours = {label for label, how in said.items() if how == "present"}
        theirs = {label for label, how in true.items() if how == "present"}
        there.update(hits=len(ours & theirs), said=len(ours), true=len(theirs))
        state.update(hits=len(said.items() & true.items()), said=len(said), true=len(true))
        not_there = {label for label in names(one.case.labelled_by) if true.get(label, "absent") == "absent"}
        wrong, slots = wrong + len(ours & not_there), slots + len(not_there)
    made = {
        "label F1": Counted(there["hits"], there["said"], there["true"]).f1,
        "label falsely present": Figure(wrong / max(slots, 1), slots),
    }
    if any(how != "present" for one in outcomes for how in one.case.labels.values()):
        made["label F1 with assertion"] = Counted(state["hits"], state["said"], state["true"]).f1
    return made


def _categories(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How often a category is the gold one, or its neighbour in the system's order; of findings and of whole studies."""
    pairs: list[tuple[str, str, str]] = []
    for one in outcomes:
        pairs += [
            (gold.system or (found.advice.system if found else ""), gold.category, found.advice.category if found else "none")
            for gold, found in one.pairs
            if gold.category
        ]
        if one.case.category:
            pairs.append((one.case.system, one.case.category, _of_study(one) or "none"))
    exact = [is_same(said, "" if gold == "?" else gold) for _, gold, said in pairs]
    near = [hit or is_next(system, gold, said) for hit, (system, gold, said) in zip(exact, pairs, strict=True)]
    return {"category exact": _share(exact), "category within one": _share(near)}


def _of_study(outcome: Outcome) -> str:
    """The category of the whole study: the highest that any of its findings has by the system that the set names."""
    try:
        name = named(outcome.case.system).name
    except UnknownSystem:
        return ""
    given = [one.advice.category for one in outcome.report.findings if one.advice.system == name and one.advice.category]
    return max(given, key=_rank, default="")


def is_same(said: str, gold: str) -> bool:
    """Whether two categories are one: "Lung-RADS 4A" and "4A", "TR4" and "4"."""
    return said == gold or (bool(said and gold) and _tail(said) == _tail(gold))


def is_next(system: str, gold: str, said: str) -> bool:
    """Whether two categories stand beside each other in the order of the system's categories that have a number."""
    order = sorted({_rank(category) for category in _scale(system) if _rank(category)[0] >= 0})
    ranks = [_rank(gold), _rank(said)]
    return all(rank in order for rank in ranks) and abs(order.index(ranks[0]) - order.index(ranks[1])) <= 1


@cache
def _scale(system: str) -> frozenset[str]:
    try:
        return frozenset(row.then for one in joined(named(system)) if one.table.gives == "category" for row in one.rows)
    except UnknownSystem:
        return frozenset()


_ROMAN = {"I": 1, "II": 2, "IIF": 2, "III": 3, "IV": 4, "V": 5}


def _tail(category: str) -> str:
    last = category.upper().replace("-", " ").split()[-1:] or [""]
    return re.sub(r"^(?:TR|LR|VR|PR)(?=\d)", "", last[0])


def _rank(category: str) -> tuple[int, str]:
    """Where a category stands: its number and letter; -1 where it has none."""
    tail = _tail(category)
    if tail in _ROMAN:
        return _ROMAN[tail], tail[2:] if tail == "IIF" else ""
    found = re.fullmatch(r"(\d)([A-Z]?)", tail)
    return (int(found[1]), found[2]) if found else (-1, tail)


def _advice(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    said = Counter(advice(gold, found) for one in outcomes for gold, found in one.pairs if gold.advice)
    return {f"advice {how}": Figure(said[how] / max(said.total(), 1), said.total()) for how in ("right", "wrong")}


def _change(outcome: Outcome, gold: Gold, found: Finding | None) -> bool:
    if found is None:
        return False
    if outcome.report.comparison is not None:
        said = next((one.state for one in outcome.report.comparison.changes if one.finding == found.id), "")
        return said == gold.change
    return (found.change or "") == gold.change


def _sections(outcome: Outcome) -> Iterator[bool]:
    """For each part that the report has, whether it was read as that part, whole and without more."""
    for name, body in outcome.case.sections.items():
        yield " ".join(outcome.report.sections.get(name, "").split()) == " ".join(body.split())


def _translated(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Findings of a report against those read in its translation: one for one of organ and kind."""
    hits = said = true = 0
    for one in outcomes:
        ours = _kinds(one.report)
        theirs = _kinds(replay(one.case.model_copy(update={"text": one.case.translation, "prior": ""})).report)
        hits, said, true = hits + (ours & theirs).total(), said + ours.total(), true + theirs.total()
    return {"finding F1 against the translation": Counted(hits, said, true).f1}


def _kinds(report: ReadReport) -> Counter[tuple[str, str]]:
    return Counter((one.organ, one.kind) for one in report.findings if one.certainty in ("present", "uncertain"))


def told(of: Replayed) -> dict[str, object]:
    """A case in one line: what was missed, read beyond, or said otherwise."""
    if of.outcome is None:
        return {"id": of.case.id, "failure": of.failure.model_dump() if of.failure else None}
    one = of.outcome
    said = labelled(one.report, of.case.labelled_by) if of.case.labelled_by else {}
    wrong = {
        label: [of.case.labels.get(label, ""), said.get(label, "")]
        for label in (names(of.case.labelled_by) if of.case.labelled_by else ())
        if (of.case.labels.get(label) == "present") != (said.get(label) == "present")
    }
    return {
        "id": of.case.id, "missed": [gold.model_dump(exclude_defaults=True) for gold, found in one.pairs if found is None],
        "beyond": [f"{found.organ} {found.kind}: {found.own}" for found in one.beyond] if of.case.whole else [], "labels": wrong,
        "sections": [name for name, hit in zip(of.case.sections, _sections(one), strict=True) if not hit], "lost": list(one.lost),
        "category": [of.case.category, _of_study(one)] if of.case.category else [],
    }  # fmt: skip
