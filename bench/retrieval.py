"""Retrieval over real text, every voice alone and fused: `python -m bench.retrieval [--work DIR] [--set NAME]`.

Sets: whole case descriptions to other cases with the same diagnosis and to pages on it, coded findings to reports, questions to
abstracts, disease names and questions to patient pages. A document's rank is that of its best passage; the figure is nDCG@10,
mean over the queries, with a 95 % bootstrap interval of what the fusion adds to its best single voice and to lexical search.
The first run embeds for half an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.gold import folder, rows
from bench.report import keep
from corpora.errors import MissingCorpus
from corpora.types import Document, Frozen, Section, SourceKind, SourceRecord
from retrievers.embedding import embedder
from retrievers.errors import IndexMismatch
from retrievers.factory import MODES, Mode, retriever
from retrievers.index import PassageIndex, build
from retrievers.types import Hit, Query

K, DEPTH = 10, 60
FEWEST, MOST = 3, 25
"""A disease or finding makes a query where at least and at most so many documents are about it."""


class Need(Frozen):
    """A query and the documents that answer it."""

    text: str
    relevant: frozenset[str]
    not_counted: str = ""


class RetrievalSet(Frozen):
    """Documents to search and what is looked for."""

    documents: tuple[Document, ...]
    needs: tuple[Need, ...]


def _document(name: str, text: str, title: str, kind: SourceKind = "document") -> Document:
    return Document(id=name, text=text, source=SourceRecord(id=name, title=title, kind=kind))


def _names() -> list[str]:
    """Names of diseases, from MedQuAD's topics."""
    topics = {row["mention"] for row in rows("el_medquad_focus_cui.jsonl")} | {row["focus"] for row in rows("corpus_medquad_imaging.jsonl")}
    return sorted(topic for topic in topics if len(topic) > 4)


def _diagnosed(name: str) -> re.Pattern[str]:
    """Finds a disease where a text says that it was the diagnosis, not where it is mentioned on the way."""
    return re.compile(
        rf"(?:diagnos\w*|confirm\w*|case of|consistent with|revealed)\W+(?:\w+\W+){{0,4}}{re.escape(name)}s?\b", re.IGNORECASE
    )


def cases() -> RetrievalSet:
    """E3C case reports; the query is a whole case, the answers are the other cases with the same diagnosis."""
    texts = {row["doc_id"]: row["text"] for row in rows("corpus_e3c_case_reports_imaging.jsonl")}
    needs = []
    for name in _names():
        pattern = _diagnosed(name)
        about = sorted(key for key, text in texts.items() if name.lower() in text.lower() and pattern.search(text))
        if FEWEST <= len(about) <= MOST:
            needs += [Need(text=texts[key], relevant=frozenset(about) - {key}, not_counted=key) for key in about[:4]]
    return RetrievalSet(documents=tuple(_document(key, text, "Case report") for key, text in texts.items()), needs=tuple(needs))


def presentations() -> RetrievalSet:
    """E3C case reports to MedQuAD; the query is a whole case, the answers are the pages on its diagnosis."""
    about = defaultdict(set)
    for row in rows("corpus_medquad_imaging.jsonl"):
        about[row["focus"]].add(row["doc_id"])
    texts = [row["text"] for row in rows("corpus_e3c_case_reports_imaging.jsonl")]
    needs = []
    for name, pages_on_it in sorted(about.items()):
        pattern = _diagnosed(name)
        found = [text for text in texts if name.lower() in text.lower() and pattern.search(text)]
        needs += [Need(text=text, relevant=frozenset(pages_on_it)) for text in found[:4]]
    return RetrievalSet(documents=_pages(), needs=tuple(needs))


def reports() -> RetrievalSet:
    """Indiana chest reports; the query asks for a coder's heading, the answers are the reports coded with it."""
    documents, about = [], defaultdict(set)
    for row in rows("corpus_indiana_cxr_reports.jsonl"):
        document = _document(row["doc_id"], row["text"], "Chest X-ray report")
        documents.append(document.model_copy(update={"sections": _parts(row["text"])}))
        for problem in row["problems"]:
            about[problem].add(row["doc_id"])
    named = {name: found for name, found in about.items() if len(found) >= FEWEST and name not in ("normal", "No Indexing")}
    needs = [Need(text=f"reports describing {_natural(name)}", relevant=frozenset(found)) for name, found in sorted(named.items())]
    return RetrievalSet(documents=tuple(documents), needs=tuple(needs))


def _parts(report: str) -> tuple[Section, ...]:
    """Findings and impression as sections, as the report reader splits them; what the request said is not what was seen."""
    marks = list(re.finditer(r"^(\w+):\s*", report, re.MULTILINE))
    ends = [*(mark.start() for mark in marks[1:]), len(report)]
    return tuple(
        Section(heading=mark[1], start=mark.end(), end=end)
        for mark, end in zip(marks, ends, strict=True)
        if mark[1] in ("Findings", "Impression") and end > mark.end()
    )


def _natural(heading: str) -> str:
    head, _, tail = heading.partition(", ")
    return f"{tail} {head}".strip().lower()


