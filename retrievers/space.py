"""The space in which questions and passages are compared: maps of a model's vectors, learnt for the packaged model, fitted for any other.

A question and the passage that answers it are worded differently, and a general model packs all of one field together. For the packaged
model two linear maps, one for questions and one for passages, were learnt on questions tied to passages (`training.space`). For any other
model both are the half-whitening of the indexed passages: subtract their mean, scale the principal axes by eigenvalue**-1/4.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from retrievers.embedding import Matrix

FILE = Path(__file__).parent / "data" / "space.npz"
_FLOOR = 0.05
"""Eigenvalues below this share of the largest are raised to it, so that noise axes are not blown up."""


class Space:
    """Centre, then a map of questions or of passages, then unit length."""

    def __init__(self, mean: Matrix, queries: Matrix, passages: Matrix) -> None:
        """Take the mean (d,) and the two maps (d, d), float32; a row vector is multiplied from the left."""
        self.mean, self.queries, self.passages = mean, queries, passages

    @classmethod
    def fit(cls, vectors: Matrix) -> Space:
        """The half-whitening of (n, d) unit rows; with fewer rows than four times d there is too little to learn from: the identity."""
        dimensions = vectors.shape[1]
        if len(vectors) < 4 * dimensions:
            same = np.eye(dimensions, dtype=np.float32)
            return cls(np.zeros(dimensions, dtype=np.float32), same, same)
        mean = vectors.mean(axis=0)
        values, axes = np.linalg.eigh(np.cov((vectors - mean).T))
        scale = np.maximum(values, values.max() * _FLOOR * 0.02) ** -0.25
        matrix = (axes * scale @ axes.T).astype(np.float32)
        return cls(mean.astype(np.float32), matrix, matrix)

    def of_queries(self, vectors: Matrix) -> Matrix:
        """(n, d) -> (n, d), rows of unit length."""
        return self._mapped(vectors, self.queries)

    def of_passages(self, vectors: Matrix) -> Matrix:
        """(n, d) -> (n, d), rows of unit length."""
        return self._mapped(vectors, self.passages)

    def _mapped(self, vectors: Matrix, matrix: Matrix) -> Matrix:
        moved = (vectors - self.mean) @ matrix
        norms = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        return np.ascontiguousarray(moved / norms, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write it to a .npz file."""
        np.savez(path, mean=self.mean, queries=self.queries, passages=self.passages)

    @classmethod
    def open(cls, path: Path) -> Space:
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(*(arrays[name].astype(np.float32) for name in ("mean", "queries", "passages")))


@cache
def learnt(fingerprint: str) -> Space | None:
    """The space learnt for the model of this fingerprint; None for every model but the packaged one."""
    if not FILE.is_file():
        return None
    with np.load(FILE) as arrays:
        known = str(arrays["fingerprint"])
    return Space.open(FILE) if known == fingerprint else None


@cache
def stamp() -> str:
    """Changes when the learnt space does."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16] if FILE.is_file() else ""
