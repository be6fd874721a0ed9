"""Training sentences that are combined from the patterns of data/nlu/wordings/*.tsv, and of data/nlu/acts/*.tsv.

A kind of thing people say is one line: an intent (or what it does), a tab, a pattern. `(a|b|)` is one of its
alternatives, `{name}` one of those of a list that a line `=name`, tab, `a|b` gives, for all files of the folder. A
pattern yields as many sentences as it has room for, at most `MOST`, always the same ones.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from bot.nlu.vocabulary import FOLDER

MOST = 24
_CHOICE = re.compile(r"\(([^()]*)\)")
_LIST = re.compile(r"\{(\w+)\}")


def sentences(folder: str = "wordings") -> Iterator[tuple[int, str, str]]:
    """Number of the pattern, sentence, intent. Raises KeyError when a pattern names no list."""
    rows = [row for path in sorted((FOLDER / folder).glob("*.tsv")) for row in _rows(path.read_text("utf-8"))]
    lists = {name[1:]: words for name, words in rows if name.startswith("=")}
    for number, (intent, pattern) in enumerate(row for row in rows if not row[0].startswith("=")):
        for text in said(pattern, lists):
            yield number, text, intent


def said(pattern: str, lists: dict[str, str]) -> list[str]:
    """Sentences of a pattern, in order."""
    dice = random.Random(pattern)
    found = {_one(pattern, lists, dice) for _ in range(2 * MOST)} - {""}
    return sorted(found)[:MOST] if len(found) <= MOST else sorted(dice.sample(sorted(found), MOST))


def _one(pattern: str, lists: dict[str, str], dice: random.Random) -> str:
    text = _LIST.sub(lambda match: dice.choice(lists[match[1]].split("|")), pattern)
    while (inner := _CHOICE.sub(lambda match: dice.choice(match[1].split("|")), text)) != text:
        text = inner
    return text


def _rows(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, said = line.split("\t")
            yield name, said
