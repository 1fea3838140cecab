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
from retrievers.stores.types import Store
from retrievers.stores.voice import StoredDense, StoredLexical
from retrievers.types import Retriever

Mode = Literal["dense", "lexical", "concept", "hybrid"]
MODES: tuple[Mode, ...] = ("dense", "lexical", "concept", "hybrid")
VOICES: tuple[Mode, ...] = ("lexical", "dense", "concept")


def retriever(
    index: PassageIndex, model: Embedder, mode: Mode = "hybrid", without: Collection[Mode] = (), store: Store | None = None
) -> Retriever:
    """The retriever of this mode; "hybrid" fuses all voices but those to do without.

    The dense and the lexical voice ask the store, where one is given; the concept voice always hears the index alone.
    """
    match mode:
        case "dense":
            return StoredDense(store, model) if store else DenseRetriever(index.dense, index.passages, model)
        case "lexical":
            return StoredLexical(store) if store else LexicalRetriever(index.lexical, index.passages)
        case "concept":
            return ConceptRetriever(index.concepts, index.passages)
        case "hybrid":
            return FusedRetriever([retriever(index, model, voice, store=store) for voice in VOICES if voice not in without])
