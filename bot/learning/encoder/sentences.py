"""Writes what the encoder learns: the sentences of the linear model, normalised, with their variants.

A line is JSON: number of the seed, intent, texts (the sentence first). Numbers are those of `bot.nlu.classify.learn`:
below zero, one for each kind of combined sentences, so that a trial can leave out whole kinds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.engine.import_stubs import install

install()

from bot.nlu import augmentation, classify  # noqa: E402
from bot.nlu.examples import examples  # noqa: E402
from bot.nlu.normalise import normalise  # noqa: E402
from bot.nlu.vocabulary import FOLDER  # noqa: E402


def sentences() -> Iterator[tuple[int, str, list[str]]]:
    """Number of the seed, intent, texts."""
    said = [pair for path in sorted(FOLDER.glob("*.yml")) for pair in examples(path)]
    hand_written, combined = classify.seeds([(normalise(text), intent) for text, intent in said])
    for seed, (text, intent) in enumerate(hand_written):
        yield seed, intent, list(augmentation.widen(text, intent))
    for seed, text, intent in combined:
        yield seed, intent, list(augmentation.widen(text, intent))


def main(path: str) -> None:
    """Write all of them into one file."""
    lines = [json.dumps(one, ensure_ascii=False) for one in sentences()]
    Path(path).write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} sentences")


if __name__ == "__main__":
    main(*sys.argv[1:])
