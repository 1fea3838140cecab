"""PubMed through NCBI's E-utilities: titles and abstracts, publication types, MeSH terms, year, and whether a paper was retracted.

Documented at https://www.ncbi.nlm.nih.gov/books/NBK25499/ (parameters), NBK25497 (limits: 3 requests a second, 10 with a key, tool
and email given) and https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd (efetch's XML). Three requests:

1. `esearch.fcgi`: `db=pubmed`, `term`, `retmode=json`, `retmax`, `sort=relevance` -> `esearchresult.idlist`, `.ERROR`
2. `esummary.fcgi`: `id`, `retmode=json` -> `result.{uid}`: `pubtype`, `fulljournalname`, `pubdate`, `volume`, `pages`, `authors`,
   `articleids`
3. `efetch.fcgi`: `id`, `retmode=xml` -> `PubmedArticle`: `ArticleTitle`, `AbstractText[@Label]`, `PublicationType`, `DescriptorName`,
   `PubDate/Year`, `ArticleId[@IdType]`, `CommentsCorrections[@RefType="RetractionIn"]`

The second and third go out together. Every request carries `tool`, and `email` and `api_key` where they are set.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import Field

from corpora.readers.markup import attribute, children, descendants, first, plain
from corpora.types import Document
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError
from retrievers.web.found import is_doubted, study_type, was_retracted, work
from retrievers.web.http import Reply
from retrievers.web.outbound import Outgoing
from retrievers.web.pace import Rate
from retrievers.web.source import Form, LiveSource, parsed, parsed_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TERMS = 5


class _Search(Form):
    idlist: tuple[str, ...] = ()
    error: str = Field(default="", alias="ERROR")


class _SearchAnswer(Form):
    esearchresult: _Search


class _Author(Form):
    name: str = ""


class _Summary(Form):
    """One paper's summary, as far as it is read."""

    pubtype: tuple[str, ...] = ()
    fulljournalname: str = ""
    pubdate: str = ""
    volume: str = ""
    pages: str = ""
    authors: tuple[_Author, ...] = ()


class _Summaries(Form):
    result: dict[str, Any]


