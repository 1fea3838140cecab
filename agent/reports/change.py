"""A report beside an earlier one: lesions matched by place, side and kind, their change in mm and %, and the sum of diameters.

RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009): the card `recist-1-1` holds its numbers, `corpora/rules/recist.toml` its rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from agent.reports.lesions import may_be_one
from agent.reports.types import NOTHING_MM, Changed, Comparison, Finding, Flag, ReadReport
from agent.reports.vocabulary import kinds
from corpora.rules.scoring import Score, score
from corpora.rules.system import named


def compare(now: ReadReport, earlier: ReadReport) -> tuple[Comparison, tuple[Flag, ...]]:
    """Lesion by lesion what became of it, the sums of what both reports measured, and flags: an earlier report that is not earlier."""
    notes: list[str] = []
    raised: list[Flag] = []
    if now.dated and earlier.dated and earlier.dated > now.dated:
        says = f"The earlier report is of {earlier.dated}, after this one of {now.dated}: they may be the wrong way round."
        raised.append(Flag(kind="order", says=says))
        notes.append(says)
    pairs, alone, gone = _matched(now.findings, earlier.findings)
    changes = [_changed(one, other) for one, other in pairs]
    changes += [_new(one, earlier) for one in alone]
    changes += [_gone(other, now) for other in gone]
    sums = _sums(pairs)
    response = _response(*sums, has_new=any(change.state == "new" for change in changes)) if sums else None
    if sums:
        notes.append(
            f"Sum of the largest diameters of {len(_both_measured(pairs))} lesions measured in both: {sums[1]:g} mm, now {sums[0]:g} mm."
        )
        notes.append(
            "The earlier report counts as baseline and nadir; targets and non-target lesions are for the reader to choose and to judge."
        )
    made = Comparison(
        changes=tuple(changes),
        sum_mm=sums[0] if sums else None,
        earlier_sum_mm=sums[1] if sums else None,
        response=response,
        says=tuple(notes),
    )
    return made, tuple(raised)


Pair = tuple[Finding, Finding]


def _matched(now: Sequence[Finding], earlier: Sequence[Finding]) -> tuple[list[Pair], list[Finding], list[Finding]]:
    """Pairs, best fit first; then what stands in one report only. Of both only what is one thing and there."""
    ours, theirs = ([one for one in which if _is_matched(one)] for which in (now, earlier))
    fits = sorted(
        ((fit, -_apart(a, b), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs) if (fit := _fit(a, b)) > 0), reverse=True
    )
    pairs: list[Pair] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for _, _, i, j in fits:
        if i not in used_a and j not in used_b:
            pairs.append((ours[i], theirs[j]))
            used_a.add(i)
            used_b.add(j)
    pairs.sort(key=lambda pair: ours.index(pair[0]))
    return pairs, [one for i, one in enumerate(ours) if i not in used_a], [one for j, one in enumerate(theirs) if j not in used_b]


def _is_matched(finding: Finding) -> bool:
    kind = kinds().get(finding.kind)
    return bool(kind and kind.focal) and finding.certainty in ("present", "uncertain")


def _fit(one: Finding, other: Finding) -> int:
    if one.organ != other.organ or not may_be_one(one.kind, other.kind):
        return 0
    if {one.side, other.side} == {"left", "right"}:
        return 0
    if one.part and other.part and one.part not in other.part and other.part not in one.part:
        return 0
    given = one.earlier_size
    told = bool(given and other.size and abs(given.largest - other.size.largest) < 1)
    return (
        1
        + (one.kind == other.kind)
        + 2 * bool(one.part and other.part)
        + bool(one.side and one.side == other.side)
        + 3 * told
        + bool(one.label and one.label == other.label)
    )


def _apart(one: Finding, other: Finding) -> float:
    return abs(one.size.largest - other.size.largest) if one.size and other.size else 1000.0


def _changed(one: Finding, other: Finding) -> Changed:
    state: Literal["stable", "increased", "decreased", "new", "resolved", "unmatched"] = "stable"
    if not one.size or not other.size:
        said = one.change if one.change in ("increased", "decreased", "resolved") else "stable"
        says = "" if one.change else "not measured in both reports"
        return Changed(state=said, finding=one.id, earlier=other.id, name=_name(one), says=says)
    now, then = _diameter(one), _diameter(other)
    difference = round(now - then, 2)
    if abs(difference) >= NOTHING_MM:
        state = "increased" if difference > 0 else "decreased"
    return Changed(
        state=state, finding=one.id, earlier=other.id, name=_name(one), mm=now, earlier_mm=then, difference_mm=difference,
        difference_percent=round(100 * difference / then, 1) if then else None,
    )  # fmt: skip


def _diameter(finding: Finding) -> float:
    """The diameter that is compared: the short axis of a node, the largest of anything else."""
    size = finding.size
    assert size is not None
    if finding.organ == "node" and len(size.mm) > 1:
        return sorted(size.mm)[-2]
    return size.largest


def _new(one: Finding, earlier: ReadReport) -> Changed:
    """A lesion of this report alone: new where the report says so or the earlier one looked there, else unmatched."""
    looked = one.organ and (one.organ in earlier.text.lower() or any(other.organ == one.organ for other in earlier.findings))
    state: Literal["new", "unmatched"] = "new" if one.change == "new" or looked else "unmatched"
    return Changed(state=state, finding=one.id, name=_name(one), mm=one.size.largest if one.size else None,
                   says="" if state == "new" else f"the earlier report says nothing of the {one.organ or 'place'}")  # fmt: skip


def _gone(other: Finding, now: ReadReport) -> Changed:
    """A lesion of the earlier report alone: resolved where this report looked there and names none, else unmatched."""
    words = {"node": "lymph", "lung": "lung"}.get(other.organ, other.organ)
    looked = bool(words) and words in now.text.lower()
    return Changed(
        state="resolved" if looked else "unmatched", earlier=other.id, name=_name(other),
        earlier_mm=other.size.largest if other.size else None,
        says="not described now" if looked else f"this report says nothing of the {other.organ or 'place'}",
    )  # fmt: skip


def _name(finding: Finding) -> str:
    return f"{finding.where} {finding.name}".strip()


def _both_measured(pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair[0].size and pair[1].size]


def _sums(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    both = _both_measured(pairs)
    if not both:
        return None
    return round(sum(_diameter(one) for one, _ in both), 1), round(sum(_diameter(other) for _, other in both), 1)


def _response(now: float, then: float, *, has_new: bool) -> Score | None:
    if not then:
        return None
    up, down = max(0.0, now - then), max(0.0, then - now)
    given = {"increase": f"{100 * up / then:.1f}%", "decrease": f"{100 * down / then:.1f}%", "increase-mm": f"{up:g} mm"}
    return score(named("RECIST 1.1"), {**given, "non-target": "none", "new": "yes" if has_new else "no"})


def rows(comparison: Comparison) -> Iterator[str]:
    """The comparison as lines of text."""
    for change in comparison.changes:
        sizes = (
            f"{change.earlier_mm:g} -> {change.mm:g} mm ({change.difference_mm:+g} mm, {change.difference_percent:+g} %)"
            if change.difference_mm is not None
            else ""
        )
        yield f"{change.state}: {change.name} {sizes}{f' ({change.says})' if change.says else ''}".rstrip()
    yield from comparison.says
    if comparison.response is not None:
        yield f"RECIST 1.1 by that sum: {comparison.response.category or ' or '.join(comparison.response.possible)}"
