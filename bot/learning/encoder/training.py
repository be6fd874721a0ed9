"""Learns the encoder: what the pieces of a text mean, from sentences with their intents.

The lower layers stay as they came. Each epoch takes each written sentence once and some of each kind of combined ones,
every other time a variant, in batches of texts of about one length. All chance comes from one number; what is added up
in another order on another processor is not equal to the last bit, nor is the file then.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from bot.learning.encoder import network
from bot.learning.encoder.network import Arrays
from bot.nlu.pieces import PLACES

BATCH = 48
LENGTHS = (8, 10, 12, 16, 24, 36, PLACES)  # places of a batch: a program is made for each
OF_A_KIND = 10  # combined sentences of a kind in an epoch
RATE_LAYERS, RATE_HEAD = 2e-4, 2e-3
DOWN = 0.95  # the rate of a layer, as a share of that of the one above
WARM_UP = 0.07
SMOOTHING = 0.05
DECAY = 0.01
SEED = 14
TOLD = 20  # steps between two lines
Floats = NDArray[np.float32]
Batch = tuple[list[list[int]], list[int], int]  # texts, labels, places


@dataclass(frozen=True)
class Sentence:
    """A seed with its variants, as pieces; `label` is the number of its intent, `kind` below zero if combined."""

    kind: int
    label: int
    texts: list[list[int]]


@dataclass(frozen=True)
class Network:
    """All arrays: what stays as it came, what is learned."""

    fixed: Arrays  # embeddings, lower layers, middle and spread of the means before learning
    learned: Arrays  # upper layers, head

    def logits(self, texts: Sequence[Sequence[int]]) -> Floats:
        """What the network says of texts, (texts, labels)."""
        found = np.zeros((len(texts), self.learned["bias"].shape[0]), np.float32)
        for places, batch in _batches(texts, np.arange(len(texts))):
            ids, mask = filled([texts[i] for i in batch], places)
            found[batch] = np.asarray(_forward(self.learned, self.fixed, ids, mask))[: len(batch)]
        return found


def filled(texts: Sequence[Sequence[int]], places: int) -> tuple[Any, Any]:
    """Pieces and mask of a batch, filled up to its size."""
    ids, mask = np.zeros((BATCH, places), np.int32), np.zeros((BATCH, places), np.float32)
    mask[:, 0] = 1
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask


def _batches(texts: Sequence[Sequence[int]], order: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Batches of texts of about one length: so many places, which texts."""
    lengths = np.array([len(text) for text in texts])
    below = 0
    for places in LENGTHS:
        group = order[(lengths[order] > below) & (lengths[order] <= places)]
        below = places
        for start in range(0, len(group), BATCH):
            yield places, group[start : start + BATCH]


@jax.jit
def _forward(learned: Arrays, fixed: Arrays, ids: Any, mask: Any, noise: Any = None) -> Any:
    """Scores of the labels, (texts, labels). `noise`: in training, of all layers and of the head."""
    count = learned["layers"]["out_b"].shape[0]
    layers, last = (None, None) if noise is None else noise
    x = network.embed(fixed["embeddings"], ids)
    lower, upper = (None, None) if layers is None else (layers[:-count], layers[-count:])
    if fixed["layers"] is not None:
        x = jax.lax.stop_gradient(network.run(fixed["layers"], x, mask, lower))
    x = network.mean(network.run(learned["layers"], x, mask, upper), mask)
    x = network.dropped((x - fixed["middle"]) / fixed["spread"], last)
    return x @ learned["head"] + learned["bias"]


@jax.jit
def _means(fixed: Arrays, upper: Arrays, ids: Any, mask: Any) -> Any:
    x = network.embed(fixed["embeddings"], ids)
    if fixed["layers"] is not None:
        x = network.run(fixed["layers"], x, mask)
    return network.mean(network.run(upper, x, mask), mask)


def _loss(learned: Arrays, fixed: Arrays, batch: tuple[Any, Any, Any, Any], noise: Any) -> Any:
    ids, mask, labels, real = batch
    likely = jax.nn.log_softmax(_forward(learned, fixed, ids, mask, noise))
    truth = jnp.take_along_axis(likely, labels[:, None], 1)[:, 0]
    each = -(1 - SMOOTHING) * truth - SMOOTHING * likely.mean(-1)
    return (each * real).sum() / real.sum()


