"""Fit the gate: `python -m training.gate --index DIR --weights FILE [--write]`; on questions of held-out cards, near misses among them.

The passages of each question are found, pruned and read as the product does. Two logistic regressions are fitted, each measured by
cross-validation over cards; the bounds are the lowest probabilities at which the share right (cross-validated) reaches its promise.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from agent.asked import Asked
from agent.judging import gate as product
from agent.judging.candidates import Candidate, candidates
from agent.judging.gate import Judged, Weights, judged, passage_features, question_features
from agent.reasoners.extractive import spelled, variants
from agent.rows import unmet
from agent.saying import BESIDE, LEAST
from retrievers.embedding import PACKAGED, embedder
from retrievers.factory import retriever
from retrievers.index import PassageIndex
from retrievers.library import Library
from retrievers.reader import LearnedReader
from retrievers.types import Hit, Query
from training.examples import answering, questions, split
from training.questions import Tied

FOLDS = 5
PROMISE = {"answer": 0.55, "moderate": 0.75, "high": 0.92}
"""Share right that the bounds are to keep: of all answers in the last step above the bound, of those called moderate, called high."""


class ReadQuestion(NamedTuple):
    """A question with its candidates, what the reader said of each, and the number of its values the first one does not take in."""

    tied: Tied
    asked: Asked
    found: tuple[Candidate, ...]
    said: tuple[float, ...]
    covered: tuple[float, ...]
    answering: frozenset[str]
    """Passages that answer: the tied ones, and those of other cards that say nearly the same."""


def read_all(asked: Sequence[Tied], index_folder: Path, weights: Path) -> list[ReadQuestion]:
    """Each question as the product reads it, up to the gate."""
    model = embedder(PACKAGED)
    index = PassageIndex.open(index_folder, model)
    library, voice, reader = Library(index, model), retriever(index, model), LearnedReader(weights)
    made = []
    for one in asked:
        read = Asked.of(one.question)
        texts = tuple(dict.fromkeys((one.question, spelled(one.question, read), *variants(one.question))))[:2]
        concepts = library.concepts(one.question)
        hits = asyncio.run(voice.retrieve_many([Query(text=text, k=40, concepts=concepts) for text in texts]))
        best: dict[str, Hit] = {}
        for hit in (hit for some in hits for hit in some):
            if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
                best[hit.passage.id] = hit
        found = candidates(read, sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id)), library)
        said = [there.answers for there in reader.read(spelled(one.question, read), [candidate.passage for candidate in found])]
        covered = tuple(library.covered(read.stems, candidate.passage) for candidate in found)
        right = answering(one, (candidate.passage for candidate in found))
        made.append(ReadQuestion(one, read, tuple(found), tuple(said), covered, right))
    return made


RISING = frozenset({"said", "fused", "met", "matched", "complete", "lead", "covered", "seconded", "together", "guideline", "topic"})
FALLING = frozenset({"unmet", "case", "added"})
"""Features that may only speak for, and only against: a value that was not taken in never makes an answer surer, an invented case never
beats a guideline for being one, whatever a sample says."""


def logistic_fit(rows: Sequence[dict[str, float]], labels: Sequence[float], ridge: float = 1.0) -> Weights:
    """Logistic regression whose weights have the signs of `RISING` and `FALLING`; a feature that would not is left out (0)."""
    left_out: frozenset[str] = frozenset()
    while True:
        made = _newton(rows, labels, ridge, left_out)
        wrong = {name for name, value in made.weights.items() if (name in RISING and value < 0) or (name in FALLING and value > 0)}
        if not wrong:
            return made
        left_out |= wrong


def _newton(rows: Sequence[dict[str, float]], labels: Sequence[float], ridge: float, left_out: frozenset[str]) -> Weights:
    """By Newton steps, features standardised inside and returned in their own scale."""
    names = sorted(rows[0])
    x = np.array([[0.0 if name in left_out else row[name] for name in names] for row in rows])
    y = np.array(labels, dtype=float)
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-9)
    z = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    w = np.zeros(z.shape[1])
    penalty = np.diag([ridge] * len(names) + [0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (p - y) + penalty @ w
        hessian = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    scaled = w[:-1] / spread
    return Weights(
        bias=round(float(w[-1] - scaled @ mean), 5),
        weights={name: round(float(value), 5) for name, value in zip(names, scaled, strict=True)},
    )


def fold(one: ReadQuestion) -> int:
    """Which part of the cross-validation a question's card belongs to."""
    return int(hashlib.sha256(f"fold {one.tied.document}".encode()).hexdigest(), 16) % FOLDS


def passage_model(read: Sequence[ReadQuestion]) -> Weights:
    """The first model of the gate, on every candidate of every question."""
    rows, labels = [], []
    for one in read:
        for candidate, said in zip(one.found, one.said, strict=True):
            rows.append(passage_features(candidate, said))
            labels.append(float(candidate.passage.id in one.answering))
    return logistic_fit(rows, labels)


def ordered(one: ReadQuestion, model: Weights) -> list[Judged]:
    """The candidates by the first model."""
    return judged(one.found, one.said, model)


