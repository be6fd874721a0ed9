"""Training sentences for somebody else's business (微信余额多少), combined from data/nlu/elsewhere.tsv.

There are too many to write down one by one; without them the model takes every 余额 for a telecom balance.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from bot.nlu import vocabulary

PER_ROW = 60
_FRAMES = ("{whose}{what}", "我的{whose}{what}", "{whose}的{what}", "我{whose}{what}", "{what},{whose}的")


def sentences() -> Iterator[str]:
    """Combine deterministically: each owner and each object of a row at least once if there is room."""
    for place, (whose, what) in enumerate(vocabulary.rows("elsewhere.tsv")):
        dice = random.Random(place)
        owners, wishes = whose.split(","), what.split(",")
        for turn in range(PER_ROW):
            owner = owners[turn % len(owners)]
            yield dice.choice(_FRAMES).format(whose=owner, what=wishes[(turn * 7 + turn // len(wishes)) % len(wishes)])
