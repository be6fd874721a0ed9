"""Wishes that sound like ours and are for somebody else (微信余额多少): whose and what, from data/nlu/elsewhere.tsv.

There are more of them than anybody writes down; without them every 余额 is the hall's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from bot.nlu import vocabulary

PER_ROW = 60
_FRAMES = ("{whose}{what}", "我的{whose}{what}", "{whose}的{what}", "我{whose}{what}", "{what},{whose}的")


def sentences() -> Iterator[str]:
    """The same ones each time: every whose and every what of a row at least once where there is room."""
    for place, (whose, what) in enumerate(vocabulary.rows("elsewhere.tsv")):
        dice = random.Random(place)
        owners, wishes = whose.split(","), what.split(",")
        for turn in range(PER_ROW):
            owner = owners[turn % len(owners)]
            yield dice.choice(_FRAMES).format(whose=owner, what=wishes[(turn * 7 + turn // len(wishes)) % len(wishes)])
