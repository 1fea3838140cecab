"""Questions with candidates to read: what was retrieved for each and its neighbours, with those that answer marked.

Splits go by card: a fifth of all cards is held out whole, chosen by the hash of their ids, with every question tied to them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from corpora.types import Passage
from retrievers.alike import alike
from retrievers.embedding import PACKAGED, embedder
from retrievers.factory import retriever
from retrievers.index import PassageIndex
from retrievers.types import Hit, Query
from training.questions import Tied, library, read_all

SHARED = Path(os.environ.get("RADQA_SHARED_DATA", "/nowhere")) / "reader_questions.jsonl"
HELD_OUT_OF = 5
DEPTH = 30
NEIGHBOURS = 6


class Example(NamedTuple):
    """A question, candidate passages, their fused scores (NaN where only a neighbour), and which of them answer."""

    tied: Tied
    passages: tuple[Passage, ...]
    scores: tuple[float, ...]
    answers: tuple[bool, ...]


def held_out(document_id: str) -> bool:
    """Whether a card is kept away from training."""
    return int(hashlib.sha256(document_id.encode()).hexdigest(), 16) % HELD_OUT_OF == 0


def shared_questions(path: Path = SHARED) -> Iterator[Tied]:
    """The questions of the shared file, where it is; those whose row or sentence is no longer there are left out."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["document"] not in library():
            continue
        passages = library()[said["document"]][1]
        wanted = said["answered_by"]
        found = [passage.id for passage in passages if wanted and (passage.text == wanted.strip() or wanted.strip() in passage.text)]
        if wanted is None or found:
            yield Tied(
                id=said["id"], question=said["question"], document=said["document"], passages=tuple(found[:1]), manner="plain",
                writer=f"shared-{said['writer'].lower()}",
            )  # fmt: skip


def questions() -> list[Tied]:
    """Every question there is."""
    return [*shared_questions(), *(one for one in read_all() if one.document in library())]


def examples(asked: Sequence[Tied], index_folder: Path, seed: int = 0) -> Iterator[Example]:
    """Each question with what hybrid search finds for it, neighbours of the answer, and the answer itself."""
    model = embedder(PACKAGED)
    index = PassageIndex.open(index_folder, model)
    voice = retriever(index, model)
    dice = random.Random(seed)
    for start in range(0, len(asked), 32):
        block = asked[start : start + 32]
        found = asyncio.run(voice.retrieve_many([Query(text=one.question, k=DEPTH) for one in block]))
        yield from (_example(one, hits, dice) for one, hits in zip(block, found, strict=True))


def by_words(asked: Sequence[Tied], seed: int = 0) -> Iterator[Example]:
    """As `examples`, found by words alone: no index and no vectors, so that cards that came last can be learnt from at once."""
    from retrievers.lexical import LexicalIndex, LexicalRetriever

    passages = [passage for _, some in library().values() for passage in some]
    voice, dice = LexicalRetriever(LexicalIndex.build(passages), passages), random.Random(seed)
    for start in range(0, len(asked), 64):
        block = asked[start : start + 64]
        found = asyncio.run(voice.retrieve_many([Query(text=one.question, k=DEPTH) for one in block]))
        yield from (_example(one, hits, dice) for one, hits in zip(block, found, strict=True))


def _example(one: Tied, hits: Sequence[Hit], dice: random.Random) -> Example:
    scores = {hit.passage.id: hit.score for hit in hits}
    passages = {hit.passage.id: hit.passage for hit in hits}
    own = library()[one.document][1]
    near = [passage for passage in own if passage.id not in passages and passage.id not in one.passages]
    for passage in (*(p for p in own if p.id in one.passages), *dice.sample(near, min(NEIGHBOURS, len(near)))):
        passages.setdefault(passage.id, passage)
    order = tuple(passages.values())
    return Example(one, order, tuple(scores.get(p.id, float("nan")) for p in order), tuple(p.id in one.answers for p in order))


def answering(tied: Tied, passages: Iterable[Passage]) -> frozenset[str]:
    """Ids of those of the passages that answer: those known to, and those that say nearly the same as a tied one."""
    own = [passage for passage in library()[tied.document][1] if passage.id in tied.passages]
    return frozenset(passage.id for passage in passages if passage.id in tied.answers or any(alike(passage, one) for one in own))


def split(asked: Iterable[Tied]) -> tuple[list[Tied], list[Tied]]:
    """Questions to train on, and those of held-out cards."""
    everything = list(asked)
    return [one for one in everything if not held_out(one.document)], [one for one in everything if held_out(one.document)]
