"""openFDA: United States drug labels, asked only where a question names contrast media or a drug; devices in `openfda_devices`.

Documented at https://open.fda.gov/apis/drug/label/. `GET {endpoint}/drug/label.json` with `search` and `limit`, `api_key` where one is
set; 240 requests a minute, 1,000 a day without a key. Nothing found is a 404 with `error.code` = `NOT_FOUND`. Read from `results[]`:
`set_id`, `effective_time` (YYYYMMDD), `openfda.brand_name`, `.generic_name`, `.manufacturer_name`, and the label's sections
`boxed_warning`, `indications_and_usage`, `contraindications`, `warnings_and_cautions`, `dosage_and_administration`,
`use_in_specific_populations`, each a list of texts.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import Field

from corpora.types import Document
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError
from retrievers.web.found import work
from retrievers.web.http import Reply
from retrievers.web.openfda_devices import Counts, DeviceQuery, Records, device_query, grouped, of_counts, of_group
from retrievers.web.outbound import Outgoing
from retrievers.web.pace import Rate
from retrievers.web.source import Form, LiveSource, parsed

FILE = Path(__file__).parent / "data" / "drugs.toml"
SECTIONS = (
    "boxed_warning", "contraindications", "warnings_and_cautions", "indications_and_usage", "dosage_and_administration",
    "use_in_specific_populations",
)  # fmt: skip
LONGEST = 4_000
"""Characters taken of a section: labels run to tens of thousands."""


class _Names(Form):
    brand: tuple[str, ...] = Field(default=(), alias="brand_name")
    generic: tuple[str, ...] = Field(default=(), alias="generic_name")
    maker: tuple[str, ...] = Field(default=(), alias="manufacturer_name")


class _Label(Form):
    set_id: str
    effective: str = Field(default="", alias="effective_time")
    names: _Names = Field(default=_Names(), alias="openfda")
    boxed_warning: tuple[str, ...] = ()
    indications_and_usage: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    warnings_and_cautions: tuple[str, ...] = ()
    dosage_and_administration: tuple[str, ...] = ()
    use_in_specific_populations: tuple[str, ...] = ()


class _Answer(Form):
    results: tuple[_Label, ...] = ()
    error: dict[str, Any] | None = None


@cache
def _drugs() -> tuple[re.Pattern[str], frozenset[str]]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return re.compile(data["names"]), frozenset(data["classes"].split())


class OpenFDA(LiveSource):
    """Drug labels, and what device labels say of MRI. See the two modules for requests and fields."""

    name = "openfda"
    title = "openFDA"
    endpoint = "https://api.fda.gov"
    rate = Rate(per_second=4.0, burst=4, at_once=2)

    async def find(self, asked: Outgoing) -> list[Document] | None:
        """See `LiveSource.find`; None where neither a drug nor a contrast medium nor a device and MRI is named."""
        search, device = label_query(asked), device_query(asked)
        lookups = [*([self._labels(search)] if search else []), *([self._devices(device)] if device else [])]
        if not lookups:
            return None
        found: list[Document] = []
        failed: list[SourceError] = []
        for answer in await asyncio.gather(*lookups, return_exceptions=True):
            if isinstance(answer, SourceError):
                failed.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found += answer
        failed.sort(key=lambda error: isinstance(error, SourceEmpty))
        if found:
            self.failures += [error for error in failed if not isinstance(error, SourceEmpty)]
            return found
        raise failed[0] if failed else SourceEmpty(self.title, "found nothing")

    async def _labels(self, search: str) -> list[Document]:
        reply = await self._ask("drug/label.json", search, {"limit": min(3, self.settings.results)})
        async with self.session.judged(reply):
            answer = parsed(reply, _Answer, self.title)
            self._check(reply, answer.error)
        return self.works(self._document, answer.results)

    async def _devices(self, query: DeviceQuery) -> list[Document]:
        reply = await self._ask("device/udi.json", query.search, query.fixed)
        async with self.session.judged(reply):
            answer = parsed(reply, Counts, self.title) if query.kind else parsed(reply, Records, self.title)
            self._check(reply, answer.error)
        if isinstance(answer, Counts):
            return of_counts(answer.results, query, self.title)
        return self.works(partial(of_group, source=self.title), grouped(answer.results)[: self.settings.results])

    async def _ask(self, path: str, search: str, fixed: dict[str, str | int]) -> Reply:
        key = self.settings.openfda_key.get_secret_value()
        return await self.session.get(
            self.title, f"{self.base}/{path}", {"search": search}, fixed=fixed, rate=self.rate, none=(404,),
            secret={"api_key": key} if key else None,
        )  # fmt: skip

    def _check(self, reply: Reply, error: dict[str, Any] | None) -> None:
        if reply.status == 404 and (error or {}).get("code") != "NOT_FOUND":
            raise MalformedSourceResponse(self.title, "does not accept the request (404)")

    def _document(self, label: _Label) -> Document | None:
        name = ", ".join((*label.names.brand[:1], *label.names.generic[:1])) or "Drug"
        effective = label.effective[:4]
        return work(
            f"openfda:{label.set_id}",
            f"{name}: label",
            [(section.replace("_", " ").capitalize(), " ".join(getattr(label, section))[:LONGEST]) for section in SECTIONS],
            source=self.title,
            study="label",
            organisation=", ".join(label.names.maker[:1]) or "FDA",
            year=int(effective) if effective.isdecimal() else None,
            url=f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={label.set_id}" if re.fullmatch(r"[\w-]+", label.set_id) else "",
            topics=label.names.generic,
            licence="CC0 1.0",
        )


def label_query(asked: Outgoing) -> str | None:
    """The search for labels: drugs by name, or contrast agents by class with the question's words; None for neither."""
    pattern, classes = _drugs()
    words = [word.lower() for word in (*asked.words, *(word for option in asked.options for word in option))]
    drugs = list(dict.fromkeys(word for word in words if pattern.fullmatch(word)))[:4]
    if drugs:
        return " OR ".join(f'openfda.generic_name:"{drug}"' for drug in drugs)
    if not classes & set(words):
        return None
    others = [word for word in asked.telling if word.lower() not in classes and word.isalpha()][:3]
    about = f" AND ({' OR '.join(others)})" if others else ""
    return f'openfda.pharm_class_epc:"contrast agent"{about}'
