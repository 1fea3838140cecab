"""openFDA: what a device's labelling says of magnetic resonance, asked only where a question names both.

There is no endpoint of device labels; their MRI safety is a field of the Unique Device Identification database (GUDID), documented at
https://open.fda.gov/apis/device/udi/. `GET {endpoint}/device/udi.json` with `search` and `limit`, or with `search` and `count`; limits,
key and "nothing found" as for drug labels. Searched: `brand_name`, `company_name`, `device_description`,
`product_codes.openfda.device_name` (fields ending in "name" after a dot would be masked as a person's label).
Read from `results[]`: `mri_safety` ("MR Safe", "MR Unsafe", "MR Conditional" or "Labeling does not contain MRI Safety Information",
after ASTM F2503), `brand_name`, `company_name`, `version_or_model_number`, `device_description`, `gmdn_terms[]` (`name`,
`definition`), `product_codes[].name`, `commercial_distribution_status`, `identifiers[]` (`id`, `type`), `public_device_record_key`,
`public_version_date`, `publish_date`; where only a kind of device is named, `count=mri_safety.exact` gives `term` and `count`.
Makers enter these themselves; every field is in https://github.com/FDA/openfda/blob/master/schemas/deviceudi_schema.json.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from corpora.privacy.patterns import rules
from corpora.types import Document
from retrievers.web.found import work
from retrievers.web.outbound import Outgoing
from retrievers.web.source import Form

FILE = Path(__file__).parent / "data" / "devices.toml"
MOST_RECORDS = 25
"""Records asked for: one device has one in every size."""

_UNKNOWN = "Labeling does not contain MRI Safety Information"
_MEANING = {
    "MR Safe": "is labelled MR Safe: it poses no known hazard in any MR environment.",
    "MR Unsafe": "is labelled MR Unsafe: it must not be brought into an MR environment.",
    "MR Conditional": "is labelled MR Conditional: it may be scanned only under the conditions of its labelling (field, gradients, SAR, "
    "parts it is combined with), which this record does not hold.",
    _UNKNOWN: "has no MRI safety information in its labelling, which says neither that it is safe nor that it is not.",
}
"""What each value of `mri_safety` means (ASTM F2503)."""


class _Identifier(Form):
    id: str = ""
    type: str = ""


class _Term(Form):
    name: str = ""
    definition: str = ""


class _Code(Form):
    name: str = ""


class Device(Form):
    """A record of the database."""

    safety: str = Field(default="", alias="mri_safety")
    brand: str = Field(alias="brand_name")
    maker: str = Field(default="", alias="company_name")
    model: str = Field(default="", alias="version_or_model_number")
    description: str = Field(default="", alias="device_description")
    terms: tuple[_Term, ...] = Field(default=(), alias="gmdn_terms")
    codes: tuple[_Code, ...] = Field(default=(), alias="product_codes")
    sold: str = Field(default="", alias="commercial_distribution_status")
    identifiers: tuple[_Identifier, ...] = ()
    key: str = Field(default="", alias="public_device_record_key")
    changed: str = Field(default="", alias="public_version_date")
    published: str = Field(default="", alias="publish_date")

    @property
    def primary(self) -> str:
        """The device identifier; empty where none is as documented."""
        return next((item.id for item in self.identifiers if item.type == "Primary" and re.fullmatch(r"[\w.+/-]{6,40}", item.id)), "")


class Records(Form):
    """An answer with records."""

    results: tuple[Device, ...] = ()
    error: dict[str, Any] | None = None


class _Count(Form):
    term: str
    count: int = Field(ge=0)


class Counts(Form):
    """An answer with counts."""

    results: tuple[_Count, ...] = ()
    error: dict[str, Any] | None = None


class DeviceQuery(NamedTuple):
    """A search, in words whether it names a kind only, and those words."""

    search: str
    kind: str = ""

    @property
    def fixed(self) -> dict[str, str | int]:
        """The parameters beside the search."""
        return {"count": "mri_safety.exact"} if self.kind else {"limit": MOST_RECORDS}


class _Words(NamedTuple):
    implants: re.Pattern[str]
    kinds: re.Pattern[str]
    magnetic: frozenset[str]
    safety: frozenset[str]
    named: dict[str, str]


@cache
def _words() -> _Words:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    implants, kinds = (re.compile("|".join(data[name].split())) for name in ("implants", "kinds"))
    return _Words(implants, kinds, frozenset(data["magnetic"].split()), frozenset(data["safety"].split()), data["named"])


def device_query(asked: Outgoing) -> DeviceQuery | None:
    """The search for a device: a product by its name, else a maker's kind of device, else a kind; None where no device meets MR."""
    known = _words()
    words = list(dict.fromkeys(word.lower() for word in (*asked.words, *(word for option in asked.options for word in option))))
    if not known.magnetic & set(words):
        return None
    products = [word for word in words if word in rules().products][:3]
    makers = [word for word in words if word in rules().makers][:2]
    by = " OR ".join(f'company_name:"{word}"' for word in makers)
    if products:
        wanted = " OR ".join(f'brand_name:"{word}"' for word in products)
        return DeviceQuery(f"({wanted}) AND ({by})" if by else f"({wanted})")
    sure = known.safety & set(words) or makers
    kinds = [_one(word) for word in words if known.implants.fullmatch(word) or (sure and known.kinds.fullmatch(word))][:3]
    if not kinds:
        return None
    about = " AND ".join(f'(device_description:"{word}" OR product_codes.openfda.device_name:"{word}")' for word in kinds)
    return DeviceQuery(f"({by}) AND {about}") if by else DeviceQuery(about, " ".join(kinds))


