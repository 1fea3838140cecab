"""JATS XML, the form of PubMed Central's full texts: abstract, sections, captions and tables; references are dropped.

Read are, of the JATS Archiving and Interchange Tag Set (https://jats.nlm.nih.gov/archiving/):

- `front/article-meta`: `article-id` (pmc, pmcid, pmid, doi), `article-title`, `contrib[@contrib-type='author']/name`, `pub-date/year`,
  `volume`, `issue`, `fpage`, `lpage`, `elocation-id`, `kwd`, `permissions/license` (its address or its words), `abstract`;
- `front/journal-meta//journal-title`;
- `body//sec`, with `title`, `p`, `list`, `disp-quote`, `boxed-text`; `fig` and `table-wrap` wherever they stand, `floats-group` too.

Left out: references and the numbers that point to them, footnotes, acknowledgements, supplements, formulas' TeX, sub-articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.readers.markup import attribute, children, descendants, first, local, plain, root_of
from corpora.readers.tables import markdown_table
from corpora.readers.text import headed
from corpora.retraction import says_retracted
from corpora.types import Document, SourceRecord

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DROPPED = {
    "ref-list", "fn-group", "fn", "ack", "app-group", "supplementary-material", "sub-article", "response", "tex-math", "object-id",
    "graphic", "media", "alt-text", "long-desc", "attrib", "label",
}  # fmt: skip
_FLOATS = ("fig", "table-wrap", "fig-group", "table-wrap-group")
_BLOCKS = ("p", "disp-quote", "boxed-text", "list", "def-list", "statement", *_FLOATS)
_AUTHORS = 3


def read(path: Path) -> Iterator[Document]:
    """One document per article. Raises `MalformedDocument` naming the file, and the line where the XML breaks."""
    yield from documents(root_of(path), path)


def is_jats(root: Element) -> bool:
    """Whether the root is an article, or a set of articles."""
    return local(root) == "article" or (local(root) in ("pmc-articleset", "articles") and any(children(root, "article")))


def documents(root: Element, path: Path) -> Iterator[Document]:
    """One document per article below the root."""
    for article in [root] if local(root) == "article" else children(root, "article"):
        yield _document(article, path)


def _document(article: Element, path: Path) -> Document:
    meta = first(article, "front", "article-meta")
    if meta is None:
        raise MalformedDocument(str(path), "an article without front/article-meta")
    text, sections = headed(_parts(article, meta))
    if not text:
        raise MalformedDocument(str(path), "the article holds neither abstract nor body text")
    source = _source(article, meta, path)
    return Document(id=source.id, text=text, source=source, sections=sections)


def _parts(article: Element, meta: Element) -> Iterator[tuple[str, str]]:
    """Heading and body of each part, in reading order; figures and tables right behind the section that holds them."""
    for abstract in children(meta, "abstract"):
        if attribute(abstract, "abstract-type") not in ("graphical", "teaser", "toc"):
            yield from _section(abstract, plain(first(abstract, "title")) or "Abstract")
    body = first(article, "body")
    if body is not None:
        yield from _section(body, "")
    floats = first(article, "floats-group")
    if floats is not None:
        yield from _floats(floats)


def _section(section: Element, heading: str) -> Iterator[tuple[str, str]]:
    blocks = list(children(section, *_BLOCKS))
    yield heading, "\n\n".join(body for block in blocks if (body := _block(block)))
    for block in blocks:
        yield from _floats(block)
    for inner in children(section, "sec"):
        title = plain(first(inner, "title"), _is_dropped)
        yield from _section(inner, " › ".join(part for part in (heading, title) if part))


def _block(block: Element) -> str:
    if local(block) == "list":
        return "\n".join(f"- {text}" for item in children(block, "list-item") if (text := plain(item, _is_dropped)))
    return "" if local(block) in _FLOATS else plain(block, _is_dropped)


def _is_dropped(element: Element) -> bool:
    """References' numbers, floats (they get parts of their own) and what no reader reads."""
    name = local(element)
    return name in _DROPPED or name in _FLOATS or (name == "xref" and attribute(element, "ref-type") in ("bibr", "fn", "aff", "table-fn"))


