"""Learn the space of the dense voice: `python -m training.space --index DIR [--write]`; half a minute, once the questions are embedded.

Two linear maps on top of the half-whitening of the corpus, one for questions and one for passages, by softmax over the passages that
answer against a sample of all others; decay holds both near the identity. Measured on questions of held-out cards, whose passages
are among those that are searched and were never learnt from: share with a passage that answers among the first 1, 3, 10, 24, 100.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from retrievers.dense import embedding_text
from retrievers.embedding import PACKAGED, Matrix, embedder
from retrievers.index import PassageIndex
from retrievers.space import FILE, Space
from retrievers.vectors import embed_all
from retrievers.words import unframed
from training.examples import held_out, questions
from training.questions import Tied

RATE, DECAY, SHARPNESS, PASSES = 1e-3, 1e-3, 20.0, 4
BLOCK, OTHERS = 256, 6000
"""Questions a step, and passages they are told from."""
DEPTHS = (1, 3, 10, 24, 100)


def maps(queries: Matrix, passages: Matrix, answered_by: Sequence[Sequence[int]], seed: int = 0) -> tuple[Matrix, Matrix]:
    """The maps of questions and of passages, (d, d) each, from whitened (q, d) and (p, d) rows and the passages that answer each."""
    torch.manual_seed(seed)
    asked, there = torch.from_numpy(queries), torch.from_numpy(passages)
    same = torch.eye(asked.shape[1])
    moves = [torch.zeros_like(same, requires_grad=True) for _ in range(2)]
    learner = torch.optim.Adam(moves, lr=RATE)
    blocks = max(1, len(asked) // BLOCK)
    for step in range(PASSES * blocks):
        turn, number = divmod(step, blocks)
        order = list(range(len(asked)))
        random.Random(seed + turn).shuffle(order)
        loss = _loss(asked, there, answered_by, order[number * BLOCK : (number + 1) * BLOCK], [same + move for move in moves])
        loss = loss + DECAY * sum(move.pow(2).sum() for move in moves)
        for group in learner.param_groups:
            group["lr"] = RATE * (1 - step / (PASSES * blocks))
        learner.zero_grad()
        loss.backward()
        learner.step()
    return tuple((same + move.detach()).numpy() for move in moves)  # type: ignore[return-value]


def _loss(asked: torch.Tensor, there: torch.Tensor, answered_by: Sequence[Sequence[int]], block: list[int], by: list[torch.Tensor]) -> Any:
    right = sorted({passage for number in block for passage in answered_by[number]})
    others = torch.randint(0, len(there), (OTHERS,)).tolist()
    heard = [*right, *sorted(set(others) - set(right))]
    place = {passage: column for column, passage in enumerate(heard)}
    mask = torch.zeros(len(block), len(heard), dtype=torch.bool)
    for row, number in enumerate(block):
        mask[row, [place[passage] for passage in answered_by[number]]] = True
    said = SHARPNESS * functional.normalize(asked[block] @ by[0], dim=1) @ functional.normalize(there[heard] @ by[1], dim=1).T
    return (torch.logsumexp(said, 1) - torch.logsumexp(said.masked_fill(~mask, -1e9), 1)).mean()


def found(space: Space, queries: Matrix, passages: Matrix, answered_by: Sequence[Sequence[int]]) -> dict[str, float]:
    """Share of questions with a passage that answers among the first `DEPTHS`."""
    there, counted = space.of_passages(passages), np.zeros(len(DEPTHS))
    for start in range(0, len(queries), 256):
        scores = space.of_queries(queries[start : start + 256]) @ there.T
        order = np.argsort(-scores, axis=1)[:, : max(DEPTHS)]
        for row, right in zip(order, answered_by[start : start + 256], strict=True):
            first = next((place for place, passage in enumerate(row) if passage in set(right)), max(DEPTHS))
            counted += [first < depth for depth in DEPTHS]
    return {str(depth): round(float(share), 3) for depth, share in zip(DEPTHS, counted / max(1, len(queries)), strict=True)}


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="put the learnt space into retrievers/data")
    given = parser.parse_args(arguments)
    model = embedder(PACKAGED)
    index = PassageIndex.open(given.index, model)
    place = {passage.id: number for number, passage in enumerate(index.passages)}
    asked: list[Tied] = [one for one in questions() if one.passages and all(name in place for name in one.passages)]
    queries, _ = embed_all([unframed(one.question) for one in asked], model)
    passages, _ = embed_all(_texts(index), model)
    white = Space.fit(passages)
    kept = np.array([held_out(one.document) for one in asked])
    learnt_from = np.flatnonzero([not held_out(passage.document_id) for passage in index.passages])
    back = {int(number): row for row, number in enumerate(learnt_from)}
    right = [[place[name] for name in one.passages] for one in asked]
    train = np.flatnonzero(~kept)
    made = maps(
        white.of_queries(queries)[train], white.of_passages(passages)[learnt_from], [[back[n] for n in right[number]] for number in train]
    )
    space = Space(white.mean, white.queries @ made[0], white.passages @ made[1])
    held = np.flatnonzero(kept)
    told = {
        name: found(one, queries[held], passages, [right[number] for number in held])
        for name, one in (("before", white), ("learnt", space))
    }
    print(json.dumps({"questions": len(train), "held out": len(held), "passages": len(passages), **told}, indent=1))
    if given.write:
        queries_map, passages_map = space.queries.astype(np.float16), space.passages.astype(np.float16)
        np.savez_compressed(FILE, mean=space.mean, fingerprint=np.array(model.fingerprint), queries=queries_map, passages=passages_map)
    return 0


def _texts(index: PassageIndex) -> list[str]:
    from retrievers.asserted import asserted_sentences, link_all

    links = link_all(index.passages)
    return [embedding_text(*pair) for pair in zip(index.passages, map(asserted_sentences, index.passages, links), strict=True)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
