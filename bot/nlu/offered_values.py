"""Which of the open choices a bare size or price means: 512的, 25块的, 就60那个. Pure functions.

A number without a unit may be either, and people round (500 for 512). More than one index means: ask which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlu import amounts, values
from bot.nlu.numerals import number
from bot.nlu.values import Found

LONGEST = 14  # characters
ROUNDED = 0.03  # a size is meant by a number that differs from it by this share
_FILLING = re.compile(
    r"(?:[我俺你就那要来选充买办个给用订吧的了呗啊呀哦嘛噻哈咯嘞]|这个|那个|那种|这种|那款|一个|流量|包|套餐|话费|一?档|帮我|就行|就好|可以|谢谢|\W)*"
)
_BARE = re.compile(r"\d{2,5}|[一二两三四五六七八九]?[十百千][一二三四五六七八九]?十?[一二三四五六七八九]?")


def meant(text: str, titles: Sequence[str]) -> list[int]:
    """The indices of the titles whose size or price a normalised text is, and nothing else."""
    if len(text) > LONGEST:
        return []
    sizes, prices = _values(text)
    if (sizes or prices) and not _FILLING.fullmatch(_without(text)):
        return []
    known = [_values(title) for title in titles]
    if not any(s or p for s, p in known):
        return []
    bare = _bare(text)
    if bare is not None:
        sizes, prices = {bare}, {bare * 100}
    exact = [i for i, (s, p) in enumerate(known) if sizes & s or prices & p]
    return exact or [i for i, (s, _) in enumerate(known) if any(_near(one, size) for one in sizes for size in s)]


def _near(said: int, size: int) -> bool:
    return abs(said - size) <= size * ROUNDED


def _found(text: str) -> list[Found]:
    return [*values.data_sizes(text), *amounts.find(text)]


def _values(text: str) -> tuple[set[int], set[int]]:
    """Sizes in MB and prices in fen."""
    sizes = {int(one.value) for one in values.data_sizes(text)}
    return sizes, {int(one.value) for one in amounts.find(text)}


def _without(text: str) -> str:
    spans = [(one.start, one.end) for one in _found(text)]
    return "".join(char for place, char in enumerate(text) if not any(a <= place < b for a, b in spans))


def _bare(text: str) -> int | None:
    """The one number without a unit that a text is, besides words that say nothing."""
    plain = re.sub(r"[的吧了呗啊呀哦嘛噻哈咯嘞\W]+$", "", text)
    match = re.fullmatch(rf"{_FILLING.pattern}(?P<n>{_BARE.pattern}){_FILLING.pattern}", plain)
    value = number(match["n"]) if match else None
    return int(value) if value is not None and value == int(value) else None
