"""Fit which questions need an image that nobody described: `python -m training.images`; prints what is found and what is claimed wrongly.

Those that need one are written for this (`data/image_questions.jsonl`, by somebody who saw no set of visual questions), with as many of
like form that need none; the questions of the cards, which need none, and what their signs mean, asked by name, stand beside them.
VQA-RAD, where it is at hand, only measures.
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
SEEN = Path(os.environ.get("RADQA_SHARED_DATA", "/nowhere")) / "vqarad_needs_image.jsonl"
RIDGE = 0.3
CLAIMED = 0.005
"""Share of the held-out cards' questions, none of which needs an image, that may be taken for one that does."""


def written() -> list[tuple[str, bool]]:
    """The questions of the file, with whether they need an image."""
    lines = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]
    return [(line["question"], bool(line["needs_image"])) for line in lines]


def of_signs() -> list[Tied]:
    """What the signs of the topic cards mean, asked by name: short, about one sign, and in need of no image."""
    made = []
    for name, (document, _) in library().items():
        for sign in sorted({one for one in document.source.aliases if one.endswith(" sign")}):
            question = f"What does the {sign} mean?"
            made.append(Tied(id=f"{name} {sign}", question=question, document=name, manner="plain", writer="names"))
    return made


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression with a ridge; its bias is set anew by what may be claimed wrongly."""
    x = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    sign = 2 * y - 1

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w)
        told = np.logaddexp(0, -margin).sum() + 0.5 * RIDGE * w[:-1] @ w[:-1]
        gradient = -(sign / (1 + np.exp(margin))) @ x
        gradient[:-1] += RIDGE * w[:-1]
        return float(told), gradient

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x[:-1]


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
    x = np.vstack([seen([text for text, _ in own]), seen(learnt)])
    y = np.array([float(needs) for _, needs in own] + [0.0] * len(learnt))
    w = fitted(x, y)
    others = seen(kept) @ w
    bias = -float(np.quantile(others, 1 - CLAIMED))
    told = {"held-out cards' questions taken for one that needs an image": round(float((others + bias > 0).mean()), 4)}
    told["of their signs, asked by name"] = round(float((seen(kept_signs) @ w + bias > 0).mean()), 4)
    if SEEN.exists():
        asked = [json.loads(line)["question"] for line in SEEN.read_text(encoding="utf-8").splitlines()]
        told["VQA-RAD: found"] = round(float((seen(asked) @ w + bias > 0).mean()), 3)
    print(json.dumps(told, indent=1))
    np.savez_compressed(FILE, weights=w.astype(np.float16), bias=np.float32(bias))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
