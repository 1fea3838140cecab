"""A vocabulary from a user's own licensed UMLS: `radqa corpus umls META --out FILE`.

MRCONSO.RRF, MRSTY.RRF and MRREL.RRF are sorted by concept, as the Metathesaurus ships them; they are read side by side, one
concept at a time, so that memory stays the same however large they are. Point RADQA_VOCABULARY at the result to use it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from corpora.concepts.table import GROUPS, Row, Writer
from corpora.errors import MalformedDocument, MissingCorpus

TYPES = Path(__file__).parent / "data" / "semantic_types.toml"
GROUPS_BY_DEFAULT = ("disorder", "finding", "anatomy", "procedure")
NAME_WEIGHT, PREFERRED_WEIGHT, TERM_WEIGHT = 30, 20, 10
_FIELDS = {"MRCONSO.RRF": 18, "MRSTY.RRF": 6, "MRREL.RRF": 16}
_PREFERRED = frozenset(("PT", "MH", "PN", "LLT", "PF"))
_LONGEST = 120


class Term(NamedTuple):
    """A row of MRCONSO that is kept."""

    text: str
    weight: int


@cache
def group_of_type() -> Mapping[str, str]:
    """Semantic type (TUI) -> group."""
    groups = tomllib.loads(TYPES.read_text(encoding="utf-8"))
    return {name: group for group, names in groups.items() for name in names.split()}


def concepts(folder: Path, *, language: str = "ENG", groups: Collection[str] = GROUPS_BY_DEFAULT) -> Iterator[Row]:
    """The concepts of a Metathesaurus in the order of their CUIs; obsolete and suppressible terms are left out.

    Raises:
        MissingCorpus: a file is not there (MRREL may be missing: then there are no is-a links).
        MalformedDocument: a row has too few fields, or the rows are not sorted by concept.
    """
    types = _Beside(folder / "MRSTY.RRF", 0)
    parents = _Beside(folder / "MRREL.RRF", 0, missing_ok=True)
    for cui, rows in groupby(_rows(folder / "MRCONSO.RRF"), key=lambda row: row[0]):
        group = _group(types.of(cui))
        above = sorted({row[4] for row in parents.of(cui) if row[3] == "PAR" and row[4] != cui and row[14] in ("N", "")})
        if group in groups and (terms := _terms(rows, language)):
            name = max(terms, key=lambda term: term.weight).text
            yield Row(cui=cui, name=name, group=group, parents=tuple(above), terms=tuple((term.text, term.weight) for term in terms))


def _terms(rows: Iterator[list[str]], language: str) -> list[Term]:
    """Terms of one concept, each once in any capitals, with the weight of its strongest row."""
    best: dict[str, Term] = {}
    for row in rows:
        text = row[14].strip()
        if row[1] != language or row[16] not in ("N", "") or not text or len(text) > _LONGEST or any(mark in text for mark in "\t\n|"):
            continue
        named = row[2] == "P" and row[4] == "PF" and row[6] == "Y"
        weight = NAME_WEIGHT if named else PREFERRED_WEIGHT if row[12] in _PREFERRED else TERM_WEIGHT
        known = best.get(text.lower())
        if known is None or known.weight < weight:
            best[text.lower()] = Term(text, weight)
    return list(best.values())


def _group(rows: Sequence[list[str]]) -> str:
    """The first group, in the order of `GROUPS`, that one of the concept's semantic types belongs to."""
    found = {group_of_type().get(row[1], "other") for row in rows}
    return next((group for group in GROUPS if group in found), "other")


def _rows(path: Path) -> Iterator[list[str]]:
    """The fields of every row, checked for number and order."""
    if not path.is_file():
        raise MissingCorpus(f"There is no {path}.", "Give the META folder of a UMLS release, with its .RRF files.")
    last = ""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            fields = line.rstrip("\r\n").split("|")
            if len(fields) < _FIELDS[path.name]:
                raise MalformedDocument(str(path), f"has {len(fields)} fields, {_FIELDS[path.name]} are needed", number)
            if fields[0] < last:
                raise MalformedDocument(str(path), f"{fields[0]} comes after {last}; the file must be sorted by concept", number)
            last = fields[0]
            yield fields


class _Beside:
    """A second file sorted by concept, read along with the first: `of` is asked for rising CUIs."""

    def __init__(self, path: Path, key: int, *, missing_ok: bool = False) -> None:
        rows = iter(()) if missing_ok and not path.is_file() else _rows(path)
        self._groups = groupby(rows, key=lambda row: row[key])
        self._cui, self._waiting = "", [[""]][:0]
        self._advance()

    def _advance(self) -> None:
        cui, rows = next(self._groups, ("\U0010ffff", iter(())))
        self._cui, self._waiting = cui, list(rows)

    def of(self, cui: str) -> list[list[str]]:
        """The rows of one concept."""
        while self._cui < cui:
            self._advance()
        return self._waiting if self._cui == cui else []


def convert(folder: Path, target: Path, *, language: str = "ENG", groups: Collection[str] = GROUPS_BY_DEFAULT) -> int:
    """Write a vocabulary file from a Metathesaurus folder; how many concepts it holds."""
    beside = target.with_name(target.name + ".partial")
    try:
        with Writer(beside) as writer:
            count = sum(1 for _ in map(writer.add, concepts(folder, language=language, groups=groups)))
        if not count:
            raise MissingCorpus(f"{folder} gives no concept for language {language!r} and groups {', '.join(groups)}.", "Choose others.")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return count
