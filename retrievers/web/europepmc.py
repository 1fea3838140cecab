"""Europe PMC: abstracts, and open-access full texts as JATS XML with their licence.

Documented at https://europepmc.org/RestfulWebService. Search, `GET {endpoint}/search`:

- `query`, `resultType=core`, `format=json`, `pageSize` (up to 1000), `cursorMark` (`*`, then the last answer's `nextCursorMark`);
- read: `hitCount`, `nextCursorMark`, `resultList.result[]` with `id`, `source`, `pmid`, `pmcid`, `doi`, `title`, `authorString`,
  `journalInfo.journal.title`, `pubYear`, `abstractText`, `pubTypeList.pubType`, `isOpenAccess`, `license`,
  `commentCorrectionList.commentCorrection[].type`, `meshHeadingList.meshHeading[].descriptorName`.

Full text, `GET {endpoint}/{pmcid}/fullTextXML`, for the best open-access results. Europe PMC asks for 10 requests a second at most.
"""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path

from pydantic import Field, field_validator

from corpora.errors import MalformedDocument
from corpora.licences import licence
from corpora.types import Document
from retrievers.errors import MalformedSourceResponse, SourceError
from retrievers.web.found import is_doubted, study_type, was_retracted, work
from retrievers.web.outbound import Outgoing
from retrievers.web.pace import Rate
from retrievers.web.pubmed import TERMS
from retrievers.web.source import Form, LiveSource, parsed, parsed_xml

FULL_TEXTS, PAGES = 2, 2
"""Full texts fetched for one question, and pages of results turned at most."""

_TAG = re.compile(r"""</?[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*/?>""")
"""A tag as it is written out in full: "p <0.05 and >" is none."""


class _Journal(Form):
    title: str = ""


class _JournalInfo(Form):
    journal: _Journal = _Journal()


