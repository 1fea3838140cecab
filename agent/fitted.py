"""The fitted gate as data: two logistic models and the bounds that say when to answer and how sure. Made by `python -m training.gate`."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from pathlib import Path

from pydantic import Field

from agent.types import Confidence, Level
from corpora.types import Frozen
from retrievers.errors import MissingModel

FOLDER = Path(__file__).parent / "data"
FILE = FOLDER / "gate.toml"


class Weights(Frozen):
    """One logistic model: bias and a weight a feature, by name."""

    bias: float
    weights: dict[str, float] = Field(min_length=1)

    def of(self, features: dict[str, float]) -> float:
        """Probability, 0-1. Raises `KeyError` for a feature without a weight."""
        return logistic(self.bias + sum(self.weights[name] * value for name, value in features.items()))


class Bounds(Frozen):
    """Probabilities of being right from which an answer is given, is called moderate, and is called high."""

    answer: float = Field(gt=0, lt=1)
    moderate: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)


class Gate(Frozen):
    """The file, checked on load."""

    passage: Weights
    question: Weights
    bounds: Bounds

    def confidence(self, score: float, why: str) -> Confidence:
        """A probability of being right in a word."""
        level: Level = "high" if score >= self.bounds.high else "moderate" if score >= self.bounds.moderate else "low"
        return Confidence(score=score, level=level, why=why)


@cache
def gate(reader: str = "packaged") -> Gate:
    """The gate fitted to a reader: the packaged one's `data/gate.toml`, the fake's `data/gate-words.toml`.

    A reader by path brings its own beside its weights (`reader.gate.toml`), as `training.gate` writes it.

    Raises:
        MissingModel: there is none beside the weights.
    """
    path = {"packaged": FILE, "words": FOLDER / "gate-words.toml"}.get(reader, Path(reader).expanduser().with_suffix(".gate.toml"))
    if not path.is_file():
        raise MissingModel(f"The reader {reader!r} has no fitted gate ({path}).", "Fit one: python -m training.gate --write")
    return Gate.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def logistic(value: float) -> float:
    """1 / (1 + exp(-value))."""
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))
