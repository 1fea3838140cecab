"""Licences of open texts: one name for the many ways they are written, and what each one asks of whoever keeps a copy."""

from __future__ import annotations

import re

from corpora.types import Frozen

_PUBLIC = re.compile(r"\bcc[\s-]*(?:zero|0)\b|publicdomain/zero", re.I)
_DOMAIN = re.compile(r"public[\s-]*domain|publicdomain/mark|\bPDM\b", re.I)
_ADDRESS = re.compile(r"creativecommons\.org/licen[cs]es/(by(?:-nc)?(?:-sa|-nd)?)(?:/(\d(?:\.\d)?))?", re.I)
_SHORT = re.compile(r"\bcc[\s-]*(by(?:[\s-]*nc)?(?:[\s-]*(?:sa|nd))?)\b[\s-]*v?(\d\.\d)?", re.I)
_WORDS = re.compile(r"creative\s+commons[\s,:(]*(attribution[\w\s,–-]*)", re.I)
_MIT = re.compile(r"\s{0,9}(?:the\s{1,9})?MIT(?:\s{1,9}licen[cs]e)?\.?\s{0,9}|https?://opensource\.org/licenses?/mit/?", re.I)
_VERSION = re.compile(r"\b([1-4]\.\d)\b")


class Licence(Frozen):
    """A licence under which a copy may be kept; `code` is one of `licence_codes.CODES`, `version` may be unknown."""

    code: str
    version: str = ""

    @property
    def name(self) -> str:
        """As it is cited, e.g. "CC BY-NC 4.0"."""
        if self.code == "public-domain":
            return "public domain"
        return " ".join(part for part in (self.code.upper().replace("CC-", "CC ", 1), self.version) if part)

    @property
    def terms(self) -> str:
        """What it asks beyond naming the source; empty when that is all."""
        asked = ["its licence text kept with every copy"] if self.code == "mit" else []
        if "-nc" in self.code:
            asked.append("no commercial use")
        if "-nd" in self.code:
            asked.append("no changed copies passed on, an index built from them included")
        if "-sa" in self.code:
            asked.append("what is made of it under the same licence")
        return ", ".join(asked)


def licence(stated: str) -> Licence | None:
    """The licence that a text, an address or a catalogue's code names; None when it names none we know.

    None means that nothing allows a copy: all rights reserved, a publisher's own terms, or nothing stated.
    """
    stated = stated.replace("_", " ")
    if found := _ADDRESS.search(stated) or _SHORT.search(stated):
        return Licence(code=f"cc-{_dashed(found[1])}", version=found[2] or "")
    if found := _WORDS.search(stated):
        return Licence(code=_from_words(found[1]), version=version[1] if (version := _VERSION.search(stated, found.start())) else "")
    if _PUBLIC.search(stated):  # after the others: many CC BY articles put only their data under CC0
        return Licence(code="cc0", version="1.0")
    if _DOMAIN.search(stated):
        return Licence(code="public-domain")
    if _MIT.fullmatch(stated):
        return Licence(code="mit")
    return None


def _dashed(parts: str) -> str:
    """`BY NC_ND` or `byncnd` as `by-nc-nd`."""
    return "-".join(part for part in ("by", "nc", "sa", "nd") if part in re.sub(r"[\s-]", "", parts.lower()))


def _from_words(words: str) -> str:
    low = re.sub(r"[\s–-]+", "", words.lower())
    parts = [mark for mark, word in (("nc", "noncommercial"), ("sa", "sharealike"), ("nd", "noderiv")) if word in low]
    return "-".join(("cc-by", *parts))


def refusal(stated: str, accepted: tuple[str, ...]) -> str:
    """Why a text under this licence is not kept; empty when it may be.

    Args:
        stated: the licence as the source names it.
        accepted: codes out of `licence_codes.CODES` that the user accepts.
    """
    found = licence(stated)
    if not stated.strip():
        return "states no licence: nothing allows a copy"
    if found is None:
        return f"its licence {stated.strip()[:120]!r} is no open licence: nothing allows a copy"
    if found.code not in accepted:
        return f"is {found.name}, and only {', '.join(accepted)} {'was' if len(accepted) == 1 else 'were'} asked for"
    return ""
