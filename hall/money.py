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
