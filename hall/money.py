"""Money is an integer number of fen. Only this module turns it into what people read."""

from __future__ import annotations

import re
from decimal import Decimal

_YUAN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2}0*)?")


def yuan(fen: int) -> str:
    """`8850` → `88.50`, `-1260` → `-12.60`."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def short_yuan(fen: int) -> str:
    """Like `yuan`, without `.00`: `2500` → `25`, `850` → `8.50`."""
    text = yuan(fen)
    return text[:-3] if text.endswith(".00") else text


def fen(text: str) -> int:
    """`88.50` → `8850`; raises ValueError for what is not a whole number of fen."""
    if not isinstance(text, str) or not _YUAN.fullmatch(text):
        raise ValueError(f"{text!r} is not a whole number of fen")
    return int(Decimal(text) * 100)


_DIGITS, _PLACES, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿")


def capitals(fen: int) -> str:
    """An amount as invoices write it: `6545` → `陆拾伍圆肆角伍分`, `100000` → `壹仟圆整`. Not for less than nothing."""
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen cannot be written so")
    whole, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_whole(whole)}圆" if whole else ""
    if not (jiao or rest):
        return f"{text or '零圆'}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif text:
        text += "零"
    return f"{text}{_DIGITS[rest]}分" if rest else f"{text}整"


def _whole(number: int) -> str:
    text, gap = "", False
    for place, digit in reversed(list(enumerate(map(int, reversed(str(number)))))):
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place % 4]
            gap = False
        else:
            gap = True
        if place % 4 == 0 and place and number // 10**place % 10**4:
            text, gap = text + _GROUPS[place // 4], gap and not digit
    return text
