"""A server on loopback that speaks the documented format of every live source, and fails in every way on request.

Answers are made by us after the published schemas (E-utilities, Europe PMC REST, ClinicalTrials.gov API 2, openFDA, SearXNG); the
works in them are made up. `python -m tests.retrievers.web.server` serves until it is stopped.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import struct
import threading
import zlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

FAULTS = ("429", "429-date", "500", "503-wait", "cut", "malformed", "captcha-403", "captcha-200", "empty-200", "slow", "drip", "wrong-type")
SITE = "radiopaedia.test"


XML_BOMBS = {
    "xml-outside": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><PubmedArticleSet>&x;</PubmedArticleSet>',
    "xml-laughs": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">'
    + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><PubmedArticleSet>&e11;</PubmedArticleSet>",
}
"""XML that reaches for a file, and XML of 900 bytes that unfolds to 200 GB."""


@cache
def gzip_bomb(megabytes: int = 200) -> bytes:
    """So many megabytes of blanks as gzip; one is packed, and repeated as it stands after each full flush."""
    piece, packer, total = b" " * (1 << 20), zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), 0
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(megabytes):
        total = zlib.crc32(piece, total)
    head = b"\x1f\x8b\x08" + bytes(5) + b"\x02\xff"
    return head + block * megabytes + packer.flush() + struct.pack("<II", total, megabytes << 20)


@dataclass(frozen=True)
class Paper:
    """A made-up paper."""

    pmid: str
    title: str
    abstract: tuple[tuple[str, str], ...]
    year: int = 2022
    kinds: tuple[str, ...] = ("Journal Article",)
    journal: str = "Journal of Made-up Radiology"
    doi: str = ""
    pmcid: str = ""
    retracted: bool = False
    licence: str = "cc by"
    note: str = ""


NOTES = {
    "RetractedandRepublishedIn": "Retracted and republished in",
    "ExpressionOfConcernIn": "Expression of concern in",
    "ErratumIn": "Erratum in",
}
"""What later notes say of a paper, as PubMed and as Europe PMC write it."""

PAPERS = (
    Paper(
        "90000001", "Xanthogranulomatous pyelonephritis: imaging features. A systematic review",
        (("BACKGROUND", "Xanthogranulomatous pyelonephritis is a chronic destructive infection of the kidney."),
         ("RESULTS", "On CT xanthogranulomatous pyelonephritis shows an enlarged kidney with a central staghorn calculus and dilated calyces, the bear paw sign."),
         ("CONCLUSIONS", "CT is the imaging study of choice for xanthogranulomatous pyelonephritis.")),
        2023, ("Journal Article", "Systematic Review"), doi="10.5555/radqa.1", pmcid="PMC9900001",
    ),
    Paper(
        "90000002", "Solid pulmonary nodules in smokers: a randomized trial of follow-up intervals",
        (("RESULTS", "Follow-up CT of solid nodules of 6 to 8 mm at 6 months found the same number of cancers as CT at 3 months in heavy smokers."),),
        2024, ("Journal Article", "Randomized Controlled Trial"), doi="10.5555/radqa.2",
    ),
    Paper(
        "90000003", "Retracted: Solid nodules of 7 mm need no follow-up in heavy smokers",
        (("CONCLUSIONS", "A 7 mm solid nodule in a heavy smoker needs no follow-up at all."),),
        2021, ("Journal Article", "Retracted Publication"), doi="10.5555/radqa.3", retracted=True,
    ),
    Paper(
        "90000004", "Quenby-Hartwell disease with a lantern kidney sign: a case report",
        (("CASE", "CT of a man with Quenby-Hartwell disease showed perirenal soft tissue, the lantern kidney sign."),),
        2019, ("Case Reports",), doi="10.5555/radqa.4",
    ),
    Paper(
        "90000005", "Bosniak version 2019: prospective validation in cystic renal masses",
        (("RESULTS", "Of Bosniak IIF cysts 3 percent were malignant after five years of follow-up."),),
        2023, ("Journal Article", "Review"), doi="10.5555/radqa.5", pmcid="PMC9900005",
    ),
    Paper(
        "90000006", "Gadobutrol and nephrogenic systemic fibrosis: meta-analysis",
        (("RESULTS", "No case of nephrogenic systemic fibrosis followed gadobutrol alone."),),
        2022, ("Meta-Analysis",), doi="10.5555/radqa.6",
    ),
    Paper("90000007", "Solid nodule in a heavy smoker: a letter", (), 2020, ("Letter",), doi="10.5555/radqa.7"),
)  # fmt: skip

SUMMARY = "This study compares imaging of {}."
"""Of a registered study, and a section of a label."""

PAGES: dict[str, tuple[str, str]] = {
    "/articles/xanthogranulomatous-pyelonephritis": (
        "Xanthogranulomatous pyelonephritis",
        "Xanthogranulomatous pyelonephritis is a rare chronic infection of the kidney. On CT the kidney is enlarged with a central calculus. "
        "The bear paw sign describes the dilated calyces of xanthogranulomatous pyelonephritis on CT.",
    ),
    "/articles/pulmonary-nodule": (
        "Pulmonary nodule",
        "A pulmonary nodule is a rounded opacity of up to 30 mm. Solid pulmonary nodules found by chance are followed by CT after guidelines. "
        "A solid nodule in a heavy smoker has a higher risk of malignancy than one in a person who never smoked.",
    ),
    "/articles/bosniak": (
        "Bosniak classification", "The Bosniak classification sorts cystic renal masses on CT and MRI. A Bosniak IIF cyst is followed up with imaging. " * 2,
    ),
}  # fmt: skip


@dataclass
class Request:
    """What the server was asked."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw: str

    @property
    def words(self) -> str:
        return unquote(self.raw.replace("+", " "))


