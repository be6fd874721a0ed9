"""Chinese numerals, as amounts and months are written and as numbers are read aloud."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "幺": 1, "洞": 0}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
SPOKEN = "零〇洞一幺二两三四五六七八九"
NUMERAL = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+)"  # a number in digits or characters
_TRANSLATE = str.maketrans({c: str(d) for c, d in DIGITS.items()})


def spoken_digits(text: str) -> str:
    """Digits read aloud one by one, of the same length: `幺三八0` → `1380`."""
    return text.translate(_TRANSLATE)


def number(text: str) -> Decimal | None:
    """The value of a numeral, or None: `12`, `1.5`, `五十`, `一百二` (120), `一百零二`, `二零二六`."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Decimal(text)
    if text and all(c in SPOKEN for c in text):
        return Decimal(spoken_digits(text))
    return _positional(text)


def _positional(text: str) -> Decimal | None:
    total, digit, last_unit, gap = 0, None, 1, False
    for char in text:
        if char in UNITS:
            unit = UNITS[char]
            if unit == UNITS["万"]:
                total = (total + (digit or 0)) * unit
            else:
                total += (1 if digit is None else digit) * unit
            digit, last_unit, gap = None, unit, False
        elif char in DIGITS:
            if digit:
                return None
            digit, gap = DIGITS[char], gap or DIGITS[char] == 0
        else:
            return None
    if digit is None:
        return Decimal(total)
    # 一百二 leaves out the unit after a hundred: 120; 一百零二 says that it does not
    return Decimal(total + digit * (last_unit // 10 if last_unit > 10 and not gap else 1))
