"""The sources of answers as BibTeX and RIS. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from agent.types import Answer, Source
from corpora.legible import plain
from ui.view import safe_link

_DOI = re.compile(r"^https?://(?:dx\.)?doi\.org/(?P<doi>10\..+)$", re.IGNORECASE)
_CITATION = re.compile(
    r"^(?P<authors>.{1,2000}?)\.\s{1,3}(?P<journal>[^.;\s][^.;]{0,150}?)\s{1,3}(?P<year>\d{4});(?P<volume>[^(:;]{1,40})(?:\((?P<number>[^)]{0,40})\))?:(?P<pages>[\w-]{1,40})"
)
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$",
            "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip
_BIBTEX_TYPES = {"guideline": "techreport", "article": "article", "web": "misc"}
_RIS_TYPES = {"guideline": "RPRT", "article": "JOUR", "web": "ELEC"}


def sources_of(answers: Iterable[Answer]) -> tuple[Source, ...]:
    """The cited sources of several answers, each once, in the order they are met; of an abstention the nearest ones."""
    found: dict[str, Source] = {}
    for answer in answers:
        for source in answer.sources:
            if source.cited or answer.kind == "abstained":
                found.setdefault(source.id, source)
    return tuple(found.values())


def bibtex(sources: Sequence[Source]) -> str:
    """One entry per source."""
    return "\n".join(_entry(source) for source in sources)


def _entry(source: Source) -> str:
    parts = _parts(source)
    kind = "article" if parts else _BIBTEX_TYPES.get(source.kind, "misc")
    fields = {
        "author": _names(parts.get("authors", "")) if parts else f"{{{_tex(source.organisation)}}}" if source.organisation else "",
        "title": f"{{{_tex(source.title)}}}",
        "journal": _tex(parts.get("journal", "")),
        "institution": _tex(source.organisation) if kind == "techreport" else "",
        "year": str(source.year or ""),
        "volume": parts.get("volume", ""),
        "number": parts.get("number", ""),
        "pages": parts.get("pages", "").replace("-", "--"),
        "doi": doi(source),
        "url": "" if doi(source) else safe_link(source.url),
        "note": _tex(source.citation) if not parts else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{_key(source)},", *lines, "}", ""])


def _parts(source: Source) -> dict[str, str]:
    """Authors, journal, volume and pages, where the citation is of a journal."""
    match = _CITATION.match(_line(source.citation))
    return {name: (value or "").strip() for name, value in match.groupdict().items()} if match else {}


def _names(authors: str) -> str:
    """Authors as BibTeX wants them: "MacMahon H, et al" becomes "MacMahon, H. and others"."""
    names = []
    for name in (part.strip() for part in authors.split(",")):
        family, _, initials = name.rpartition(" ")
        if name.lower() in ("et al", "et al."):
            names.append("others")
        elif family and initials.isupper() and initials.isalpha():
            names.append(f"{_tex(family)}, {' '.join(f'{letter}.' for letter in initials)}")
        elif name:
            names.append(f"{{{_tex(name)}}}")
    return " and ".join(names)


def ris(sources: Sequence[Source]) -> str:
    """One record per source, with CRLF as the format wants it."""
    return "".join(_record(source) for source in sources)


def _record(source: Source) -> str:
    parts = _parts(source)
    first, _, last = parts.get("pages", "").partition("-")
    tags = [("TY", "JOUR" if parts else _RIS_TYPES.get(source.kind, "GEN"))]
    tags += [("AU", _ris_name(name)) for name in parts.get("authors", "").split(",") if name.strip() and "et al" not in name]
    tags += [("AU", _line(source.organisation))] if not parts and source.organisation else []
    tags += [
        ("TI", _line(source.title)),
        ("PB", _line(source.organisation)),
        ("PY", str(source.year or "")),
        ("JO", parts.get("journal", "")),
    ]
    tags += [("VL", parts.get("volume", "")), ("IS", parts.get("number", "")), ("SP", first), ("EP", last)]
    tags += [("DO", doi(source)), ("UR", safe_link(source.url)), ("N1", "" if parts else _line(source.citation)), ("ID", _key(source))]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags if value) + "ER  - \r\n\r\n"


def _ris_name(name: str) -> str:
    family, _, initials = name.strip().rpartition(" ")
    return f"{family}, {' '.join(f'{letter}.' for letter in initials)}" if family and initials.isupper() else name.strip()


def doi(source: Source) -> str:
    """The DOI in the source's address, or nothing."""
    match = _DOI.match(safe_link(source.url))
    name = unquote(match["doi"]) if match else ""
    return "" if re.search(r"[{}\\\s]", name) or name != plain(name) else name


def _key(source: Source) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", source.id).strip("-") or "source"


def _line(value: str) -> str:
    return " ".join(plain(value).split())


def _tex(value: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in _line(value))
