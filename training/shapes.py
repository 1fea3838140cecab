"""Fit what kind of answer a question asks for: `python -m training.shapes`; prints accuracy on held-out cards.

Labels come from the questions themselves: their manner, and for the rest the section of the passage that answers.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import numpy as np
from scipy.optimize import minimize

from agent.reading.shape import FILE, features, is_polar
from retrievers.embedding import PACKAGED, embedder
from training.examples import questions, split
from training.questions import Tied, library

_BY_MANNER = {"comparison": "comparison", "number": "number", "list": "list"}
_BY_SECTION = {"Differential": "list", "First study and next step": "next step", "Numbers": "number"}
RIDGE = 1.0
EVEN = 0.5
"""How far rare kinds are lifted (power of their share): of 15 held-out questions that this turns into lists 10 ask for several things."""


def label(one: Tied) -> str | None:
    """The kind of answer a question asks for, where it can be told."""
    if is_polar(one.question) or one.manner in ("yes", "no", "vignette"):
        return None
    if one.manner in _BY_MANNER:
        return _BY_MANNER[one.manner]
    if not one.passages or one.document not in library():
        return None
    first = next((p for p in library()[one.document][1] if p.id == one.passages[0]), None)
    if first is None:
        return None
    if first.section == "Differential" and len(one.passages) < 2:
        return "answer"
    return _BY_SECTION.get(first.section, "answer")


def fitted(vectors: np.ndarray, labels: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Multinomial logistic regression with a ridge, by L-BFGS: names, (k, d) weights, (k) bias."""
    names = sorted(set(labels))
    one_hot = np.eye(len(names))[[names.index(one) for one in labels]]
    shape = (len(names), vectors.shape[1] + 1)
    x = np.hstack([vectors, np.ones((len(vectors), 1))]).astype(np.float64)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(shape)
        logits = x @ w.T
        logits -= logits.max(1, keepdims=True)
        shares = np.exp(logits)
        shares /= shares.sum(1, keepdims=True)
        ridge = RIDGE * w[:, :-1]
        gradient = (shares - one_hot).T @ x
        gradient[:, :-1] += ridge
        said = -np.log(np.maximum((shares * one_hot).sum(1), 1e-12)).sum()
        return float(said + 0.5 * (ridge * w[:, :-1]).sum()), gradient.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(shape)
    return names, found[:, :-1], found[:, -1]


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    model = embedder(PACKAGED)
    learnt, kept = split(questions())
    sides = []
    for side in (learnt, kept):
        told = [(one, found) for one in side if (found := label(one))]
        vectors = model.embed([one.question for one, _ in told])
        made = [features(one.question, vector) for (one, _), vector in zip(told, vectors, strict=True)]
        sides.append((np.stack(made), [found for _, found in told]))
    names, w, b = fitted(*sides[0])
    shares = Counter(sides[0][1])
    b = b - EVEN * np.log([shares[name] / len(sides[0][1]) for name in names])
    said = [names[number] for number in np.argmax(sides[1][0] @ w.T + b, axis=1)]
    right = np.mean([a == t for a, t in zip(said, sides[1][1], strict=True)])
    for name in names:
        hits = [truth for guess, truth in zip(said, sides[1][1], strict=True) if guess == name]
        print(f"{name}: {hits.count(name)} of {sides[1][1].count(name)} found, {len(hits)} said")
    common = max(Counter(sides[1][1]).values()) / max(1, len(said))
    print(
        f"{len(sides[0][1])} learnt, {len(said)} held out: right {right:.3f}, the commonest kind alone {common:.3f}; {Counter(sides[1][1])}"
    )
    np.savez_compressed(FILE, names=np.array(names), weights=w.astype(np.float16), bias=b.astype(np.float32))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
