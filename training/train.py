"""Train the reader: `python -m training.train --out FOLDER`; stop and start it as you like, it goes on where it was.

One question a step group: a passage that answers against others that do not, listwise, and each by itself (binary). Near misses
have no answer: all their candidates are told to be low. Statements for the stance head come from `training.statements`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch
from torch.nn import functional

from corpora.abbreviations import written_out
from retrievers.alike import alike
from retrievers.reader import Tokenizer, reading_text
from training.crossencoder import CrossEncoder, load, padded, save
from training.examples import Example, by_words, examples, questions, split
from training.questions import Register
from training.statements import Statement, choices, statements

FROZEN = 2
"""Lower layers that keep the packaged weights, the embeddings with them."""
NEGATIVES = 5
STATEMENTS = 6
"""Statements a step."""
CHUNK = 10
"""Pairs that are padded to one length."""
STEADY = 0.5
"""Share of the steps before the learning rate begins to fall."""
GROUPS = 4
"""Questions a step."""


class Pace(NamedTuple):
    """How a training runs: steps of some questions each, learning rate of layers and of heads, threads."""

    steps: int
    rate: float
    heads: float
    threads: int
    seed: int


def prepared(net: torch.nn.Module, frozen: int = FROZEN) -> torch.nn.Module:
    """The network with its lower layers frozen."""
    encoder: Any = net.encoder
    for part in (encoder.embeddings, *encoder.encoder.layer[:frozen]):
        for weight in part.parameters():
            weight.requires_grad = False
    return net


def optimiser(net: torch.nn.Module, pace: Pace) -> torch.optim.AdamW:
    """AdamW; the heads learn faster than the layers."""
    heads = [weight for name, weight in net.named_parameters() if not name.startswith("encoder.")]
    layers = [weight for name, weight in net.named_parameters() if name.startswith("encoder.") and weight.requires_grad]
    return torch.optim.AdamW([{"params": layers, "lr": pace.rate}, {"params": heads, "lr": pace.heads}], weight_decay=0.01)


def chosen(example: Example, dice: random.Random) -> list[tuple[str, float, float]]:
    """Texts of one question with their label and weight: one that answers first (if any), then some that do not.

    Passages of other cards may answer too without being marked: those that say nearly the same are left out, the others weigh half.
    """
    right = [p for p, answers in zip(example.passages, example.answers, strict=True) if answers]
    zipped = zip(example.passages, example.scores, example.answers, strict=True)
    wrong = [(passage, -math.inf if math.isnan(score) else score) for passage, score, answers in zipped if not answers]
    wrong.sort(key=lambda item: -item[1])
    own = [p for p, _ in wrong if p.document_id == example.tied.document]
    other = [p for p, _ in wrong[:16] if p.document_id != example.tied.document and not any(alike(p, one) for one in right)]
    picked = dice.sample(own[:10], min(NEGATIVES // 2 + 1, len(own[:10])))
    picked += dice.sample(other, min(NEGATIVES - len(picked), len(other)))
    made = [(reading_text(dice.choice(right)), 1.0, 1.0)] if right else []
    return made + [(reading_text(p), 0.0, 1.0 if p.document_id == example.tied.document else 0.5) for p in picked]


def loss_of(net: torch.nn.Module, tokenizer: Tokenizer, batch: Sequence[Example], dice: random.Random) -> torch.Tensor:
    """Listwise plus binary loss of some questions."""
    groups = [(example, chosen(example, dice)) for example in batch]
    rows = [row for example, group in groups for row in tokenizer.pairs(example.tied.question, [text for text, _, _ in group])]
    logits = outputs(net, rows)[:, 0]
    total, start = torch.zeros(()), 0
    for _, group in groups:
        said = logits[start : start + len(group)]
        start += len(group)
        labels, weights = (torch.tensor([item[place] for item in group]) for place in (1, 2))
        total = total + functional.binary_cross_entropy_with_logits(said, labels, weights)
        if labels[0] == 1:
            total = total + functional.cross_entropy((said + weights.log()).unsqueeze(0), torch.zeros(1, dtype=torch.long))
    return total / len(groups)


def outputs(net: torch.nn.Module, rows: Sequence[tuple[list[int], list[int]]]) -> torch.Tensor:
    """(n, 4) logits, pairs of like length together: padding to the longest of all would take three quarters more time."""
    order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
    parts = []
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), CHUNK):
            parts += [net(*padded([rows[number] for number in order[start : start + CHUNK]])).float()]
    back = torch.tensor(order).argsort()
    return torch.cat(parts)[back]


def stance_loss(net: torch.nn.Module, tokenizer: Tokenizer, batch: Sequence[Statement]) -> torch.Tensor:
    """Cross entropy of some statements against their passages."""
    rows = [tokenizer.pairs(one.text, [one.passage])[0] for one in batch]
    logits = outputs(net, rows)[:, 1:]
    return functional.cross_entropy(logits, torch.tensor([one.label for one in batch]))


def train(learnt: Sequence[Example], said: Sequence[Statement], out: Path, pace: Pace, start_from: Path | None = None) -> torch.nn.Module:
    """The trained network; a checkpoint every 200 steps in `out`."""
    torch.set_num_threads(pace.threads)
    torch.manual_seed(pace.seed)
    net, tokenizer = prepared(CrossEncoder()), Tokenizer()
    if start_from:
        net.load_state_dict(load(start_from))
    learner = optimiser(net, pace)
    steps = pace.steps
    checkpoint, done = out / "checkpoint.pt", 0
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        learner.load_state_dict(kept["learner"])
        done = kept["step"]
    net.train()
    started, running = time.monotonic(), 0.0
    for step in range(done, steps):
        dice = random.Random(pace.seed * 1_000_003 + step)
        share = min(1.0, (step + 1) / 100, max(0.05, (1 - step / steps) / (1 - STEADY)))
        for group, rate in zip(learner.param_groups, (pace.rate, pace.heads), strict=True):
            group["lr"] = rate * share
        loss = loss_of(net, tokenizer, batch_at(learnt, step, pace.seed), dice)
        if said:
            loss = loss + stance_loss(net, tokenizer, dice.sample(said, STATEMENTS))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([w for w in net.parameters() if w.requires_grad], 1.0)
        learner.step()
        learner.zero_grad()
        running = loss.item() if step == done else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % 200 == 0 or step + 1 == steps:
            out.mkdir(parents=True, exist_ok=True)
            torch.save({"net": net.state_dict(), "learner": learner.state_dict(), "step": step + 1}, checkpoint.with_suffix(".partial"))
            checkpoint.with_suffix(".partial").replace(checkpoint)
            print(
                f"step {step + 1} of {steps}, loss {running:.3f}, {(time.monotonic() - started) / (step + 1 - done):.2f} s a step",
                flush=True,
            )
    return net.eval()


def of_writers(made: Sequence[Example], writers: Sequence[str], others: int, seed: int) -> list[Example]:
    """All questions of these writers, and so many drawn from the rest, so that what was learnt before is kept."""
    rest = [example for example in made if example.tied.writer not in writers]
    random.Random(seed).shuffle(rest)
    return [*(example for example in made if example.tied.writer in writers), *rest[:others]]


def with_long_forms(made: Sequence[Example]) -> list[Example]:
    """Questions that have short forms once more, with these written out, as the product reads them too."""
    long = [(example, written_out(example.tied.question)) for example in made]
    return [
        example._replace(tied=example.tied.model_copy(update={"question": text})) for example, text in long if text != example.tied.question
    ]


def batch_at(learnt: Sequence[Example], step: int, seed: int) -> list[Example]:
    """The questions of a step: each pass goes through all of them in an order of its own."""
    first = step * GROUPS
    found = []
    for place in range(first, first + GROUPS):
        turn, number = divmod(place, len(learnt))
        found.append(learnt[_order(len(learnt), seed + turn)[number]])
    return found


_ORDERS: dict[tuple[int, int], list[int]] = {}


def _order(count: int, seed: int) -> list[int]:
    if (count, seed) not in _ORDERS:
        order = list(range(count))
        random.Random(seed).shuffle(order)
        _ORDERS[count, seed] = order
    return _ORDERS[count, seed]


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3000, help="of four questions each")
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--heads", type=float, default=5e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="start", type=Path, help="a checkpoint, or packed weights, to go on from with new questions")
    twice = "registers whose questions are seen twice in each pass"
    parser.add_argument("--twice", nargs="*", default=(), choices=get_args(Register), help=twice)
    parser.add_argument("--writers", nargs="*", default=(), help="learn from these writers' questions, and from some of the others'")
    parser.add_argument("--others", type=int, default=2700, help="how many of the others', with --writers")
    parser.add_argument("--index", type=Path, help="learn from what this index finds, by words and vectors, rather than by words alone")
    parser.add_argument("--held-out-too", action="store_true", help="train on every question; nothing is left to measure on")
    given = parser.parse_args(arguments)
    learnt, kept = split(questions())
    learnt = [*learnt, *kept] if given.held_out_too else learnt
    made = list(examples(learnt, given.index, given.seed) if given.index else by_words(learnt, given.seed))
    made = of_writers(made, given.writers, given.others, given.seed) if given.writers else made
    made += [example for example in made if example.tied.manner in given.twice]
    made += with_long_forms(made)
    said = list(statements(given.seed, held_out_too=given.held_out_too))
    told = list(choices(learnt, given.seed))
    said += told * max(1, len(said) // max(1, 2 * len(told)))  # a third of the statements are real questions, as far as there are any
    print(f"{len(made)} questions, {len(said)} statements to learn from, {len(kept)} questions held out", flush=True)
    pace = Pace(given.steps, given.rate, given.heads, given.threads, given.seed)
    net = train(made, said, given.out, pace, given.start)
    save(net, given.out / "reader.safetensors", {"questions": str(len(made)), "seed": str(given.seed)})
    (given.out / "run.json").write_text(json.dumps({"questions": len(made), "statements": len(said), **pace._asdict()}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
