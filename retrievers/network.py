"""MiniLM in ONNX Runtime: the layers that the embedding and the reader share, without torch.

The graphs (`data/*.onnx`, drawn by `training/graph.py`) hold no weights; these come from the packaged model's
`model.safetensors` and, for the reader, from `data/reader.safetensors`. Each text runs by itself, so that nothing is padded and a result
does not hang on its neighbours; several texts run on several threads, which take no work while they wait.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYERS, HIDDEN, INNER, HEADS, VOCABULARY, POSITIONS, OUTPUTS = 6, 384, 1536, 12, 30522, 512, 4
EPSILON = 1e-12
VECTORS, READER, READER_FLOAT = (Path(__file__).parent / "data" / f"{name}.onnx" for name in ("vectors", "reader", "reader-float"))
_TASKS = 4
"""Pieces of work for each thread: short and long texts even out."""

Array = NDArray[Any]
Row = tuple[list[int], list[int]]
"""Token ids and segment ids of one text."""


class Network:
    """A graph with its weights; safe to run from several threads, and in a fork of the process that opened it."""

    def __init__(self, graph: Path, weights: Mapping[str, Array]) -> None:
        """Open the graph (a file of this package) with these weights."""
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a session without threads of its own survives a fork
        options.log_severity_level = 3
        names = list(weights)
        self._given = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(weights[name])) for name in names]
        options.add_external_initializers(names, self._given)
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def run(self, rows: Sequence[Row], threads: int = 1) -> NDArray[np.float32]:
        """(n, width) float32, one row a text."""
        if not rows:
            return np.zeros((0, self._session.get_outputs()[0].shape[1]), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda number: -len(rows[number][0]))
        threads = min(threads, len(rows))
        if threads == 1:
            found = dict(self._some(rows, order))
        else:
            parts = threads * _TASKS
            shares = [order[start::parts] for start in range(min(parts, len(order)))]
            found = {number: one for some in _pool(os.getpid()).map(lambda share: self._some(rows, share), shares) for number, one in some}
        return np.stack([found[number] for number in range(len(rows))])

    def _some(self, rows: Sequence[Row], numbers: Sequence[int]) -> list[tuple[int, NDArray[np.float32]]]:
        return [(number, self._one(*rows[number])) for number in numbers]

    def _one(self, ids: list[int], segments: list[int]) -> NDArray[np.float32]:
        given = {"ids": np.array([ids], dtype=np.int64), "segments": np.array([segments], dtype=np.int64)}
        return np.asarray(self._session.run(None, given)[0][0], dtype=np.float32)


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """The threads of this process: a fork has none of its parent's."""
    return ThreadPoolExecutor(processors(), thread_name_prefix="network")


def float_weights(state: Mapping[str, Array]) -> dict[str, Array]:
    """Weights of the float32 graph from a BERT's state (names as in its `model.safetensors`)."""
    made = _common(state)
    for name, (weight, bias) in _products(state).items():
        made |= {f"{name}.weight": weight.T, f"{name}.bias": bias}
    return made


def int8_weights(state: Mapping[str, Array]) -> dict[str, Array]:
    """Weights of the int8 graph, one scale an output; weights that came from int8 with a scale a row get back what they were."""
    made = _common(state)
    for name, (weight, bias) in _products(state).items():
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-8) / 127
        rounded = np.clip(np.round(weight / scale[:, None]), -127, 127).astype(np.int8)
        made |= {f"{name}.int8": rounded.T, f"{name}.scale": scale.astype(np.float32), f"{name}.bias": bias}
    return made


def _common(state: Mapping[str, Array]) -> dict[str, Array]:
    """What both graphs keep in float32: embeddings and norms."""
    named = {"words": "word_embeddings", "segments.weight": "token_type_embeddings", "places": "position_embeddings"}
    made = {name: state[f"embeddings.{theirs}.weight"] for name, theirs in named.items()}
    norms = {"start": "embeddings.LayerNorm"}
    for layer in range(LAYERS):
        norms[f"{layer}.middle"] = f"encoder.layer.{layer}.attention.output.LayerNorm"
        norms[f"{layer}.end"] = f"encoder.layer.{layer}.output.LayerNorm"
    for name, theirs in norms.items():
        made |= {f"{name}.gain": state[f"{theirs}.weight"], f"{name}.bias": state[f"{theirs}.bias"]}
    return {name: np.asarray(value, dtype=np.float32) for name, value in made.items()}


def _products(state: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
    """(out, in) weight and bias of every linear layer; query, key and value stand in one."""
    parts = {}
    for layer in range(LAYERS):
        start = f"encoder.layer.{layer}"
        parts[f"{layer}.attention"] = [f"{start}.attention.self.{part}" for part in ("query", "key", "value")]
        parts[f"{layer}.mixed"] = [f"{start}.attention.output.dense"]
        parts[f"{layer}.up"], parts[f"{layer}.down"] = [f"{start}.intermediate.dense"], [f"{start}.output.dense"]

    def joined(names: Sequence[str], kind: str) -> Array:
        return np.concatenate([np.asarray(state[f"{name}.{kind}"], dtype=np.float32) for name in names])

    return {name: (joined(some, "weight"), joined(some, "bias")) for name, some in parts.items()}


@cache
def overflows() -> bool:
    """Whether this processor adds two int8 products in 16 bits, which does not hold them: x86 without VNNI."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return False
    flags = Path("/proc/cpuinfo")
    said = flags.read_text(encoding="utf-8", errors="replace") if flags.exists() else ""
    return "avx512_vnni" not in said and "avx_vnni" not in said
