"""Write the networks that the product runs: `python -m training.graph [--out FOLDER]`.

MiniLM's layers as ONNX graphs without their weights, which are named and given when a graph is opened (`retrievers/network.py`):
`vectors.onnx` in float32, so that vectors are those of sentence-transformers; `reader.onnx` with int8 products, whose weights are int8
anyway, and `reader-float.onnx` for processors on which such products overflow. All take one text at a time: nothing is padded, and
what is read of a passage does not hang on what else is read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from retrievers.network import EPSILON, HEADS, HIDDEN, INNER, LAYERS, OUTPUTS, POSITIONS, READER, READER_FLOAT, VECTORS, VOCABULARY

_OPSET, _IR = 17, 9
_FUSED = "com.microsoft"


class Drawing:
    """A graph while it is drawn: every step names its result."""

    def __init__(self, int8: bool) -> None:
        """Take whether products are of int8."""
        self.int8 = int8
        self.nodes: list[onnx.NodeProto] = []
        self.given: list[onnx.TensorProto] = []

    def weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        """A weight that is given when the graph is opened."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        where = tensor.external_data.add()
        where.key, where.value = "location", "given"
        self.given.append(tensor)
        return name

    def constant(self, name: str, value: np.ndarray) -> str:
        """A small fixed array."""
        self.given.append(onnx.numpy_helper.from_array(value, name))
        return name

    def step(self, kind: str, takes: list[str], gives: str, fused: bool = False, **how: Any) -> str:
        """One operation."""
        self.nodes.append(helper.make_node(kind, takes, [gives], domain=_FUSED if fused else "", name=gives, **how))
        return gives

    def product(self, takes: str, name: str, width: int, out: int) -> str:
        """A linear layer."""
        if self.int8:
            q = self.weight(f"{name}.int8", width, out, kind=TensorProto.INT8)
            parts = [takes, q, self.weight(f"{name}.scale", out), "", self.weight(f"{name}.bias", out)]
            return self.step("DynamicQuantizeMatMul", parts, f"{name}.out", fused=True)
        made = self.step("MatMul", [takes, self.weight(f"{name}.weight", width, out)], f"{name}.product")
        return self.step("Add", [made, self.weight(f"{name}.bias", out)], f"{name}.out")

    def attention(self, takes: str, name: str) -> str:
        """Self-attention with the three products before it in one."""
        width, bias = 3 * HIDDEN, self.weight(f"{name}.bias", 3 * HIDDEN)
        if not self.int8:
            return self.step("Attention", [takes, self.weight(f"{name}.weight", HIDDEN, width), bias], f"{name}.out", True, num_heads=HEADS)
        rounded = [f"{name}.rounded", f"{name}.step", f"{name}.zero"]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [takes], rounded, name=rounded[0]))
        q = self.weight(f"{name}.int8", HIDDEN, width, kind=TensorProto.INT8)
        zero = self.constant(f"{name}.weight-zero", np.zeros(width, np.int8))
        parts = [rounded[0], q, bias, rounded[1], self.weight(f"{name}.scale", width), "", rounded[2], zero]
        return self.step("QAttention", parts, f"{name}.out", True, num_heads=HEADS)

    def settled(self, takes: str, before: str, name: str) -> str:
        """Sum with what went in, normalised."""
        parts = [takes, before, self.weight(f"{name}.gain", HIDDEN), self.weight(f"{name}.bias", HIDDEN)]
        return self.step("SkipLayerNormalization", parts, f"{name}.out", True, epsilon=EPSILON)


