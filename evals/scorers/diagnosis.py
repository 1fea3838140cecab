"""Free-text diagnosis: by the concept that the reply commits to, with string matches beside it; is-a is counted separately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from corpora.concepts.linker import linker
from corpora.concepts.vocabulary import vocabulary
from corpora.types import ConceptMention
from evals.scorers.case import Case, Scores
from evals.scorers.naming import affirmed, committed, modifiers
from evals.scorers.wording import answering, holds_stems, says, stems
from evals.types import Score


class Naming(Protocol):
    """Concepts of a text, and what they are kinds of."""

    def link(self, text: str) -> Sequence[ConceptMention]:
        """The concepts of a text in order of place, each with what the text asserts of it."""
        ...

    def above(self, identifier: str) -> frozenset[str]:
        """Every concept that it is a kind of."""
        ...


class Linked:
    """The project's own linker and vocabulary."""

    def __init__(self) -> None:
        """Load both; takes about a second."""
        self._known, self._linker = vocabulary(), linker()

    def link(self, text: str) -> Sequence[ConceptMention]:
        """See `Naming.link`."""
        return self._linker.link(text)

    def above(self, identifier: str) -> frozenset[str]:
        """See `Naming.above`."""
        return frozenset(self._known.ancestors(identifier))


@cache
def naming() -> Naming:
    """The linker, loaded at the first diagnosis."""
    return Linked()


def score(case: Case, so_far: Scores, concepts: Naming | None = None) -> Scores:
    """`diagnosis_exact`, `diagnosis_normalised`, `diagnosis_concept` and `diagnosis_is_a`, each 1 or 0.

    `diagnosis_concept`: what the reply commits to is the gold diagnosis, that is the first concept of the gold answer or a listed name;
    what else the gold answer names may stand beside it or be missing. A list that holds another diagnosis is not right.
    """
    if case.item.kind != "diagnosis" or not isinstance(case.item.answer, str):
        return {}
    names = ("diagnosis_exact", "diagnosis_normalised", "diagnosis_concept", "diagnosis_is_a")
    if not case.response.answered:
        return dict.fromkeys(names, Score(value=0.0, answer="abstained", explanation="it abstained"))
    text, gold = answering(case.response), case.item.answer
    exact = gold.strip() in text
    same, related, why = _compared(text, gold, case.item.names(gold), concepts or naming())
    values = {
        "diagnosis_exact": (exact, f"{gold!r} {'stands' if exact else 'does not stand'} in the answer"),
        "diagnosis_normalised": (holds_stems(text, gold), f"{gold!r} with case, spelling and endings unified"),
        "diagnosis_concept": (same, why),
        "diagnosis_is_a": (related, why if related else "nothing above or below it in the hierarchy"),
    }
    return {name: Score(value=float(value), answer=text[:300], explanation=why) for name, (value, why) in values.items()}


def _compared(text: str, gold: str, names: Sequence[str], concepts: Naming) -> tuple[bool, bool, str]:
    """Whether the diagnosis is the same, whether it is parent or child, and why."""
    linked = concepts.link(gold)
    wanted = affirmed(gold, linked, (), "") if linked else affirmed(gold, (), names, gold)
    if not wanted:
        return says(text, gold), False, f"{gold!r} names nothing; by its wording alone"
    head, known = wanted[0], {mention.cui for mention in wanted}
    said = affirmed(text, concepts.link(text), names, head.cui)
    chosen = committed(text, said)
    if not chosen:
        return False, False, f"names no concept where {head.name} is asked"
    narrowed = modifiers(gold, head)
    others = [mention for mention in chosen if mention.cui not in known or _is_other(text, mention, head, narrowed, names)]
    if not others and any(mention.cui == head.cui for mention in said):
        return True, False, f"names {head.name} ({head.cui})"
    told = f"says {', '.join(mention.text for mention in chosen)}"
    if len(chosen) > 1 or not others or others[0].cui in known:
        return False, False, f"{told} where {gold!r} is asked"
    given = chosen[0]
    if head.cui in concepts.above(given.cui) and narrowed <= {*stems(given.text), *modifiers(text, given)}:
        return False, True, f"{given.name} is a kind of {head.name}"
    if given.cui in concepts.above(head.cui):
        return False, True, f"{head.name} is a kind of {given.name}"
    return False, False, f"{told} where {gold!r} is asked"


def _is_other(text: str, mention: ConceptMention, head: ConceptMention, narrowed: frozenset[str], names: Sequence[str]) -> bool:
    """Whether the same concept is meant of something else ("gastric" where "sigmoid" is asked); a missing word makes no other one."""
    if mention.cui != head.cui or stems(mention.text) in {stems(name) for name in names}:
        return False
    said = modifiers(text, mention)
    return bool(said - narrowed) and bool(narrowed - said)
