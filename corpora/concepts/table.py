"""The vocabulary's artefact: a compact text table under LZMA, one concept a line, written and read without holding it twice.

also<TAB>C0497247 C0020538<TAB>...        further CUIs of a concept
blocked<TAB>phrase<TAB>...                phrases that hold a term and mean something else
CUI<TAB>group<TAB>parent parent<TAB>name<TAB>term<weight>|term<weight>...
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from corpora.errors import MalformedDocument, MissingCorpus

FILE = Path(__file__).parent / "data" / "vocabulary.txt.xz"
GROUPS = ("disorder", "finding", "anatomy", "procedure", "substance", "device", "organism", "physiology", "other")
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 24, "lc": 4, "lp": 0, "pb": 0}]
_LIGHTEST, _HEAVIEST = 33, 90
"""A weight is one character after its term, from "!"."""


class Row(NamedTuple):
    """One concept: terms come with a weight in tenths that says how firmly the term means it."""

    cui: str
    name: str
    group: str
    parents: tuple[str, ...]
    terms: tuple[tuple[str, int], ...]


class Writer:
    """Writes a vocabulary concept by concept; to be used in a `with`."""

    def __init__(self, path: Path, also: Mapping[str, str] | None = None, blocked: Sequence[str] = ()) -> None:
        """Take the file, further CUIs with the concept they belong to, and the phrases that block."""
        self._file = lzma.open(path, "wt", encoding="utf-8", format=lzma.FORMAT_XZ, filters=_FILTERS, newline="\n")  # noqa: SIM115
        self._file.write("\t".join(("also", *(f"{cui} {same}" for cui, same in (also or {}).items()))) + "\n")
        self._file.write("\t".join(("blocked", *blocked)) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, row: Row) -> None:
        """Append one concept."""
        terms = "|".join(f"{term}{chr(_LIGHTEST + min(weight, _HEAVIEST))}" for term, weight in row.terms)
        self._file.write("\t".join((row.cui, str(GROUPS.index(row.group)), " ".join(row.parents), row.name, terms)) + "\n")


@dataclass
class Table:
    """All concepts, further CUIs of some of them, and phrases that block."""

    rows: list[Row]
    also: dict[str, str] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)

    @property
    def cui_count(self) -> int:
        """How many concepts have a UMLS CUI."""
        return sum(":" not in row.cui for row in self.rows)

    @property
    def term_count(self) -> int:
        """How many terms there are, counted per concept."""
        return sum(len(row.terms) for row in self.rows)

    def save(self, path: Path = FILE) -> None:
        """Write the artefact; the same table gives the same bytes."""
        with Writer(path, self.also, self.blocked) as writer:
            for row in self.rows:
                writer.add(row)

    @classmethod
    def open(cls, path: Path = FILE) -> Table:
        """Read what `save` or a `Writer` wrote.

        Raises:
            MissingCorpus: there is no such file. MalformedDocument: it is no vocabulary.
        """
        if not path.is_file():
            raise MissingCorpus(f"There is no vocabulary at {path}.", "Set RADQA_VOCABULARY to a file that `radqa corpus umls` wrote.")
        try:
            also, blocked, *lines = lzma.decompress(path.read_bytes()).decode("utf-8").removesuffix("\n").split("\n")
            if not also.startswith("also") or not blocked.startswith("blocked"):
                raise ValueError("its head is another file's")
            pairs = dict(pair.split(" ") for pair in also.split("\t")[1:])
            return cls(rows=[_row(line) for line in lines], also=pairs, blocked=blocked.split("\t")[1:])
        except (lzma.LZMAError, ValueError, IndexError) as error:
            raise MalformedDocument(str(path), f"not a vocabulary ({error})") from error


def _row(line: str) -> Row:
    cui, group, parents, name, terms = line.split("\t")
    return Row(
        cui,
        name,
        GROUPS[int(group)],
        tuple(parents.split(" ")) if parents else (),
        tuple([(term[:-1], ord(term[-1]) - _LIGHTEST) for term in terms.split("|")]) if terms else (),
    )
