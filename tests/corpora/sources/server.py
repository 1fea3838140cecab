"""A server on loopback that answers as Europe PMC, GitHub and Open-i document it, and can be told to fail."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from corpora.sources.e3c import COMMIT, FOLDER, LAYERS, REPOSITORY
from tests.corpora import articles


@dataclass
class Asked:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    at: float


@dataclass
class Answer:
    """What is sent back; `cut` closes the connection after so many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    wait_s: float = 0.0


Route = Callable[[Asked], Answer]


class Served:
    """A running server: routes by path, faults that are used up one by one, and everything that was asked."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.faults: dict[str, list[Answer]] = defaultdict(list)
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def times(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.faults[asked.path]:
            return self.faults[asked.path].pop(0)
        route = self.routes.get(asked.path)
        return route(asked) if route else Answer(b"no such thing", 404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                split = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(split.query).items()}
                answer = served._answer(Asked(split.path, query, dict(self.headers.items()), time.monotonic()))
                time.sleep(answer.wait_s)
                try:
                    self.send_response(answer.status)
                    for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body[: answer.cut])
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                if answer.cut is not None:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@dataclass
class Article:
    """An article as Europe PMC has it."""

    pmcid: str
    license: str | None = "cc by"
    xml: str = ""
    types: tuple[str, ...] = ("Journal Article",)
    title: str = "A title"


def serve_europepmc(served: Served, found: list[Article], per_page: int = 2) -> None:
    """`/search` in pages with cursors, and each article's full text."""

    def search(asked: Asked) -> Answer:
        start = 0 if asked.query["cursorMark"] == "*" else int(asked.query["cursorMark"].removeprefix("at-"))
        page = found[start : start + per_page]
        following = f"at-{start + len(page)}" if page else asked.query["cursorMark"]
        rows = [_row(article) for article in page]
        return Answer(
            json.dumps({"version": "6.9", "hitCount": len(found), "nextCursorMark": following, "resultList": {"result": rows}}).encode()
        )

    served.routes["/search"] = search
    for article in found:
        text = (article.xml or articles.jats(article.pmcid.removeprefix("PMC"), title=article.title)).encode()
        served.routes[f"/{article.pmcid}/fullTextXML"] = lambda _, text=text: Answer(text, headers={"Content-Type": "application/xml"})


def _row(article: Article) -> dict[str, object]:
    row: dict[str, object] = {
        "id": "1",
        "source": "MED",
        "pmid": "1",
        "pmcid": article.pmcid,
        "doi": "10.1234/jmr",
        "title": f"{article.title}.",
        "authorString": "Doe J, Roe R, Poe P, Moe M.",
        "journalInfo": {"journal": {"title": "Journal of Made-up Radiology"}, "volume": "12", "issue": "3", "yearOfPublication": 2021},
        "pubYear": "2021",
        "pageInfo": "45-49",
        "isOpenAccess": "Y",
        "pubTypeList": {"pubType": list(article.types)},
    }
    return row | ({"license": article.license} if article.license is not None else {})


def serve_e3c(served: Served, cases: dict[str, dict[str, str]]) -> None:
    """The repository's trees and files; `cases` is layer -> file name -> text."""
    layers = {layer: cases.get(layer, {}) for layer in LAYERS}

    def tree(*nodes: tuple[str, str, str]) -> Route:
        listed = [{"path": path, "mode": "100644", "type": kind, "sha": sha} for path, kind, sha in nodes]
        return lambda _: Answer(json.dumps({"sha": "x", "tree": listed, "truncated": False}).encode())

    trees = f"/repos/{REPOSITORY}/git/trees"
    served.routes[f"{trees}/{COMMIT}"] = tree(("README.md", "blob", "r"), (FOLDER[0], "tree", "t-data"))
    served.routes[f"{trees}/t-data"] = tree(("Basque", "tree", "t-b"), (FOLDER[1], "tree", "t-en"))
    served.routes[f"{trees}/t-en"] = tree(*((layer, "tree", f"t-{layer}") for layer in LAYERS))
    for layer, files in layers.items():
        nodes = [(name, "blob", blob_sha(text)) for name, text in files.items()]
        served.routes[f"{trees}/t-{layer}"] = tree(*nodes, ("README.md", "blob", "r"))
        for name, text in files.items():
            path = f"/{REPOSITORY}/{COMMIT}/{'/'.join((*FOLDER, layer))}/{name}"
            served.routes[path] = lambda _, text=text: Answer(text.encode())


def blob_sha(text: str) -> str:
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


OPENI_PATH = "/imgs/collections/NLMCXR_reports.tgz"


def reports_archive(reports: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed, tarfile.open(fileobj=compressed, mode="w") as tar:
        folder = tarfile.TarInfo("ecgen-radiology")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, text in reports.items():
            data = text.encode()
            member = tarfile.TarInfo(f"ecgen-radiology/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def serve_openi(served: Served, archive: bytes, *, etag: str = '"v1"', ranges: bool = True) -> None:
    """The archive, continued with Range when If-Range names the version it has."""

    def send(asked: Asked) -> Answer:
        wanted = asked.headers.get("Range", "")
        if ranges and wanted and asked.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(archive):
                return Answer(b"", 416)
            headers = {"ETag": etag, "Content-Range": f"bytes {start}-{len(archive) - 1}/{len(archive)}"}
            return Answer(archive[start:], 206, headers)
        return Answer(archive, headers={"ETag": etag})

    served.routes[OPENI_PATH] = send
