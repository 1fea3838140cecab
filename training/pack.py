"""Put a checkpoint's weights into the package: `python -m training.pack CHECKPOINT [--out FILE] [--card FIGURES.json]`.

What is written is what the product reads: upper layers and heads, int8 with a scale a row. With `--card` the model card is written too:
hashes, seeds, how many questions of whom, and the figures of `training.evaluate` and `training.gate`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import torch

from retrievers.reader import WEIGHTS
from training.crossencoder import CrossEncoder, save
from training.questions import FOLDER, count

CARD = Path(__file__).parent / "MODEL_CARD.md"


def pack(checkpoint: Path, out: Path = WEIGHTS) -> int:
    """Write the weights; the step they are of."""
    kept = torch.load(checkpoint, weights_only=True)
    net = CrossEncoder()
    net.load_state_dict(kept["net"])
    save(net, out, {"step": str(kept["step"])})
    return int(kept["step"])


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
    parser.add_argument("--card", type=Path, help="JSON with the figures to write into the model card")
    given = parser.parse_args(arguments)
    step = pack(given.checkpoint, given.out)
    print(f"step {step}: {given.out} ({given.out.stat().st_size / 1e6:.1f} MB)")
    if given.card:
        CARD.write_text(card(step, given.out, json.loads(given.card.read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