def new(embeddings: Arrays, lower: Arrays | None, upper: Arrays, texts: Sequence[list[int]], labels: int) -> Network:
    """A network before learning; middle and spread of what its head will see are taken from some texts."""
    fixed = {"embeddings": embeddings, "layers": lower}
    means = []
    for places, batch in _batches(texts, np.arange(len(texts))):
        ids, mask = filled([texts[i] for i in batch], places)
        means.append(np.asarray(_means(fixed, upper, ids, mask))[: len(batch)])
    seen = np.concatenate(means)
    fixed |= {"middle": seen.mean(0), "spread": seen.std(0)}
    head = np.zeros((seen.shape[1], labels), np.float32)
    return Network(fixed, {"layers": upper, "head": head, "bias": np.zeros(labels, np.float32)})


def learn(
    start: Network, sentences: Sequence[Sentence], epochs: int, keep: Callable[[Network], None], rate: float = 1.0
) -> Network:
    """The network after so many epochs at a share of the rates; `keep` is given it each half epoch."""
    dice = np.random.default_rng(SEED)
    plan = [batch for _ in range(epochs) for batch in _epoch(sentences, dice)]
    fixed, learned = jax.tree.map(jnp.asarray, start.fixed), jax.tree.map(jnp.asarray, start.learned)
    rule = _rule(len(plan), rate)
    step = jax.jit(partial(_step, rule, _rates(learned)), donate_argnums=(0, 1))
    state = rule.init(learned)
    below = 0 if start.fixed["layers"] is None else start.fixed["layers"]["out_b"].shape[0]
    began, losses = time.monotonic(), []
    for number, batch in enumerate(plan, start=1):
        noise = _noise(dice, below + start.learned["layers"]["out_b"].shape[0], batch[2], start.fixed["middle"].size)
        learned, state, loss = step(learned, state, fixed, _arrays(batch), noise)
        losses.append(float(loss))
        if not number % TOLD:
            spent = time.monotonic() - began
            print(f"step {number} of {len(plan)}, loss {np.mean(losses[-TOLD:]):.3f}, {spent:.0f} s", flush=True)
        if not number % (len(plan) // (2 * epochs)):
            keep(Network(start.fixed, jax.tree.map(np.asarray, learned)))
    return Network(start.fixed, jax.tree.map(np.asarray, learned))


def _rule(steps: int, rate: float) -> Any:
    rates = optax.warmup_cosine_decay_schedule(0.0, rate, round(WARM_UP * steps), steps)
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.scale_by_adam(0.9, 0.98),
        optax.add_decayed_weights(DECAY, lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 2, tree)),
        optax.scale_by_schedule(rates),
    )


def _rates(learned: Arrays) -> Arrays:
    """The rate of each array; a layer's is lower the lower it stands."""
    count = learned["layers"]["out_b"].shape[0]
    each = np.array([RATE_LAYERS * DOWN ** (count - 1 - number) for number in range(count)], np.float32)
    layers = {name: each.reshape(-1, *[1] * (array.ndim - 1)) for name, array in learned["layers"].items()}
    return {"layers": layers, "head": RATE_HEAD, "bias": RATE_HEAD}


def _step(rule: Any, rates: Arrays, learned: Arrays, state: Any, fixed: Arrays, batch: Any, noise: Any) -> Any:
    loss, slopes = jax.value_and_grad(_loss)(learned, fixed, batch, noise)
    moves, state = rule.update(slopes, state, learned)
    return jax.tree.map(lambda array, move, rate: array - rate * move, learned, moves, rates), state, loss


def _noise(dice: np.random.Generator, layers: int, places: int, width: int) -> tuple[Any, Any]:
    count = layers * 2 * BATCH * places * width
    of_layers = np.frombuffer(dice.bytes(count), np.uint8).reshape(layers, 2, BATCH * places, width)
    return of_layers, np.frombuffer(dice.bytes(BATCH * width), np.uint8).reshape(BATCH, width)


def _arrays(batch: Batch) -> tuple[Any, Any, Any, Any]:
    texts, labels, places = batch
    ids, mask = filled(texts, places)
    wanted = np.zeros(BATCH, np.int32)
    wanted[: len(labels)] = labels
    return ids, mask, wanted, (np.arange(BATCH) < len(texts)).astype(np.float32)


def _epoch(sentences: Sequence[Sentence], dice: np.random.Generator) -> list[Batch]:
    """Each sentence once, some of each kind, as they are or as variants; batches in any order."""
    kinds: dict[int, list[Sentence]] = defaultdict(list)
    for one in sentences:
        kinds[one.kind].append(one)
    taken = [group[i] for group in kinds.values() for i in dice.permutation(len(group))[:OF_A_KIND]]
    texts = [one.texts[0 if dice.random() < 0.5 else dice.integers(len(one.texts))] for one in taken]
    batches = list(_batches(texts, dice.permutation(len(texts))))
    order = dice.permutation(len(batches))
    made = [([texts[i] for i in which], [taken[i].label for i in which], places) for places, which in batches]
    return [made[i] for i in order]
