"""Which of many patterns a text may match at all, by the characters that each cannot do without.

Hundreds of patterns are looked for in every message, and most messages are short: one look at their characters leaves
a few. What a pattern needs is read from its syntax tree; where that says nothing, the pattern is always tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _parser  # type: ignore[attr-defined]
from typing import Any

WIDEST = 64  # characters of a range that are worth naming

Chars = frozenset[str]


class Prefilter:
    """Finds the patterns that are worth a search."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        self._always: list[int] = []
        self._by_char: dict[str, list[int]] = {}
        for index, pattern in enumerate(patterns):
            chars = needed(pattern)
            if chars is None:
                self._always.append(index)
            for char in chars or ():
                self._by_char.setdefault(char, []).append(index)

    def among(self, text: str) -> list[int]:
        """The indices, in order, of the patterns that may match somewhere in the text."""
        found = set(self._always)
        for char in set(text) & self._by_char.keys():
            found.update(self._by_char[char])
        return sorted(found)


def needed(pattern: re.Pattern[str]) -> Chars | None:
    """Characters of which a text must have at least one to match; None where nothing is sure."""
    return _of_sequence(_parser.parse(pattern.pattern, pattern.flags), bool(pattern.flags & re.IGNORECASE))


def _of_sequence(tree: Iterable[tuple[Any, Any]], folds: bool) -> Chars | None:
    """The least of what its items need: all of them must match."""
    found = [chars for chars in (_of(str(op), given, folds) for op, given in tree) if chars is not None]
    return min(found, key=len, default=None)


def _of(op: str, given: Any, folds: bool) -> Chars | None:
    match op:
        case "LITERAL":
            return _literal(chr(given), folds)
        case "IN":
            return _of_set(given, folds)
        case "BRANCH":
            return _of_any(_of_sequence(branch, folds) for branch in given[1])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _of_sequence(given[2], folds) if given[0] else None
        case "SUBPATTERN":
            return _of_sequence(given[3], folds or bool(given[1] & re.IGNORECASE))
        case "ATOMIC_GROUP":
            return _of_sequence(given, folds)
        case "ASSERT":
            return _of_sequence(given[1], folds)
    return None


def _of_any(several: Iterable[Chars | None]) -> Chars | None:
    """What is needed where any one of them will do."""
    found: set[str] = set()
    for chars in several:
        if chars is None:
            return None
        found |= chars
    return frozenset(found)


def _of_set(items: Iterable[tuple[Any, Any]], folds: bool) -> Chars | None:
    """[国内], [6-9]; a negated or a wide one may be anything."""
    return _of_any(_of_member(str(op), given, folds) for op, given in items)


def _of_member(op: str, given: Any, folds: bool) -> Chars | None:
    if op == "LITERAL":
        return _literal(chr(given), folds)
    if op == "RANGE" and given[1] - given[0] < WIDEST:
        return _of_any(_literal(chr(code), folds) for code in range(given[0], given[1] + 1))
    return None


def _literal(char: str, folds: bool) -> Chars | None:
    """With case ignored a letter stands for more than two characters: 'k' is also the Kelvin sign."""
    if folds and char.lower() != char.upper():
        return None
    return frozenset({char})
