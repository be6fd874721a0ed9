"""A cache of understood short texts: most messages have been written by others before (查话费, 确认, 1).

A text means the same whoever says it on the same day, so it is understood once. Longer ones come once and may hold
what is the customer's own, a number or a name: they are not kept, nor is any of this written down.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from datetime import date
from typing import Any

LONGEST = 8  # characters: shorter than a mobile number, also in Chinese numerals
MOST_DIGITS = 3  # digits: fewer than a one-time code has
MOST = 4000  # texts


class ParseCache:
    """The most recently used texts of one day with their parse data."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._known: OrderedDict[str, bytes] = OrderedDict()

    def find(self, text: str, day: date) -> dict[str, Any] | None:
        """A copy of the parse data, which the caller may change; or None."""
        if day != self._day:
            self._day = day
            self._known.clear()
        kept = self._known.get(text)
        if kept is None:
            return None
        self._known.move_to_end(text)
        found: dict[str, Any] = pickle.loads(kept)
        return found

    def keep(self, text: str, found: dict[str, Any]) -> None:
        """Keep parse data of a text that is short and holds no personal data."""
        if len(text) > LONGEST or sum(map(str.isdigit, text)) > MOST_DIGITS:
            return
        self._known[text] = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
