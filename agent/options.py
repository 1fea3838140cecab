"""Answer options against the evidence: what supports each, what contradicts it, and which one stands. Pure but for reading word weights."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import NamedTuple

from agent import polar
from agent.asked import Asked, cell_codes, codes
from agent.polarity import clauses, refuses
from agent.reasoners.protocol import Grade, Weighed
from agent.rows import answer_columns
from agent.types import Evidence, Facet, Option, OptionWeight, Question
from corpora.quantities import Quantity, find_quantities
from corpora.types import SourceRecord
from retrievers.library import Library
from retrievers.words import words

LEAST = 0.05
"""Support that counts as none."""
MARGIN = 0.03
"""Options closer than this are not told apart."""

POOL = 60
STEEPNESS = 6
"""How steeply weaker evidence counts less; of 2, 4, 6 and 8 this separated options best."""

_EXCEPT = re.compile(
    r"\b(?:NOT|(?i:except|not true|false|incorrect|least likely|not associated|not a feature|not indicated|not seen"
    r"|contraindicated|isn't))\b"
)


def asked_with(asked: Asked, facet: Facet) -> Asked:
    """The question with an option's words beside its own, for finding documents about both."""
    option = facet.label.partition(". ")[2] or facet.label
    return asked.model_copy(update={"stems": asked.stems | frozenset(words(option))})


class _Told(NamedTuple):
    """What an option says that the other options and the question do not."""

    stems: frozenset[str]
    quantities: tuple[Quantity, ...]
    codes: frozenset[str]
    denies: bool
    nothing: bool = False
    """It only says no to what the question asks for: 'no follow-up'."""


def weigh(question: Question, asked: Asked, grades: Sequence[Grade], library: Library) -> tuple[OptionWeight, ...]:
    """Support minus contradiction for each option over all facets' evidence; turned round for "all EXCEPT" questions."""
    pool = _pool(grades)
    if polar.is_polar(question):
        return polar.weigh(question, asked, pool, library)
    told = {option.label: _tell(option, question) for option in question.options}
    turned = -1.0 if _EXCEPT.search(question.text) else 1.0
    made = []
    for option in question.options:
        supporting, ids, against, contrary = _balance(told[option.label], pool, asked, library)
        made.append(
            OptionWeight(
                label=option.label,
                text=option.text,
                supporting=round(supporting, 4),
                contradicting=round(against, 4),
                score=round(turned * (supporting - against), 4),
                evidence_ids=ids,
                contradicting_ids=contrary,
            )
        )
    return tuple(made)


def _pool(grades: Sequence[Grade]) -> list[Evidence]:
    merged: dict[str, Evidence] = {}
    for grade in grades:
        for item in grade.evidence:
            if item.id not in merged or merged[item.id].strength < item.strength:
                merged[item.id] = item
    return sorted(merged.values(), key=lambda item: (-item.strength, item.id))[:POOL]


def _tell(option: Option, question: Question) -> _Told:
    others = [frozenset(words(other.text)) for other in question.options if other.label != option.label]
    own = frozenset(words(option.text))
    shared = frozenset.intersection(*others) if others else frozenset()
    distinctive = own - shared - frozenset(words(question.text))
    named = {code.code for code in codes(option.text)} | set(cell_codes(option.text)[1])
    told = _Told(distinctive or own - shared or own, tuple(find_quantities(option.text)), frozenset(named), _denies(option.text))
    return told._replace(nothing=told.denies and not distinctive and not told.quantities and not told.codes)


def _balance(
    told: _Told, pool: Sequence[Evidence], asked: Asked, library: Library
) -> tuple[float, tuple[str, ...], float, tuple[str, ...]]:
    """The best support and the ids behind it, the best contradiction and the id behind it."""
    supports: list[tuple[float, str]] = []
    against: tuple[float, tuple[str, ...]] = (0.0, ())
    for item in pool:
        said = _answer_text(item, asked)
        share, weight = _mention(told, item, said, library), _weight(item, pool[0])
        if share > 0:
            supports.append((weight * share, item.id))
        elif _differs(told, item, said):
            against = max(against, (weight, (item.id,)), key=itemgetter(0))
        elif share < 0:
            against = max(against, (-share * weight, (item.id,)), key=itemgetter(0))
    supports.sort(reverse=True)
    top = [value for value, _ in supports[:3]]
    strength = sum(value * weight for value, weight in zip(top, (0.7, 0.2, 0.1), strict=False)) + (0.3 * top[0] if len(top) == 1 else 0.0)
    return strength, tuple(name for _, name in supports[:3]), *against


