"""Learns encoders: what the pieces of a text mean, from sentences with their intents; several side by side.

Each epoch takes each written sentence once and some of each kind of combined ones, every other time a variant, in
batches of texts of about one length. All chance comes from the networks' seeds; what is added up in another order on
another processor is not equal to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from bot.learning.encoder import network
from bot.learning.encoder.network import OF_A_BYTE, Arrays
from bot.nlu.pieces import PLACES

BATCH, ASKED = 48, 256  # texts of a batch in learning, in asking
LENGTHS = (10, 16, 26, PLACES)  # places of a batch: a program is made for each
OF_A_KIND = 10  # combined sentences of a kind in an epoch
WARM_UP = 0.07
DECAY = 0.01
TOLD = 100  # steps between two lines
Floats = NDArray[np.float32]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """How one network learns. Rates are those of its highest layer, of its head and of its embeddings."""

    seed: int = 14
    trial: bool = False  # without what is held back
    rate: float = 2e-4
    head: float = 2e-3
    embeddings: float = 0.0
    down: float = 0.95  # the rate of a layer, as a share of that of the one above
    lowest: int = 0  # the layers below stay as they came
    left_out: float = 0.1
    hidden: float = 0.0  # share of the pieces that are not shown
    smoothing: float = 0.05
    taught: float = 0.0  # share that teachers have in what is wanted
    stories: float = 0.0  # share of the sentences that stand within a story


@dataclass(frozen=True)
class Said:
    """Sentences, each with its variants, as pieces; one that only teachers have judged has the label -1."""

    ids: NDArray[np.int32]  # (texts, places)
    sizes: Whole  # (texts,)
    starts: Whole  # (sentences + 1,): the texts of each
    labels: Whole  # (sentences,)
    kinds: Whole  # (sentences,): below zero if combined
    held: NDArray[np.bool_]  # (sentences,): left out by trials
    stories: Whole  # (sentences,): how many of the texts, the last ones, are stories
    unknown: int  # number of the piece that stands for what is not shown

    @property
    def first(self) -> Whole:
        """Of each sentence the number of its text as it was written."""
        return self.starts[:-1]

    def of_texts(self, of_sentences: NDArray[Any]) -> NDArray[Any]:
        """What is told of sentences, of each of their texts."""
        return np.repeat(of_sentences, np.diff(self.starts))


def stacked(networks: Sequence[Arrays]) -> Arrays:
    """Several networks of one shape as one, with one more dimension."""
    found: Arrays = jax.tree.map(lambda *each: np.stack(each), *networks)
    return found


def taken(several: Arrays, number: int) -> Arrays:
    """One network of several."""
    found: Arrays = jax.tree.map(lambda array: np.asarray(array[number]), several)
    return found


def new(embeddings: Arrays, layers: Arrays, said: Said, every: int, labels: int) -> Arrays:
    """A network before learning; middle and spread of what its head will see are taken from one in `every` sentence."""
    width = embeddings["scale"].size
    start = {"embeddings": embeddings, "layers": layers, "middle": np.zeros(width, np.float32)}
    start |= {"spread": np.ones(width, np.float32), "head": np.eye(width, dtype=np.float32)}
    start |= {"bias": np.zeros(width, np.float32)}
    means = asked(stacked([start]), said, said.first[::every])[0]
    start |= {"middle": means.mean(0), "spread": means.std(0)}
    return start | {"head": np.zeros((width, labels), np.float32), "bias": np.zeros(labels, np.float32)}


def asked(several: Arrays, said: Said, texts: Whole) -> Floats:
    """Scores of the labels, (networks, texts, labels)."""
    several, (ids, sizes) = jax.tree.map(jnp.asarray, (several, (said.ids, said.sizes)))
    found = np.zeros((several["bias"].shape[0], len(texts), several["bias"].shape[1]), np.float32)
    waiting: list[tuple[Whole, Any]] = []
    for places, rows in _by_length(said.sizes[texts]):
        for batch in _cut(rows, ASKED):
            waiting.append((batch, _scores(several, ids, sizes, _filled(texts[batch], ASKED), places=places)))
    for batch, scores in waiting:
        found[:, batch] = np.asarray(scores)[:, : len(batch)]
    return found


@partial(jax.jit, static_argnames="places")
def _scores(several: Arrays, ids: Any, sizes: Any, texts: Any, *, places: int) -> Any:
    pieces, mask = ids[texts, :places], _mask(sizes[texts], places)
    return jax.vmap(lambda one: network.scores(one, pieces, mask))(several)


def _mask(sizes: Any, places: int) -> Any:
    return (jnp.arange(places) < sizes[:, None]).astype(jnp.float32)


def _by_length(sizes: Whole) -> Iterator[tuple[int, Whole]]:
    below = 0
    for places in LENGTHS:
        yield places, np.flatnonzero((sizes > below) & (sizes <= places))
        below = places


def _cut(rows: Whole, size: int) -> list[Whole]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _filled(rows: Whole, size: int) -> NDArray[np.int32]:
    return np.pad(rows, (0, size - len(rows)), constant_values=-1).astype(np.int32)


# -- learning -------------------------------------------------------------------------------------


def learn(
    several: Arrays,
    ways: Sequence[Way],
    said: Said,
    epochs: int,
    teachers: NDArray[np.float16] | None = None,
    more: int = 0,
) -> Arrays:
    """The networks after so many epochs.

    `teachers`: shares of the labels, (2, texts, labels), by all teachers and by the trials' own; `more`: so many of
    the sentences without a label in an epoch.
    """
    plan = [batch for number in range(epochs) for batch in _epoch(said, ways, number, more)]
    steps = len(plan)
    rates = np.asarray(optax.warmup_cosine_decay_schedule(0.0, 1.0, round(WARM_UP * steps), steps)(jnp.arange(steps)))
    learned = jax.tree.map(jnp.array, several)
    state = _rule.init(learned)
    given = _given(said, ways, learned, teachers)
    began, losses = time.monotonic(), []
    for number, (places, which) in enumerate(plan):
        learned, state, loss = _step(learned, state, given, which, rates[number], np.int32(number), places=places)
        losses.append(loss)
        if not (number + 1) % TOLD:
            mean = np.mean(np.stack(losses[-TOLD:]), 0)
            print(f"step {number + 1} of {steps}, loss {mean.round(3)}, {time.monotonic() - began:.0f} s", flush=True)
    found: Arrays = jax.tree.map(np.asarray, learned)
    return found


def _given(said: Said, ways: Sequence[Way], learned: Arrays, teachers: NDArray[np.float16] | None) -> Arrays:
    """What all steps are given, as arrays on the device."""
    if teachers is None:
        teachers = np.zeros((2, 1, learned["bias"].shape[1]), np.float16)
    columns = zip(*map(astuple, ways), strict=True)
    of_ways = {field.name: np.array(column) for field, column in zip(fields(Way), columns, strict=True)}
    of_ways["key"] = jax.vmap(jax.random.key)(of_ways.pop("seed").astype(np.uint32))
    return {
        "ways": jax.tree.map(jnp.asarray, of_ways),
        "rates": _rates(ways, learned),
        "ids": jnp.asarray(said.ids),
        "sizes": jnp.asarray(said.sizes.astype(np.int32)),
        "labels": jnp.asarray(said.of_texts(said.labels).astype(np.int32)),
        "held": jnp.asarray(said.of_texts(said.held)),
        "teachers": jnp.asarray(teachers),
        "unknown": jnp.int32(said.unknown),
    }


def _rates(ways: Sequence[Way], learned: Arrays) -> Arrays:
    """The rate of each array of each network; a layer's is lower the lower it stands, 0: it stays as it is."""
    count = learned["layers"]["out_b"].shape[1]
    each = [[one.rate * one.down ** (count - 1 - n) * (n >= one.lowest) for n in range(count)] for one in ways]
    of_all = {name: [getattr(one, name) for one in ways] for name in ("head", "embeddings")}
    shaped = {
        "layers": {name: _beside(each, array) for name, array in learned["layers"].items()},
        "embeddings": {name: _beside(of_all["embeddings"], array) for name, array in learned["embeddings"].items()},
    }
    shaped |= {name: _beside(of_all["head"], learned[name]) for name in ("head", "bias")}
    return shaped | {name: _beside([0.0] * len(ways), learned[name]) for name in ("middle", "spread")}


