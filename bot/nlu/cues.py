"""Cues: what is meant, or how, beside the wish, as data/nlu/cues.tsv and data/nlu/moods.tsv have it.

They are no intents and no values: nothing is learned from them and no slot takes one. A cue is a part of what was
written; a mood is all of it (等等, 没错, 哈哈).
"""

from __future__ import annotations

import re
from functools import cache

from bot.nlu import features, vocabulary
from bot.nlu.prefilter import Prefilter

Patterns = list[tuple[str, re.Pattern[str]]]
LONGEST_MOOD = 24  # characters; what is longer says more than a mood
_MARKS = re.compile(r"[\W_]+")
_PIECE = re.compile(r"\{(\w+)\}")


def find(text: str) -> frozenset[str]:
    """The cues that a text holds, as it stands or in common words."""
    lowered = text.casefold()
    plain = features.plainly(lowered)
    return _in(lowered) if plain == lowered else _in(lowered) | _in(plain)


def _in(lowered: str) -> frozenset[str]:
    patterns, prefilter = _patterns()
    tried = (patterns[index] for index in prefilter.among(lowered))
    return frozenset(cue for cue, pattern in tried if pattern.search(lowered))


def moods(text: str) -> frozenset[str]:
    """What a normalised text is as a whole. A question mark makes a yes, or one's own line, a question."""
    plain = _MARKS.sub("", text.casefold())
    if not plain:
        return frozenset({"nothing"})
    if len(plain) > LONGEST_MOOD:
        return frozenset()
    patterns, prefilter = _moods()
    tried = (patterns[index] for index in prefilter.among(plain))
    found = frozenset(mood for mood, pattern in tried if pattern.fullmatch(plain))
    return found - {"consent", "weak_yes", "own", "any"} if "?" in text else found


@cache
def _patterns() -> tuple[Patterns, Prefilter]:
    found = [(cue, re.compile(pattern)) for cue, pattern in vocabulary.rows("cues.tsv")]
    return found, Prefilter([pattern for _, pattern in found])


@cache
def _moods() -> tuple[Patterns, Prefilter]:
    pieces: dict[str, str] = {}
    found: list[tuple[str, re.Pattern[str]]] = []
    for name, pattern in vocabulary.rows("moods.tsv"):
        whole = _PIECE.sub(lambda piece: pieces.get(piece[1], piece[0]), pattern)
        if name.startswith("$"):
            pieces[name[1:]] = whole
        else:
            found.append((name, re.compile(whole)))
    return found, Prefilter([pattern for _, pattern in found])