def _one(word: str) -> str:
    """A kind in the singular, as the database names it."""
    return _words().named.get(word) or (word.removesuffix("s") if not word.endswith(("ss", "is", "us")) else word)


def grouped(devices: Iterable[Device]) -> list[list[Device]]:
    """The records with a known status, those of one brand, maker and safety together."""
    groups: dict[tuple[str, str, str], list[Device]] = {}
    for device in devices:
        if device.safety in _MEANING:
            groups.setdefault((device.brand.lower(), device.maker.lower(), device.safety), []).append(device)
    return list(groups.values())


def of_group(group: list[Device], source: str) -> Document | None:
    """Records of one brand, maker and safety as a document; their models named in it."""
    first = group[0]
    models = list(dict.fromkeys(device.model for device in group if device.model))
    shown = ", ".join(models[:6]) + (f" and {len(models) - 6} more" if len(models) > 6 else "")
    term = first.terms[0] if first.terms else _Term()
    kind = term.name or (first.codes[0].name if first.codes else "")
    years = [int(day[:4]) for device in group for day in (device.changed or device.published,) if day[:4].isdecimal()]
    sold = f" {first.sold}." if first.sold else ""
    return work(
        f"openfda-udi:{first.primary or first.key or first.brand}",
        f"{first.brand}: MRI safety in its labelling",
        [
            ("MRI safety", f"{first.brand}{f' ({kind})' if kind else ''} by {first.maker or 'an unnamed maker'} {_MEANING[first.safety]}"),
            ("Device", f"{first.description} {term.definition} Models: {shown or 'not named'}.{sold}".strip()),
        ],
        source=source,
        study="label",
        organisation=f"{first.maker or 'maker unnamed'}, as entered in GUDID",
        year=max(years, default=None),
        url=f"https://accessgudid.nlm.nih.gov/devices/{first.primary}" if first.primary else "https://accessgudid.nlm.nih.gov",
        topics=(*(item.name for item in first.terms), *(code.name for code in first.codes)),
        licence="" if term.name or term.definition else "CC0 1.0",  # GMDN's terms are its agency's own
    )


def of_counts(counts: Iterable[_Count], query: DeviceQuery, source: str) -> list[Document]:
    """How many records of a kind of device say what of magnetic resonance, as one document."""
    known = [(item.term, item.count) for item in counts if item.term in _MEANING and item.count]
    total = sum(count for _, count in known)
    if not total:
        return []
    said = "; ".join(f"{'no MRI safety information' if term == _UNKNOWN else term} {count}" for term, count in known)
    found = work(
        f"openfda-udi:kind:{query.kind.replace(' ', '-')}",
        f"{query.kind.capitalize()}: MRI safety in the labelling of registered devices",
        [
            (
                "MRI safety",
                f"Of {total} records of devices named {query.kind} in the FDA's device database the labelling says: {said}. So the "
                f"kind of device does not decide whether MRI is possible: make and model of this {query.kind} do, and its labelling "
                "names the conditions.",
            )
        ],
        source=source,
        study="label",
        organisation="FDA, Global Unique Device Identification Database",
        url="https://accessgudid.nlm.nih.gov",
        topics=tuple(query.kind.split()),
        licence="CC0 1.0",
    )
    return [found] if found else []
