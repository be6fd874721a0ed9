"""Chinese numerals, as amounts and months are written and as numbers are read aloud."""

from __future__ import annotations

import re
from decimal import Decimal

from hall.phone_reader import SPOKEN as SPOKEN

_CAPITALS = "零壹贰叁肆伍陆柒捌玖"  # as on cheques
DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {c: i for i, c in enumerate(_CAPITALS)}
    | {"〇": 0, "洞": 0, "两": 2, "俩": 2, "幺": 1}
)
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10000}
_SIGNS = "〇俩" + _CAPITALS + "一二两三四五六七八九" + "".join(UNITS)
# a number in digits, in characters or in both: 50, 1,000, 1.5, 一百二, 1百5, 一点五, 1点5
NUMERAL = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}(?:\.\d+)?|\d{{0,9}}[{_SIGNS}][\d{_SIGNS}]{{0,12}}(?:点[\d{_SIGNS}]{{1,4}})?"
    r"|\d{1,12}(?:[.点]\d{1,4})?)"  # bounded length: a page of 一 must cost no time
)
_NUMBER = re.compile(rf"[\d幺半双{_SIGNS}]")
_PLAIN = re.compile(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_TRANSLATE = str.maketrans({c: str(d) for c, d in DIGITS.items()})


def any_in(text: str) -> bool:
    """Whether a text has any character of a number."""
    return _NUMBER.search(text) is not None


def spoken_digits(text: str) -> str:
    """Digits read aloud one by one, of the same length: `幺三八0` → `1380`."""
    return text.translate(_TRANSLATE)


def number(text: str) -> Decimal | None:
    """The value of a numeral, or None: `12`, `1,000`, `五十`, `一百二` (120), `1百`, `一点五`, `二零二六`."""
    if _PLAIN.fullmatch(text):
        return Decimal(text.replace(",", ""))
    whole, point, part = text.partition("点")
    if point:
        digits = spoken_digits(part)
        value = number(whole)
        return value + Decimal(f"0.{digits}") if value is not None and digits.isdecimal() else None
    if text and all(c in DIGITS for c in text):
        return Decimal(spoken_digits(text))
    return _positional(re.findall(r"\d+|\D", text))


def _positional(pieces: list[str]) -> Decimal | None:
    total, digit, last_unit, gap = 0, None, 1, False
    for piece in pieces:
        if piece in UNITS:
            unit = UNITS[piece]
            if unit == UNITS["万"]:
                total = (total + (digit or 0)) * unit
            else:
                total += (1 if digit is None else digit) * unit
            digit, last_unit, gap = None, unit, False
        elif piece in DIGITS or piece.isdecimal():
            if digit:
                return None
            digit = DIGITS[piece] if piece in DIGITS else int(piece)
            gap = gap or digit == 0
        else:
            return None
    if digit is None:
        return Decimal(total)
    # 一百二 leaves out the unit after a hundred: 120; 一百零二 says that it does not
    return Decimal(total + digit * (last_unit // 10 if last_unit > 10 and not gap and digit < 10 else 1))
