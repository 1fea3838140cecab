"""The embedded cards and cases against the vocabulary: what they are linked to, and every CUI that one of them writes."""

import re

import pytest

from corpora import embedded
from corpora.readers import cases


@pytest.fixture(scope="module")
def linked(link):
    return {document.id: (document, link.link(document.text)) for document in cases.read_all()}


def test_every_case_is_linked_and_most_diagnoses_are(linked):
    assert len(linked) >= 60
    assert [name for name, (_, mentions) in linked.items() if not mentions] == []
    parts = {name: next(part for part in document.sections if part.heading == "Diagnosis") for name, (document, _) in linked.items()}
    named = [any(parts[name].start <= m.start < parts[name].end for m in mentions) for name, (_, mentions) in linked.items()]
    assert sum(named) >= 0.85 * len(named)


def test_every_cui_of_the_embedded_corpus_is_in_the_vocabulary(linked, known):
    written = {cui for path in embedded.files() for cui in re.findall(r"\bC\d{7}\b", path.read_text(encoding="utf-8"))}
    meant = {mention.cui for _, mentions in linked.values() for mention in mentions}
    assert [cui for cui in sorted(written | meant) if cui not in known] == []
    assert len(meant) > 300
