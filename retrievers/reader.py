"""The learned reader: whether a passage answers a question, and whether it supports a statement.

A small cross-encoder on the packaged MiniLM: question and passage are read together. The embeddings and lower layers are those of
the package; the upper layers and two heads are this project's weights (`data/reader.safetensors`, made by `training/`), kept as int8
with one scale a row. It runs in ONNX Runtime (`retrievers/network.py`). What is measured of it stands in `training/MODEL_CARD.md`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpora.types import Passage
from retrievers.embedding import packaged_folder
from retrievers.errors import MissingModel
from retrievers.network import READER, READER_FLOAT, Network, Row, float_weights, int8_weights, overflows, processors
from retrievers.words import words

WEIGHTS = Path(__file__).parent / "data" / "reader.safetensors"
PACKAGED_READER = "packaged"
LONGEST = 224
"""Tokens of question and passage together; a longer question keeps its beginning and its end."""
_QUESTION = 128
_THREADS = 4
"""Most threads that one question's passages are read on."""
_KEPT = 1024
"""Readings that are remembered: a question's later rounds find a third of their passages again."""


_HEADS = ("hidden.weight", "hidden.bias", "out.weight", "out.bias")


class Stance(NamedTuple):
    """How a passage stands to a statement: probabilities (0-1) that sum to 1."""

    supports: float
    contradicts: float
    neither: float


class Read(NamedTuple):
    """One reading of a text with a passage: the probability that the passage answers it, and how it stands to it."""

    answers: float
    stance: Stance


class Reader(Protocol):
    """Reads questions and statements against passages; safe to call from several threads."""

    @property
    def name(self) -> str:
        """What a manifest calls it: changes when the weights do."""
        ...

    def load(self) -> None:
        """Load the weights now rather than at the first use."""
        ...

    def read(self, text: str, passages: Sequence[Passage]) -> list[Read]:
        """What each passage says to the text, a question, a statement or a question with one of its options, in the passages' order."""
        ...


def reading_text(passage: Passage) -> str:
    """A passage as the reader sees it: title, section, and the sentence or the spoken row."""
    parts = (passage.source.subject, passage.section, passage.spoken)
    return ". ".join(part.rstrip(".") for part in parts if part)


class LearnedReader:
    """The packaged cross-encoder, loaded at the first use."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Take the file of weights."""
        self.weights = weights
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], NDArray[np.float32]] = {}

    @cached_property
    def name(self) -> str:
        """The word radqa-reader with the hash of its weights. Raises `MissingModel` where there is no file."""
        if not self.weights.is_file():
            raise MissingModel(f"The reader's weights are not in {self.weights}.", "Install radqa anew, or make them: make train.")
        return f"radqa-reader-{hashlib.sha256(self.weights.read_bytes()).hexdigest()[:12]}"

    @cached_property
    def _net(self) -> tuple[Network, Tokenizer]:
        _ = self.name
        return load(self.weights), Tokenizer()

    def load(self) -> None:
        """Load the weights now rather than at the first use."""
        with self._lock:
            _ = self._net

    def read(self, text: str, passages: Sequence[Passage]) -> list[Read]:
        """See `Reader.read`."""
        outputs = self._outputs(text, passages)
        shares = np.exp(outputs[:, 1:] - outputs[:, 1:].max(axis=1, keepdims=True)) if len(outputs) else outputs[:, 1:]
        shares /= shares.sum(axis=1, keepdims=True)
        return [
            Read(answers=float(answers), stance=Stance(*map(float, stance)))
            for answers, stance in zip(_logistic(outputs[:, 0]), shares, strict=True)
        ]

    def _outputs(self, question: str, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """(n, 4) float32: logit of answering, then of supporting, contradicting, neither."""
        if not passages:
            return np.zeros((0, 4), dtype=np.float32)
        wanted = [(question, reading_text(passage)) for passage in passages]
        with self._lock:
            known = {pair: self._known[pair] for pair in wanted if pair in self._known}
        if lacking := [pair for pair in dict.fromkeys(wanted) if pair not in known]:
            self.load()
            net, tokenizer = self._net
            rows = net.run(tokenizer.pairs(question, [text for _, text in lacking]), min(_THREADS, processors()))
            known |= zip(lacking, rows, strict=True)
            self._keep(lacking, rows)
        return np.stack([known[pair] for pair in wanted])

    def _keep(self, pairs: Sequence[tuple[str, str]], rows: NDArray[np.float32]) -> None:
        """Remember what was read for the next rounds of the same question, the oldest giving way."""
        with self._lock:
            self._known |= zip(pairs, rows, strict=True)
            for pair in list(self._known)[: max(0, len(self._known) - _KEPT)]:
                del self._known[pair]


class WordReader:
    """A fake that reads by shared words alone: quick, deterministic, and needs no weights. For tests of what stands on a reader."""

    name = "words"

    def load(self) -> None:
        """Nothing to load."""

    def read(self, text: str, passages: Sequence[Passage]) -> list[Read]:
        """See `Reader.read`: the share of the text's words that the passage has; "no" or "not" in one of the two alone contradicts."""
        asked = set(words(text, boilerplate=True))
        found = []
        for passage in passages:
            said = reading_text(passage)
            share = len(asked & set(words(said))) / max(1, len(asked))
            against = ("not" in text.lower().split()) != ("not" in said.lower().split())
            stance = Stance(0.1 * share, 0.9 * share, 1 - share) if against else Stance(0.9 * share, 0.1 * share, 1 - share)
            found.append(Read(answers=0.98 * share, stance=stance))
        return found


def _logistic(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), dtype=np.float32)


