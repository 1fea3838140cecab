"""What a reader would stumble over in cards: broken forms, sentences that lean, names, disagreeing figures, stale looks, poor sources.

`lint(paths)` reads topic and guideline cards alone, then against each other; `radqa corpus lint` shows what it finds.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from corpora import coverage
from corpora.concepts.vocabulary import vocabulary
from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.quantities import find_quantities
from corpora.readers import cards, cases, topics
from corpora.readers.front import front_matter
from corpora.types import Document, Frozen

STALE_MONTHS = 24
"""A card whose sources were last looked at longer ago than this is named."""
LEAST_WORDS, MOST_WORDS = 120, 750
"""A topic card's length in words; below it says too little, above it is two cards."""
Kind = Literal["form", "names", "length", "disagrees", "stale", "source", "missing", "concepts"]


class Finding(Frozen):
    """One thing to look at: the file, its line, and what is wrong; `error` marks what keeps a card out of the corpus."""

    path: str
    line: int
    kind: Kind
    error: bool
    message: str

    def __str__(self) -> str:
        """As compilers say it."""
        return f"{self.path}:{self.line}: {self.kind}: {self.message}"


def lint(paths: Sequence[Path], today: date | None = None) -> list[Finding]:
    """All findings in cards below the paths, in order of file and line; without paths the packaged cards."""
    files = sorted(_cards(paths or (cards.FOLDER, topics.FOLDER)))
    read: list[tuple[Path, Document]] = []
    found: list[Finding] = []
    for path in files:
        try:
            document = cards.card(path) if is_guideline(path) else topics.topic(path)
        except MalformedDocument as error:
            found.append(Finding(path=str(path), line=error.line or 1, kind="form", error=True, message=error.reason))
            continue
        read.append((path, document))
        found += _alone(path, document, today or date.today())
    found += _together(read)
    if not paths:
        found += _whole(read)
    return sorted(found, key=lambda one: (one.path, one.line))


def is_guideline(path: Path) -> bool:
    """Whether a file is a guideline card; every other card is a topic card."""
    return front_matter(path)[0].get("kind") == "guideline"


