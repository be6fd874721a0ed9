"""Variants of training sentences: words before and after a wish, typing and hearing errors.

Generated in training from the hand-written sentences of data/nlu, deterministically.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from bot.nlu import homophones, vocabulary

VARIANTS = 2
SHORTEST_SLIP = 5  # characters; losing one in a shorter text changes its meaning
# intents that answer a question or stand alone: nothing is put around them
BARE = frozenset(("affirm", "deny", "greet", "goodbye", "thank", "inform", "cancel", "bot_challenge"))


def widen(text: str, intent: str, variants: int = VARIANTS) -> Iterator[str]:
    """The text itself and up to so many noisy ones, chosen by the text alone."""
    yield text
    dice = random.Random(text)
    for _ in range(variants):
        noisy = _slip(text if intent in BARE else _dress(text, dice), dice)
        if noisy != text:
            yield noisy


def stories(text: str, intent: str, count: int) -> Iterator[str]:
    """The text within what people tell around it, so many times; nothing around what stands alone."""
    if intent in BARE:
        return
    dice = random.Random(f"{text}{count}")
    told = _told()
    for _ in range(count):
        before, after = dice.choice(((1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (0, 1), (0, 2), (1, 2)))
        parts = [*dice.sample(told["before"], before), text, *dice.sample(told["after"], after)]
        yield dice.choice(("", "", " ", "，")).join(parts)


def _dress(text: str, dice: random.Random) -> str:
    before, after = _phrases()
    chance = dice.random()
    if chance < 0.35:
        return dice.choice(before) + text
    return text + dice.choice(after) if chance < 0.55 else text


def _slip(text: str, dice: random.Random) -> str:
    if len(text) >= SHORTEST_SLIP and dice.random() < 0.6:
        place = dice.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    if len(text) > SHORTEST_SLIP and dice.random() < 0.3:
        place = dice.randrange(len(text) - 1)
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if len(text) >= SHORTEST_SLIP and dice.random() < 0.2:
        place = dice.randrange(len(text))
        text = text[:place] + dice.choice(_alike().get(homophones.merged(text[place]), text[place])) + text[place + 1 :]
    return text


@cache
def _phrases() -> tuple[list[str], list[str]]:
    """Phrases before and after wishes, from data/nlu/phrases.tsv."""
    listed = {place: phrases.split(",") for place, phrases in vocabulary.rows("phrases.tsv")}
    return listed["before"], listed["after"]


@cache
def _told() -> dict[str, list[str]]:
    """Sentences before and after wishes, from data/nlu/stories.tsv."""
    return {place: told.split(",") for place, told in vocabulary.rows("stories.tsv")}


@cache
def _alike() -> dict[str, str]:
    """Sound → characters of domain words with that sound."""
    found: dict[str, str] = {}
    for char in sorted({c for word in vocabulary.dictionary() for c in word if "\u4e00" <= c <= "\u9fff"}):
        found[homophones.merged(char)] = found.get(homophones.merged(char), "") + char
    return found
