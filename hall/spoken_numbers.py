"""Numbers as people say them: 一百二十 → 120, 两百 → 200, 半 is none. Arabic digits are read as they are."""

from __future__ import annotations

import re

SPOKEN = re.compile(r"\d{1,6}|[一二两三四五六七八九十百千]{1,7}")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def whole(text: str) -> int:
    """The value of a match of `SPOKEN`."""
    if text.isdecimal():
        return int(text)
    value, digit = 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            value += (digit or 1) * _UNITS[char]
            digit = 0
    return value + digit
