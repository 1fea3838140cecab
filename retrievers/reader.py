"""The learned reader: whether a passage answers a question, and whether it supports a statement.

A small cross-encoder on the packaged MiniLM: question and passage are read together. The embeddings and lower layers are those of
the package; the upper layers and two heads are this project's weights (`data/reader.safetensors`, made by `training/`), kept as int8
with one scale a row. What is measured of it stands in `training/MODEL_CARD.md`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpora.types import Passage
from retrievers.errors import MissingModel
from retrievers.words import words

if TYPE_CHECKING:
    import torch

WEIGHTS = Path(__file__).parent / "data" / "reader.safetensors"
PACKAGED_READER = "packaged"
LONGEST = 224
"""Tokens of question and passage together; a longer question keeps its beginning and its end."""
_QUESTION = 128
_BATCH = 24


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

    @cached_property
    def name(self) -> str:
        """The word radqa-reader with the hash of its weights. Raises `MissingModel` where there is no file."""
        if not self.weights.is_file():
            raise MissingModel(f"The reader's weights are not in {self.weights}.", "Install radqa anew, or make them: make train.")
        return f"radqa-reader-{hashlib.sha256(self.weights.read_bytes()).hexdigest()[:12]}"

    @cached_property
    def _net(self) -> tuple[torch.nn.Module, Tokenizer]:
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
        import torch

        if not passages:
            return np.zeros((0, 4), dtype=np.float32)
        with self._lock:
            net, tokenizer = self._net
            rows = tokenizer.pairs(question, [reading_text(passage) for passage in passages])
            order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
            found = np.zeros((len(rows), 4), dtype=np.float32)
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                for start in range(0, len(order), _BATCH):
                    chosen = order[start : start + _BATCH]
                    found[chosen] = net(*padded([rows[number] for number in chosen])).float().numpy()
        return found


class WordReader:
    """A fake that reads by shared words alone: quick, deterministic, and needs no weights. For tests of what stands on a reader."""

    name = "words"

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


def _packaged_folder() -> Path:
    from retrievers.embedding import PACKAGED, embedder

    return embedder(PACKAGED).folder  # type: ignore[attr-defined, no-any-return]


class Tokenizer:
    """Pairs of texts as token ids and segment ids."""

    def __init__(self) -> None:
        """Read the packaged model's vocabulary."""
        from tokenizers import Tokenizer as Fast

        self._fast = Fast.from_file(str(_packaged_folder() / "tokenizer.json"))
        self._fast.no_padding()
        self._fast.no_truncation()
        self._cls, self._sep = self._fast.token_to_id("[CLS]") or 101, self._fast.token_to_id("[SEP]") or 102

    def pairs(self, question: str, texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
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


def padded(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(n, longest) ids, mask and segments."""
    import torch

    longest = max(len(ids) for ids, _ in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask, segments = torch.zeros_like(ids), torch.zeros_like(ids)
    for number, (said, kinds) in enumerate(rows):
        ids[number, : len(said)] = torch.tensor(said)
        mask[number, : len(said)] = 1
        segments[number, : len(said)] = torch.tensor(kinds)
    return ids, mask, segments


def network() -> torch.nn.Module:
    """The cross-encoder with the packaged model's weights and untrained heads."""
    import torch
    import transformers
    from transformers import AutoModel

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    class CrossEncoder(torch.nn.Module):
        """Question and passage read together; four logits a pair: answers, supports, contradicts, neither."""

        def __init__(self) -> None:
            super().__init__()
            loud = transformers.utils.logging.get_verbosity()
            transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the pooling layer is left out on purpose
            self.encoder = AutoModel.from_pretrained(str(_packaged_folder()), local_files_only=True, add_pooling_layer=False)
            transformers.utils.logging.set_verbosity(loud)
            width = self.encoder.config.hidden_size
            self.hidden = torch.nn.Linear(2 * width, width)
            self.out = torch.nn.Linear(width, 4)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
            states = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=segments).last_hidden_state
            weight = (mask * segments).unsqueeze(-1).to(states.dtype)
            mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
            return self.out(torch.tanh(self.hidden(torch.cat((states[:, 0], mean), dim=1))))  # type: ignore[no-any-return]

    return CrossEncoder()


def load(path: Path) -> torch.nn.Module:
    """The network with the weights of a file, ready to read. Raises `MissingModel` for a file that does not fit."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        kept = load_file(path)
        weights = {name.removesuffix(".int8"): value.float() * kept[name.removesuffix(".int8") + ".scale"].float().unsqueeze(-1)
                   for name, value in kept.items() if name.endswith(".int8")}  # fmt: skip
        weights |= {name: value.float() for name, value in kept.items() if not name.endswith((".int8", ".scale"))}
        net = network()
        unknown = net.load_state_dict(weights, strict=False).unexpected_keys
    except (SafetensorError, KeyError, OSError, RuntimeError) as error:
        raise MissingModel(f"{path} holds no weights of the reader ({error}).", "Install radqa anew, or make them: make train.") from error
    if unknown:
        raise MissingModel(f"{path} holds weights of another network ({unknown[0]}).", "Install radqa anew, or make them: make train.")
    net.eval()
    return net.to(torch.bfloat16) if _has_bfloat16() else net


def _has_bfloat16() -> bool:
    return "avx512_bf16" in _processor() or "amx_bf16" in _processor()


@cache
def _processor() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def save(net: torch.nn.Module, path: Path, about: dict[str, str]) -> None:
    """Write what differs from the packaged model: trained matrices as int8 with a scale a row, the rest as float16."""
    import torch
    from safetensors.torch import save_file

    base = network().state_dict()
    kept: dict[str, torch.Tensor] = {}
    for name, value in net.state_dict().items():
        if name.startswith("encoder.") and torch.equal(value.float().cpu(), base[name].float()):
            continue
        if value.ndim == 2 and value.numel() > 4096:
            scale = value.float().abs().amax(dim=1).clamp(min=1e-8) / 127
            kept[f"{name}.int8"] = (value.float() / scale.unsqueeze(-1)).round().clamp(-127, 127).to(torch.int8)
            kept[f"{name}.scale"] = scale
        else:
            kept[name] = value.to(torch.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in kept.items()}, path, metadata={"about": json.dumps(about)})


@cache
def reader(name: str = PACKAGED_READER) -> Reader:
    """The reader of this name, one a process: "packaged", "words" (the fake), or the path of a file of weights."""
    if name == WordReader.name:
        return WordReader()
    return LearnedReader(WEIGHTS if name == PACKAGED_READER else Path(name).expanduser())