def _cards(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from [path] if path.is_file() else path.rglob("*.md")


@cache
def poor_hosts() -> frozenset[str]:
    """Hosts whose pages are written by software or by nobody in particular: no source of a number."""
    data = tomllib.loads((Path(__file__).parent / "data" / "poor_sources.toml").read_text(encoding="utf-8"))
    return frozenset(data["hosts"])


def is_poor(url: str) -> bool:
    """Whether an address lies on one of `poor_hosts` or below it."""
    host = (urlsplit(url).hostname or "").lower()
    return any(host == poor or host.endswith("." + poor) for poor in poor_hosts())


def _alone(path: Path, document: Document, today: date) -> Iterator[Finding]:
    def tell(kind: Kind, message: str, key: str = "", *, error: bool = False) -> Finding:
        line = cards.line_of_key(path, key) if key else 1
        return Finding(path=str(path), line=line, kind=kind, error=error, message=message)

    source = document.source
    for url in (*source.checked, source.url):
        if url and is_poor(url):
            yield tell("source", f"{url} is no source: software or nobody in particular wrote it", "checked")
    if source.checked and not source.current:
        yield tell("stale", "`checked` pages without `current`, the year and month of the last look at them", "checked", error=True)
    if source.current and _months(source.current, today) > STALE_MONTHS:
        yield tell("stale", f"last looked at in {source.current}", "current")
    if source.superseded_by:
        yield tell("stale", f"superseded by {source.superseded_by}", "superseded_by")
    if source.kind != "topic":
        return
    if source.concepts is None:
        yield tell("concepts", "names no concept of the vocabulary: identifiers of `radqa concepts TITLE`, or `none`", "kind")
    for cui in source.concepts or ():
        if cui not in vocabulary():
            yield tell("concepts", f"the vocabulary has no concept {cui}", "concepts", error=True)
    if not source.citation:
        yield tell("source", "no source: the card ranks lower", "sources")
    names = [name.casefold() for name in source.aliases]
    if len(set(names)) < len(names):
        yield tell("names", "a name stands twice", "names")
    words = sum(len(passage.text.split()) for passage in split(document))
    if not LEAST_WORDS <= words <= MOST_WORDS:
        yield tell("length", f"{words} words; a topic card has {LEAST_WORDS} to {MOST_WORDS}")


def _months(current: str, today: date) -> int:
    year, month = map(int, current.split("-"))
    return (today.year - year) * 12 + today.month - month


def _together(read: Sequence[tuple[Path, Document]]) -> Iterator[Finding]:
    """Ids that stand twice, and tables of the same subject, measure and conditions whose figures differ."""
    by_id: dict[str, Path] = {}
    replaced = {name: document.id for _, document in read for name in document.source.supersedes}
    figures: dict[tuple[str, ...], tuple[Path, str, frozenset[str]]] = {}
    for path, document in read:
        if (other := by_id.setdefault(document.id, path)) != path:
            yield Finding(path=str(path), line=1, kind="form", error=True, message=f"the id {document.id!r} is that of {other}")
        if document.id in replaced and not document.source.superseded_by:
            message = f"{replaced[document.id]} supersedes this card: name the newer version in `superseded_by`"
            yield Finding(path=str(path), line=1, kind="stale", error=True, message=message)
        for subject, text, said in _figures(document):
            known_path, known_text, known = figures.setdefault(subject, (path, text, said))
            if known_path != path and known != said:
                line = document.text.count("\n", 0, document.text.find(text)) + 1
                message = f"{text!r} disagrees with {known_text!r} of {known_path}"
                yield Finding(path=str(path), line=line, kind="disagrees", error=False, message=message)


def _whole(read: Sequence[tuple[Path, Document]]) -> Iterator[Finding]:
    """Titles that no card of the packaged corpus carries, teaching cases without a topic card, common disease cards without a case."""

    def missing(path: Path, line: int, message: str) -> Finding:
        return Finding(path=str(path), line=line, kind="missing", error=True, message=message)

    for title in coverage.titles():
        if title.text not in topics.covered():
            yield missing(coverage.TITLES, title.line, f"no card says that it covers {title.text!r}")
    known = {document.id: path for path, document in read if document.source.kind == "topic"}
    taught = set()
    for path in sorted(cases.FOLDER.glob("*.jsonl")):
        for number, case in enumerate(cases.read(path), 1):
            taught.add(topic := case.source.metadata[cases.TOPIC])
            if topic not in known:
                yield missing(path, number, f"{case.id} names no topic card ({topic!r})")
    for name in coverage.commonest():
        if name in known and name not in taught:
            yield missing(known[name], 1, f"one of the {coverage.WITH_CASE} commonest disease cards, and no teaching case names it")


_WORD = re.compile(r"[a-z][a-z-]+")


def _figures(document: Document) -> Iterator[tuple[tuple[str, ...], str, frozenset[str]]]:
    """For each row with one figure: the words that say what is measured, the row, and the figure."""
    for passage in split(document):
        figures = (
            frozenset(f"{one.dimension} {one.low} {one.high}" for one in find_quantities(passage.shown)) if passage.is_row else frozenset()
        )
        if len(figures) == 1:
            words = sorted(set(_WORD.findall(passage.shown.lower())))
            yield tuple(words), passage.text, figures


EMPTY_TOPIC = """---
id: {id}
title: {title}
kind: {kind}
concepts: none
subspecialty: {subspecialty}
modality: []
names: []
related: []
sources:
  - citation: ""
checked: []
current: {current}
---
"""


def empty(kind: str, name: str, subspecialty: str, today: date) -> str:
    """An empty topic card of a kind, with the sections that it may have."""
    sections = topics.SECTIONS[kind]  # type: ignore[index]
    title = name.replace("-", " ").capitalize()
    matter = EMPTY_TOPIC.format(id=name, title=title, kind=kind, subspecialty=subspecialty, current=f"{today:%Y-%m}")
    return matter + "".join(f"\n## {heading}\n" for heading in sections)
