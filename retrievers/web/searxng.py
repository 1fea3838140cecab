"""SearXNG, a metasearch engine at an address of the user's choice: pages of listed sites, fetched and read.

Documented at https://docs.searxng.org/dev/search_api.html. `GET {address}/search` with `q`, `format=json`, `language=en`,
`safesearch=0`, `pageno=1`; its operator must allow `json` under `search.formats`, else it answers 403. Read from the answer:
`results[]` with `url` and `title`, and `unresponsive_engines`, pairs of an engine's name and why it did not answer ("CAPTCHA",
"access denied", "timeout"): with them an empty list is no "nothing found", and another is told to be incomplete.

Results of unlisted sites are dropped; of the others the pages are fetched as `http.Session.page` allows, their main text is
extracted, and cited with address and date of access. What the engine quotes of a page is never cited.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
from pydantic import Field

from corpora.licences import licence
from corpora.types import Document
from corpora.visible.clean import addresses_a_model, main_text, plain
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError, SourceRefused, SourceUnavailable
from retrievers.web.found import page_id, work
from retrievers.web.http import Reply, asks_for_captcha
from retrievers.web.outbound import Outgoing
from retrievers.web.pace import Rate
from retrievers.web.source import Form, LiveSource, parsed


class _Result(Form):
    url: str
    title: str = ""


class _Answer(Form):
    results: tuple[_Result, ...]
    unresponsive: tuple[tuple[Any, ...], ...] = Field(default=(), alias="unresponsive_engines")


class SearXNG(LiveSource):
    """Pages of listed sites that a metasearch engine finds. See the module for requests and fields."""

    name = "searxng"
    title = "SearXNG"
    endpoint = ""
    rate = Rate(per_second=2.0, burst=3, at_once=2)

    async def find(self, asked: Outgoing) -> list[Document]:
        """See `LiveSource.find`."""
        words = asked.text or " OR ".join(" ".join(option) for option in asked.options[:4])
        addresses = await self._search(words)
        read = await asyncio.gather(*map(self._page, addresses))
        found = [document for document in read if document]
        if not found and self.failures:
            raise self.failures.pop()
        if not found:
            raise SourceEmpty(self.title, "found no page with a text to cite")
        return found

    async def _search(self, words: str, sites: str = "") -> list[str]:
        """Addresses of listed sites; where only others have the words, the listed ones are asked for by name."""
        base = self.settings.endpoints.get(self.name, self.settings.searxng).rstrip("/")
        fixed: dict[str, str | int] = {"format": "json", "language": "en", "safesearch": 0, "pageno": 1}
        try:
            asked = {"q": f"{words} ({sites})" if sites else words}
            reply = await self.session.get(self.title, f"{base}/search", asked, fixed=fixed, rate=self.rate)
        except SourceRefused as error:
            hint = "; its operator allows JSON with `json` under search.formats" if "(403)" in str(error) else ""
            raise SourceRefused(self.title, f"{str(error).removeprefix(f'{self.title}: ')}{hint}") from error
        async with self.session.judged(reply):
            answer = parsed(reply, _Answer, self.title)
            listed = [result.url for result in answer.results if self._is_listed(result.url)]
            silent = blocked(self.title, answer.unresponsive) if answer.unresponsive else None
            if silent and not listed:
                raise silent
        if silent:
            self.failures.append(silent)
        if answer.results and not listed and not sites and self.session.left > 1.0:
            return await self._search(words, " OR ".join(f"site:{site}" for site in self.settings.sites))
        if not listed:
            found = f"{len(answer.results)} pages, none of a listed site" if answer.results else "nothing"
            raise SourceEmpty(self.title, f"found {found}")
        return list(dict.fromkeys(listed))[: self.settings.pages]

    def _is_listed(self, url: str) -> bool:
        try:
            address = httpx.URL(url)
            return address.scheme in ("http", "https") and not address.userinfo and self.settings.listed(address.host)
        except (httpx.InvalidURL, ValueError):  # a host that is no IDNA shows only when it is read
            return False

    async def _page(self, url: str) -> Document | None:
        """The page as a document; None, with a note, when it cannot be had or is held back."""
        try:
            reply = await self.session.page(self.title, url)
            async with self.session.judged(reply):
                return await read_page(reply, self.title)
        except SourceError as error:
            self.failures.append(error)
            return None


def blocked(source: str, engines: tuple[tuple[Any, ...], ...]) -> SourceError:
    """What it means that engines did not answer: refused where one was blocked, else unavailable."""
    told = ", ".join(": ".join(plain(str(part))[:40] for part in engine[:2]) for engine in engines[:5])
    barred = any(word in told.lower() for word in ("captcha", "denied", "forbidden", "403", "suspended", "too many"))
    return (SourceRefused if barred else SourceUnavailable)(source, f"its engines did not answer ({told})")


async def read_page(reply: Reply, source: str) -> Document | None:
    """A fetched page as a document, in a thread of its own; None when it shows no text.

    Raises:
        SourceRefused: the page speaks to a language model.
    """
    return await asyncio.to_thread(_read, reply, source)


def _read(reply: Reply, source: str) -> Document | None:
    address = shown_address(reply.url)
    page = main_text(reply.text) if reply.kind != "text/plain" else None
    heading, text = (page.title, page.text) if page else ("", reply.text)
    if asks_for_captcha(f"{heading}\n{text}"):
        raise SourceRefused(source, f"{reply.url.host} asks for a CAPTCHA instead of showing its page")
    if not plain(text):
        raise MalformedSourceResponse(source, f"a page of {reply.url.host} shows no text")
    stated = licence(page.licence) if page and page.licence else None
    year = page.date[:4] if page else ""
    return work(
        page_id(address),
        heading or reply.url.host,
        [("", text)],
        source=source,
        study="page",
        organisation=reply.url.host.removeprefix("www."),
        year=int(year) if year.isdigit() else None,
        url=address,
        citation=f"{reply.url.host}. {heading}. Accessed {datetime.now(UTC).date().isoformat()}",
        kind="web",
        licence=stated.name if stated else "",
    )


def shown_address(url: httpx.URL) -> str:
    """A page's address as it is cited: without fragment, and without a query that is long or says something."""
    bare = url.copy_with(fragment=None)
    query = unquote(url.query.decode("ascii", "replace"))
    if addresses_a_model(unquote(url.path).replace("-", " ").replace("_", " ").replace("/", " ")):
        return f"{url.scheme}://{url.host}/"
    return str(bare.copy_with(query=None) if len(query) > 60 or addresses_a_model(query.replace("+", " ").replace("=", ": ")) else bare)