def _beside(rates: Any, array: Any) -> Any:
    rates = np.array(rates, np.float32)
    return jnp.asarray(rates.reshape(rates.shape + (1,) * (array.ndim - rates.ndim)))


_rule = optax.scale_by_adam(0.9, 0.98)


@partial(jax.jit, static_argnames="places", donate_argnames=("learned", "state"))
def _step(learned: Arrays, state: Any, given: Arrays, which: Any, rate: Any, number: Any, *, places: int) -> Any:
    shared = {name: value for name, value in given.items() if name not in ("ways", "rates")}
    slope = jax.value_and_grad(partial(_loss, shared=shared, number=number, places=places))
    loss, slopes = jax.vmap(slope)(learned, given["ways"], which)
    slopes = jax.tree.map(lambda one, rates: one * (rates > 0), slopes, given["rates"])
    slopes = jax.vmap(_clipped)(slopes)
    moves, state = _rule.update(slopes, state)

    def moved(array: Any, move: Any, rates: Any) -> Any:
        decay = DECAY * array if array.ndim > 3 else 0  # of what a layer multiplies with
        return array - rate * rates * (move + decay)

    return jax.tree.map(moved, learned, moves, given["rates"]), state, loss


def _clipped(slopes: Arrays) -> Any:
    size = optax.global_norm(slopes)
    return jax.tree.map(lambda one: one / jnp.maximum(size, 1.0), slopes)


