"""Questions that can only be answered by looking at an image that nobody described: learned (`training.images`), weights are data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.reading.shape import features
from agent.types import Question
from retrievers.embedding import PACKAGED, embedder

FILE = Path(__file__).parents[1] / "data" / "image.npz"


class Pointing(NamedTuple):
    """A linear model over `agent.reading.shape.features`: weights (d + WORDS,) float32 and a bias; above zero an image is needed."""

    weights: NDArray[np.float32]
    bias: float


@cache
def pointing() -> Pointing:
    """The fitted model, from `data/image.npz`."""
    with np.load(FILE) as arrays:
        return Pointing(arrays["weights"].astype(np.float32), float(arrays["bias"]))


def needs_image(question: Question) -> bool:
    """Whether the question points at an image and nobody described one; told with the packaged embedding, whatever the index has."""
    if question.report:
        return False
    (vector,) = embedder(PACKAGED).embed([question.text])
    return float(pointing().weights @ features(question.text, vector)) + pointing().bias > 0
