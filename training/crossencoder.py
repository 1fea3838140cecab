"""The reader's network as it is trained: the same layers and heads as `retrievers/network.py` runs, in torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from safetensors.numpy import load_file
from safetensors.torch import save_file
from transformers import AutoModel

from retrievers.embedding import packaged_folder
from retrievers.network import OUTPUTS, Row
from retrievers.reader import unpacked


class CrossEncoder(torch.nn.Module):
    """Question and passage read together; four logits a pair: answers, supports, contradicts, neither."""

    def __init__(self) -> None:
        """Take the packaged model's weights; the heads are untrained."""
        super().__init__()
        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        loud = transformers.utils.logging.get_verbosity()
        transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the pooling layer is left out on purpose
        self.encoder = AutoModel.from_pretrained(str(packaged_folder()), local_files_only=True, add_pooling_layer=False)
        transformers.utils.logging.set_verbosity(loud)
        width = self.encoder.config.hidden_size
        self.hidden = torch.nn.Linear(2 * width, width)
        self.out = torch.nn.Linear(width, OUTPUTS)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        """(n, 4) logits."""
        states = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=segments).last_hidden_state
        weight = (mask * segments).unsqueeze(-1).to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        return self.out(torch.tanh(self.hidden(torch.cat((states[:, 0], mean), dim=1))))  # type: ignore[no-any-return]


def padded(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(n, longest) ids, mask and segments."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask, segments = torch.zeros_like(ids), torch.zeros_like(ids)
    for number, (said, kinds) in enumerate(rows):
        ids[number, : len(said)] = torch.tensor(said)
        mask[number, : len(said)] = 1
        segments[number, : len(said)] = torch.tensor(kinds)
    return ids, mask, segments


def save(net: torch.nn.Module, path: Path, about: dict[str, str]) -> None:
    """Write what differs from the packaged model: trained matrices as int8 with a scale a row, the rest as float16."""
    base = CrossEncoder().state_dict()
    kept: dict[str, torch.Tensor] = {}
    for name, value in net.state_dict().items():
        if name.startswith("encoder.") and torch.equal(value.float().cpu(), base[name].float()):
            continue
        if value.ndim == 2 and value.numel() > 4096:
            scale = value.float().abs().amax(dim=1).clamp(min=1e-8) / 127
            kept[f"{name}.int8"] = (value.float() / scale.unsqueeze(-1)).round().clamp(-127, 127).to(torch.int8)
            kept[f"{name}.scale"] = scale
        else:
            kept[name] = value.to(torch.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in kept.items()}, path, metadata={"about": json.dumps(about)})


def load(path: Path) -> dict[str, torch.Tensor]:
    """A network's weights from a checkpoint, or from what `save` packed: the rest as packaged."""
    if path.suffix != ".safetensors":
        kept: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["net"]
        return kept
    trained = {name: torch.tensor(value).float() for name, value in unpacked(load_file(path)).items()}
    return CrossEncoder().state_dict() | trained
