"""What is worth reading closely: what was found, without what the question's values rule out, and the sibling rows that meet them. Pure.

Search finds the passage among its first forty nearly always, and is often a row off: rows of a table share their words and differ in a
value. Values are compared exactly (`agent.reading.rows`), what is ruled out is never read, and a row that meets the question's values is
read even where search did not name it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from agent.calculators.points import POINTS
from agent.reading.asked import Asked
from agent.reading.rows import RowFit, columns, fit_document, tables
from agent.reading.sources import is_live
from agent.reading.wording import flat_tokens
from corpora.quantities import Quantity, find_quantities
from corpora.types import Passage, SourceRecord
from retrievers.library import Library
from retrievers.types import Hit

MOST = 32
"""Passages that are read."""
FIRST, SHARE = 8, 3
"""Of the first eight places at most three go to one document."""
CONSIDERED, MEETS = 14, 0.15
"""Documents that have most of the question's words and are compared with its values, and what a row that meets one counts beside them."""
COVERING = 5
"""Documents that are heard for having most of the question's words, and rows of each."""
ADDED = 3
"""One in so many places at most goes to what search by passage did not find."""
COMPARED = frozenset(("length (mm)", "attenuation (HU)", POINTS, "filtration (mL/min/1.73 m2)", "angle (degrees)"))
"""Dimensions whose ranges within words are compared with the question's values; shares, times and ages are often results."""
HOLDS, CLASHES = 1, -1
AS_NEAR = 0.8
"""A passage that takes the value in is as near as another when it has this share of the other's words of the question."""
FITTED = 8
"""Documents whose tables are compared with the question's values."""


class Candidate(NamedTuple):
    """A passage to read: its fused score (z, higher is better), how a table row meets the question's values, whether search missed it."""

    passage: Passage
    fused: float
    fit: RowFit | None = None
    added: bool = False


def held_by(candidate: Candidate, asked: Asked, library: Library) -> frozenset[str]:
    """The question's words that a passage has, those among them that imply the value of a column which it meets ("heavy smoker")."""
    met = {token for column in (candidate.fit.matched if candidate.fit else ()) for token in flat_tokens(column)}
    meant = (stems for column, stems in asked.implying.items() if met & set(flat_tokens(column)))
    return library.held(asked.without_values, candidate.passage) | (asked.without_values & frozenset().union(*meant))


