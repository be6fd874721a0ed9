"""What stands beside what in the sentences of data/nlu, read once a process.

They are many and not only of the domain, so that they tell what is ordinary: a word of the domain is expected
where it has stood before, and a pair of characters that is often written is no slip.
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
_MARK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")  # [50元](amount_fen): the words without the mark
_PUNCTUATION = re.compile(r"[\s,，。.!！?？、~:：;；\"“”…]+")


def read() -> Iterator[str]:
    """The example sentences as they are written, without marks."""
    for path in sorted(FOLDER.glob("*.yml")):
        for match in _EXAMPLE.finditer(path.read_text(encoding="utf-8")):
            yield _MARK.sub(r"\1", match[1]).strip()


def framed(text: str) -> str:
    """The text with signs for its ends, and every pause an end, too."""
    return START + _PUNCTUATION.sub(END + START, text) + END


@dataclass(slots=True)
class Sides:
    """What stands before and after a word: one character, and two."""

    count: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)


@lru_cache(maxsize=1)
def pairs() -> Counter[str]:
    """How often two characters stand side by side."""
    found: Counter[str] = Counter()
    for sentence in read():
        found.update(a + b for a, b in pairwise(sentence))
    return found


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The characters that are written most and are part of no word of the domain."""
    counted: Counter[str] = Counter()
    for sentence in read():
        counted.update(sentence)
    for char in set().union(*dictionary()):
        del counted[char]
    return frozenset(char for char, _ in counted.most_common(COMMON))


def sides(words: Iterable[str]) -> dict[str, Sides]:
    """What stands beside each of some words."""
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