class Tokenizer:
    """Pairs of texts as token ids and segment ids."""

    def __init__(self) -> None:
        """Read the packaged model's vocabulary."""
        from tokenizers import Tokenizer as Fast

        self._fast = Fast.from_file(str(packaged_folder() / "tokenizer.json"))
        self._fast.no_padding()
        self._fast.no_truncation()
        self._cls, self._sep = self._fast.token_to_id("[CLS]") or 101, self._fast.token_to_id("[SEP]") or 102

    def pairs(self, question: str, texts: Sequence[str]) -> list[Row]:
        """(ids, segments) of the question with each text, at most `LONGEST` tokens."""
        asked = self._fast.encode(question, add_special_tokens=False).ids
        if len(asked) > _QUESTION:
            asked = asked[: _QUESTION // 3] + asked[-(_QUESTION - _QUESTION // 3) :]
        made = []
        for encoding in self._fast.encode_batch(list(texts), add_special_tokens=False):
            there = encoding.ids[: LONGEST - len(asked) - 3]
            ids = [self._cls, *asked, self._sep, *there, self._sep]
            made.append((ids, [0] * (len(asked) + 2) + [1] * (len(there) + 1)))
        return made


def load(path: Path) -> Network:
    """The network with the weights of a file, ready to read. Raises `MissingModel` for a file that does not fit."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        own = unpacked(load_file(path))
    except (SafetensorError, KeyError, OSError, ValueError) as error:
        raise MissingModel(f"{path} holds no weights of the reader ({error}).", "Install radqa anew, or make them: make train.") from error
    state = load_file(packaged_folder() / "model.safetensors")
    heads = {name: own.pop(name) for name in _HEADS if name in own}
    layers = {name.removeprefix("encoder."): value for name, value in own.items()}
    unknown = [name for name, value in layers.items() if name not in state or state[name].shape != value.shape]
    if unknown or len(heads) < len(_HEADS):
        raise MissingModel(
            f"{path} holds weights of another network ({[*unknown, 'no heads'][0]}).", "Install radqa anew, or make them: make train."
        )
    graph, weights = (READER_FLOAT, float_weights) if overflows() else (READER, int8_weights)
    return Network(graph, weights(state | layers) | heads)


def unpacked(kept: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
    """Weights as float32 by name from what a file keeps: int8 matrices with a scale a row, the rest as float16."""
    made = {name: np.asarray(value, dtype=np.float32) for name, value in kept.items() if not name.endswith((".int8", ".scale"))}
    for name in (name.removesuffix(".int8") for name in kept if name.endswith(".int8")):
        made[name] = np.asarray(kept[f"{name}.int8"], dtype=np.float32) * np.asarray(kept[f"{name}.scale"], dtype=np.float32)[:, None]
    return made


@cache
def reader(name: str = PACKAGED_READER) -> Reader:
    """The reader of this name, one a process: "packaged", "words" (the fake), or the path of a file of weights."""
    if name == WordReader.name:
        return WordReader()
    return LearnedReader(WEIGHTS if name == PACKAGED_READER else Path(name).expanduser())
