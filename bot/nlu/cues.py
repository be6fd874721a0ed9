"""Cues: words that hint at what is meant beside the wish, as data/nlu/cues.tsv has them.

They are looked for in what the customer wrote, not in what was made of it, and are no values: nothing is learned
from them and no slot takes one.
"""

from __future__ import annotations

import re
from functools import cache

from bot.nlu import vocabulary


def find(text: str) -> frozenset[str]:
    """The cues that a text holds."""
    return frozenset(cue for cue, pattern in _patterns() if pattern.search(text))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((cue, re.compile(pattern)) for cue, pattern in vocabulary.rows("cues.tsv"))
