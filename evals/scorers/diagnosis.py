"""Free-text diagnosis: by concept (same identifier or listed synonym), with string matches beside it; is-a is counted separately."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Protocol

from corpora.concepts.linker import linker
from corpora.concepts.vocabulary import vocabulary
from evals.scorers.case import Case, Scores
from evals.scorers.wording import answering, holds_stems
from evals.types import Score


class Naming(Protocol):
    """Concepts that a text asserts, and what they are kinds of."""

    def named(self, text: str) -> Mapping[str, str]:
        """Identifier -> preferred name of each concept that the text does not deny."""
        ...

    def above(self, identifier: str) -> frozenset[str]:
        """Every concept that it is a kind of."""
        ...


class Linked:
    """The project's own linker and vocabulary."""

    def __init__(self) -> None:
        """Load both; takes about a second."""
        self._known, self._linker = vocabulary(), linker()

    def named(self, text: str) -> Mapping[str, str]:
        """See `Naming.named`."""
        return {mention.cui: mention.name for mention in self._linker.link(text) if mention.assertion != "absent"}

    def above(self, identifier: str) -> frozenset[str]:
        """See `Naming.above`."""
        return frozenset(self._known.ancestors(identifier))


@cache
def naming() -> Naming:
    """The linker, loaded at the first diagnosis."""
    return Linked()


def score(case: Case, so_far: Scores, concepts: Naming | None = None) -> Scores:
    """`diagnosis_exact`, `diagnosis_normalised`, `diagnosis_concept` and `diagnosis_is_a`, each 1 or 0."""
    if case.item.kind != "diagnosis" or not isinstance(case.item.answer, str):
        return {}
    names = ("diagnosis_exact", "diagnosis_normalised", "diagnosis_concept", "diagnosis_is_a")
    if not case.response.answered:
        return dict.fromkeys(names, Score(value=0.0, answer="abstained", explanation="it abstained"))
    text, gold = answering(case.response), case.item.answer
    known = case.item.names(gold)
    exact = gold.strip() in text
    same = next((name for name in known if holds_stems(text, name)), "")
    identical, related = _by_concept(text, gold, concepts or naming())
    values = {
        "diagnosis_exact": (exact, f"{gold!r} {'stands' if exact else 'does not stand'} in the answer"),
        "diagnosis_normalised": (holds_stems(text, gold), f"{gold!r} with case, spelling and endings unified"),
        "diagnosis_concept": (bool(same or identical), identical or (f"says {same!r}" if same else f"names no concept of {gold!r}")),
        "diagnosis_is_a": (bool(related) and not (same or identical), related or "nothing above or below it in the hierarchy"),
    }
    return {name: Score(value=float(value), answer=text[:300], explanation=why) for name, (value, why) in values.items()}


def _by_concept(text: str, gold: str, concepts: Naming) -> tuple[str, str]:
    """Why the concepts are the same, and why they are parent and child; empty where they are not."""
    wanted, said = concepts.named(gold), concepts.named(text)
    shared = wanted.keys() & said.keys()
    if shared:
        first = min(shared)
        return f"names {said[first]} ({first})", ""
    for one in sorted(wanted):
        for other in sorted(said):
            if one in concepts.above(other):
                return "", f"{said[other]} is a kind of {wanted[one]}"
            if other in concepts.above(one):
                return "", f"{wanted[one]} is a kind of {said[other]}"
    return "", ""