def _floats(block: Element) -> Iterator[tuple[str, str]]:
    own = [block] if local(block) in ("fig", "table-wrap") else []
    for number, element in enumerate([*own, *descendants(block, "fig", "table-wrap")], 1):
        label = plain(first(element, "label")) or ("Figure" if local(element) == "fig" else f"Table {number}")
        caption = plain(first(element, "caption"), _is_dropped)
        tables = [markdown_table(table, _is_dropped) for table in descendants(element, "table")]
        yield label.rstrip(".:"), "\n\n".join(part for part in (caption, *tables) if part)


def _source(article: Element, meta: Element, path: Path) -> SourceRecord:
    ids = {attribute(element, "pub-id-type"): plain(element) for element in children(meta, "article-id")}
    pmc = _pmcid(ids)
    title = plain(first(meta, "title-group", "article-title"), _is_dropped) or path.stem
    kind = attribute(article, "article-type")
    found = licence(_licence_words(meta))
    doi = ids.get("doi", "").removeprefix("https://doi.org/")
    return SourceRecord(
        id=pmc or (f"pmid:{ids['pmid']}" if ids.get("pmid") else "") or doi or path.stem,
        title=title,
        organisation=_journal(article),
        year=_year(meta),
        citation=_citation(article, meta, title),
        doi=doi if doi.startswith("10.") else "",
        url=f"https://europepmc.org/article/PMC/{pmc}" if pmc else "",
        kind="case" if kind == "case-report" else "article",
        topics=tuple(dict.fromkeys(word for keyword in descendants(meta, "kwd") if (word := plain(keyword)))),
        licence=found.name if found else _licence_words(meta)[:200],
        retracted=kind == "retraction" or says_retracted(title),
        metadata={key: value for key, value in (("pmid", ids.get("pmid", "")), ("article_type", kind)) if value},
    )


def _pmcid(ids: dict[str, str]) -> str:
    """The id as PMC writes it today, "PMC123"; older files leave the letters out."""
    number = (ids.get("pmcid") or ids.get("pmc") or "").upper().removeprefix("PMC")
    return f"PMC{number}" if number.isdecimal() else ""


def _licence_words(meta: Element) -> str:
    """The licence's address before its words: the words may speak of the data or of single figures too."""
    permissions = first(meta, "permissions")
    if permissions is None:
        return ""
    words = []
    for element in children(permissions, "license"):
        words.append(attribute(element, "href"))
        words += [plain(reference) for reference in descendants(element, "license_ref")]
        words += [attribute(link, "href") for link in descendants(element, "ext-link", "uri")]
        words += [plain(element), attribute(element, "license-type")]
    words += [plain(reference) for reference in descendants(permissions, "license_ref")]
    return next((word for word in words if licence(word)), " ".join(dict.fromkeys(word for word in words if word)))


def _journal(article: Element) -> str:
    meta = first(article, "front", "journal-meta")
    return next((plain(title) for title in descendants(meta, "journal-title")), "") if meta is not None else ""


def _year(meta: Element) -> int | None:
    """The earliest year of publication."""
    years = [plain(first(date, "year")) for date in children(meta, "pub-date")]
    return min((int(year) for year in years if year.isdecimal() and 1850 <= int(year) <= 2100), default=None)


def _citation(article: Element, meta: Element, title: str) -> str:
    names = [
        " ".join(part for part in (plain(first(name, "surname")), initials) if part)
        for contributor in descendants(meta, "contrib")
        if attribute(contributor, "contrib-type") in ("author", "") and (name := first(contributor, "name")) is not None
        for initials in ["".join(word[0] for word in re.split(r"[\s-]+", plain(first(name, "given-names"))) if word)]
    ]
    authors = ", ".join(names[:_AUTHORS]) + (" et al" if len(names) > _AUTHORS else "")
    issue = plain(first(meta, "issue"))
    pages = "-".join(page for page in (plain(first(meta, "fpage")), plain(first(meta, "lpage"))) if page)
    place = plain(first(meta, "volume")) + (f"({issue})" if issue else "")
    place = ":".join(part for part in (place, pages or plain(first(meta, "elocation-id"))) if part)
    when = ";".join(part for part in (str(_year(meta) or ""), place) if part)
    parts = (authors, title.rstrip("."), " ".join(part for part in (_journal(article), when) if part))
    return ". ".join(part for part in parts if part)
