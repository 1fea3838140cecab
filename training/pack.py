"""Put a checkpoint's weights into the package: `python -m training.pack CHECKPOINT [--out FILE] [--card FIGURES.json]`.

What is written is what the product reads: upper layers and heads, int8 with a scale a row. With `--average WEIGHTS SHARE` it is the mean of
the weights that the training began with and of the checkpoint, which counts SHARE: what a short training on new questions learns, without
what it forgets (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). With `--card` the model card is written too: hashes,
seeds, how many questions of whom, and the figures of `training.evaluate` and `training.gate`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

from retrievers.reader import WEIGHTS
from training.crossencoder import CrossEncoder, load, save
from training.questions import FOLDER, count

CARD = Path(__file__).parent / "MODEL_CARD.md"


def pack(checkpoint: Path, out: Path = WEIGHTS, begun: Path | None = None, share: float = 1.0) -> int:
    """Write the weights, averaged with those that were `begun` with where they are given; the step they are of."""
    kept = torch.load(checkpoint, weights_only=True)
    net = CrossEncoder()
    net.load_state_dict(averaged(kept["net"], load(begun), share) if begun else kept["net"])
    save(net, out, {"step": str(kept["step"])})
    return int(kept["step"])


def averaged(net: Mapping[str, torch.Tensor], begun: Mapping[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """`net` counting `share` (0-1), `begun` the rest; what the training leaves frozen stays as it is packaged."""
    base = CrossEncoder().state_dict()
    return {
        name: value if not value.is_floating_point() or (name.startswith("encoder.") and torch.equal(value.float(), base[name].float()))
        else begun[name].float() * (1 - share) + value.float() * share
        for name, value in net.items()
    }  # fmt: skip


def data_hash() -> str:
    """SHA-256 over the questions' files, shortened."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.jsonl")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def card(step: int, out: Path, figures: dict[str, object]) -> str:
    """The model card's text."""
    size = out.stat().st_size / 1e6
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    told = json.dumps(figures, indent=1)
    made = json.dumps(count(), indent=1)
    return f"""# The reader's model card

A cross-encoder on the packaged all-MiniLM-L6-v2: embeddings and the two lowest layers as they come, four layers and two heads trained.
It reads a question, a statement or a question with an option beside a passage, and gives the probability that the passage answers
and how it stands to it (supports, contradicts, neither). English only. It reads words; figures, codes and ranges are compared exactly
elsewhere (`agent/reading/rows.py`). It was trained on questions written for this project's cards and knows no others.

- weights: `{out.name}`, {size:.1f} MB, SHA-256 {digest}
- last trained for {step} steps of four questions each; the data's hash is {data_hash()}
- a fifth of the cards, chosen by the hash of their ids, was never trained on; the figures below are of their questions

## Questions
```json
{made}
```

## Figures on held-out cards
```json
{told}
```
"""


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument(
        "--average", nargs=2, metavar=("WEIGHTS", "SHARE"), help="what the training began with; how much the checkpoint counts"
    )
    parser.add_argument("--card", type=Path, help="JSON with the figures to write into the model card")
    given = parser.parse_args(arguments)
    begun, share = (Path(given.average[0]), float(given.average[1])) if given.average else (None, 1.0)
    step = pack(given.checkpoint, given.out, begun, share)
    print(f"step {step}: {given.out} ({given.out.stat().st_size / 1e6:.1f} MB)")
    if given.card:
        CARD.write_text(card(step, given.out, json.loads(given.card.read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
