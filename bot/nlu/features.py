"""What the classifier sees of a message: character n-grams in which values have become signs, and words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlu.values import Found

LONGEST_GRAM = 4
# any number, amount or size stands for all of them; months and names keep their words
_SIGNS = {"phone_number": "P", "amount_fen": "Y", "data_mb": "D"}
_DIGITS = re.compile(r"\d+")
_KEPT_NUMBERS = frozenset(("10086", "10010", "10001", "10000", "12315", "12300", "12580", "139", "189", "110", "120"))
_GENERATION = re.compile(r"[2345]g", re.I)
_PUNCTUATION = re.compile(r"[\s,，。.!！?？、~:：;；\"'“”‘’()（）]+")
_BARE = re.compile(r"[PYD\s,的吧就要是改成换号码手机错了不对充选来我个那上本这月]*")


def text_of(text: str, found: Sequence[Found]) -> str:
    """The text with signs for values: `给13800138000充50元` → `给P充Y`."""
    for one in reversed(found):
        if sign := _SIGNS.get(one.entity):
            text = text[: one.start] + sign + text[one.end :]
    text = _PUNCTUATION.sub(",", text).strip(",")
    kept = [m.span() for m in _GENERATION.finditer(text)]
    return _DIGITS.sub(lambda m: m.group() if m.group() in _KEPT_NUMBERS or _inside(m.span(), kept) else "0", text)


def _inside(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def features(text: str, found: Sequence[Found], words: Sequence[str] = ()) -> list[str]:
    """The features of a normalised text with its values and, if wanted, its words."""
    masked = text_of(text, found)
    chars = "^" + "".join(c if c in "PYD" else c.lower() for c in masked) + "$"
    size = len(chars)
    grams = [chars[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(size - n + 1)]
    grams.extend("e:" + one.entity for one in found)
    grams.extend("w:" + word for word in words if len(word) > 1)
    if found and _BARE.fullmatch(masked):
        grams.append("value")
    return grams
