"""Writes what the encoder learns: the sentences of the linear model, normalised, with their variants.

A line is JSON: number of the seed, intent, texts (the sentence first), stories (the sentence within what people tell
around it). Numbers are those of `bot.nlu.classify.learn`: below zero, one for each kind of combined sentences, so that
a trial can leave out whole kinds. Last come texts without an intent, made of halves or wholes of two sentences that
trials do not leave out: only teachers judge them.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.engine.import_stubs import install

install()

from bot.nlu import augmentation, classify  # noqa: E402
from bot.nlu.examples import examples  # noqa: E402
from bot.nlu.linear import HELD_BACK  # noqa: E402
from bot.nlu.normalise import normalise  # noqa: E402
from bot.nlu.vocabulary import FOLDER  # noqa: E402

VARIANTS, STORIES = 3, 2  # of each sentence
MIXED = 20_000  # texts of two sentences
SHORTEST = 4  # characters of what is cut in halves
SEED = 14
Line = tuple[int, str | None, list[str], list[str]]


def sentences() -> Iterator[Line]:
    """Number of the seed, intent, texts, stories."""
    said = [pair for path in sorted(FOLDER.glob("*.yml")) for pair in examples(path)]
    hand_written, combined = classify.seeds([(normalise(text), intent) for text, intent in said])
    for seed, text, intent in [*((seed, *one) for seed, one in enumerate(hand_written)), *combined]:
        variants, stories = augmentation.widen(text, intent, VARIANTS), augmentation.stories(text, intent, STORIES)
        yield seed, intent, list(variants), list(stories)


def mixed(texts: Sequence[str]) -> Iterator[str]:
    """The beginning of one and the end of another, or both."""
    dice, count = random.Random(SEED), 0
    while count < MIXED:
        one, other = dice.choice(texts), dice.choice(texts)
        if dice.random() >= 0.5:
            yield one + dice.choice(["，", " ", "", "。"]) + other
        elif min(len(one), len(other)) < SHORTEST:
            continue
        else:
            yield one[: dice.randrange(2, len(one) - 1)] + other[dice.randrange(1, len(other) - 1) :]
        count += 1


def main(path: str) -> None:
    """Write all of them into one file."""
    lines = list(sentences())
    lines += [(0, None, [text], []) for text in mixed([texts[0] for seed, _, texts, _ in lines if seed % HELD_BACK])]
    Path(path).write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    print(f"{len(lines)} sentences")


if __name__ == "__main__":
    main(*sys.argv[1:])
