"""Fit the gate: `python -m training.gate --index DIR --weights FILE [--write]`; on questions of held-out cards, near misses among them.

The passages of each question are found, pruned and read as the product does. Two logistic regressions are fitted, each measured by
cross-validation over cards; the bounds are the lowest probabilities at which the share right (cross-validated) reaches its promise.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import pickle
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from agent.fitted import FILE, Weights
from agent.judging.candidates import Candidate, candidates, held_by
from agent.judging.gate import Judged, judged, passage_features, question_features
from agent.reading.asked import Asked
from agent.reading.rows import unmet
from agent.reading.searching import best_read, searches, with_implied
from agent.saying.sentences import BESIDE, LEAST
from agent.settings import Settings
from retrievers.embedding import PACKAGED, embedder
from retrievers.factory import retriever
from retrievers.index import PassageIndex
from retrievers.library import Library
from retrievers.reader import LearnedReader
from retrievers.types import Hit, Query
from training.examples import answering, questions, split
from training.questions import Tied

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
FOLDS = 5
PROMISE = {"answer": 0.55, "moderate": 0.75, "high": 0.92}
"""Share right that the bounds are to keep: of all answers in the last step above the bound, of those called moderate, called high."""


class ReadQuestion(NamedTuple):
    """A question with its candidates, what the reader said of each, and the number of its values the first one does not take in."""

    tied: Tied
    asked: Asked
    found: tuple[Candidate, ...]
    said: tuple[float, ...]
    held: tuple[frozenset[str], ...]
    telling: dict[str, float]
    answering: frozenset[str]
    """Passages that answer: the tied ones, and those of other cards that say nearly the same."""
    absent: bool = False
    """Whether the question is told without its card."""


def read_all(asked: Sequence[Tied], index_folder: Path, weights: Path, keep: Path | None = None) -> list[ReadQuestion]:
    """Each question as the product reads it, up to the gate; with `keep`, what a stopped run has read is not read again."""
    model = embedder(PACKAGED)
    index = PassageIndex.open(index_folder, model)
    library, voice, reader = Library(index, model), retriever(index, model), LearnedReader(weights)
    made: list[ReadQuestion] = pickle.loads(keep.read_bytes()) if keep and keep.exists() else []
    for start in range(len(made), len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        read = [Asked.of(one.question) for one in block]
        ways = [searches(one.question, there)[:WAYS] for one, there in zip(block, read, strict=True)]
        queries = [Query(text=text, k=40, concepts=library.concepts(one.question)) for one, texts in zip(block, ways, strict=True)
                   for text in texts]  # fmt: skip
        hits = iter(asyncio.run(voice.retrieve_many(queries)))
        for one, there, texts in zip(block, read, ways, strict=True):
            made.append(_read(one, there, [hit for _ in texts for hit in next(hits)], library, reader))
        if keep:
            keep.with_suffix(".partial").write_bytes(pickle.dumps(made))
            keep.with_suffix(".partial").replace(keep)
    return made


_BLOCK = 50
WAYS = Settings().queries
"""Searches for a question, as the product makes them."""


def _read(one: Tied, asked: Asked, hits: Sequence[Hit], library: Library, reader: LearnedReader) -> ReadQuestion:
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
            best[hit.passage.id] = hit
    found = candidates(asked, sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id)), library)
    said = best_read(reader, with_implied(one.question, asked), [candidate.passage for candidate in found])
    return ReadQuestion(
        one, asked, tuple(found), tuple(said), tuple(held_by(candidate, asked, library) for candidate in found),
        {stem: library.weight(stem) for stem in asked.without_values}, answering(one, (candidate.passage for candidate in found)),
    )  # fmt: skip


RISING = frozenset(
    {"said", "fused", "met", "matched", "complete", "lead", "loudest", "covered", "seconded", "together", "guideline", "topic"}
)
FALLING = frozenset({"unmet", "case", "added"})
"""Features that may only speak for, and only against: a value that was not taken in never makes an answer surer, an invented case never
beats a guideline for being one, whatever a sample says."""


def logistic_fit(rows: Sequence[dict[str, float]], labels: Sequence[float], ridge: float = 1.0) -> Weights:
    """Logistic regression whose weights have the signs of `RISING` and `FALLING`; a feature that would not is left out (0)."""
    return _signed(rows, lambda z: _newton(z, np.array(labels, dtype=float), ridge))


def listwise_fit(rows: Sequence[dict[str, float]], labels: Sequence[float], groups: Sequence[int], ridge: float = 1.0) -> Weights:
    """Weights that put what answers before what does not within each group, then scaled to probabilities over all rows.

    The loss is minus the log of the answering rows' share of the softmax; groups where nothing answers only count for the scale.
    """
    y, group = np.array(labels, dtype=float), np.array(groups)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    answered = np.add.reduceat(y, starts) > 0

    def direction(z: Matrix) -> Vector:
        def loss(w: Vector) -> tuple[float, Vector]:
            score = z @ w
            score -= np.repeat(np.maximum.reduceat(score, starts), np.diff(starts, append=len(score)))
            share = np.exp(score)
            whole, right = np.add.reduceat(share, starts), np.add.reduceat(share * y, starts)
            told = np.log(np.maximum(right[answered], 1e-12) / whole[answered])
            each = np.repeat(np.where(answered, 1 / whole, 0), np.diff(starts, append=len(score)))
            own = np.repeat(np.where(answered, 1 / np.maximum(right, 1e-12), 0), np.diff(starts, append=len(score)))
            return float(-told.sum() + 0.5 * ridge * w @ w), z.T @ (share * each - share * y * own) + ridge * w

        found: Vector = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
        return found

    def fitted(z: Matrix) -> Vector:
        w = direction(z)
        scale, bias = _newton((z @ w)[:, None], y, 1e-3)
        return np.append(w * scale, bias)

    return _signed(rows, fitted)


def _signed(rows: Sequence[dict[str, float]], fit: Callable[[Matrix], Vector]) -> Weights:
    """A model on standardised features, returned in their own scale; `fit` gives their weights and the bias."""
    names = sorted(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-9)
    kept = np.ones(len(names), dtype=bool)
    while True:
        w = fit((x - mean) / spread * kept)
        wrong = np.array([(n in RISING and v < 0) or (n in FALLING and v > 0) for n, v in zip(names, w[:-1], strict=True)]) & kept
        if not wrong.any():
            break
        kept &= ~wrong
    scaled = w[:-1] / spread * kept
    return Weights(
        bias=round(float(w[-1] - scaled @ mean), 5),
        weights={name: round(float(value), 5) for name, value in zip(names, scaled, strict=True)},
    )


def _newton(z: Matrix, y: Vector, ridge: float) -> Vector:
    """Weights and bias (last) of a logistic regression by Newton steps."""
    z = np.hstack([z, np.ones((len(z), 1))])
    w = np.zeros(z.shape[1])
    penalty = np.diag([ridge] * (z.shape[1] - 1) + [0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (p - y) + penalty @ w
        hessian = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    return w


MEASURED = frozenset({"s", "x"})
"""Writers whose questions nothing is fitted on; all of them are of held-out cards."""
ABSENT = 4
"""One in so many questions is told a second time without its card."""


def without_card(one: ReadQuestion) -> ReadQuestion:
    """The question as it were if no card answered it: what answers is gone, and so is the card that it was written for."""
    kept = [n for n, item in enumerate(one.found)
            if item.passage.document_id != one.tied.document and item.passage.id not in one.answering]  # fmt: skip
    return one._replace(
        tied=one.tied.model_copy(update={"id": f"{one.tied.id} without", "passages": ()}), answering=frozenset(), absent=True,
        found=tuple(one.found[n] for n in kept), said=tuple(one.said[n] for n in kept), held=tuple(one.held[n] for n in kept),
    )  # fmt: skip


def with_absent(read: Sequence[ReadQuestion]) -> list[ReadQuestion]:
    """The questions, and some of those that are answered once more without their card: outsiders ask what no card says."""
    return [*read, *(without_card(one) for one in [one for one in read if one.tied.answers][::ABSENT])]


def fold(one: ReadQuestion) -> int:
    """Which part of the cross-validation a question's card belongs to."""
    return int(hashlib.sha256(f"fold {one.tied.document}".encode()).hexdigest(), 16) % FOLDS


