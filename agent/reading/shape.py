"""What kind of answer a question asks for: learned from questions whose kind is known (`training.shapes`), one vector a question. Pure.

A yes/no question is told by its grammar, everything else by a linear model over the question's embedding and its words (hashed single
words and pairs of the sentence that asks); the weights are data.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from agent.types import Shape

FILE = Path(__file__).parents[1] / "data" / "shapes.npz"
_ASKS = re.compile(
    r"^\s*(?:(?:and|so|but|then)\s)?(?:is|are|was|were|does|do|did|can|could|may|might|should|must|will|would|has|have)\b", re.IGNORECASE
)
Embed = Callable[[str], NDArray[np.float32]]
"""A text's vector as the embedding model gives it, (d,) float32."""


class Shapes(NamedTuple):
    """A linear model: names (k), weights (k, d) float32 and bias (k)."""

    names: tuple[Shape, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


WORDS = 2048
"""Places that words and pairs of words are hashed to."""


def features(question: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """(d + WORDS,) float32: the vector, then which words and pairs the last sentence has, their length 1."""
    last = re.split(r"(?<=[.!?])\s+", question.strip().lower())[-1]
    said = re.findall(r"[a-z]+|\d", last)
    hashed = np.zeros(WORDS, dtype=np.float32)
    for name in (*said, *(f"{a} {b}" for a, b in pairwise(said))):
        hashed[zlib.crc32(name.encode()) % WORDS] = 1.0
    return np.concatenate((vector, hashed / max(1.0, float(np.linalg.norm(hashed))))).astype(np.float32)


@cache
def shapes() -> Shapes:
    """The fitted model, from `data/shapes.npz`."""
    with np.load(FILE) as arrays:
        names = tuple(name for name in arrays["names"].tolist() if name in get_args(Shape))
        return Shapes(names, arrays["weights"].astype(np.float32), arrays["bias"].astype(np.float32))


def is_polar(question: str) -> bool:
    """Whether the clause that asks begins with an auxiliary verb: a yes/no question."""
    asking = [clause for clause in re.split(r"[:;,.?!]\s+", question.strip()) if _ASKS.match(clause)]
    return bool(asking) and not re.search(r"\b(?:or|vs|versus)\b", asking[-1], re.IGNORECASE)


def shape_of(question: str, embed: Embed) -> Shape:
    """What kind of answer is asked for; "answer" where the vector is another model's than the one that the weights were fitted on."""
    if is_polar(question):
        return "yes-no"
    model, vector = shapes(), embed(question)
    if len(vector) + WORDS != model.weights.shape[1]:
        return "answer"
    return model.names[int(np.argmax(model.weights @ features(question, vector) + model.bias))]
