"""Which of a class's CUIs means which of its terms, by the alphabet.

The first edition of the Metathesaurus numbered its concepts in the order of their names, so that a CUI below C0044000 tells where in
the alphabet its name stands. Nothing is invented by that: it only chooses between CUIs that an ontology already gives to a class.
The order is fitted on classes with one CUI and one MeSH heading: of 2,366 such pairs below C0044000, 2,049 stand in one ascending
chain, the others being concepts that are named otherwise than MeSH names them now.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from corpora.concepts.forms import uninverted
from corpora.concepts.ontologies import Entity, Heading

LAST = 44_000
"""CUIs from here on are of later editions, in no order."""
_OTHER = re.compile(r"[^a-z0-9]+")


def number(cui: str) -> int:
    """The number of a CUI."""
    return int(cui[1:])


def sorted_as(term: str) -> str:
    """A term as the alphabet has it: lower-case words, no punctuation."""
    return _OTHER.sub(" ", term.lower()).strip()


def ascending(pairs: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The longest chain of pairs in which number and name both rise; the pairs come in the order of their numbers."""
    names: list[str] = []
    ends: list[int] = []
    before: list[int | None] = []
    for position, (_, name) in enumerate(pairs):
        length = bisect_left(names, name)
        names[length:] = [name, *names[length + 1 :]]
        ends[length:] = [position, *ends[length + 1 :]]
        before.append(ends[length - 1] if length else None)
    chain, at = [], ends[-1] if ends else None
    while at is not None:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


class Alphabet:
    """The order of the first edition's CUIs, fitted on pairs of number and name."""

    def __init__(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Take pairs of CUI number and name; those out of order are left out."""
        chain = ascending(sorted({(n, sorted_as(name)) for n, name in pairs if n < LAST}))
        self._numbers, self._names = [n for n, _ in chain], [name for _, name in chain]
        self._known = dict(chain)

    @classmethod
    def of(cls, found: Iterable[Entity], mesh: Iterable[Heading]) -> Alphabet:
        """Fitted on the classes that have one CUI and one MeSH heading."""
        labels = {heading.id: heading.label for heading in mesh}
        single = (entity for entity in found if len(entity.cuis) == 1 and len(entity.mesh) == 1)
        return cls((number(entity.cuis[0]), labels[entity.mesh[0]]) for entity in single if entity.mesh[0] in labels)

    def fits(self, cui: str, term: str) -> bool:
        """Whether a CUI's number lies where the alphabet has the term, or the term with its words in another order."""
        return number(cui) < LAST and any(self._fits(number(cui), way) for way in _ways(term))

    def _fits(self, wanted: int, name: str) -> bool:
        if (known := self._known.get(wanted)) is not None:
            return known.startswith(name) or name.startswith(known)
        place = bisect_left(self._names, name)
        return 0 < place < len(self._names) and self._numbers[place - 1] < wanted < self._numbers[place]


def _ways(term: str) -> list[str]:
    """A term as it is, uninverted, and as a catalogue inverts it ("pulmonary edema", "edema pulmonary")."""
    words = sorted_as(uninverted(term)).split()
    return [sorted_as(term), *(" ".join((*words[at:], *words[:at])) for at in range(len(words)))]


def separated(found: Sequence[Entity], alphabet: Alphabet, labels: Mapping[str, str]) -> list[Entity]:
    """The classes, those with several CUIs parted where the alphabet tells which of their other terms a CUI means.

    Only a class whose name has a CUI for certain is parted: one that fits it, or that another class of the same name has too.

    Args:
        found: all classes.
        alphabet: the fitted order.
        labels: MeSH heading -> its name.
    """
    named = Counter((cui, sorted_as(entity.name)) for entity in found for cui in entity.cuis)
    result: list[Entity] = []
    for entity in found:
        stays = [cui for cui in entity.cuis if named[cui, sorted_as(entity.name)] > 1 or alphabet.fits(cui, entity.name)]
        leaves = [cui for cui in entity.cuis if cui not in stays] if stays else []
        result += _parted(entity, leaves, alphabet, labels)
    return result


def _parted(entity: Entity, leaves: Sequence[str], alphabet: Alphabet, labels: Mapping[str, str]) -> list[Entity]:
    """A class without the terms and headings that fit the CUIs that may leave it, and a class of its own for each of those."""
    others: dict[str, Entity] = {}
    for cui in leaves:
        terms = tuple(term for term in entity.synonyms if term != entity.name and alphabet.fits(cui, term))
        headings = tuple(name for name in entity.mesh if name in labels and alphabet.fits(cui, labels[name]))
        if names := (*terms, *(labels[name] for name in headings)):
            others[cui] = replace(entity, id=f"{entity.id}/{cui}", name=names[0], synonyms=terms, cuis=(cui,), mesh=headings, same=())
    if not others:
        return [entity]
    gone, moved = ({item for other in others.values() for item in getattr(other, part)} for part in ("synonyms", "mesh"))
    left = replace(
        entity,
        synonyms=tuple(term for term in entity.synonyms if term not in gone),
        cuis=tuple(cui for cui in entity.cuis if cui not in others),
        mesh=tuple(name for name in entity.mesh if name not in moved),
    )
    return [left, *others.values()]