def outcome(one: ReadQuestion, model: Weights) -> tuple[dict[str, float], float, bool] | None:
    """The second model's features, whether the answer is right (1 or 0), whether the tied passage leads; None without candidates.

    An answer is right when a passage that answers (`training.examples.answering`) is among its first three sentences, as
    `agent.saying` would show them.
    """
    order = ordered(one, model)
    if not order:
        return None
    least = max(LEAST, BESIDE * order[0].answers)
    shown = [item.candidate.passage.id for item in order[:3] if item is order[0] or item.answers >= least]
    right = float(any(name in one.answering for name in shown))
    leads = order[0].candidate.passage.id in one.tied.passages
    lead = order[0].candidate.passage
    covered = next(share for candidate, share in zip(one.found, one.covered, strict=True) if candidate.passage.id == lead.id)
    return question_features(order, len(unmet(lead, one.asked)), covered), right, leads


def cross_validated(read: Sequence[ReadQuestion]) -> list[dict[str, Any]]:
    """Each question's probability of being right by models that did not see its card, and whether it was."""
    told = []
    for part in range(FOLDS):
        learnt, kept = [one for one in read if fold(one) != part], [one for one in read if fold(one) == part]
        first = passage_model(learnt)
        seen = [found for one in learnt if (found := outcome(one, first))]
        second = logistic_fit([features for features, _, _ in seen], [right for _, right, _ in seen])
        for one in kept:
            found = outcome(one, first)
            told.append({
                "id": one.tied.id, "answerable": bool(one.tied.passages), "sure": second.of(found[0]) if found else 0.0,
                "right": bool(found and found[1]), "leads": bool(found and found[2]), "manner": one.tied.manner, "card": one.tied.document,
            })  # fmt: skip
    return told


def bounds(told: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The lowest probabilities from which the share right keeps the promise: of everything above for high, of the band for moderate."""
    order = sorted(told, key=lambda one: -one["sure"])
    high = _lowest(order, PROMISE["high"])
    below = [one for one in order if one["sure"] < high]
    moderate = min(_lowest(below, PROMISE["moderate"]), high - 0.01)
    answer = min(_lowest([one for one in below if one["sure"] < moderate], PROMISE["answer"]), moderate - 0.01)
    return {"answer": round(max(0.05, answer), 3), "moderate": round(max(0.06, moderate), 3), "high": round(min(0.99, high), 3)}


def _lowest(order: Sequence[dict[str, Any]], promise: float, least: int = 20) -> float:
    lowest: float = 0.985
    right = 0
    for number, one in enumerate(order, 1):
        right += one["right"]
        if number >= least and right / number >= promise:
            lowest = one["sure"]
    return lowest


def figures(told: Sequence[dict[str, Any]], at: dict[str, float]) -> dict[str, Any]:
    """What the gate promises and keeps, cross-validated."""
    answerable, near = [one for one in told if one["answerable"]], [one for one in told if not one["answerable"]]
    said = [one for one in answerable if one["sure"] >= at["answer"]]
    levels = {
        "high": [one for one in told if one["sure"] >= at["high"]],
        "moderate": [one for one in told if at["moderate"] <= one["sure"] < at["high"]],
        "low": [one for one in told if at["answer"] <= one["sure"] < at["moderate"]],
    }
    return {
        "answerable": len(answerable), "near misses": len(near),
        "leads, of all": _share(answerable, "leads"), "right, of all": _share(answerable, "right"),
        "answered": round(len(said) / max(1, len(answerable)), 3),
        "answered right": round(sum(one["right"] for one in said) / max(1, len(answerable)), 3),
        "answered wrong": round(sum(not one["right"] for one in said) / max(1, len(answerable)), 3),
        "right passage leads": round(sum(one["leads"] for one in said) / max(1, len(answerable)), 3),
        "near misses refused": round(sum(o["sure"] < at["answer"] for o in near) / max(1, len(near)), 3),
        **{f"right when {name}": [_share(some, "right"), len(some)] for name, some in levels.items()},
    }  # fmt: skip


def _share(some: Sequence[dict[str, Any]], name: str) -> float:
    counted: int = sum(one[name] for one in some)
    return round(counted / max(1, len(some)), 3)


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--most", type=int, default=0, help="only so many questions, for a first look")
    parser.add_argument("--write", action="store_true", help="put the fitted gate into agent/data/gate.toml")
    given = parser.parse_args(arguments)
    asked = split(questions())[1]
    read = read_all(asked[:: max(1, len(asked) // given.most)] if given.most else asked, given.index, given.weights)
    told = cross_validated(read)
    at = bounds(told)
    first = passage_model(read)
    seen = [found for one in read if (found := outcome(one, first))]
    second = logistic_fit([features for features, _, _ in seen], [right for _, right, _ in seen])
    made = figures(told, at)
    print(json.dumps({"bounds": at, **made}, indent=1))
    if given.write:
        lines = ["# The fitted gate (agent/judging/gate.py); made by `python -m training.gate`, never by hand."]
        for name, model in (("passage", first), ("question", second)):
            lines += ["", f"[{name}]", f"bias = {model.bias}", "", f"[{name}.weights]", *(f"{k} = {v}" for k, v in model.weights.items())]
        lines += ["", "[bounds]", *(f"{name} = {value}" for name, value in at.items()), ""]
        product.FILE.write_text("\n".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
