"""Tax numbers of companies: the unified social credit code (18 characters, GB 32100), and old ones of 15 or 20."""

from __future__ import annotations

import re
from typing import Literal

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
LENGTHS = (15, 18, 20)
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_OLD = re.compile(r"[0-9]{6}[0-9A-Z]{9}(?:[0-9A-Z]{5})?")

Fault = Literal["length", "characters", "check"]


def normal(text: str) -> str:
    """As it is written on paper: capitals, plain digits, without blanks and signs between."""
    wide = {0xFF10 + i: ord("0") + i for i in range(10)} | {0xFF21 + i: ord("A") + i for i in range(26)}
    return re.sub(r"[\s\-]", "", text.translate(wide)).upper()


def check_character(first: str) -> str:
    """The last character of a unified code, by its first seventeen. Raises ValueError for one that is not allowed."""
    total = sum(CHARACTERS.index(char) * weight for char, weight in zip(first, _WEIGHTS, strict=True))
    return CHARACTERS[-total % 31]


def fault(number: str) -> Fault | None:
    """What is wrong with a tax number (as `normal` gives it); None for a right one."""
    if len(number) not in LENGTHS:
        return "length"
    if len(number) != 18:
        return None if _OLD.fullmatch(number) else "characters"
    if any(char not in CHARACTERS for char in number):
        return "characters"
    return None if check_character(number[:17]) == number[17] else "check"