@dataclass
class LiveServer:
    """The server in a thread of its own. `faults` maps the beginning of a path to a fault; `delay_s` holds for every answer."""

    delay_s: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    robots: str = ""
    results: list[str] | None = None
    unresponsive: list[list[str]] = field(default_factory=list)
    random_faults: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    port: int = 0

    def start(self) -> LiveServer:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def _run(self, ready: threading.Event) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)

        async def serve() -> None:
            self._tasks: set[asyncio.Task[None]] = set()
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=512)
            self.port = self._server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.run_until_complete(serve())
        self._loop.run_forever()
        self._loop.close()

    def stop(self) -> None:
        async def close() -> None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._loop.call_soon(self._loop.stop)

        asyncio.run_coroutine_threadsafe(close(), self._loop)
        self._thread.join(10)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoints(self) -> dict[str, str]:
        names = ("pubmed", "europepmc", "clinicaltrials", "openfda", "searxng")
        return {name: f"{self.base}/{name}" for name in names}

    def asked(self, prefix: str) -> list[Request]:
        return [request for request in self.requests if request.path.startswith(prefix)]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line = (await reader.readline()).decode("latin-1").strip()
        if not line:
            return False
        headers = {}
        while header := (await reader.readline()).decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        target = line.split(" ")[1]
        parts = urlsplit(target)
        request = Request(parts.path, parse_qs(parts.query), headers, target)
        self.requests.append(request)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        fault = next((kind for prefix, kind in self.faults.items() if parts.path.startswith(prefix)), "")
        if not fault and self.chance.random() < self.random_faults:
            fault = self.chance.choice(FAULTS)
        if fault:
            return await self._fail(fault, request, writer)
        status, kind, body, more = self._answer(request)
        await self._send(writer, status, kind, body, more)
        return True

    async def _send(self, writer: asyncio.StreamWriter, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        head = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "keep-alive", **(more or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)
        await writer.drain()

    async def _fail(self, fault: str, request: Request, writer: asyncio.StreamWriter) -> bool:
        captcha = b"<html><title>Just a moment</title><body>Please complete the CAPTCHA to prove you are not a robot</body></html>"
        match fault:
            case "429":
                await self._send(writer, 429, "text/plain", b"slow down", {"Retry-After": "30"})
            case "429-short":
                await self._send(writer, 429, "text/plain", b"slow down", {"Retry-After": "1"})
            case "429-date":
                await self._send(writer, 429, "text/plain", b"slow down", {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"})
            case "500" | "403" | "404":
                await self._send(writer, int(fault), "text/plain", b"no")
            case "503-wait":
                await self._send(writer, 503, "text/plain", b"busy", {"Retry-After": "20"})
            case "cut":
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"esea')
                await writer.drain()
                return False
            case "malformed":
                await self._send(
                    writer, 200, "application/json", b'{"esearchresult": {"idlist": 7}, "resultList": [], "studies": 3, "results": {"a": '
                )
            case "captcha-403":
                await self._send(writer, 403, "text/html", captcha)
            case "captcha-200":
                await self._send(writer, 200, "text/html", captcha)
            case "challenge-200":
                await self._send(writer, 200, "text/html", page("A site", "One moment.").encode(), {"cf-mitigated": "challenge"})
            case "empty-200":
                await self._send(writer, 200, "application/json", b"")
            case "wrong-type":
                await self._send(writer, 200, "image/png", b"\x89PNG")
            case "slow":
                await asyncio.sleep(60)
            case "drip":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
                for _ in range(600):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            case "bomb":
                await self._send(writer, 200, "application/json", gzip_bomb(), {"Content-Encoding": "gzip"})
            case "packed-br":
                await self._send(writer, 200, "text/plain", b"User-agent: *\nDisallow: /", {"Content-Encoding": "br"})
            case "double-packed":
                packed = gzip.compress(gzip.compress(b"{}"))
                await self._send(writer, 200, "application/json", packed, {"Content-Encoding": "gzip, gzip"})
            case "huge":
                await self._send(writer, 200, "application/json", b" " * (10 << 20))
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
                    await writer.drain()
            case "xml-outside" | "xml-laughs":
                await self._send(writer, 200, "application/xml", XML_BOMBS[fault])
            case _ if fault.startswith("redirect:"):
                await self._send(writer, 302, "text/html", b"", {"Location": fault.removeprefix("redirect:")})
            case _:
                raise AssertionError(fault)
        return True

    def _answer(self, request: Request) -> tuple[int, str, bytes, dict[str, str]]:
        path = request.path
        if path == "/robots.txt":
            return (200, "text/plain", self.robots.encode(), {}) if self.robots else (404, "text/plain", b"none", {})
        if path in self.pages:
            return 200, "text/html; charset=utf-8", self.pages[path].encode(), {}
        if path in PAGES:
            return 200, "text/html; charset=utf-8", page(*PAGES[path]).encode(), {}
        match path.strip("/").split("/"):
            case ["pubmed", tool]:
                return self._pubmed(tool, request)
            case ["europepmc", "search"]:
                return _json(_europepmc(request, self.base))
            case ["europepmc", pmcid, "fullTextXML"]:
                paper = next((paper for paper in PAPERS if paper.pmcid == pmcid), None)
                return (200, "application/xml", jats(paper).encode(), {}) if paper else (404, "text/plain", b"", {})
            case ["clinicaltrials", "studies"]:
                return _json(_trials(request))
            case ["openfda", "drug", "label.json"]:
                return _labels(request)
            case ["openfda", "device", "udi.json"]:
                return _devices(request)
            case ["searxng", "search"]:
                if request.query.get("format") != ["json"]:
                    return 200, "text/html", b"<html></html>", {}
                return _json(self._searxng(request))
        return 404, "text/html", b"<html>Not here</html>", {}

    def _pubmed(self, tool: str, request: Request) -> tuple[int, str, bytes, dict[str, str]]:
        if tool == "esearch.fcgi":
            found = matching(request.query["term"][0])[: int(request.query["retmax"][0])]
            result = {"count": str(len(found)), "retmax": str(len(found)), "retstart": "0", "idlist": [paper.pmid for paper in found]}
            return _json({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})
        papers = [paper for paper in PAPERS if paper.pmid in request.query["id"][0].split(",")]
        if tool == "esummary.fcgi":
            summaries: dict[str, Any] = {"uids": [paper.pmid for paper in papers]}
            for paper in papers:
                summaries[paper.pmid] = {
                    "uid": paper.pmid, "title": paper.title, "fulljournalname": paper.journal, "pubdate": f"{paper.year} Mar",
                    "pubtype": list(paper.kinds), "volume": "12", "issue": "3", "pages": "100-110",
                    "authors": [{"name": "Nobody A", "authtype": "Author"}, {"name": "Noone B"}],
                    "articleids": [{"idtype": "doi", "value": paper.doi}],
                }  # fmt: skip
            return _json({"header": {"type": "esummary", "version": "0.3"}, "result": summaries})
        return 200, "text/xml; charset=UTF-8", pubmed_xml(papers).encode(), {}

    def _searxng(self, request: Request) -> dict[str, Any]:
        words = set(re.findall(r"\w+", request.query["q"][0].lower()))
        found = self.results
        if found is None:
            known = {**{path: f"{title} {text}" for path, (title, text) in PAGES.items()}, **self.pages}
            ranked = sorted(known, key=lambda path: -len(words & set(re.findall(r"\w+", known[path].lower()))))
            found = [f"http://{SITE}:{self.port}{path}" for path in ranked if words & set(re.findall(r"\w+", known[path].lower()))]
        results = [
            {"url": url, "title": "A page", "content": "quoted", "engine": "test", "engines": ["test"], "score": 1.0} for url in found
        ]
        return {
            "query": request.query["q"][0], "number_of_results": len(results), "results": results, "answers": [], "corrections": [],
            "infoboxes": [], "suggestions": [], "unresponsive_engines": self.unresponsive,
        }  # fmt: skip


def _json(data: Any) -> tuple[int, str, bytes, dict[str, str]]:
    return 200, "application/json; charset=utf-8", json.dumps(data).encode(), {}


def matching(query: str) -> list[Paper]:
    """Papers that have at least half of a query's words, the best first."""
    words = set(re.findall(r"[a-z0-9-]{3,}", query.lower())) - {"and", "the"}
    scored = [(len(words & set(re.findall(r"[a-z0-9-]{3,}", f"{p.title} {p.abstract}".lower()))), p) for p in PAPERS]
    return [paper for score, paper in sorted(scored, key=lambda pair: -pair[0]) if words and score >= 0.5 * min(len(words), 4)]


def pubmed_xml(papers: list[Paper]) -> str:
    """efetch's answer after the DTD pubmed_250101."""
    articles = "".join(
        f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{p.pmid}</PMID><Article PubModel="Print">
<Journal><ISSN IssnType="Print">0000-0000</ISSN><JournalIssue CitedMedium="Print"><Volume>12</Volume><PubDate><Year>{p.year}</Year><Month>Mar</Month></PubDate></JournalIssue>
<Title>{p.journal}</Title></Journal><ArticleTitle>{p.title}</ArticleTitle><Abstract>{"".join(f'<AbstractText Label="{label}">{text}</AbstractText>' for label, text in p.abstract)}</Abstract>
<AuthorList><Author><LastName>Nobody</LastName><Initials>A</Initials></Author></AuthorList>
<PublicationTypeList>{"".join(f'<PublicationType UI="D0">{kind}</PublicationType>' for kind in p.kinds)}</PublicationTypeList></Article>
{'<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J</RefSource></CommentsCorrections></CommentsCorrectionsList>' if p.retracted else ""}
{f'<CommentsCorrectionsList><CommentsCorrections RefType="{p.note}"><RefSource>J</RefSource></CommentsCorrections></CommentsCorrectionsList>' if p.note else ""}
<MeshHeadingList><MeshHeading><DescriptorName UI="D1">Tomography, X-Ray Computed</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{p.pmid}</ArticleId><ArticleId IdType="doi">{p.doi}</ArticleId></ArticleIdList>
<ReferenceList><Reference><Citation>Noone B. Cited work. 2001.</Citation><ArticleIdList><ArticleId IdType="doi">10.5555/cited</ArticleId><ArticleId IdType="pmc">PMC9999999</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>"""
        for p in papers
    )
    doctype = '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
    return f'<?xml version="1.0" ?>\n{doctype}\n<PubmedArticleSet>{articles}</PubmedArticleSet>'


def _europepmc(request: Request, base: str) -> dict[str, Any]:
    size, cursor = int(request.query["pageSize"][0]), request.query["cursorMark"][0]
    start = 0 if cursor == "*" else int(cursor.removeprefix("c"))
    found = matching(request.query["query"][0])
    shown = found[start : start + size]
    results = [
        {
            "id": p.pmid, "source": "MED", "pmid": p.pmid, **({"pmcid": p.pmcid} if p.pmcid else {}), "doi": p.doi, "title": f"{p.title}.",
            "authorString": "Nobody A, Noone B.", "journalInfo": {"journal": {"title": p.journal}, "volume": "12"}, "pubYear": str(p.year),
            "abstractText": "".join(f"<h4>{label.capitalize()} </h4>{text}" for label, text in p.abstract),
            "pubTypeList": {"pubType": list(p.kinds)}, "isOpenAccess": "Y" if p.pmcid else "N", "license": p.licence,
            **({"commentCorrectionList": {"commentCorrection": [{"type": "Retraction in"}]}} if p.retracted else {}),
            **({"commentCorrectionList": {"commentCorrection": [{"type": NOTES[p.note]}]}} if p.note else {}),
        }
        for p in shown
    ]  # fmt: skip
    mark = f"c{start + len(shown)}" if shown else cursor
    return {"version": "6.9", "hitCount": len(found), "nextCursorMark": mark, "request": {}, "resultList": {"result": results}}


def jats(paper: Paper) -> str:
    """A full text after the JATS Archiving and Interchange Tag Set."""
    body = "".join(f"<sec><title>{label.capitalize()}</title><p>{text}</p></sec>" for label, text in paper.abstract)
    return (
        f'<article article-type="research-article"><front><journal-meta><journal-title-group><journal-title>{paper.journal}</journal-title>'
        f'</journal-title-group></journal-meta><article-meta><article-id pub-id-type="pmcid">{paper.pmcid}</article-id>'
        f"<title-group><article-title>{paper.title}</article-title></title-group><pub-date><year>{paper.year}</year></pub-date>"
        '<permissions><license xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://creativecommons.org/licenses/by/4.0/"/></permissions>'
        f"</article-meta></front><body>{body}<sec><title>Discussion</title><p>Full text of a made-up article, longer than its abstract. "
        "It says the same again in other words and adds that imaging and histology were compared in every patient.</p></sec></body></article>"
    )


def _trials(request: Request) -> dict[str, Any]:
    words = request.query["query.term"][0]
    study = {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT99000001", "briefTitle": f"A study of {words}", "organization": {"fullName": "Made-up University"}},
            "statusModule": {"overallStatus": "RECRUITING", "startDateStruct": {"date": "2023-05-01"}},
            "descriptionModule": {"briefSummary": SUMMARY.format(words)},
            "conditionsModule": {"conditions": [words]}, "designModule": {"studyType": "INTERVENTIONAL", "phases": ["NA"]},
            "outcomesModule": {"primaryOutcomes": [{"measure": "Accuracy", "timeFrame": "2 years"}]},
        },
        "hasResults": False,
    }  # fmt: skip
    return {"studies": [study], "nextPageToken": "x"}


def _labels(request: Request) -> tuple[int, str, bytes, dict[str, str]]:
    search = request.query["search"][0].lower()
    if "gadobutrol" not in search and "contrast agent" not in search:
        return 404, "application/json", json.dumps({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}).encode(), {}
    label = {
        "set_id": "11111111-2222-3333-4444-555555555555", "id": "x", "effective_time": "20230615",
        "openfda": {"brand_name": ["MADEVIST"], "generic_name": ["GADOBUTROL"], "manufacturer_name": ["Made-up Pharma"]},
        "warnings_and_cautions": [SUMMARY.format("gadobutrol")],
        "boxed_warning": ["WARNING: Gadolinium-based contrast agents increase the risk of nephrogenic systemic fibrosis in patients with impaired elimination."],
        "contraindications": ["Gadobutrol is contraindicated in patients with a history of severe hypersensitivity reactions to gadobutrol."],
    }  # fmt: skip
    return _json({"meta": {"results": {"skip": 0, "limit": 1, "total": 1}}, "results": [label]})


def _devices(request: Request) -> tuple[int, str, bytes, dict[str, str]]:
    search = request.query["search"][0].lower()
    if "count" in request.query and "pacemaker" in search:
        terms = (("Labeling does not contain MRI Safety Information", 40), ("MR Conditional", 310), ("MR Unsafe", 12))
        return _json({"meta": {}, "results": [{"term": term, "count": count} for term, count in terms]})
    if "amplatzer" not in search or "count" in request.query:
        return 404, "application/json", json.dumps({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}).encode(), {}
    device = {
        "public_device_record_key": "11111111-aaaa-4bbb-8ccc-222222222222", "record_status": "Published", "publish_date": "2016-09-24",
        "public_version_date": "2023-03-01", "brand_name": "AMPLATZER Made-up Occluder", "company_name": "MADE-UP MEDICAL, INC.",
        "mri_safety": "MR Conditional", "commercial_distribution_status": "In Commercial Distribution", "is_single_use": "true",
        "device_description": "Septal occluder.", "identifiers": [{"id": "00811111111111", "type": "Primary", "issuing_agency": "GS1"}],
        "gmdn_terms": [{"code": "45418", "name": "Cardiac septal occluder", "definition": "An implantable device that closes a septal defect."}],
        "product_codes": [{"code": "MLV", "name": "Transcatheter Septal Occluder", "openfda": {"device_class": "3"}}],
    }  # fmt: skip
    models = [device | {"version_or_model_number": f"9-ASD-{size:03}"} for size in (4, 5, 6)]
    unlabelled = {
        "brand_name": "AMPLATZER Made-up Sheath",
        "mri_safety": "Labeling does not contain MRI Safety Information",
        "publish_date": "2018-01-01",
    }
    return _json(
        {"meta": {"results": {"skip": 0, "limit": 25, "total": 5}}, "results": [*models, unlabelled, {"brand_name": "AMPLATZER Other"}]}
    )


def page(title: str, body: str, extra: str = "") -> str:
    """A plain page of a site with some text."""
    paragraphs = "".join(f"<p>{part}</p>" for part in body.split("\n"))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta property="article:published_time" content="2023-02-01"></head><body><nav><a href="/">Home</a></nav>'
        f"<main><article><h1>{title}</h1>{paragraphs}{extra}"
        "<p>The text of this page is made up and serves to test how pages are read. It has a second paragraph so that its main part is found.</p>"
        "</article></main><footer>Imprint</footer></body></html>"
    )


if __name__ == "__main__":
    server = LiveServer(port=8765).start()
    input(f"{server.base}, Enter stops ")
    server.stop()
