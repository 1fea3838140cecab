"""What the concept voice costs: `python -m bench.linking [--work DIR]`, over 10,000 passages of the gold sets' texts.

Linking's share of an index build (against embedding the same passages, measured on a sample), and the time of a search, query
embedding included, by every voice and fused.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.gold import folder
from bench.report import keep
from bench.retrieval import cases, pages, questions, reports, topics
from corpora.concepts.linker import linker
from corpora.errors import MissingCorpus
from corpora.passages import split, split_all
from corpora.types import Document, Passage
from retrievers.asserted import link_all
from retrievers.concept import ConceptIndex
from retrievers.dense import embedding_text
from retrievers.embedding import embedder
from retrievers.factory import MODES, retriever
from retrievers.index import PassageIndex, build
from retrievers.types import Query

PASSAGES, SAMPLE, SEARCHES = 10_000, 192, 200


def documents() -> list[Document]:
    """Documents of all sets that together give about `PASSAGES` passages."""
    kept, count = [], 0
    for document in itertools.chain.from_iterable(made().documents for made in (cases, questions, pages, reports)):
        if count >= PASSAGES:
            break
        kept.append(document)
        count += len(split(document))
    return kept


def linking_share(passages: Sequence[Passage]) -> dict[str, float]:
    """Seconds to link all passages and index the links, and to embed them, by the rate on an even sample."""
    linker()
    started = time.perf_counter()
    ConceptIndex.build(link_all(passages))
    link = time.perf_counter() - started
    sample = [embedding_text(passage) for passage in passages[:: max(1, len(passages) // SAMPLE)]]
    embedder().embed(sample[:8])
    started = time.perf_counter()
    embedder().embed(sample)
    embed = (time.perf_counter() - started) * len(passages) / len(sample)
    return {"passages": len(passages), "link_s": round(link, 2), "embed_s": round(embed, 1), "share": round(link / embed, 4), "target": 0.1}


def latency(index: PassageIndex) -> dict[str, dict[str, float]]:
    """Milliseconds of a search, median and 95th percentile, after warming up."""
    texts = [need.text for need in (*questions().needs, *topics().needs)][:SEARCHES]
    result: dict[str, dict[str, float]] = {}
    for mode in MODES:
        voice, seconds = retriever(index, embedder(), mode), []
        for text in (*texts[:5], *texts):
            started = time.perf_counter()
            asyncio.run(voice.retrieve(Query(text=text)))
            seconds.append(time.perf_counter() - started)
        ordered = sorted(seconds[5:])
        result[mode] = {"p50_ms": round(statistics.median(ordered) * 1e3, 1), "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1e3, 1)}
    return result


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures and keep them; without the gold sets say so and do nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench.linking")
    parser.add_argument("--work", type=Path, help="where the index is kept between runs; by default nowhere")
    chosen = parser.parse_args(arguments)
    try:
        folder()
    except MissingCorpus as error:
        print(f"linking: skipped. {error}")
        return 0
    found = documents()
    figures: dict[str, Any] = {"build": linking_share(list(split_all(found)))}
    with tempfile.TemporaryDirectory() as fallback:
        place = (chosen.work or Path(fallback)) / "linking"
        build(found, place, embedder())
        figures["search"] = latency(PassageIndex.open(place, embedder())) | {"n": SEARCHES, "target_p95_ms": 60}
    keep("linking", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