def questions() -> RetrievalSet:
    """PubMedQA; the query is an imaging question, the answer the abstract it was asked of."""
    documents = [_document(row["doc_id"], row["text"], "Abstract", "article") for row in rows("corpus_pubmedqa_abstracts.jsonl")]
    asked = rows("pubmedqa_imaging.jsonl")
    needs = [Need(text=row["question"], relevant=frozenset(row["meta"]["relevant_docs"])) for row in asked]
    return RetrievalSet(documents=tuple(documents), needs=tuple(needs))


def _pages() -> tuple[Document, ...]:
    return tuple(_document(row["doc_id"], row["text"], "Patient page") for row in rows("corpus_medquad_imaging.jsonl"))


def pages() -> RetrievalSet:
    """MedQuAD; the query is the question a page answers, the page itself the answer (its title is not indexed)."""
    needs = [Need(text=row["title"], relevant=frozenset({row["doc_id"]})) for row in rows("corpus_medquad_imaging.jsonl")]
    return RetrievalSet(documents=_pages(), needs=tuple(needs))


def topics() -> RetrievalSet:
    """MedQuAD; the query is a disease's name, the answers are the pages on it."""
    about = defaultdict(set)
    for row in rows("corpus_medquad_imaging.jsonl"):
        about[row["focus"]].add(row["doc_id"])
    needs = [Need(text=name, relevant=frozenset(found)) for name, found in sorted(about.items())]
    return RetrievalSet(documents=_pages(), needs=tuple(needs))


SETS: Mapping[str, Callable[[], RetrievalSet]] = {
    "questions": questions, "pages": pages, "topics": topics, "presentations": presentations, "reports": reports, "cases": cases,
}  # fmt: skip


def ndcg(ranked: Sequence[str], relevant: frozenset[str], k: int = K) -> float:
    """Normalised discounted cumulative gain of the first k documents, 0-1."""
    gain = sum(1 / np.log2(place + 2) for place, name in enumerate(ranked[:k]) if name in relevant)
    best = sum(1 / np.log2(place + 2) for place in range(min(k, len(relevant))))
    return float(gain / best)


def ranked_documents(hits: Iterable[Hit], leave_out: str = "") -> list[str]:
    """Documents in the order of their best passages."""
    order = dict.fromkeys(hit.passage.document_id for hit in hits)
    order.pop(leave_out, None)
    return list(order)


def opened(found: RetrievalSet, name: str, work: Path) -> PassageIndex:
    """The index of a set, built where it is missing."""
    folder = work / ("pages" if name in ("topics", "presentations") else name)
    try:
        return PassageIndex.open(folder, embedder())
    except IndexMismatch:
        build(found.documents, folder, embedder(), progress=lambda done, total: print(f"\r{name} {done}/{total}", end="", file=sys.stderr))
        return PassageIndex.open(folder, embedder())


def scores(found: RetrievalSet, index: PassageIndex) -> dict[Mode, list[float]]:
    """nDCG@10 of every query under every voice and their fusion."""
    queries = [Query(text=need.text, k=DEPTH) for need in found.needs]
    result: dict[Mode, list[float]] = {}
    for mode in MODES:
        answers = asyncio.run(retriever(index, embedder(), mode).retrieve_many(queries))
        result[mode] = [
            ndcg(ranked_documents(hits, need.not_counted), need.relevant) for hits, need in zip(answers, found.needs, strict=True)
        ]
    return result


def difference(better: Sequence[float], worse: Sequence[float], draws: int = 2000) -> tuple[float, float, float]:
    """Mean difference over the queries and its 95 % bootstrap interval."""
    gaps = np.array(better) - np.array(worse)
    means = gaps[np.random.default_rng(0).integers(0, len(gaps), (draws, len(gaps)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return round(float(gaps.mean()), 3), round(float(low), 3), round(float(high), 3)


def summary(by_voice: Mapping[Mode, list[float]]) -> dict[str, Any]:
    """Means, and what the fusion adds."""
    means = {mode: round(float(np.mean(values)), 3) for mode, values in by_voice.items()}
    best: Mode = max((mode for mode in means if mode != "hybrid"), key=means.__getitem__)
    return {
        "n": len(by_voice["hybrid"]),
        "ndcg@10": means,
        "best_voice": best,
        "over_best": difference(by_voice["hybrid"], by_voice[best]),
        "over_lexical": difference(by_voice["hybrid"], by_voice["lexical"]),
    }


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures of each set and keep them; without the gold sets say so and do nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval")
    parser.add_argument("--work", type=Path, help="where indexes are kept between runs; by default nowhere")
    parser.add_argument("--set", dest="names", action="append", choices=list(SETS), help="one set; repeat for more")
    chosen = parser.parse_args(arguments)
    try:
        folder()
    except MissingCorpus as error:
        print(f"retrieval: skipped. {error}")
        return 0
    figures = {}
    with tempfile.TemporaryDirectory() as fallback:
        for name in chosen.names or SETS:
            found = SETS[name]()
            figures[name] = summary(scores(found, opened(found, name, chosen.work or Path(fallback))))
    keep("retrieval", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