def _loss(learned: Arrays, way: Arrays, which: Any, shared: Arrays, number: Any, places: int) -> Any:
    """How far a network is from what is wanted of the texts `which` (-1: none)."""
    key, of_pieces = jax.random.split(jax.random.fold_in(way["key"], number))
    ids, sizes, labels = shared["ids"][which, :places], shared["sizes"][which], shared["labels"][which]
    hidden = jax.random.bits(of_pieces, ids.shape, jnp.uint8) < way["hidden"] * OF_A_BYTE
    inner = (jnp.arange(places) > 0) & (jnp.arange(places) < sizes[:, None] - 1)
    ids = jnp.where(hidden & inner, shared["unknown"], ids)
    likely = jax.nn.log_softmax(network.scores(learned, ids, _mask(sizes, places), key, way["left_out"]))
    count = likely.shape[1]
    wanted = jax.nn.one_hot(labels, count) * (1 - way["smoothing"]) + way["smoothing"] / count
    taught = shared["teachers"][way["trial"].astype(jnp.int32), which].astype(jnp.float32)
    share = jnp.where(labels < 0, 1.0, way["taught"])[:, None]
    each = -((wanted * (1 - share) + taught * share) * likely).sum(1)
    real = (which >= 0) & ~(way["trial"] & shared["held"][which])
    return (each * real).sum() / jnp.maximum(real.sum(), 1)


def _epoch(said: Said, ways: Sequence[Way], number: int, more: int) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Batches in any order: so many places, the texts of each network (networks, texts), -1: none."""
    each = []
    for way in ways:
        dice = np.random.default_rng((way.seed, number))
        texts = _texts(said, dice, more, way.stories)
        each.append([dice.permutation(texts[rows]) for _, rows in _by_length(said.sizes[texts])])
    batches = []
    for places, groups in zip(LENGTHS, zip(*each, strict=True), strict=True):
        most = max(map(len, groups))
        most += -most % BATCH
        whole = np.stack([_filled(group, most) for group in groups])
        batches += [(places, whole[:, start : start + BATCH]) for start in range(0, most, BATCH)]
    for place in np.random.default_rng(number).permutation(len(batches)):
        yield batches[place]


def _texts(said: Said, dice: np.random.Generator, more: int, stories: float) -> Whole:
    """What one network sees in an epoch."""
    labelled = said.labels >= 0
    of_kinds = dice.permutation(np.flatnonzero(labelled & (said.kinds < 0)))
    order = np.argsort(said.kinds[of_kinds], kind="stable")
    sorted_kinds = said.kinds[of_kinds][order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_kinds, sorted_kinds)
    written = np.flatnonzero(labelled & (said.kinds >= 0))
    others = dice.permutation(np.flatnonzero(~labelled))[:more]
    sentences = np.concatenate([written, of_kinds[order][rank < OF_A_KIND], others])
    told = said.stories[sentences]
    plain = np.diff(said.starts)[sentences] - told
    variant = (dice.random(len(sentences)) * plain).astype(int) * (dice.random(len(sentences)) < 0.5)
    story = plain + (dice.random(len(sentences)) * told).astype(int)
    found: Whole = said.first[sentences] + np.where(
        (dice.random(len(sentences)) < stories) & (told > 0), story, variant
    )
    return found
