"""Case collections in CSV: MultiCaRe (https://zenodo.org/records/10079369) and PMC-Patients (https://github.com/pmc-patients/pmc-patients).

MultiCaRe `cases.csv`: `case_id, case_text, age, gender` and `article_id` or `pmcid`; a `metadata.csv` beside it gives each article's
`title, authors, journal, year, doi, pmid, pmcid, keywords, link, license`. PMC-Patients `PMC-Patients.csv`: `patient_id, patient_uid,
PMID, file_path, title, patient, age, gender`; the collection is CC BY-NC-SA 4.0. Lists stand in cells as Python or JSON writes them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.readers.rows import OnBad, columns, refuse, rows
from corpora.types import Document, SourceRecord

CASE_COLUMNS = frozenset({"case_id", "case_text"})
PATIENT_COLUMNS = frozenset({"patient_uid", "patient"})
BESIDE = (
    frozenset({"article_id", "license"}),
    frozenset({"article_id", "abstract"}),
    frozenset({"file", "caption"}),
)
"""Columns of MultiCaRe's other files, which hold no cases of their own."""

PATIENTS_LICENCE = "CC BY-NC-SA 4.0"
_PMC = re.compile(r"PMC\d+")


def read_cases(path: Path, on_bad: OnBad = None) -> Iterator[Document]:
    """One document per case of MultiCaRe. Raises `MalformedDocument` naming the line, or tells it to `on_bad` and goes on."""
    articles = _articles(path.with_name("metadata.csv"))
    for line, row in rows(path, on_bad):
        name, text = row["case_id"].strip(), row["case_text"].replace("\r\n", "\n")
        if not name or not text.strip():
            refuse(MalformedDocument(str(path), f"the row has no `{'case_id' if not name else 'case_text'}`", line), on_bad)
            continue
        article = next((articles[key] for key in (row.get("article_id", ""), row.get("pmcid", "")) if key in articles), {})
        yield Document(id=f"multicare:{name}", text=text, source=_case_source(name, row, article))


def _articles(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file() or "article_id" not in columns(path):
        return {}
    return {row["article_id"]: row for _, row in rows(path)}


def _case_source(name: str, row: dict[str, str], article: dict[str, str]) -> SourceRecord:
    pmc = next((match[0] for value in (article.get("pmcid", ""), row.get("pmcid", ""), name) if (match := _PMC.search(value))), "")
    stated = article.get("license", "") or row.get("license", "")
    found = licence(stated)
    doi = article.get("doi", "").strip()
    return SourceRecord(
        id=f"multicare:{name}",
        title=article.get("title", "").strip() or f"Case {name}",
        organisation=article.get("journal", "").strip() or "MultiCaRe",
        year=_year(article.get("year", "")),
        citation=_citation(article),
        doi=doi if doi.startswith("10.") else "",
        url=article.get("link", "").strip() or (f"https://europepmc.org/article/PMC/{pmc}" if pmc else ""),
        kind="case",
        topics=_listed(article.get("keywords", "")),
        licence=found.name if found else stated,
        metadata={key: row[key] for key in ("age", "gender") if row.get(key)},
    )


def read_patients(path: Path, on_bad: OnBad = None) -> Iterator[Document]:
    """One document per patient of PMC-Patients. Raises `MalformedDocument` naming the line, or tells it to `on_bad` and goes on."""
    for line, row in rows(path, on_bad):
        name, text = row["patient_uid"].strip(), row["patient"].replace("\r\n", "\n")
        if not name or not text.strip():
            refuse(MalformedDocument(str(path), f"the row has no `{'patient_uid' if not name else 'patient'}`", line), on_bad)
            continue
        pmid = row.get("PMID", "").strip() or name.partition("-")[0]
        source = SourceRecord(
            id=f"pmc-patients:{name}",
            title=row.get("title", "").strip() or f"Patient {name}",
            organisation="PMC-Patients",
            url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
            kind="case",
            licence=PATIENTS_LICENCE,
            metadata={key: row[key] for key in ("age", "gender") if row.get(key)},
        )
        yield Document(id=source.id, text=text, source=source)


def _year(value: str) -> int | None:
    digits = value.strip().removesuffix(".0")
    return int(digits) if digits.isdecimal() and 1850 <= int(digits) <= 2100 else None


def _citation(article: dict[str, str]) -> str:
    names = _listed(article.get("authors", ""))
    authors = ", ".join(names[:3]) + (" et al" if len(names) > 3 else "")
    journal = article.get("journal_detail", "").strip() or " ".join(
        part for part in (article.get("journal", "").strip(), str(_year(article.get("year", "")) or "")) if part
    )
    return ". ".join(part for part in (authors, article.get("title", "").strip().rstrip("."), journal) if part)


def _listed(cell: str) -> tuple[str, ...]:
    """A cell's list: written as a Python or JSON list, or with semicolons."""
    cell = cell.strip()
    if cell.startswith("["):
        try:
            return tuple(str(item).strip() for item in ast.literal_eval(cell) if item)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
    return tuple(part.strip() for part in cell.split(";") if part.strip())