def trunk(drawing: Drawing) -> str:
    """Embeddings and layers; the name of the last states, (1, tokens, HIDDEN)."""
    words = drawing.step("Gather", [drawing.weight("words", VOCABULARY, HIDDEN), "ids"], "word")
    kinds = drawing.step("Gather", [drawing.weight("segments.weight", 2, HIDDEN), "segments"], "kind")
    length = drawing.step("Shape", ["ids"], "length", start=1, end=2)
    first = drawing.constant("first", np.array([0], np.int64))
    places = drawing.step("Slice", [drawing.weight("places", POSITIONS, HIDDEN), first, length, first], "place")
    summed = drawing.step("Add", [drawing.step("Add", [words, kinds], "word+kind"), places], "word+kind+place")
    parts = [summed, drawing.weight("start.gain", HIDDEN), drawing.weight("start.bias", HIDDEN)]
    states = drawing.step("LayerNormalization", parts, "start.out", axis=-1, epsilon=EPSILON)
    for layer in range(LAYERS):
        seen = drawing.product(drawing.attention(states, f"{layer}.attention"), f"{layer}.mixed", HIDDEN, HIDDEN)
        states = drawing.settled(seen, states, f"{layer}.middle")
        wide = drawing.step("Gelu", [drawing.product(states, f"{layer}.up", HIDDEN, INNER)], f"{layer}.wide", True)
        states = drawing.settled(drawing.product(wide, f"{layer}.down", INNER, HIDDEN), states, f"{layer}.end")
    return states


def reader_graph(int8: bool) -> onnx.ModelProto:
    """The cross-encoder: first state and mean of the passage's states, two layers, four logits."""
    drawing = Drawing(int8)
    states = trunk(drawing)
    axis, one = drawing.constant("tokens", np.array([1], np.int64)), drawing.constant("one", np.array(1, np.float32))
    kept = drawing.step("Cast", ["segments"], "passage", to=TensorProto.FLOAT)
    weights = drawing.step("Unsqueeze", [kept, drawing.constant("last", np.array([2], np.int64))], "passage.weight")
    summed = drawing.step("ReduceSum", [drawing.step("Mul", [states, weights], "passage.states"), axis], "passage.sum", keepdims=0)
    count = drawing.step("Max", [drawing.step("ReduceSum", [kept, axis], "passage.tokens", keepdims=1), one], "passage.count")
    mean = drawing.step("Div", [summed, count], "passage.mean")
    whole = drawing.step("Gather", [states, drawing.constant("begin", np.array(0, np.int64))], "whole", axis=1)
    both = drawing.step("Concat", [whole, mean], "both", axis=1)
    parts = [both, drawing.weight("hidden.weight", HIDDEN, 2 * HIDDEN), drawing.weight("hidden.bias", HIDDEN)]
    hidden = drawing.step("Tanh", [drawing.step("Gemm", parts, "hidden", transB=1)], "hidden.out")
    drawing.step("Gemm", [hidden, drawing.weight("out.weight", OUTPUTS, HIDDEN), drawing.weight("out.bias", OUTPUTS)], "out", transB=1)
    return _model(drawing, "reader", OUTPUTS)


def vectors_graph() -> onnx.ModelProto:
    """The embedding: mean of the states, of unit length."""
    drawing = Drawing(int8=False)
    mean = drawing.step("ReduceMean", [trunk(drawing)], "mean", axes=[1], keepdims=0)
    length = drawing.step("ReduceL2", [mean], "norm", axes=[1], keepdims=1)
    drawing.step("Div", [mean, length], "out")
    return _model(drawing, "vectors", HIDDEN)


def _model(drawing: Drawing, name: str, width: int) -> onnx.ModelProto:
    takes = [helper.make_tensor_value_info(each, TensorProto.INT64, [1, "tokens"]) for each in ("ids", "segments")]
    gives = [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, width])]
    graph = helper.make_graph(drawing.nodes, name, takes, gives, drawing.given)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)], ir_version=_IR)
    made.producer_name = "radqa"
    return made


def main(arguments: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=READER.parent)
    out = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    for path, made in ((READER, reader_graph(int8=True)), (READER_FLOAT, reader_graph(int8=False)), (VECTORS, vectors_graph())):
        (out / path.name).write_bytes(made.SerializeToString(deterministic=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
