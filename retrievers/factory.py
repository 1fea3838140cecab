"""Retrievers by name over an opened index."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from retrievers.concept import ConceptRetriever
from retrievers.dense import DenseRetriever
from retrievers.embedding import Embedder
from retrievers.fusion import FusedRetriever
from retrievers.index import PassageIndex
from retrievers.lexical import LexicalRetriever
from retrievers.types import Retriever

Mode = Literal["dense", "lexical", "concept", "hybrid"]
MODES: tuple[Mode, ...] = ("dense", "lexical", "concept", "hybrid")
VOICES: tuple[Mode, ...] = ("lexical", "dense", "concept")


def retriever(index: PassageIndex, model: Embedder, mode: Mode = "hybrid", without: Collection[Mode] = ()) -> Retriever:
    """The retriever of this mode; "hybrid" fuses all voices of the index but those to do without."""
    match mode:
        case "dense":
            return DenseRetriever(index.dense, index.passages, model)
        case "lexical":
            return LexicalRetriever(index.lexical, index.passages)
        case "concept":
            return ConceptRetriever(index.concepts, index.passages)
        case "hybrid":
            return FusedRetriever([retriever(index, model, voice) for voice in VOICES if voice not in without])