def candidates(asked: Asked, hits: Sequence[Hit], library: Library, most: int = MOST) -> list[Candidate]:
    """At most `most` passages to read, the likeliest first; rows that conflict with the question's values are left out."""
    allowed = _allowed(hits)
    best: dict[str, float] = {}
    for hit in allowed:
        best[hit.passage.document_id] = max(hit.score, best.get(hit.passage.document_id, hit.score))
    fits = {name: _fits(library.passages(name), asked) for name in sorted(best, key=lambda name: -best[name])[:FITTED]}
    found: dict[str, Candidate] = {}
    for hit in allowed:
        fit = fits.get(hit.passage.document_id, {}).get(hit.passage.id)
        if fit is None or not fit.conflicts:
            found[hit.passage.id] = Candidate(hit.passage, hit.score, fit)
    beside = [*_siblings(allowed, fits), *_covering(asked, allowed, library)]
    old = _superseded(one.passage.source for one in (*found.values(), *beside))
    order = spread(
        sorted(
            (one for one in found.values() if one.passage.document_id not in old),
            key=lambda one: (-(one.fused + 0.5 * _met(one.fit)), one.passage.id),
        )
    )
    kept = _without_clashes([*order, *beside], asked, library)
    order = [one for one in order if one.passage.id in kept]
    further: dict[str, Candidate] = {}
    for one in (one for one in beside if one.passage.id in kept):
        if one.passage.id not in found and one.passage.document_id not in old:
            further.setdefault(one.passage.id, one)
    added = sorted(further.values(), key=lambda one: (-_met(one.fit), -one.fused, one.passage.id))[: most // ADDED]
    return [*order[: most - len(added)], *added]


def _without_clashes(found: Sequence[Candidate], asked: Asked, library: Library) -> frozenset[str]:
    """Ids without passages that give ranges none of which takes the question's value in, where another that is as near does take it in.

    Tables compare their typed columns; this is for ranges within words, in a cell or a sentence ("a solid nodule below 6 mm").
    """
    said = [quantity for quantity in asked.quantities if _measure(quantity)]
    if not said:
        return frozenset(one.passage.id for one in found)
    holding = {one.passage.id: _holds(_ranges(one.passage), said) for one in found}
    covered = {one.passage.id: library.covered(asked.stems, one.passage) for one in found}
    least = max((covered[name] for name, holds in holding.items() if holds == HOLDS), default=2.0)
    return frozenset(name for name, holds in holding.items() if holds != CLASHES or least < AS_NEAR * covered[name])


def _ranges(passage: Passage) -> list[Quantity]:
    """Ranges of the passage's words; of points, which are whole numbers, single ones too ("TR3 (3 points)" is not what 5 points mean)."""
    return [one for one in find_quantities(passage.spoken) if _measure(one) and (not one.is_point or one.dimension == POINTS)]


def _measure(quantity: Quantity) -> str:
    """What a value is one of: its dimension, eGFR with its unit or without; empty where not compared."""
    return "egfr" if quantity.label == "egfr" else quantity.dimension if quantity.dimension in COMPARED else ""


def _holds(ranges: Sequence[Quantity], said: Sequence[Quantity]) -> int:
    """HOLDS, CLASHES, or 0 where no dimension of the question is told in ranges."""
    for value in said:
        there = [quantity for quantity in ranges if _measure(quantity) == _measure(value)]
        if there and not any(_meet(quantity, value) for quantity in there):
            return CLASHES
    measures = {_measure(value) for value in said}
    return HOLDS if any(_measure(quantity) in measures for quantity in ranges) else 0


def _meet(one: Quantity, other: Quantity) -> bool:
    """Whether two values of one measure overlap, told with its unit or without."""
    return one.overlaps(other.model_copy(update={"dimension": one.dimension}))


def _met(fit: RowFit | None) -> int:
    return fit.hard if fit else 0


def _allowed(hits: Iterable[Hit]) -> list[Hit]:
    """Hits whose source stands: neither retracted nor superseded by another that was found."""
    kept = [hit for hit in hits if not hit.passage.source.retracted]
    old = _superseded(hit.passage.source for hit in kept)
    return [hit for hit in kept if hit.passage.document_id not in old]


def _superseded(sources: Iterable[SourceRecord]) -> set[str]:
    """Documents that one of these replaces; what was found live replaces nothing."""
    return {name for source in sources if not is_live(source) for name in source.supersedes}


def _fits(passages: Sequence[Passage], asked: Asked) -> Mapping[str, RowFit]:
    """How the rows of a document meet the question; outside guidelines only figures and codes rule a row out, words never do."""
    if not passages:
        return {}
    made = {fit.passage.id: fit for fit in fit_document(passages, asked)}
    if passages[0].source.kind == "guideline":
        return made
    for rows in tables(passages):
        hard = {column.header for column in columns(rows) if column.kind in ("quantity", "code")}
        for row in rows:
            fit = made[row.id]
            made[row.id] = fit._replace(conflicts=tuple(name for name in fit.conflicts if name in hard))
    return made


def _siblings(hits: Sequence[Hit], fits: Mapping[str, Mapping[str, RowFit]]) -> Iterable[Candidate]:
    """Rows beside those that were found that meet a value of the question, scored as the best of their table."""
    best: dict[tuple[str, str, tuple[str, ...]], float] = {}
    for hit in hits:
        if hit.passage.is_row:
            table = (hit.passage.document_id, hit.passage.section, hit.passage.header)
            best[table] = max(hit.score, best.get(table, hit.score))
    for name, found in fits.items():
        for fit in found.values():
            score = best.get((name, fit.passage.section, fit.passage.header))
            if score is not None and fit.hard and not fit.conflicts:
                yield Candidate(fit.passage, score, fit)


def _covering(asked: Asked, hits: Sequence[Hit], library: Library) -> Iterable[Candidate]:
    """Of the documents that have most of the question's words between them all: rows that meet its values, and the nearest passages.

    A card has a question's words spread over rows and sentences none of which has many; search by passage misses it.
    """
    stems = asked.without_values
    coverage = library.coverage(stems)
    floor = min((hit.score for hit in hits), default=0.0)
    vector = library.vector(asked.text[:600])
    fitted: list[tuple[float, str, Mapping[str, RowFit]]] = []
    for name in sorted(coverage, key=lambda name: (-coverage[name], name))[:CONSIDERED]:
        source = library.source(name)
        if source is not None and not source.retracted:
            fits = _fits(library.passages(name), asked)
            meets = max((fit.hard for fit in fits.values() if not fit.conflicts), default=0)
            fitted.append((coverage[name] + MEETS * min(2, meets), name, fits))
    for _, name, fits in sorted(fitted, key=lambda one: (-one[0], one[1]))[:COVERING]:
        passages = library.passages(name)
        meeting = [fit for fit in fits.values() if fit.hard and not fit.conflicts]
        for fit in sorted(meeting, key=lambda fit: -fit.hard)[:COVERING]:
            yield Candidate(fit.passage, floor, fit, added=True)
        near = sorted(zip(library.nearness(vector, passages), passages, strict=True), key=lambda pair: -pair[0])
        for _, passage in near[:2]:
            own = fits.get(passage.id)
            if own is None or not own.conflicts:
                yield Candidate(passage, floor, own, added=True)


def spread(ordered: Sequence[Candidate], first: int = FIRST, share: int = SHARE) -> list[Candidate]:
    """The same in an order in which the first places are shared between documents."""
    counted: Counter[str] = Counter()
    lead: list[Candidate] = []
    rest: list[Candidate] = []
    for one in ordered:
        if len(lead) < first and counted[one.passage.document_id] < share:
            counted[one.passage.document_id] += 1
            lead.append(one)
        else:
            rest.append(one)
    return [*lead, *rest]
