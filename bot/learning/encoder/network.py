"""The encoder as a function of its arrays, in JAX: from the pieces of texts to the scores of the intents.

Layers of attention (XLM-RoBERTa's shape: normalised after each step), the mean over the pieces, and a linear head on
it. A layer's matrices are multiplied in bfloat16, all else is float32.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bot.learning.encoder.weights import Weights

Arrays = dict[str, Any]
FAST = jnp.bfloat16
FAR = -1e4  # what attention gives to places that are only filled up
HEADS = 12
OF_A_BYTE = 256


def embeddings(weights: Weights, kept: list[int], places: int) -> Arrays:
    """What stands before the layers, of the pieces that are kept and of so many places."""
    width = weights.shape.width
    where = weights.floats("emb.pos").reshape(-1, width)[:places]
    return {
        "word": weights.matrix("emb.word", width)[kept],
        "place": where + weights.floats("emb.type").reshape(-1, width)[0],
        "scale": weights.floats("emb.ln.w"),
        "shift": weights.floats("emb.ln.b"),
    }


def layers(weights: Weights, numbers: range) -> Arrays:
    """The arrays of some layers, one above the other."""
    each = [_layer(weights, number) for number in numbers]
    return {name: np.stack([one[name] for one in each]) for name in each[0]}


def _layer(weights: Weights, number: int) -> Arrays:
    """One layer's arrays; matrices as (in, out)."""
    width, inner = weights.shape.width, weights.shape.inner
    at = f"l{number}."
    return {
        "qkv": np.concatenate([weights.matrix(f"{at}{one}.w", width) for one in "qkv"]).T.copy(),
        "qkv_b": np.concatenate([weights.floats(f"{at}{one}.b") for one in "qkv"]),
        "out": weights.matrix(f"{at}ao.w", width).T.copy(),
        "out_b": weights.floats(f"{at}ao.b"),
        "scale1": weights.floats(f"{at}aln.w"),
        "shift1": weights.floats(f"{at}aln.b"),
        "up": weights.matrix(f"{at}fi.w", width).T.copy(),
        "up_b": weights.floats(f"{at}fi.b"),
        "down": weights.matrix(f"{at}fo.w", inner).T.copy(),
        "down_b": weights.floats(f"{at}fo.b"),
        "scale2": weights.floats(f"{at}oln.w"),
        "shift2": weights.floats(f"{at}oln.b"),
    }


def embed(arrays: Arrays, ids: Any) -> Any:
    """(texts, places) of pieces → (texts, places, width)."""
    return normalised(arrays["word"][ids] + arrays["place"][: ids.shape[1]], arrays["scale"], arrays["shift"])


def scores(network: Arrays, ids: Any, mask: Any, key: Any = None, left_out: Any = None) -> Any:
    """Scores of the labels, (texts, labels), of pieces (texts, places). `key`, `left_out`: in training."""
    of_layers, of_head = (None, None) if key is None else jax.random.split(key)
    x = run(network["layers"], embed(network["embeddings"], ids), mask, of_layers, left_out)
    x = dropped((mean(x, mask) - network["middle"]) / network["spread"], of_head, left_out)
    return x @ network["head"] + network["bias"]


def run(stack: Arrays, x: Any, mask: Any, key: Any = None, left_out: Any = None) -> Any:
    """Some layers, one after the other, on (texts, places, width).

    `mask`: 1 where a piece stands, (texts, places). In training `left_out` is the share of numbers left out by chance.
    """
    shape = x.shape
    keys = None if key is None else jax.random.split(key, (len(stack["out_b"]), 2))

    def step(flat: Any, given: Any) -> tuple[Any, None]:
        arrays, two = given
        return _run_layer(arrays, two, left_out, flat, mask), None

    return jax.lax.scan(step, x.reshape(-1, shape[-1]), (stack, keys))[0].reshape(shape)


def _run_layer(arrays: Arrays, keys: Any, left_out: Any, x: Any, mask: Any) -> Any:
    """One layer on (texts · places, width): products of two dimensions are the ones that XLA does fast."""
    texts, places = mask.shape
    width = x.shape[1]
    one, two = (None, None) if keys is None else keys
    qkv = times(x, arrays["qkv"]) + arrays["qkv_b"]
    q, k, v = jnp.moveaxis(qkv.reshape(texts, places, 3, HEADS, width // HEADS), (2, 3), (0, 2))
    seen = jnp.matmul(q, jnp.swapaxes(k, -1, -2)) / np.sqrt(width // HEADS)
    seen = jax.nn.softmax(seen + (1 - mask[:, None, None, :]) * FAR)
    read = jnp.swapaxes(jnp.matmul(seen, v), 1, 2).reshape(-1, width)
    out = times(read, arrays["out"]) + arrays["out_b"]
    x = normalised(x + dropped(out, one, left_out), arrays["scale1"], arrays["shift1"])
    inner = jax.nn.gelu(times(x, arrays["up"]) + arrays["up_b"], approximate=False)
    down = times(inner, arrays["down"]) + arrays["down_b"]
    return normalised(x + dropped(down, two, left_out), arrays["scale2"], arrays["shift2"])


def mean(x: Any, mask: Any) -> Any:
    """The mean over the pieces of each text."""
    return (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)


def times(x: Any, matrix: Any) -> Any:
    """A product in bfloat16, added up in float32."""
    return jnp.matmul(x.astype(FAST), matrix.astype(FAST), preferred_element_type=jnp.float32)


def normalised(x: Any, scale: Any, shift: Any, eps: float = 1e-12) -> Any:
    """To a mean of 0 and a deviation of 1, then scaled and shifted."""
    middle = x.mean(-1, keepdims=True)
    spread = ((x - middle) ** 2).mean(-1, keepdims=True)
    return (x - middle) * jax.lax.rsqrt(spread + eps) * scale + shift


def dropped(x: Any, key: Any, share: Any) -> Any:
    """A share of the numbers left out, in training."""
    if key is None:
        return x
    return jnp.where(jax.random.bits(key, x.shape, jnp.uint8) >= share * OF_A_BYTE, x / (1 - share), 0)
