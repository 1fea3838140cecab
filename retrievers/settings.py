"""Settings of retrieval that reach beyond the index: which live sources may be asked, how long, and by which rules."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from corpora.types import Frozen

SourceName = Literal["pubmed", "europepmc", "clinicaltrials", "openfda", "searxng"]
SOURCES: tuple[SourceName, ...] = ("pubmed", "europepmc", "clinicaltrials", "openfda", "searxng")
SITES = (
    "acr.org", "rsna.org", "myesr.org", "esur.org", "eurorad.org", "rcr.ac.uk", "arrs.org", "ajronline.org",
    "fleischnersociety.org", "sirweb.org", "cirse.org", "snmmi.org", "eanm.org", "asnr.org", "esnr.org", "sprnet.org", "espr.org",
    "nice.org.uk", "appliedradiology.com",
)  # fmt: skip
"""Sites of societies, journals and health services. Others are a user's own to add, with an eye on their robots.txt and terms of use."""


class WebSettings(Frozen):
    """Live sources: off unless `on`. A later question never waits longer for them than `seconds`."""

    on: bool = Field(default=False, description="ask live sources too")
    sources: tuple[SourceName, ...] = Field(default=SOURCES, description="which ones; searxng only where its address is set")
    contact: str = Field(default="", max_length=200, description="mail address or page in the User-Agent, for whoever runs a source")
    seconds: float = Field(default=4.0, gt=0, le=60, description="for all live sources of one question together")
    results: int = Field(default=6, ge=1, le=25, description="works taken from each source")
    pages: int = Field(default=4, ge=1, le=12, description="pages fetched of a metasearch")
    searxng: str = Field(default="", description="address of a SearXNG instance, e.g. http://127.0.0.1:8888")
    sites: tuple[str, ...] = Field(default=SITES, description="sites whose pages may be fetched, their subdomains included")
    allow_addresses: tuple[str, ...] = Field(
        default=(), description="addresses that may be reached although not public: 127.0.0.1:8888, 10.0.0.0/8"
    )
    offline: bool = Field(default=False, description="answer from the cache only; nothing leaves the machine")
    cache: Path | None = Field(default=None, description="folder of the HTTP cache; by default in the user's cache")
    cache_floor_s: int = Field(default=86_400, ge=0, description="an answer is kept at least so long unless its source forbids keeping it")
    cache_mb: int = Field(default=200, ge=1)
    page_mb: float = Field(default=4.0, gt=0, le=64, description="largest answer, unpacked; a quarter of it on the wire")
    pubmed_key: SecretStr = SecretStr("")
    openfda_key: SecretStr = SecretStr("")
    endpoints: dict[SourceName, str] = Field(default_factory=dict, description="other addresses of the sources' interfaces, e.g. a mirror")
    keep: Path | None = Field(default=None, description="folder into which what answered a question is stored, where its licence allows")

    @field_validator("allow_addresses")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            network_and_port(item)
        return value

    @field_validator("sites")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [site for site in value if "/" in site or ":" in site or "." not in site]:
            raise ValueError(f"{bad[0]!r} is no site name; give e.g. acr.org")
        return tuple(site.lower().removeprefix("*.").strip(".") for site in value)

    @property
    def asked(self) -> tuple[SourceName, ...]:
        """The sources that can be asked with these settings."""
        return tuple(name for name in self.sources if name != "searxng" or self.searxng)

    def listed(self, host: str) -> bool:
        """Whether a page of this host may be fetched and shown."""
        host = host.lower().rstrip(".")
        return any(host == site or host.endswith(f".{site}") for site in self.sites)


def network_and_port(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int | None]:
    """What "127.0.0.1:8888", "10.0.0.0/8" or "[::1]:80" allow; without a port, every port.

    Raises:
        ValueError: it is neither an address nor a network.
    """
    address, port = text, None
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        port = int(rest[1:]) if rest.startswith(":") else None
    elif text.count(":") == 1:
        address, _, tail = text.partition(":")
        port = int(tail)
    return ipaddress.ip_network(address, strict=False), port
