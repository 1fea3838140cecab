"""Europe PMC: open-access articles as JATS XML, found by a query.

Search, https://europepmc.org/RestfulWebService (`GET {endpoint}/search`), with these parameters:

- `query`: the user's, and `OPEN_ACCESS:y`, `HAS_FT:y` and one `LICENSE:"cc by"` per accepted licence;
- `resultType=core` (licence and citation come with each result), `format=json`, `pageSize` (up to 1000; 100 here),
- `cursorMark`: `*` at first, then the last answer's `nextCursorMark`; the end is reached when it no longer changes or no result comes.

Read from each result: `pmcid`, `pmid`, `doi`, `title`, `authorString`, `journalInfo.journal.title`, `journalInfo.volume`, `.issue`,
`pageInfo`, `pubYear`, `license`, `isOpenAccess` (Y or N), `pubTypeList.pubType`, `commentCorrectionList.commentCorrection[].type`.

Full text: `GET {endpoint}/{pmcid}/fullTextXML`, a JATS `<article>`; 404 when there is none. Europe PMC asks for 10 requests a second
at most; three are made.
"""

from __future__ import annotations

import html
import re
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from corpora.errors import MalformedSourceResponse, SourceRefused
from corpora.sources.protocol import About, Offer, Wanted
from corpora.sources.wire import Wire

ENDPOINT = "https://www.ebi.ac.uk/europepmc/webservices/rest"
PAGE = 100
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_PMCID = re.compile(r"^PMC\d+$")


class _Core(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class Journal(_Core):
    """`journalInfo.journal`."""

    title: str = ""


class JournalInfo(_Core):
    """`journalInfo`."""

    journal: Journal = Journal()
    volume: str = ""
    issue: str = ""


class Correction(_Core):
    """One of `commentCorrectionList`."""

    type: str = ""


class Result(_Core):
    """What is read of one `core` result."""

    pmcid: str = ""
    doi: str = ""
    title: str = ""
    author: str = Field(default="", alias="authorString")
    journal: JournalInfo = Field(default=JournalInfo(), alias="journalInfo")
    pages: str = Field(default="", alias="pageInfo")
    year: str = Field(default="", alias="pubYear")
    license: str = ""
    types: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @field_validator("title")
    @classmethod
    def _without_tags(cls, value: str) -> str:
        return html.unescape(_TAG.sub("", value)).strip()

    @property
    def retracted(self) -> bool:
        """Whether it is a retracted article."""
        marks = {kind.lower() for kind in self.types} | {correction.type.lower() for correction in self.corrections}
        return bool(marks & {"retracted publication", "retraction of publication", "retraction in"})

    @property
    def citation(self) -> str:
        """Authors, title, journal, year, volume and pages."""
        issue = f"({self.journal.issue})" if self.journal.issue else ""
        place = ":".join(part for part in (f"{self.journal.volume}{issue}", self.pages) if part)
        when = ";".join(part for part in (self.year, place) if part)
        names = self.author.rstrip(".").split(", ")
        authors = ", ".join(names[:3]) + (" et al" if len(names) > 3 else "")
        return ". ".join(part for part in (authors, self.title.rstrip("."), f"{self.journal.journal.title} {when}".strip()) if part)


class EuropePMC:
    """Open-access full texts by query. See the module for the interface's parameters and fields."""

    def __init__(self, endpoint: str = ENDPOINT) -> None:
        """Take the interface's address."""
        self.about = About(
            name="europepmc",
            title="Europe PMC open-access subset",
            homepage="https://europepmc.org",
            holds="full texts of journal articles and case reports, JATS XML",
            licence="each article's own; CC BY and CC0 are kept unless others are named",
            citation="Europe PMC in 2023. Nucleic Acids Res 2024;52(D1):D1668-D1676",
            endpoint=endpoint.rstrip("/"),
            rate=3.0,
            accepts=("cc-by", "cc0"),
            needs_query=True,
        )

    def offers(self, wanted: Wanted, wire: Wire, folder: Path) -> Generator[Offer]:
        """Every article that the query finds, in the order of the search."""
        query, mark, seen = search_query(wanted), "*", 0
        while True:
            page = wire.json(
                f"{self.about.endpoint}/search",
                {"query": query, "resultType": "core", "format": "json", "pageSize": str(PAGE), "cursorMark": mark},
            )
            results = _results(page)
            for result in results:
                if _PMCID.match(result.pmcid):
                    yield self._offer(result, wire)
            seen += len(results)
            following = str(page.get("nextCursorMark") or mark)
            if not results or following == mark:
                return
            mark = following

    def _offer(self, result: Result, wire: Wire) -> Offer:
        url = f"{self.about.endpoint}/{result.pmcid}/fullTextXML"
        return Offer(
            id=result.pmcid,
            file=f"{result.pmcid}.xml",
            fetched_from=url,
            fetch=partial(wire.document, url, accept="application/xml", check=partial(check_article, url)),
            licence=result.license,
            title=result.title,
            citation=result.citation,
            doi=result.doi,
            url=f"https://europepmc.org/article/PMC/{result.pmcid}",
            retracted=result.retracted,
        )


def search_query(wanted: Wanted) -> str:
    """The query as it is sent: the user's words, open access with full text, and one clause per licence."""
    codes = {"public-domain": "public domain"}
    clauses = [f'LICENSE:"{codes.get(code, code.replace("cc-", "cc ", 1))}"' for code in wanted.licences]
    return f"({wanted.query}) AND OPEN_ACCESS:y AND HAS_FT:y AND ({' OR '.join(clauses)})"


def _results(page: dict[str, Any]) -> list[Result]:
    """The page's results. Raises when it is no search answer; an `errMsg` (a query that cannot be read) is a refusal."""
    if "errMsg" in page or "errorMessage" in page:
        raise SourceRefused("europepmc", f"the search was refused: {page.get('errMsg') or page.get('errorMessage')}")
    try:
        return [Result.model_validate(_flat(row)) for row in page["resultList"]["result"]]
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        problem = str(error).splitlines()[0]
        raise MalformedSourceResponse("europepmc", f"the search did not answer in its documented format ({problem})") from error


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the two nested lists at the top, and nothing where Europe PMC writes null."""
    lists = {
        "types": (row.get("pubTypeList") or {}).get("pubType") or (),
        "corrections": (row.get("commentCorrectionList") or {}).get("commentCorrection") or (),
    }
    return {key: value for key, value in (row | lists).items() if value is not None}


def check_article(url: str, data: bytes) -> None:
    """Raise `MalformedSourceResponse` unless the bytes are well-formed XML: a cut or broken answer is asked for again."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise MalformedSourceResponse("europepmc", f"{url} did not answer with well-formed XML ({error})") from error
