"""Embeddings by content hash: the packaged corpus's vectors ship as data, everything else is embedded once and cached.

`python -m retrievers.vectors rebuild` makes the packaged file anew, `... check` embeds a sample again and compares.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from retrievers.dense import embedding_text
from retrievers.embedding import PACKAGED, Embedder, Matrix, embedder

PACKAGED_FILE = Path(__file__).parent / "data" / "vectors.npz"
_BLOCK = 64
Progress = Callable[[int, int], None]


def key(text: str, fingerprint: str) -> bytes:
    """16 bytes that name a text's vector under one model."""
    return hashlib.blake2b(f"{fingerprint}\x1f{text}".encode(), digest_size=16).digest()


class VectorCache:
    """Vectors kept over builds, float16, in one SQLite file per cache folder; safe between processes."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use the given folder, by default the user's cache."""
        self.path = (folder or user_cache_path("radqa")) / "vectors.sqlite"

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        return connection

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float16]]:
        """Those that are known."""
        if not self.path.exists():
            return {}
        wanted, found = list(keys), {}
        connection = self._connect()
        try:
            for start in range(0, len(wanted), 500):
                block = wanted[start : start + 500]
                marks = ",".join("?" * len(block))
                rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block)
                found.update({bytes(name): np.frombuffer(vector, dtype=np.float16) for name, vector in rows})
        finally:
            connection.close()
        return found

    def put(self, vectors: dict[bytes, NDArray[np.float16]]) -> None:
        """Keep these."""
        connection = self._connect()
        try:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", [(name, v.tobytes()) for name, v in vectors.items()])
        finally:
            connection.close()


@cache
def packaged_vectors(path: Path = PACKAGED_FILE) -> dict[bytes, NDArray[np.float16]]:
    """The vectors that ship with the package; empty when the file is not there."""
    if not path.exists():
        return {}
    with np.load(path) as arrays:
        names, vectors = arrays["keys"], arrays["vectors"]
    return {name.tobytes(): vector for name, vector in zip(names, vectors, strict=True)}


def embed_all(
    texts: Sequence[str], model: Embedder, store: VectorCache | None = None, progress: Progress | None = None
) -> tuple[Matrix, int]:
    """One unit vector per text, (n, d) float32, and how many had to be embedded now rather than found.

    Vectors pass through float16 whether fresh or found, so that both give the same index. Fresh ones are kept block by
    block: a build that is killed has lost no more than the last block.
    """
    store = store or VectorCache()
    names = [key(text, model.fingerprint) for text in texts]
    known = {name: vector for name in names if (vector := packaged_vectors().get(name)) is not None}
    known |= store.get(name for name in names if name not in known)
    missing = [(name, text) for name, text in dict(zip(names, texts, strict=True)).items() if name not in known]
    missing.sort(key=lambda item: len(item[1]))  # equal lengths together: less padding
    for start in range(0, len(missing), _BLOCK):
        block = missing[start : start + _BLOCK]
        vectors = model.embed([text for _, text in block]).astype(np.float16)
        fresh = {name: vector for (name, _), vector in zip(block, vectors, strict=True)}
        store.put(fresh)
        known |= fresh
        if progress:
            progress(min(start + _BLOCK, len(missing)), len(missing))
    if not names:
        return np.zeros((0, model.dimensions), dtype=np.float32), 0
    matrix = np.stack([known[name] for name in names]).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True), len(missing)


def rebuild(path: Path = PACKAGED_FILE) -> tuple[int, int]:
    """Write the packaged vectors for the embedded corpus; how many there are, and how many were embedded now."""
    texts, model = _embedded_texts(), embedder(PACKAGED)
    matrix, fresh = embed_all(texts, model)
    names = np.array([np.frombuffer(key(text, model.fingerprint), dtype=np.uint8) for text in texts])
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial.npz")
    np.savez_compressed(beside, keys=names, vectors=matrix.astype(np.float16))
    beside.rename(path)
    packaged_vectors.cache_clear()
    return len(texts), fresh


def drift(sample: int = 48) -> tuple[int, float]:
    """How many embedded passages have no packaged vector, and the lowest cosine between packaged and fresh ones of a sample."""
    texts, model, vectors = _embedded_texts(), embedder(PACKAGED), packaged_vectors()
    names = [key(text, model.fingerprint) for text in texts]
    missing = sum(name not in vectors for name in names)
    kept = [(text, vectors[name]) for text, name in zip(texts, names, strict=True) if name in vectors]
    chosen = kept[:: max(1, len(kept) // sample)]
    if not chosen:
        return missing, 0.0
    fresh = model.embed([text for text, _ in chosen])
    packaged = np.stack([vector for _, vector in chosen]).astype(np.float32)
    return missing, float((fresh * packaged).sum(axis=1).min())


def _embedded_texts() -> list[str]:
    from corpora import embedded
    from corpora.passages import split_all

    return sorted({embedding_text(passage) for passage in split_all(embedded.documents())})


def main(arguments: list[str]) -> int:
    """`rebuild` or `check`; 0 when all is well."""
    if arguments == ["rebuild"]:
        count, fresh = rebuild()
        print(f"{count} vectors in {PACKAGED_FILE.name}, {fresh} embedded now")  # noqa: T201
        return 0
    if arguments == ["check"]:
        missing, cosine = drift()
        print(f"{missing} passages without a packaged vector; lowest cosine to a fresh one {cosine:.5f}")  # noqa: T201
        return int(missing > 0 or cosine < 0.999)
    print("usage: python -m retrievers.vectors rebuild|check")  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