def passage_model(read: Sequence[ReadQuestion]) -> Weights:
    """The first model of the gate: ordered within each question, and called by the share that answers of all candidates."""
    rows, labels, groups = [], [], []
    for number, one in enumerate(read):
        for candidate, said, held in zip(one.found, one.said, one.held, strict=True):
            rows.append(passage_features(candidate, said, held, one.telling))
            labels.append(float(candidate.passage.id in one.answering))
            groups.append(number)
    return listwise_fit(rows, labels, groups)


def ordered(one: ReadQuestion, model: Weights) -> list[Judged]:
    """The candidates by the first model."""
    return judged(one.found, one.said, one.held, one.telling, model)


def outcome(one: ReadQuestion, model: Weights) -> tuple[dict[str, float], float, bool] | None:
    """The second model's features, whether the answer is right (1 or 0), whether the tied passage leads; None without candidates.

    An answer is right when a passage that answers (`training.examples.answering`) is among its first three sentences, as
    `agent.saying.sentences` would show them.
    """
    order = ordered(one, model)
    if not order:
        return None
    least = max(LEAST, BESIDE * order[0].answers)
    shown = [item.candidate.passage.id for item in order[:3] if item is order[0] or item.answers >= least]
    right = float(any(name in one.answering for name in shown))
    leads = order[0].candidate.passage.id in one.tied.answers
    lead = order[0].candidate.passage
    return question_features(order, len(unmet(lead, one.asked)), one.telling), right, leads


