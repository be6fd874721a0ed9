"""Which of many patterns a text may match at all, by the characters that each cannot do without.

Hundreds of patterns are looked for in every message, and most messages are short: one look at their characters leaves
a few. What a pattern needs is read from its syntax tree; where that says nothing, the pattern is always tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _parser  # type: ignore[attr-defined]
from typing import Any

WIDEST = 64  # characters of a range that are worth naming
LOOKED_AT = 3  # sets of a way
ANY = -1  # all bits: no second or third set
ALSO = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}  # what `re` takes for these letters, beside both cases

Chars = frozenset[str]
Needs = tuple[Chars, ...]
Tree = list[tuple[Any, Any]]


class Prefilter:
    """Finds the patterns that are worth a search."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        self._always: list[int] = []
        self._by_char: dict[str, list[tuple[int, int, int]]] = {}
        self._bits: dict[str, int] = {}
        for index, pattern in enumerate(patterns):
            ways = needed(pattern)
            if not all(ways):
                self._always.append(index)
                continue
            for first, *others in ways:
                second, third, *_ = (*map(self._mask, others), ANY, ANY)
                for char in first:
                    self._by_char.setdefault(char, []).append((index, second, third))

    def _mask(self, chars: Chars) -> int:
        """The characters of a set as the bits of a number."""
        return sum(1 << self._bits.setdefault(char, len(self._bits)) for char in chars)

    def among(self, text: str) -> list[int]:
        """The indices, in order, of the patterns that may match somewhere in the text."""
        found = set(self._always)
        chars = set(text)
        bits = 1 << len(self._bits) | sum(1 << self._bits[char] for char in chars & self._bits.keys())
        for char in chars & self._by_char.keys():
            found.update([index for index, second, third in self._by_char[char] if bits & second and bits & third])
        return sorted(found)


def needed(pattern: re.Pattern[str]) -> list[Needs]:
    """The ways to match, and of each: sets of characters, the smallest first, of each of which a text must have one.

    A way without sets says nothing: the pattern may match anything.
    """
    folds = bool(pattern.flags & re.IGNORECASE)
    return [tuple(sorted(set(_of_all(way, folds)), key=_size)[:LOOKED_AT]) for way in _ways(_parsed(pattern))]


def _parsed(pattern: re.Pattern[str]) -> Tree:
    return list(_parser.parse(pattern.pattern, pattern.flags))


def _ways(tree: Tree) -> Iterator[Tree]:
    """What stands for itself in a|b|c: each has its own needs, and is short."""
    if len(tree) == 1 and str(tree[0][0]) == "BRANCH":
        for branch in tree[0][1][1]:
            yield from _ways(list(branch))
    else:
        yield tree


def _size(chars: Chars) -> tuple[int, list[str]]:
    return len(chars), sorted(chars)


def _of_sequence(tree: Iterable[tuple[Any, Any]], folds: bool) -> Chars | None:
    """The least of what its items need: all of them must match."""
    return min(_of_all(tree, folds), key=len, default=None)


def _of_all(tree: Iterable[tuple[Any, Any]], folds: bool) -> Iterator[Chars]:
    """What each of the items needs; those of a group count as items."""
    for op, given in tree:
        name = str(op)
        if name == "SUBPATTERN":
            yield from _of_all(given[3], folds or bool(given[1] & re.IGNORECASE))
        elif name == "ASSERT":
            yield from _of_all(given[1], folds)
        elif (chars := _of(name, given, folds)) is not None:
            yield chars


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
        case "ATOMIC_GROUP":
            return _of_sequence(given, folds)
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
    """With case ignored an ASCII letter stands for both, and for what `re` takes for it; another may be anything."""
    if not folds or char.lower() == char.upper():
        return frozenset({char})
    return frozenset({char.lower(), char.upper(), *ALSO.get(char.lower(), "")}) if char.isascii() else None
