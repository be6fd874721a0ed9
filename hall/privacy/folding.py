"""Folding: every kind of digit, letter and sign in its plain form, character for character, so that places stay."""

from __future__ import annotations

import unicodedata

Span = tuple[int, int]

_FOLD = (
    str.maketrans(
        "０１２３４５６７８９Ｘｘ×〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖：＝＠．＃－＿／，；",
        "0123456789XXX001234567891123456789:=@.#-_/,;",
    )
    | {0xFF21 + i: chr(ord("A") + i) for i in range(26)}
    | {0xFF41 + i: chr(ord("a") + i) for i in range(26)}
)


_SIGNS = {code: to for code, to in _FOLD.items() if unicodedata.category(chr(code)) != "Lo" or code == 0x3007}


def signs_folded(text: str) -> str:
    """As `folded`, with the numerals of Chinese as they are: 三个八 is three eights, not 3个8."""
    return _digits(text.translate(_SIGNS))


def folded(text: str) -> str:
    """`text` with every kind of digit as an ASCII one, and full-width letters and signs, of the same length."""
    return _digits(text.translate(_FOLD))


def _digits(plain: str) -> str:
    if plain.isascii():
        return plain
    return "".join(_digit(c) if c.isdigit() and not c.isascii() else c for c in plain)


def _digit(char: str) -> str:
    """① and 𝟏 as 1; superscripts, too."""
    return str(unicodedata.digit(char))


def whole(text: str, end: int) -> int:
    """`end`, or behind the marks there that belong to the character before it: the keycap of 1️⃣."""
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me", "Mc"):
        end += 1
    return end


def replaced(text: str, spans: list[Span], mark: str) -> str:
    """`text` with `mark` in place of each span; spans that touch or overlap become one."""
    pieces, last = [], 0
    for start, end in sorted(spans):
        if start >= last:
            pieces += [text[last:start], mark]
        last = max(last, whole(text, end))
    return "".join(pieces) + text[last:]
