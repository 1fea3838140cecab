"""Yes/no questions: whether what the evidence says to the question affirms it or denies it. Pure but for reading word weights."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.asked import Asked, cell_codes, codes
from agent.columns import without_brackets
from agent.polarity import denies, refuses, turns
from agent.rows import answer_columns
from agent.types import Evidence, OptionWeight, Question
from corpora.quantities import find_quantities
from retrievers.library import Library
from retrievers.words import words

POLES = {"yes": True, "true": True, "no": False, "false": False, "maybe": None, "uncertain": None}
_READ = 15
"""Pieces of evidence that are heard, best first."""

YES_MARGIN = 0.25
"""How far "yes" must stand above "no": evidence affirms by not denying, which near the topic is soon the case; "no" is said."""

_FLOOR = 0.25
"""What a piece of evidence weighs that shares no word with the question, of one that has them all."""

_STUDY = re.compile(r"\b(CT|MRI|MR|ultrasound|radiographs?|x-ray|PET|scintigraphy|mammography|angiography|fluoroscopy)\b", re.IGNORECASE)


def is_polar(question: Question) -> bool:
    """Whether the options are yes, no and perhaps maybe."""
    return bool(question.options) and all(_pole_name(option.text) in POLES for option in question.options)


def affirmative(option: str) -> bool:
    """Whether an option's text is a yes."""
    return POLES.get(_pole_name(option)) is True


def _pole_name(text: str) -> str:
    return text.strip().lower().rstrip(".")


def weigh(question: Question, asked: Asked, pool: Sequence[Evidence], library: Library) -> tuple[OptionWeight, ...]:
    """Yes weighs as much as the best evidence that affirms, no as much as the best that denies, each by its share of the question."""
    best = {True: (0.0, ""), False: (0.0, "")}
    for item in pool[:_READ]:
        standing = item.strength / pool[0].strength if pool[0].strength else 1.0
        weight = round(item.relevance * standing * (_FLOOR + (1 - _FLOOR) * _nearness(item, asked, library)), 4)
        pole = affirms(item, asked, question.text)
        if weight > best[pole][0]:
            best[pole] = (weight, item.id)
    made = []
    for option in question.options:
        asked_pole = POLES[_pole_name(option.text)]
        yes, no = best[True], best[False]
        support, name = (min(yes[0], no[0]), yes[1]) if asked_pole is None else best[asked_pole]
        against, contrary = (abs(yes[0] - no[0]), "") if asked_pole is None else best[not asked_pole]
        made.append(
            OptionWeight(
                label=option.label, text=option.text, supporting=support, contradicting=against, score=round(support - against, 4),
                evidence_ids=(name,) if name else (), contradicting_ids=(contrary,) if contrary else (),
            )
        )  # fmt: skip
    return tuple(made)


def _nearness(item: Evidence, asked: Asked, library: Library) -> float:
    """Share (0-1) of the question's words, by weight, that the piece of evidence or its source's name has."""
    there = set(words(f"{item.passage.source.title}. {item.passage.section}. {item.passage.shown if item.passage.is_row else item.quote}"))
    total = sum(library.weight(stem) for stem in asked.stems)
    return sum(library.weight(stem) for stem in asked.stems & there) / total if total else 0.0


def affirms(item: Evidence, asked: Asked, question: str) -> bool:
    """Whether the evidence says yes: its category, value or study is the one asked about, else it denies as much as the question does."""
    said = _answer(item, asked)
    if item.passage.is_row:
        for verdict in (_category(item, said, asked), _value(item, said, asked), _study(item, said, question)):
            if verdict is not None:
                return verdict
    asking = _asking(question)
    denied = _denied(item, said, asked, asking)
    if denied != bool(_DENYING.search(asking)):
        return False
    return denied or item.passage.is_row or not denies(item.quote, question)


_ASKS = re.compile(
    r"^\s*(?:(?:and|so|but|then)\s)?(?:is|are|was|were|does|do|did|can|could|may|might|should|must|will|would|has|have)\b", re.IGNORECASE
)
_DENYING = re.compile(
    r"\b(?:not|never|cannot|wrong|against|avoid\w*|withheld|withhold|exclud\w+|contraindicated|unsafe|unnecessary|omit\w*|skip\w*"
    r"|rul(?:e|es|ed|ing) out)\b|n't\b|^\s*(?:is|are|does|do|can|may|should)\s(?:there\s)?no\b",
    re.IGNORECASE,
)
"""What turns a yes/no question round; "without symptoms" in it is a condition, and turns nothing."""


def _asking(question: str) -> str:
    """The clause that asks: the last one that begins with an auxiliary verb, or the whole question."""
    asking = [clause for clause in re.split(r"[:;,.?!]\s*", question) if _ASKS.match(clause)]
    return asking[-1] if asking else question


def _denied(item: Evidence, said: str, asked: Asked, asking: str) -> bool:
    """Whether the clause of the answer that is about what is asked denies; of a row, what its conditions say is not asked."""
    row = item.passage
    known = frozenset(word for name in row.header if name not in row.source.results for word in words(row.row[name])) if row.is_row else ()
    about = (frozenset(words(asking, boilerplate=True)) & asked.stems or asked.stems) - frozenset(known)
    parts = [part for part in turns(without_brackets(said)) if not _ASIDE.match(part)] or [said]
    shared = [len(about & set(words(part))) for part in parts]
    best = parts[shared.index(max(shared))]
    if row.is_row:  # a result's first clause is what it says; a later one counts where only it is about what is asked
        return refuses(parts[0]) or (not shared[0] and refuses(best))
    return refuses(best)


_ASIDE = re.compile(r"\s*(?:rather than|instead of|without)\b", re.IGNORECASE)


def _answer(item: Evidence, asked: Asked) -> str:
    if not item.passage.is_row:
        return item.quote
    return "; ".join(item.passage.row[name] for name in answer_columns(item.passage, asked))


def _category(item: Evidence, said: str, asked: Asked) -> bool | None:
    """Whether the row's category is the one the question proposes; None when the question proposes none of its kind."""
    held = cell_codes(said)[1]
    conditions = {code for name in item.met for code in cell_codes(item.passage.row[name])[1]}
    proposed = {code.code for code in (*asked.codes, *codes(asked.text))} - conditions
    return bool(held & proposed) if held and proposed else None


def _value(item: Evidence, said: str, asked: Asked) -> bool | None:
    """Whether the row's value takes in the one the question proposes; None when the question proposes none of its kind."""
    met = [quantity for name in item.met for quantity in find_quantities(item.passage.row[name])]
    proposed = [said for said in asked.quantities if not any(there.contains(said) for there in met)]
    pairs = [(there, one) for there in find_quantities(said) for one in proposed if there.dimension == one.dimension != "number"]
    return any(there.contains(one) for there, one in pairs) if pairs else None


def _study(item: Evidence, said: str, question: str) -> bool | None:
    """Whether the row's study is the one the question proposes; None when either names none, or the row does not name studies."""
    wanted, there = ({name.lower() for name in _STUDY.findall(text)} for text in (question, said))
    if not wanted or not there or not any("study" in name.lower() for name in item.passage.header):
        return None
    return bool(wanted & there) and not refuses(turns(said)[0])