class _Types(Form):
    kinds: tuple[str, ...] = Field(default=(), alias="pubType")

    @field_validator("kinds", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class _Correction(Form):
    type: str = ""


class _Corrections(Form):
    corrections: tuple[_Correction, ...] = Field(default=(), alias="commentCorrection")


class _Heading(Form):
    name: str = Field(default="", alias="descriptorName")


class _Headings(Form):
    headings: tuple[_Heading, ...] = Field(default=(), alias="meshHeading")


class Result(Form):
    """One result of a search."""

    id: str
    source: str = ""
    pmid: str = ""
    pmcid: str = ""
    doi: str = ""
    title: str = ""
    authors: str = Field(default="", alias="authorString")
    journal_info: _JournalInfo = Field(default=_JournalInfo(), alias="journalInfo")
    year: str = Field(default="", alias="pubYear")
    abstract: str = Field(default="", alias="abstractText")
    types: _Types = Field(default=_Types(), alias="pubTypeList")
    open_access: str = Field(default="N", alias="isOpenAccess")
    license: str = ""
    corrections: _Corrections = Field(default=_Corrections(), alias="commentCorrectionList")
    mesh: _Headings = Field(default=_Headings(), alias="meshHeadingList")

    @property
    def full_text(self) -> bool:
        """Whether its full text is open and can be asked for."""
        return self.open_access == "Y" and bool(re.fullmatch(r"PMC\d+", self.pmcid))


class _Results(Form):
    result: tuple[Result, ...] = ()


class _Answer(Form):
    count: int = Field(default=0, alias="hitCount")
    cursor: str = Field(default="", alias="nextCursorMark")
    results: _Results = Field(alias="resultList")


class EuropePMC(LiveSource):
    """Papers in Europe PMC. See the module for requests and fields."""

    name = "europepmc"
    title = "Europe PMC"
    endpoint = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    rate = Rate(per_second=8.0, burst=6, at_once=4)

    async def find(self, asked: Outgoing) -> list[Document]:
        """See `LiveSource.find`."""
        results = await self._search(query(asked))
        open_ones = [result for result in results if result.full_text][:FULL_TEXTS] if self.session.left > 0.8 else []
        texts = dict(zip((result.id for result in open_ones), await asyncio.gather(*map(self._full_text, open_ones)), strict=True))
        return self.works(lambda result: self._document(result, texts.get(result.id, [])), results)

    async def _search(self, text: str) -> list[Result]:
        """Results with text to cite, over at most `PAGES` pages."""
        found: list[Result] = []
        cursor = "*"
        for _ in range(PAGES):
            fixed: dict[str, str | int] = {
                "resultType": "core", "format": "json", "pageSize": self.settings.results, "cursorMark": cursor,
            }  # fmt: skip
            reply = await self.session.get(self.title, f"{self.base}/search", {"query": text}, fixed=fixed, rate=self.rate)
            async with self.session.judged(reply):
                answer = parsed(reply, _Answer, self.title)
            found += [result for result in answer.results.result if result.abstract or result.full_text]
            if len(found) >= self.settings.results or answer.cursor in ("", cursor) or self.session.left < 1.5:
                break
            if len(answer.results.result) < self.settings.results:
                break
            cursor = answer.cursor
        return found[: self.settings.results]

    async def _full_text(self, result: Result) -> list[tuple[str, str]]:
        """Headings and texts of an open article; empty, with a note, when it cannot be had."""
        url = f"{self.base}/{result.pmcid}/fullTextXML"
        try:
            reply = await self.session.get(self.title, url, rate=self.rate, accept=("application/xml", "text/xml"), none=(404,))
            async with self.session.judged(reply):
                return [] if reply.status == 404 else await asyncio.to_thread(_parts, reply.content, self.title)
        except SourceError as error:
            self.failures.append(error)
            return []

    def _document(self, result: Result, full: list[tuple[str, str]]) -> Document | None:
        kinds, journal = result.types.kinds, result.journal_info.journal.title
        notes = [note.type for note in result.corrections.corrections]
        stated = licence(result.license)
        return work(
            result.pmcid or f"europepmc:{result.source}:{result.id}",
            plain_markup(result.title),
            full or abstract(result.abstract),
            source=self.title,
            study=study_type(kinds, result.title),
            organisation=journal,
            year=int(result.year) if re.fullmatch(r"[12]\d{3}", result.year) else None,
            url=f"https://europepmc.org/article/{result.source or 'MED'}/{result.id}" if re.fullmatch(r"[\w:.-]+", result.id) else "",
            doi=result.doi,
            kind="case" if study_type(kinds) == "case report" else "article",
            citation=f"{result.authors.rstrip('.')[:120]}. {plain_markup(result.title).rstrip('.')}. {journal} {result.year}",
            licence=stated.name if stated else result.license,
            retracted=was_retracted(result.title, kinds, notes),
            doubted=is_doubted(notes),
            topics=[heading.name for heading in result.mesh.headings],
            more={key: value for key, value in (("pmid", result.pmid), ("pmcid", result.pmcid)) if value},
        )


def query(asked: Outgoing) -> str:
    """The most telling words together, and, for options, any one of them; papers with a text to cite first."""
    core = " AND ".join(asked.telling[:TERMS])
    options = " OR ".join(f"({' AND '.join(words)})" for words in asked.options[:6])
    return f"({core}) AND ({options})" if core and options else core or options


def plain_markup(text: str) -> str:
    """The text without the HTML tags that titles and abstracts carry, its entities as characters."""
    return html.unescape(_TAG.sub("", text))


def abstract(markup: str) -> list[tuple[str, str]]:
    """Headings and texts of an abstract, whose parts stand under `<h4>`."""
    pieces = re.split(r"<h\d[^>]*>(.*?)</h\d>", markup, flags=re.IGNORECASE | re.DOTALL)
    parts = [("Abstract", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=False)]
    return [(plain_markup(head), plain_markup(body)) for head, body in parts if plain_markup(body).strip()]


def _parts(content: bytes, source: str) -> list[tuple[str, str]]:
    """An article's sections. Raises `MalformedSourceResponse` when it is no JATS."""
    from corpora.readers.jats import documents, is_jats

    root = parsed_xml(content, source)
    if not is_jats(root):
        raise MalformedSourceResponse(source, "its full text is no JATS article")
    try:
        document = next(documents(root, Path("fullTextXML")))
    except (MalformedDocument, ValueError, LookupError, StopIteration) as error:
        raise MalformedSourceResponse(source, f"its full text is not readable ({error.__class__.__name__})") from error
    return [(section.heading, document.text[section.start : section.end]) for section in document.sections]
