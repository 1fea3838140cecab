"""Fit which questions need an image that nobody described: `python -m training.images`; prints what is found and what is claimed wrongly.

Those that need one are written for this (`data/image_questions.jsonl`, by somebody who saw no set of visual questions), with as many of
like form that need none; the questions of the cards, which need none, and what their signs mean, asked by name, stand beside them.
Another writer's (`data/image_questions_measured.jsonl`) and VQA-RAD, where it is at hand, only measure.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from agent.reading.image import FILE
from agent.reading.shape import features
from retrievers.embedding import PACKAGED, embedder
from training.examples import questions, split
from training.questions import Tied, library

WRITTEN = Path(__file__).parent / "data" / "image_questions.jsonl"
OTHERS = WRITTEN.with_name("image_questions_measured.jsonl")
SEEN = Path(os.environ.get("RADQA_SHARED_DATA", "/nowhere")) / "vqarad_needs_image.jsonl"
RIDGE = 0.1
CARDS = 0.05
"""What a question of the cards counts beside a written one. Both by cross-validation over the written questions."""
CLAIMED = 0.02
"""Share of the written questions that need no image that may be taken (cross-validated) for one that does: an answer lost. What is not
found is read like any other question, and seldom finds an answer."""
FOLDS = 5


def written(file: Path = WRITTEN) -> list[tuple[str, bool]]:
    """The questions of a file, with whether they need an image."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["question"], bool(line["needs_image"])) for line in lines]


def of_signs() -> list[Tied]:
    """What the signs of the topic cards mean, asked by name: short, about one sign, and in need of no image."""
    made = []
    for name, (document, _) in library().items():
        for sign in sorted({one for one in document.source.aliases if one.endswith(" sign")}):
            question = f"What does the {sign} mean?"
            made.append(Tied(id=f"{name} {sign}", question=question, document=name, manner="plain", writer="names"))
    return made


def fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression with a ridge, each question counting as `weight` says; the bias is left out."""
    x = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    sign = 2 * y - 1

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w)
        told = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * RIDGE * w[:-1] @ w[:-1]
        gradient = -(weight * sign / (1 + np.exp(margin))) @ x
        gradient[:-1] += RIDGE * w[:-1]
        return float(told), gradient

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x[:-1]


def cross_validated(x: np.ndarray, y: np.ndarray, cards: np.ndarray) -> np.ndarray:
    """The score of each written question by a model that did not see it; the cards' questions are seen by all."""
    part = np.random.default_rng(1).integers(0, FOLDS, len(x))
    scores = np.zeros(len(x))
    for fold in range(FOLDS):
        scores[part == fold] = x[part == fold] @ together(x[part != fold], y[part != fold], cards)
    return scores


def together(x: np.ndarray, y: np.ndarray, cards: np.ndarray) -> np.ndarray:
    """Weights from written questions and those of the cards, which are many and need no image."""
    weight = np.concatenate([np.ones(len(x)), np.full(len(cards), CARDS)])
    return fitted(np.vstack([x, cards]), np.concatenate([y, np.zeros(len(cards))]), weight)


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    model = embedder(PACKAGED)

    def seen(texts: list[str]) -> np.ndarray:
        return np.stack([features(text, vector) for text, vector in zip(texts, model.embed(texts), strict=True)])

    learnt, kept = ([one.question for one in side] for side in split(questions()))
    signs, kept_signs = ([one.question for one in side] for side in split(of_signs()))
    learnt += signs
    own = written()
    x, cards = seen([text for text, _ in own]), seen(learnt)
    y = np.array([float(needs) for _, needs in own])
    w = together(x, y, cards)
    bias = -float(np.quantile(cross_validated(x, y, cards)[y == 0], 1 - CLAIMED))
    others = seen(kept) @ w
    told = {"held-out cards' questions taken for one that needs an image": round(float((others + bias > 0).mean()), 4)}
    told["of their signs, asked by name"] = round(float((seen(kept_signs) @ w + bias > 0).mean()), 4)
    for needs in (True, False):
        asked = [text for text, really in written(OTHERS) if really is needs]
        told[f"another writer's that {'need one: found' if needs else 'need none: claimed'}"] = round(
            float((seen(asked) @ w + bias > 0).mean()), 3
        )
    if SEEN.exists():
        asked = [json.loads(line)["question"] for line in SEEN.read_text(encoding="utf-8").splitlines()]
        told["VQA-RAD: found"] = round(float((seen(asked) @ w + bias > 0).mean()), 3)
    print(json.dumps(told, indent=1))
    np.savez_compressed(FILE, weights=w.astype(np.float16), bias=np.float32(bias))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
