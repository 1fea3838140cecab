"""What a file holds when its ending does not say: XML, JSON, CSV and plain text are looked into before a reader is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument, NotRead
from corpora.readers import dictionary, e3c, jats, multicare, openi, reports, spreadsheets, text
from corpora.readers.markup import local, root_of
from corpora.readers.rows import OnBad, columns
from corpora.types import Document


def read_xml(path: Path) -> Iterator[Document]:
    """JATS articles or an Open-i report, told apart by the root element."""
    root = root_of(path)
    if jats.is_jats(root):
        yield from jats.documents(root, path)
    elif openi.is_openi(root):
        yield from openi.documents(root, path)
    else:
        raise NotRead(str(path), f"is XML of no known form (root <{local(root)}>); read are JATS <article> and Open-i <eCitation>")


def read_json(path: Path) -> Iterator[Document]:
    """A case of E3C, or a list of radiology-semantic-dict."""
    data = e3c.load(path)
    if dictionary.is_dictionary(data):
        yield from dictionary.documents(data, path)
    elif e3c.is_e3c(data):
        yield from e3c.documents(data, path)
    else:
        raise NotRead(
            str(path),
            "is JSON of no known form; read are E3C cases, lists of radiology-semantic-dict, and rows with a `text` each as .jsonl",
        )


def read_csv(path: Path, on_bad: OnBad = None) -> Iterator[Document]:
    """Open-i reports, MultiCaRe cases or PMC-Patients, told apart by the header; any other table as a table.

    MultiCaRe's other files hold no documents.
    """
    try:
        names = set(columns(path))
    except MalformedDocument:  # other delimiters, columns without names: a table of nobody's form
        names = set()
    if names >= openi.COLUMNS:
        yield from openi.read_csv(path, on_bad)
    elif names >= multicare.CASE_COLUMNS:
        yield from multicare.read_cases(path, on_bad)
    elif names >= multicare.PATIENT_COLUMNS:
        yield from multicare.read_patients(path, on_bad)
    elif not any(names >= beside for beside in multicare.BESIDE):
        yield from spreadsheets.read_csv(path)


def read_text(path: Path) -> Iterator[Document]:
    """A radiology report by its parts, or any other text as one."""
    yield from (reports.read if reports.is_report(text.decode(path)) else text.read)(path)
