"""Writes the network as one ONNX file, for one text at a time: matrices as whole numbers of seven bits.

Each column of a matrix has its scale, and one scale fits all of what it is multiplied with at a time. A few columns
of what a normalisation gives are much larger than the others and would spoil that: they are made smaller before, and
the rows of the matrix larger by as much (`_even`). A scale for each block of 64 numbers is no better and takes more
than twice the time. Seven bits: with eight, processors without VNNI would overflow. Input: `ids`, (1, pieces);
outputs: `likely`, the logarithms of the shares of the labels, (1, labels), and `mean`, of what the last layer makes of
the pieces, (1, size).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.learning.encoder.network import HEADS, Arrays

Norm = tuple[NDArray[Any], NDArray[Any]]  # scale and shift of a normalisation
MICROSOFT = "com.microsoft"  # operators of onnxruntime
LARGEST = 127  # of a piece's numbers
LARGEST_TIMES = 63  # of a matrix
EVENED = 0.8  # how much of what makes columns differ goes into the matrix
FAR = 3.0  # deviations that a normalised number stays within, mostly
EPS = 1e-12


class _Graph:
    """Collects operators and arrays."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def array(self, name: str, value: NDArray[Any]) -> str:
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, inputs: list[str], name: str, domain: str = "", **more: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **more))
        return name

    def times(self, x: str, name: str, matrix: NDArray[Any], bias: NDArray[Any]) -> str:
        scale = np.maximum(np.abs(matrix).max(0) / LARGEST_TIMES, EPS)
        inputs = [
            x,
            self.array(name + ".w", np.round(matrix / scale).astype(np.int8)),
            self.array(name + ".s", scale.astype(np.float32)),
            self.array(name + ".z", np.zeros(len(scale), np.int8)),
            self.array(name + ".b", bias.astype(np.float32)),
        ]
        return self.op("DynamicQuantizeMatMul", inputs, name, MICROSOFT)

    def times_even(self, x: str, name: str, matrix: NDArray[Any], bias: NDArray[Any], norm: Norm) -> str:
        """The same of what a normalisation gave, evened out."""
        even = _even(matrix, norm)
        smaller = self.op("Mul", [x, self.array(name + ".even", (1 / even).astype(np.float32))], name + ".x")
        return self.times(smaller, name, matrix * even[:, None], bias)

    def normalised(self, x: str, other: str, name: str, scale: NDArray[Any], shift: NDArray[Any]) -> str:
        inputs = [x, other, self.array(name + ".g", scale), self.array(name + ".h", shift)]
        return self.op("SkipLayerNormalization", inputs, name, MICROSOFT, epsilon=EPS)


def _even(matrix: NDArray[Any], norm: Norm) -> NDArray[Any]:
    """By how much each column of what is multiplied with becomes smaller."""
    far = np.maximum(np.abs(norm[0]) * FAR + np.abs(norm[1]), EPS)
    even = far**EVENED / np.maximum(np.abs(matrix).max(1), EPS) ** (1 - EVENED)
    evened: NDArray[Any] = even / np.exp(np.log(even).mean())
    return evened


def write(network: Arrays, path: Path) -> None:
    """One file; the same network gives the same bytes."""
    graph = _Graph()
    x = _embedded(graph, network["embeddings"])
    norm = (network["embeddings"]["scale"], network["embeddings"]["shift"])
    for number in range(len(network["layers"]["out_b"])):
        arrays = {name: array[number] for name, array in network["layers"].items()}
        x = _layer(graph, x, f"l{number}", arrays, norm)
        norm = (arrays["scale2"], arrays["shift2"])
    _head(graph, x, network)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT32, [1, "pieces"])
    likely = helper.make_tensor_value_info("likely", TensorProto.FLOAT, [1, len(network["bias"])])
    mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, network["head"].shape[0]])
    made = helper.make_graph(graph.nodes, "encoder", [ids], [likely, mean], graph.arrays)
    versions = [helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=versions, ir_version=9, producer_name="yingting")
    path.write_bytes(model.SerializeToString(deterministic=True))
    onnx.load(str(path))  # what cannot be read back is found here


def _embedded(graph: _Graph, arrays: Arrays) -> str:
    word = arrays["word"]
    scale = np.abs(word).max(1, keepdims=True) / LARGEST
    scale[scale == 0] = 1
    graph.array("word", np.round(word / scale).astype(np.int8))
    graph.array("word.s", scale.astype(np.float32))
    graph.array("place", arrays["place"].astype(np.float32))
    graph.array("first", np.array([0], np.int64))
    whole = graph.op("Cast", [graph.op("Gather", ["word", "ids"], "word.found")], "word.float", to=TensorProto.FLOAT)
    words = graph.op("Mul", [whole, graph.op("Gather", ["word.s", "ids"], "word.scale")], "words")
    size = graph.op("Shape", ["ids"], "size", start=1, end=2)
    places = graph.op("Unsqueeze", [graph.op("Slice", ["place", "first", size], "places.found"), "first"], "places")
    return graph.normalised(words, places, "embedded", arrays["scale"], arrays["shift"])


def _layer(graph: _Graph, x: str, at: str, arrays: Arrays, norm: Norm) -> str:
    """`norm` is the normalisation that `x` comes from."""
    qkv = graph.times_even(x, f"{at}.qkv", arrays["qkv"], arrays["qkv_b"], norm)
    parts = [f"{at}.q", f"{at}.k", f"{at}.v"]
    graph.nodes.append(helper.make_node("Split", [qkv], parts, name=f"{at}.parts", axis=2, num_outputs=3))
    read = graph.op("MultiHeadAttention", parts, f"{at}.read", MICROSOFT, num_heads=HEADS)
    out = graph.times(read, f"{at}.out", arrays["out"], arrays["out_b"])
    x = graph.normalised(x, out, f"{at}.one", arrays["scale1"], arrays["shift1"])
    up = graph.times_even(x, f"{at}.up", arrays["up"], arrays["up_b"], (arrays["scale1"], arrays["shift1"]))
    inner = graph.op("Gelu", [up], f"{at}.inner")
    down = graph.times(inner, f"{at}.down", arrays["down"], arrays["down_b"])
    return graph.normalised(x, down, f"{at}.two", arrays["scale2"], arrays["shift2"])


def _head(graph: _Graph, x: str, network: Arrays) -> None:
    """The mean, and the head, into which its standardising goes."""
    head = network["head"] / network["spread"][:, None]
    graph.array("head", head.astype(np.float32))
    graph.array("bias", (network["bias"] - network["middle"] @ head).astype(np.float32))
    graph.array("axis", np.array([1], np.int64))
    mean = graph.op("ReduceMean", [x, "axis"], "mean", keepdims=0)
    scores = graph.op("Add", [graph.op("MatMul", [mean, "head"], "scored"), "bias"], "scores")
    graph.op("LogSoftmax", [scores], "likely", axis=1)
