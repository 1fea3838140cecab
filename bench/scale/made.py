"""A million passages made of real ones: sentences of two passages recombined, and a vector that is theirs, mixed and moved.

The base is real: every passage of the project's own cards and cases with its packaged vector, and passages of `FOLDER/corpus_*.jsonl`
embedded here. A made passage takes most sentences of one of them, in another order, and one of a second. Its vector is the unit vector
of .75 of the first's, .25 of the second's and a random direction of length .15: a perturbed real vector, not an embedding of its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpora import embedded
from corpora.passages import sentences, split, split_all
from corpora.readers import read_path
from corpora.types import Passage, SourceRecord
from retrievers.dense import embedding_text
from retrievers.embedding import PACKAGED, Matrix, embedder
from retrievers.space import learnt
from retrievers.vectors import VectorCache, embed_all

BLOCK = 10_000
FIRST, SECOND, MOVED = 0.75, 0.25, 0.15
_OF_A_DOCUMENT = 10


class Real(NamedTuple):
    """Real passages and their vectors as the model gives them, (n, d) float32, in the same order."""

    passages: list[Passage]
    vectors: Matrix

    def block(self, number: int) -> tuple[list[Passage], Matrix]:
        """Made passages `number * BLOCK` and on, with their vectors in the index's space; the same every time."""
        first, second = _parents(number, len(self.passages))
        draw = np.random.default_rng((20261201, number, 2))
        texts = [_recombined(self.passages[a], self.passages[b], draw) for a, b in zip(first, second, strict=True)]
        passages = [_made(number, place, text, self.passages[a]) for place, (text, a) in enumerate(zip(texts, first, strict=True))]
        return passages, vectors_of(self.vectors, number)


def vectors_of(real: Matrix, number: int) -> Matrix:
    """The vectors of a block alone, (BLOCK, d), from the real ones."""
    first, second = _parents(number, len(real))
    moved = np.random.default_rng((20261201, number, 1)).standard_normal((BLOCK, real.shape[1]), dtype=np.float32)
    moved *= MOVED / np.linalg.norm(moved, axis=1, keepdims=True)
    mixed = FIRST * real[first] + SECOND * real[second] + moved
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    space = learnt(embedder(PACKAGED).fingerprint)
    return space.of_passages(mixed) if space else mixed


def _parents(number: int, count: int) -> tuple[list[int], list[int]]:
    first, second = np.random.default_rng((20261201, number, 0)).integers(count, size=(2, BLOCK))
    return first.tolist(), second.tolist()


def real(folder: Path, work: Path, most: int = 2_000) -> Real:
    """The base: all embedded passages, and at most so many of the folder's files, from each in turn; vectors are kept in `work`."""
    files = [split_all(read_path(file)) for file in sorted(folder.glob("corpus_*.jsonl"))]
    given = islice((passage for passage in chain.from_iterable(zip_longest(*files)) if passage is not None), most)
    passages = list({embedding_text(passage): passage for passage in chain(_own(), given)}.values())
    vectors, _ = embed_all(list(map(embedding_text, passages)), embedder(PACKAGED), VectorCache(work))
    return Real(passages, vectors)


def _own() -> Iterator[Passage]:
    return (passage for document in embedded.documents() for passage in split(document))


def _recombined(first: Passage, second: Passage, draw: np.random.Generator) -> str:
    said, other = _sentences(first), _sentences(second)
    kept = [said[place] for place in draw.permutation(len(said))[: max(1, len(said) * 3 // 4)]]
    return " ".join((*kept, other[int(draw.integers(len(other)))]))


def _sentences(passage: Passage) -> Sequence[str]:
    return [passage.spoken] if passage.is_row else sentences(passage) or [passage.text]


def _made(number: int, place: int, text: str, like: Passage) -> Passage:
    document = f"made-{number}-{place // _OF_A_DOCUMENT}"
    source = SourceRecord(
        id=document, title=like.source.title, kind=like.source.kind, modality=like.source.modality,
        subspecialty=like.source.subspecialty, metadata={"made": "recombined"},
    )  # fmt: skip
    return Passage(id=f"{document}#{place}", document_id=document, text=text, start=0, end=len(text), section=like.section, source=source)
