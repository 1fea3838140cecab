"""What a reader is worth on held-out cards: `python -m training.evaluate --index DIR --weights FILE`; JSON on stdout.

Right passage first and among the first three; right card first; near misses told from answerable questions (AUC); hybrid search beside it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrievers.reader import LearnedReader, Reader
from training.examples import DEPTH, Example, examples, questions, split

FUSED = 0.6
"""What a fused z-score counts beside the reader's logit."""


def logit(value: float) -> float:
    """Log odds, bounded."""
    value = min(1 - 1e-6, max(1e-6, value))
    return math.log(value / (1 - value))


def ranked(example: Example, reader: Reader | None, fused: float = FUSED) -> list[tuple[float, int]]:
    """(score, place of the candidate), best first; only what search found, no neighbours."""
    found = [number for number, score in enumerate(example.scores[: DEPTH + 30]) if not math.isnan(score)]
    said = reader.read(example.tied.question, [example.passages[number] for number in found]) if reader else []
    logits = [logit(one.answers) for one in said] if reader else [0.0] * len(found)
    return sorted(((one + fused * example.scores[number], number) for one, number in zip(logits, found, strict=True)), reverse=True)


def auc(answerable: Sequence[float], near: Sequence[float]) -> float:
    """How often an answerable question's best score lies above a near miss's."""
    if not answerable or not near:
        return float("nan")
    a, n = np.array(answerable)[:, None], np.array(near)[None, :]
    return float(((a > n) + 0.5 * (a == n)).mean())


def figures(made: Sequence[Example], reader: Reader | None, fused: float = FUSED) -> dict[str, Any]:
    """The figures of one reader (or of search alone) on some questions."""
    first = three = card = 0
    best: dict[bool, list[float]] = {True: [], False: []}
    for example in made:
        order = ranked(example, reader, fused)
        best[bool(example.tied.answers)].append(order[0][0] if order else -99.0)
        if not example.tied.answers or not order:
            continue
        places = [number for _, number in order]
        first += example.answers[places[0]]
        three += any(example.answers[number] for number in places[:3])
        card += example.passages[places[0]].document_id == example.tied.document
    n = len(best[True])
    share = {"first": first / n, "in three": three / n, "card first": card / n} if n else {}
    return {
        "n": n,
        "near misses": len(best[False]),
        **{k: round(v, 3) for k, v in share.items()},
        "auc": round(auc(best[True], best[False]), 3),
    }


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    given = parser.parse_args(arguments)
    made = list(examples(split(questions())[1], given.index))
    reader = LearnedReader(given.weights)
    ways: dict[str, list[Example]] = {"all": made}
    for example in made:
        ways.setdefault(f"writer {example.tied.writer}", []).append(example)
    found = {
        name: {"search": figures(some, None, 1.0), "reader": figures(some, reader, 0.0), "both": figures(some, reader)}
        for name, some in ways.items()
    }
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
