"""Open-i: the Indiana University chest X-ray reports, as the collection's XML (one report a file) or as one CSV.

XML (`NLMCXR_reports.tgz` of https://openi.nlm.nih.gov/faq): root `eCitation`; read are `uId/@id`, `licenseURL`, `ccLicense`,
`articleDate`, `publisher`, `MedlineCitation//AbstractText/@Label` (COMPARISON, INDICATION, FINDINGS, IMPRESSION),
`parentImage/caption` and `MeSH/major`. CSV (`indiana_reports.csv`): `uid, MeSH, Problems, image, indication, comparison, findings,
impression`. In both, XXXX stands where an identifier was taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.readers.markup import attribute, descendants, first, local, plain, root_of
from corpora.readers.reports import headings, worth_keeping
from corpora.readers.rows import OnBad, refuse, rows
from corpora.readers.text import headed
from corpora.types import Document, SourceRecord

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

HOMEPAGE = "https://openi.nlm.nih.gov/"
COLUMNS = frozenset({"uid", "findings", "impression"})
CITATION = (
    "Demner-Fushman D, Kohli MD, Rosenman MB, et al. Preparing a collection of radiology examinations for distribution and "
    "retrieval. J Am Med Inform Assoc 2016;23(2):304-310"
)
LICENCE = "CC BY-NC-ND 4.0"
"""What the collection is published under; the CSV form does not repeat it."""

_ORDER = ("Examination", "Indication", "Technique", "Comparison", "Findings", "Impression")


def read(path: Path) -> Iterator[Document]:
    """One document of an XML report. Raises `MalformedDocument` naming the file, and the line where the XML breaks."""
    yield from documents(root_of(path), path)


def is_openi(root: Element) -> bool:
    """Whether the root is a report of the collection."""
    return local(root) == "eCitation"


def documents(root: Element, path: Path) -> Iterator[Document]:
    """The document of one parsed report."""
    parts = {headings().named(attribute(part, "Label")) or attribute(part, "Label").capitalize(): plain(part) for part in _abstract(root)}
    image = next(descendants(root, "parentImage"), None)
    uid = first(root, "uId")
    name = attribute(uid, "id") if uid is not None else ""
    stated = " ".join(plain(first(root, tag)) for tag in ("licenseURL", "ccLicense", "licenseType"))
    found = licence(stated.replace("byncnd", "cc by-nc-nd"))
    yield _report(
        name or path.stem,
        {"Examination": plain(first(image, "caption"))} | parts,
        _major(root),
        url=f"{HOMEPAGE}detailedresult?img={attribute(image, 'id')}" if image is not None else HOMEPAGE,
        licence=found.name if found else stated.strip(),
        year=plain(first(root, "articleDate"))[:4],
        path=path,
        line=None,
    )


def _abstract(root: Element) -> Iterator[Element]:
    return descendants(root, "AbstractText")


def _major(root: Element) -> tuple[str, ...]:
    mesh = first(root, "MeSH")
    return tuple(plain(term) for term in descendants(mesh, "major")) if mesh is not None else ()


def read_csv(path: Path, on_bad: OnBad = None) -> Iterator[Document]:
    """One document per row with findings or an impression; rows without either are left out, as in the collection's own use.

    Raises `MalformedDocument` naming the line, or tells it to `on_bad` and goes on.
    """
    for line, row in rows(path, on_bad):
        if not row["uid"].strip():
            refuse(MalformedDocument(str(path), "the row has no `uid`", line), on_bad)
        elif row["findings"].strip() or row["impression"].strip():
            parts = {headings().named(column): value for column, value in row.items() if headings().named(column)}
            coded = tuple(term for term in row.get("MeSH", "").split(";") if term)
            examination = {"Examination": row.get("image", "")}
            name = f"CXR{row['uid'].removeprefix('CXR')}"
            try:
                yield _report(name, examination | parts, coded, url=HOMEPAGE, licence=LICENCE, year="", path=path, line=line)
            except MalformedDocument as error:
                refuse(error, on_bad)


def _report(
    name: str, parts: dict[str, str], coded: tuple[str, ...], *, url: str, licence: str, year: str, path: Path, line: int | None
) -> Document:
    ordered = sorted(parts.items(), key=lambda part: _ORDER.index(part[0]) if part[0] in _ORDER else len(_ORDER))
    text, sections = headed((heading, " ".join(body.split())) for heading, body in ordered if worth_keeping(body))
    if not {"Findings", "Impression"} & {section.heading for section in sections}:
        raise MalformedDocument(str(path), "the report holds neither findings nor an impression", line)
    problems = tuple(dict.fromkeys(term.partition("/")[0] for term in coded))
    source = SourceRecord(
        id=f"openi:{name}",
        title=f"Chest X-ray report {name}",
        organisation="Open-i, Indiana University chest X-ray collection",
        year=int(year) if year.isdecimal() and 1850 <= int(year) <= 2100 else None,
        citation=CITATION,
        url=url,
        kind="case",
        subspecialty="chest",
        modality=("XR",),
        topics=problems,
        licence=licence,
        metadata={"mesh": "; ".join(coded)} if coded else {},
    )
    return Document(id=source.id, text=text, source=source, sections=sections)