def _weight(item: Evidence, best: Evidence) -> float:
    """What one piece of evidence counts, 0-1: steeply less than the best one, and little where it is not about the question."""
    return (item.strength / best.strength) ** STEEPNESS * item.relevance if best.strength else 0.0


def _answer_text(item: Evidence, asked: Asked) -> str:
    if item.passage.is_row:
        return "; ".join(item.passage.row[name] for name in answer_columns(item.passage, asked))
    return item.quote


def _mention(told: _Told, item: Evidence, said: str, library: Library) -> float:
    """How much of the option (0-1) the evidence says, or denies (below zero); values and codes must be said exactly."""
    if told.quantities:
        there = find_quantities(said) or find_quantities(item.passage.shown)
        equal = [any(q.equals(other) or (q.is_point and other.is_point and q.low == other.low) for other in there) for q in told.quantities]
        if not any(equal):
            return 0.0
        return (sum(equal) / len(equal)) * (0.5 + 0.5 * _share(told.stems, words(item.passage.shown), library))
    if told.codes:
        there_codes = {code.code for code in codes(said)} | set(cell_codes(said)[1])
        if there_codes:
            return 1.0 if told.codes & there_codes else 0.0
    if told.nothing and item.passage.is_row and item.met:
        return 1.0 if _denies(said) else -1.0
    affirmed, denied = clauses(said if item.passage.is_row else item.quote)
    same, opposite = (denied, affirmed) if told.denies else (affirmed, denied)
    direct, against = _share(told.stems, same, library), _share(told.stems, opposite, library)
    if against > direct:
        return -float(against**1.5)
    named = 0.0 if told.denies else 0.8 * _named(told, item.passage.source, library)  # a title says what it is about, not that it is absent
    return float(max(direct, named) ** 1.5)


_WHOLLY = 0.99


def _named(told: _Told, source: SourceRecord, library: Library) -> float:
    """Share (0-1) of the option that names the document: a case's diagnosis in part, a title or alias only as a whole.

    "MRI of the scrotum" is not said by every row of a card that is also called "acute scrotum".
    """
    diagnosis = _share(told.stems, words(str(source.metadata.get("diagnosis", ""))), library)
    name = _share(told.stems, words(". ".join((source.title, *source.aliases))), library)
    return max(diagnosis, name * (name >= _WHOLLY))


_LEFT = re.compile(
    r"\b(?:can be left|can wait|leave (?:it )?alone|skip|omit|hold off|defer|do nothing|no rush|stop here|discharged?)\b", re.IGNORECASE
)


def _denies(option: str) -> bool:
    """Whether an option says that something is not done or not there."""
    return refuses(option) or bool(_LEFT.search(option))


def _share(stems: frozenset[str], there: Collection[str], library: Library) -> float:
    total = sum(library.weight(stem) for stem in stems)
    return sum(library.weight(stem) for stem in stems & set(there)) / total if total else 0.0


def _differs(told: _Told, item: Evidence, said: str) -> bool:
    """Whether the applicable row gives another value or category of the same kind."""
    if not item.passage.is_row:
        return False
    there = find_quantities(said)
    if told.quantities and there:
        return any(q.dimension == other.dimension and not q.overlaps(other) for q in told.quantities for other in there)
    there_codes = {code.code for code in codes(said)} | set(cell_codes(said)[1])
    return bool(told.codes and there_codes and not told.codes & there_codes)


def ranked(weighed: Weighed) -> list[OptionWeight]:
    """The options, best first; ties in label order."""
    return sorted(weighed.weights, key=lambda weight: (-weight.score, weight.label))


def decide(question: Question, weighed: Weighed) -> tuple[str | None, str]:
    """The option that stands, or None and why none does."""
    order = ranked(weighed)
    turned = bool(_EXCEPT.search(question.text))
    if not order or (max(weight.supporting for weight in order) <= LEAST and not turned):
        return None, "No option is supported by the evidence."
    if order[0].supporting <= LEAST and not turned:  # it is only what nothing speaks against
        return None, "The evidence speaks against every option that it supports."
    least = polar.YES_MARGIN if polar.is_polar(question) and polar.affirmative(order[0].text) else MARGIN
    if len(order) > 1 and order[0].score - order[1].score < least:
        return None, f"The evidence does not separate option {order[0].label} from option {order[1].label}."
    return order[0].label, ""


def for_option(weighed: Weighed, label: str | None = None) -> tuple[Evidence, ...]:
    """The evidence with what carries the option first; without a label, the option that it weighs most."""
    ids = next((weight.evidence_ids for weight in ranked(weighed) if label in (None, weight.label)), ())
    first = [item for name in ids for item in weighed.evidence if item.id == name]
    return (*first, *(item for item in weighed.evidence if item.id not in ids))
