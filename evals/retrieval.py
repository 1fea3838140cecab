"""Retrieval alone: each voice and their fusion against gold documents, with ir-measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agent.errors import InvalidSettings
from corpora.errors import InputError, MissingExtra
from corpora.types import Frozen
from evals.questions import Item
from evals.stats import Interval, Pair, Paired, compare, means
from retrievers.types import Query, Retriever

if TYPE_CHECKING:
    from retrievers.embedding import Embedder
    from retrievers.index import PassageIndex

DEPTH = 100
"""Passages asked for; a document stands where its best passage does."""

NAMES = ("nDCG@10", "recall@10", "MRR@10", "P@1", "recall@5", "recall@100")
_BATCH = 32


class Ranking(NamedTuple):
    """The documents found for one item, best first."""

    item: Item
    documents: tuple[str, ...]


class RetrievalFigures(Frozen):
    """Figures by mode, and the modes compared on nDCG@10."""

    modes: dict[str, dict[str, Interval]]
    paired: tuple[Paired, ...]
    n: int
    left_out: int

    def as_json(self) -> dict[str, Any]:
        """Mode -> figure -> value, `n`, and the intervals beside them."""
        return {
            mode: {name: found.value for name, found in named.items()}
            | {"n": self.n, "intervals": {name: [found.low, found.high] for name, found in named.items()}}
            for mode, named in self.modes.items()
        }


def evaluate(
    items: Sequence[Item], index: PassageIndex, model: Embedder, modes: Sequence[str], seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RetrievalFigures:  # fmt: skip
    """Every mode on the items that have gold documents in the index.

    Raises:
        InvalidSettings: there is no such mode.
        InputError: no item has a gold document in the index.
    """
    from retrievers.factory import MODES, retriever

    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise InvalidSettings(f"There is no retrieval mode {unknown[0]!r}.", f"Modes: {', '.join(MODES)}")
    usable = [item for item in items if set(item.relevant_docs) & set(index.documents)]
    if not usable:
        raise InputError("No question has a gold document (meta.relevant_docs) in this index. Give the index they belong to by --index.")
    columns: dict[str, dict[str, np.ndarray[Any, np.dtype[np.float64]]]] = {}
    for place, mode in enumerate(modes):

        def told(done: int, mode_place: int = place) -> None:
            progress(mode_place * len(usable) + done, len(modes) * len(usable))

        rankings = asyncio.run(_rank(usable, retriever(index, model, mode), told))  # type: ignore[arg-type]
        columns[mode] = measures(rankings)
    pairs = [Pair(first, second, "nDCG@10", columns[first]["nDCG@10"], columns[second]["nDCG@10"])
             for first, second in combinations(columns, 2)]  # fmt: skip
    figures = {mode: dict(zip(named, means(np.column_stack(list(named.values())), seed), strict=True)) for mode, named in columns.items()}
    return RetrievalFigures(modes=figures, paired=tuple(compare(pairs, seed)), n=len(usable), left_out=len(items) - len(usable))


async def _rank(items: Sequence[Item], voice: Retriever, told: Callable[[int], None]) -> list[Ranking]:
    rankings: list[Ranking] = []
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        answers = await voice.retrieve_many([Query(text=f"{item.question} {item.report[:600]}".strip(), k=DEPTH) for item in batch])
        rankings += [
            Ranking(item, tuple(dict.fromkeys(hit.passage.document_id for hit in hits)))
            for item, hits in zip(batch, answers, strict=True)
        ]  # fmt: skip
        told(len(rankings))
    return rankings


def measures(rankings: Sequence[Ranking]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Figure -> its value for each ranking, in order.

    Raises:
        MissingExtra: ir-measures is not installed.
    """
    try:
        from ir_measures import RR, P, Qrel, R, ScoredDoc, iter_calc, nDCG
    except ImportError as error:
        raise MissingExtra("Measures of retrieval need a package that is not installed.", 'Run: pip install "radqa[evals]"') from error
    wanted = dict(zip((nDCG @ 10, R @ 10, RR @ 10, P @ 1, R @ 5, R @ 100), NAMES, strict=True))
    gold = [Qrel(str(place), name, 1) for place, ranking in enumerate(rankings) for name in ranking.item.relevant_docs]
    run = [
        ScoredDoc(str(place), name, float(-rank))
        for place, ranking in enumerate(rankings)
        for rank, name in enumerate(ranking.documents)
    ]  # fmt: skip
    columns = {name: np.zeros(len(rankings)) for name in NAMES}
    for metric in iter_calc(list(wanted), gold, run):
        columns[wanted[metric.measure]][int(metric.query_id)] = metric.value
    return columns
