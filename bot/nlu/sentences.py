"""Contexts of words and characters in the sentences of data/nlu, read once a process.

The sentences are many and not only of the domain: a domain word is expected in contexts it has occurred in, and a
frequent pair of characters is not a slip.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from bot.nlu.vocabulary import FOLDER, dictionary

START, END = "^", "$"
COMMON = 60
_EXAMPLE = re.compile(r"^\s*- (?!intent:|\|)(.+)$", re.M)
_MARK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")  # [50元](amount_fen): keep the words, drop the annotation
_PUNCTUATION = re.compile(r"[\s,，。.!！?？、~:：;；\"“”…]+")


def read() -> Iterator[str]:
    """The example sentences without annotations."""
    for path in sorted(FOLDER.glob("*.yml")):
        for match in _EXAMPLE.finditer(path.read_text(encoding="utf-8")):
            yield _MARK.sub(r"\1", match[1]).strip()


def framed(text: str) -> str:
    """The text with boundary signs at both ends and at every pause."""
    return START + _PUNCTUATION.sub(END + START, text) + END


@dataclass(slots=True)
class Sides:
    """The contexts of a word: one and two characters before and after it."""

    count: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)


@lru_cache(maxsize=1)
def pairs() -> Counter[str]:
    """Frequency of two adjacent characters."""
    found: Counter[str] = Counter()
    for sentence in read():
        found.update(a + b for a, b in pairwise(sentence))
    return found


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The most frequent characters that are part of no domain word."""
    counted: Counter[str] = Counter()
    for sentence in read():
        counted.update(sentence)
    for char in set().union(*dictionary()):
        del counted[char]
    return frozenset(char for char, _ in counted.most_common(COMMON))


def sides(words: Iterable[str]) -> dict[str, Sides]:
    """The contexts of each of some words."""
    found = {word: Sides() for word in words}
    pattern = re.compile("|".join(sorted(map(re.escape, found), key=len, reverse=True)))
    for sentence in map(framed, read()):
        for match in pattern.finditer(sentence):
            start, end = match.span()
            one = found[match.group()]
            one.count += 1
            one.before.update({sentence[start - 1 : start], sentence[max(0, start - 2) : start]})
            one.after.update({sentence[end : end + 1], sentence[end : end + 2]})
    return found