def cross_validated(read: Sequence[ReadQuestion]) -> list[dict[str, Any]]:
    """Each question's probability of being right by models that did not see its card, and whether it was."""
    told = []
    for part in range(FOLDS):
        learnt, kept = [one for one in read if fold(one) != part], [one for one in read if fold(one) == part]
        first = passage_model([one for one in learnt if not one.absent])
        seen = [found for one in learnt if (found := outcome(one, first))]
        second = logistic_fit([features for features, _, _ in seen], [right for _, right, _ in seen])
        for one in kept:
            found = outcome(one, first)
            told.append({
                "id": one.tied.id, "answerable": bool(one.tied.answers), "sure": second.of(found[0]) if found else 0.0,
                "right": bool(found and found[1]), "leads": bool(found and found[2]), "manner": one.tied.manner, "card": one.tied.document,
                "absent": one.absent,
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


def of_others(read: Sequence[ReadQuestion], first: Weights, second: Weights) -> list[dict[str, Any]]:
    """As `cross_validated`, of questions that neither reader nor gate was fitted on, by the whole models."""
    told = []
    for one in read:
        found = outcome(one, first)
        told.append({
            "id": one.tied.id, "answerable": bool(one.tied.answers), "sure": second.of(found[0]) if found else 0.0,
            "right": bool(found and found[1]), "leads": bool(found and found[2]), "manner": one.tied.manner,
        })  # fmt: skip
    return told


def figures(told: Sequence[dict[str, Any]], at: dict[str, float]) -> dict[str, Any]:
    """What the gate promises and keeps, cross-validated."""
    answerable, rest = [one for one in told if one["answerable"]], [one for one in told if not one["answerable"]]
    near, absent = [one for one in rest if not one.get("absent")], [one for one in rest if one.get("absent")]
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
        "near misses refused": _refused(near, at), "without a card": len(absent), "refused without a card": _refused(absent, at),
        **{f"right when {name}": [_share(some, "right"), len(some)] for name, some in levels.items()},
    }  # fmt: skip


def _refused(some: Sequence[dict[str, Any]], at: dict[str, float]) -> float:
    refused: int = sum(one["sure"] < at["answer"] for one in some)
    return round(refused / max(1, len(some)), 3)


def _share(some: Sequence[dict[str, Any]], name: str) -> float:
    counted: int = sum(one[name] for one in some)
    return round(counted / max(1, len(some)), 3)


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--most", type=int, default=0, help="only so many questions, for a first look")
    parser.add_argument("--keep", type=Path, help="a file for what was read, to go on from when it was stopped")
    parser.add_argument("--write", action="store_true", help="put the fitted gate into agent/data/gate.toml")
    given = parser.parse_args(arguments)
    held = split(questions())[1]
    asked, others = ([one for one in held if (one.writer in MEASURED) is apart] for apart in (False, True))
    random.Random(7).shuffle(asked)
    asked = [*asked[: given.most or None], *others]
    every_read = read_all(asked, given.index, given.weights, given.keep)
    read = [one for one in every_read if one.tied.writer not in MEASURED]
    every = with_absent(read)
    told = cross_validated(every)
    at = bounds(told)
    first = passage_model(read)
    seen = [found for one in every if (found := outcome(one, first))]
    second = logistic_fit([features for features, _, _ in seen], [right for _, right, _ in seen])
    made = figures(told, at)
    unseen = of_others([one for one in every_read if one.tied.writer in MEASURED], first, second)
    made |= {"another writer's": figures(unseen, at)} if unseen else {}
    print(json.dumps({"bounds": at, **made}, indent=1))
    if given.write:
        lines = ["# The fitted gate (agent/judging/gate.py); made by `python -m training.gate`, never by hand."]
        for name, model in (("passage", first), ("question", second)):
            lines += ["", f"[{name}]", f"bias = {model.bias}", "", f"[{name}.weights]", *(f"{k} = {v}" for k, v in model.weights.items())]
        lines += ["", "[bounds]", *(f"{name} = {value}" for name, value in at.items()), ""]
        FILE.write_text("\n".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
