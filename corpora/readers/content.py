"""What a file holds when its ending does not say: XML, JSON, CSV and plain text are looked into before a reader is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.readers import dictionary, e3c, jats, multicare, openi, reports, text
from corpora.readers.markup import local, root_of
from corpora.readers.rows import columns
from corpora.types import Document


def read_xml(path: Path) -> Iterator[Document]:
    """JATS articles or an Open-i report, told apart by the root element."""
    root = root_of(path)
    if jats.is_jats(root):
        yield from jats.documents(root, path)
    elif openi.is_openi(root):
        yield from openi.documents(root, path)
    else:
        raise MalformedDocument(str(path), f"XML of no known form (root <{local(root)}>); read are JATS <article> and Open-i <eCitation>")


def read_json(path: Path) -> Iterator[Document]:
    """A case of E3C, or a list of radiology-semantic-dict."""
    data = e3c.load(path)
    if dictionary.is_dictionary(data):
        yield from dictionary.documents(data, path)
    elif e3c.is_e3c(data):
        yield from e3c.documents(data, path)
    else:
        raise MalformedDocument(
            str(path), "JSON of no known form; read are E3C cases, lists of radiology-semantic-dict, and rows with a `text` each as .jsonl"
        )


def read_csv(path: Path) -> Iterator[Document]:
    """Open-i reports, MultiCaRe cases or PMC-Patients, told apart by the header; MultiCaRe's other files hold no documents."""
    names = set(columns(path))
    if names >= openi.COLUMNS:
        yield from openi.read_csv(path)
    elif names >= multicare.CASE_COLUMNS:
        yield from multicare.read_cases(path)
    elif names >= multicare.PATIENT_COLUMNS:
        yield from multicare.read_patients(path)
    elif not any(names >= beside for beside in multicare.BESIDE):
        known = "; ".join(", ".join(sorted(each)) for each in (openi.COLUMNS, multicare.CASE_COLUMNS, multicare.PATIENT_COLUMNS))
        raise MalformedDocument(str(path), f"CSV of no known form; read are files with the columns {known}", 1)


def read_text(path: Path) -> Iterator[Document]:
    """A radiology report by its parts, or any other text as one."""
    yield from (reports.read if reports.is_report(text.decode(path)) else text.read)(path)