class PubMed(LiveSource):
    """Papers in PubMed. See the module for requests and fields."""

    name = "pubmed"
    title = "PubMed"
    endpoint = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    rate = Rate(per_second=3.0, burst=3, at_once=3)

    async def find(self, asked: Outgoing) -> list[Document]:
        """See `LiveSource.find`; a query that finds nothing is asked once more with fewer words."""
        ids = await self._search(term(asked, TERMS))
        if not ids and len(asked.telling) > 3 and self.session.left > 1.0:
            ids = await self._search(term(asked, 3))
        if not ids:
            raise SourceEmpty(self.title, "found nothing")
        summaries, articles = await asyncio.gather(self._summaries(ids), self._articles(ids))
        found = self.works(partial(self._document, summaries=summaries), articles)
        order = {f"pubmed:{name}": place for place, name in enumerate(ids)}
        return sorted(found, key=lambda document: order.get(document.id, len(order)))

    async def _ask(self, tool: str, accept: tuple[str, ...], words: dict[str, str] | None = None, **fixed: str | int) -> Reply:
        own: dict[str, str | int] = {"db": "pubmed", "tool": "radqa", **fixed}
        contact = {"email": self.settings.contact} if "@" in self.settings.contact else {}
        key = self.settings.pubmed_key.get_secret_value()
        rate = Rate(per_second=10.0, burst=10, at_once=6) if key else self.rate
        secret = contact | ({"api_key": key} if key else {})
        return await self.session.get(self.title, f"{self.base}/{tool}.fcgi", words, fixed=own, rate=rate, accept=accept, secret=secret)

    async def _search(self, query: str) -> tuple[str, ...]:
        reply = await self._ask(
            "esearch", ("application/json",), {"term": query}, retmode="json", retmax=self.settings.results, sort="relevance"
        )
        async with self.session.judged(reply):
            result = parsed(reply, _SearchAnswer, self.title).esearchresult
            if result.error:
                raise MalformedSourceResponse(self.title, "reports an error instead of a result")
            if bad := [name for name in result.idlist if not name.isdecimal()]:
                raise MalformedSourceResponse(self.title, f"names papers by something else than numbers ({bad[0][:20]!r})")
        return result.idlist[: self.settings.results]

    async def _summaries(self, ids: tuple[str, ...]) -> dict[str, _Summary]:
        """Summaries by id; without them the papers' own records do."""
        try:
            reply = await self._ask("esummary", ("application/json",), id=",".join(ids), retmode="json")
            async with self.session.judged(reply):
                result = parsed(reply, _Summaries, self.title).result
                try:
                    return {name: _Summary.model_validate(result[name]) for name in ids if isinstance(result.get(name), dict)}
                except ValueError as error:
                    raise MalformedSourceResponse(self.title, "a summary is not in the documented form") from error
        except SourceError as error:
            self.failures.append(error)
            return {}

    async def _articles(self, ids: tuple[str, ...]) -> list[Element]:
        reply = await self._ask("efetch", ("text/xml", "application/xml"), id=",".join(ids), retmode="xml")
        async with self.session.judged(reply):
            return list(children(parsed_xml(reply.content, self.title), "PubmedArticle"))

    def _document(self, article: Element, summaries: dict[str, _Summary]) -> Document | None:
        citation = first(article, "MedlineCitation")
        record = first(citation, "Article")
        pmid = plain(first(citation, "PMID"))
        if citation is None or record is None or not pmid.isdigit():
            return None
        summary = summaries.get(pmid, _Summary())
        kinds = [plain(kind) for kind in descendants(record, "PublicationType")] + list(summary.pubtype)
        own = first(article, "PubmedData", "ArticleIdList")  # those of the works it cites stand below ReferenceList
        ids = {attribute(item, "IdType"): plain(item) for item in children(own, "ArticleId")} if own is not None else {}
        heading = plain(first(record, "ArticleTitle"))
        notes = [attribute(note, "RefType") for note in descendants(citation, "CommentsCorrections")]
        journal = plain(first(record, "Journal", "Title")) or summary.fulljournalname
        year = _year(record, summary)
        return work(
            f"pubmed:{pmid}",
            heading,
            [(attribute(part, "Label").capitalize(), plain(part)) for part in descendants(record, "AbstractText")],
            source=self.title,
            study=study_type(kinds, heading),
            organisation=journal,
            year=year,
            url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
            doi=ids.get("doi", ""),
            kind="case" if study_type(kinds) == "case report" else "article",
            citation=_citation(summary, heading, journal, year),
            retracted=was_retracted(heading, kinds, notes),
            doubted=is_doubted(notes),
            topics=[plain(name) for name in descendants(citation, "DescriptorName")],
            more={"pmid": pmid} | ({"pmcid": ids["pmc"]} if ids.get("pmc") else {}),
        )


def term(asked: Outgoing, most: int) -> str:
    """The query: the most telling words together, and, for options, any one of them.

    "nodule AND solid AND (...)": PubMed maps each word to its MeSH terms itself.
    """
    core = " AND ".join(asked.telling[:most])
    options = " OR ".join(f"({' AND '.join(words)})" for words in asked.options[:6])
    return f"({core}) AND ({options})" if core and options else core or options


def _year(record: Element, summary: _Summary) -> int | None:
    stated = plain(first(record, "Journal", "JournalIssue", "PubDate", "Year")) or plain(
        first(record, "Journal", "JournalIssue", "PubDate", "MedlineDate")
    )
    found = re.search(r"(?:18|19|20)\d\d", stated or summary.pubdate)
    return int(found[0]) if found else None


def _citation(summary: _Summary, heading: str, journal: str, year: int | None) -> str:
    authors = ", ".join(author.name for author in summary.authors[:3]) + (" et al" if len(summary.authors) > 3 else "")
    place = ":".join(part for part in (summary.volume, summary.pages) if part)
    when = ";".join(part for part in (str(year or ""), place) if part)
    return ". ".join(part for part in (authors, heading.rstrip("."), " ".join(part for part in (journal, when) if part)) if part)
