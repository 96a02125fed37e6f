"""The encoder as an ONNX graph with 8-bit weights. Runs once, in a process of its own: the `onnx` package and the
matrices unpacked to 32 bits never burden the server.

    python -m memosd.providers.e5.graph WEIGHTS > GRAPH

Input `words`: shape (1, tokens, width), the word vectors of one text, at most `Shape.positions` tokens. Output `mean`:
shape (width), the mean of the last layer, not normalised. The model is a BERT encoder (Devlin 2018, arXiv:1810.04805).
Activations are quantised as they come (dynamic, 8 bits, one scale a matrix). Weights get one scale an output and 7 of
8 bits: on x86 processors without VNNI the sum of two products of 8 bits overflows its 16.
"""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from memosd.providers.e5.weights import Floats, Weights

_OPSET = 20
_IR_VERSION = 9
_LARGEST_WEIGHT = 63


class _Graph:
    """Nodes and constants in the order they are made."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=dtype), name))
        return name

    def node(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        names = [f"n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names

    def __call__(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self.node(op, *inputs, **attributes)[0]

    def linear(self, x: str, weight: Floats, bias: Floats) -> str:
        """x @ weight.T + bias in whole numbers. weight: shape (outputs, inputs)."""
        scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / _LARGEST_WEIGHT
        whole = np.round(weight / scale[:, None]).astype(np.int8)
        quantised, x_scale, x_zero = self.node("DynamicQuantizeLinear", x, outputs=3)
        product = self("MatMulInteger", quantised, self.constant(whole.T, np.int8), x_zero)
        product = self("Cast", product, to=TensorProto.FLOAT)
        product = self("Mul", product, self("Mul", x_scale, self.constant(scale)))
        return self("Add", product, self.constant(bias))

    def normalise(self, x: str, weights: Weights, name: str) -> str:
        weight, bias = self.constant(weights.vector(f"{name}.w")), self.constant(weights.vector(f"{name}.b"))
        return self("LayerNormalization", x, weight, bias, axis=-1, epsilon=weights.shape.epsilon)


def build(weights: Weights) -> bytes:
    """The serialised model."""
    graph, shape = _Graph(), weights.shape
    positions = weights.vector("emb.pos").reshape(-1, shape.width) + weights.vector("emb.type")[: shape.width]
    length = graph("Shape", "words", start=1, end=2)
    zero = graph.constant([0], np.int64)
    x = graph("Add", "words", graph("Slice", graph.constant(positions), zero, length, zero))
    x = graph.normalise(x, weights, "emb.ln")
    for layer in range(shape.layers):
        x = _layer(graph, weights, f"l{layer}", x)
    axes = graph.constant([0, 1], np.int64)
    graph.nodes.append(helper.make_node("ReduceMean", [x, axes], ["mean"], keepdims=0))
    serialised: bytes = _model(graph, shape.width).SerializeToString(deterministic=True)
    return serialised


def _layer(graph: _Graph, weights: Weights, name: str, x: str) -> str:
    shape = weights.shape
    width, inner = shape.width, shape.inner
    attended = graph.linear(
        _attention(graph, weights, name, x),
        weights.matrix(f"{name}.ao.w", rows=width, columns=width),
        weights.vector(f"{name}.ao.b"),
    )
    x = graph.normalise(graph("Add", attended, x), weights, f"{name}.aln")
    wide = graph.linear(x, weights.matrix(f"{name}.fi.w", rows=inner, columns=width), weights.vector(f"{name}.fi.b"))
    narrow = graph.linear(
        graph("Gelu", wide),
        weights.matrix(f"{name}.fo.w", rows=width, columns=inner),
        weights.vector(f"{name}.fo.b"),
    )
    return graph.normalise(graph("Add", narrow, x), weights, f"{name}.oln")


def _attention(graph: _Graph, weights: Weights, name: str, x: str) -> str:
    """Queries, keys and values in one product; each head looks at all tokens."""
    shape = weights.shape
    width, head = shape.width, shape.width // shape.heads
    joint = graph.linear(
        x,
        np.concatenate([weights.matrix(f"{name}.{part}.w", rows=width, columns=width) for part in "qkv"]),
        np.concatenate([weights.vector(f"{name}.{part}.b") for part in "qkv"]),
    )
    split = graph.constant([0, 0, shape.heads, head], np.int64)
    query, key, value = (
        graph("Reshape", part, split) for part in graph.node("Split", joint, outputs=3, axis=-1, num_outputs=3)
    )
    scores = graph("MatMul", graph("Transpose", query, perm=[0, 2, 1, 3]), graph("Transpose", key, perm=[0, 2, 3, 1]))
    scores = graph("Softmax", graph("Mul", scores, graph.constant(1 / math.sqrt(head))), axis=-1)
    seen = graph("MatMul", scores, graph("Transpose", value, perm=[0, 2, 1, 3]))
    return graph("Reshape", graph("Transpose", seen, perm=[0, 2, 1, 3]), graph.constant([0, 0, width], np.int64))


def _model(graph: _Graph, width: int) -> ModelProto:
    words = helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", width])
    mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, [width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "multilingual-e5-small", [words], [mean], graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
    )
    model.ir_version = _IR_VERSION
    return model


if __name__ == "__main__":
    sys.stdout.buffer.write(build(Weights(Path(sys.argv[1]))))
