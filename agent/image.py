"""Questions that can only be answered by looking at an image that nobody described: learned (`training.images`), weights are data. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.shape import WORDS, Embed, features
from agent.types import Question

FILE = Path(__file__).parent / "data" / "image.npz"


class Pointing(NamedTuple):
    """A linear model over `agent.shape.features`: weights (d + WORDS,) float32 and a bias; above zero an image is needed."""

    weights: NDArray[np.float32]
    bias: float


@cache
def pointing() -> Pointing:
    """The fitted model, from `data/image.npz`."""
    with np.load(FILE) as arrays:
        return Pointing(arrays["weights"].astype(np.float32), float(arrays["bias"]))


def needs_image(question: Question, embed: Embed) -> bool:
    """Whether the question points at an image and nobody described one; False where the vector is another model's than the fitted one."""
    if question.report:
        return False
    model, vector = pointing(), embed(question.text)
    return len(vector) + WORDS == len(model.weights) and float(model.weights @ features(question.text, vector)) + model.bias > 0
