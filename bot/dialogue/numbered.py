"""Reads an answer by number: one rule, whatever stands around the number.

One number, dressed with punctuation, brackets, blanks, words such as 选 or 回复, a counting word, the title that is
printed beside it, and politeness, is that number: `（1）`, `1️⃣`, `我选1`, `1，谢谢`, `选第一个`, `0返回`. A question, a
negation, a second number or a unit (1G, 5元, 9月) makes it something else. The text comes
normalised (bot/nlu/normalise.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 40  # characters of an answer by number with the title beside it
LAST = -1  # of 最后一个: the last of the choices
_NUMERALS = {
    char: value
    for value, chars in enumerate(
        ("零〇", "一壹幺", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖", "十拾")
    )
    for char in chars
}
_LEAD = (
    r"(?:(?:好[的吧]?|嗯|对|行|可以|是的?|ok|那[就么]?|就|请|麻烦|帮我|给我|我|俺|要|想|来|用|办|看|个|选择?|选项|选中|选定|挑|回复?|按|点击?|发送?|输入?"
    r"|打|敲|编号|序号|谢谢?[您你]?|数字|号码?为|答案?|choose|option|no)\s*)*"
)
_NUMBER = r"(?P<n>0?\d|1\d|[零〇一壹二贰三叁四肆五伍六陆七柒八捌九玖十拾])"
_COUNTED = (
    r"\s*(?:(?(nth)个选项|项)|(?(nth)个|项)|项|号|条|种|款|样)?(?:选项)?"  # 5个 is five of something, not the fifth
)
_TAIL = (
    r"(?:\s*(?:吧|啦|了|呀|哦|噢|哈|啊|呗|的|就行|就好|即可|可以|行|好[的吧]?|是的?|对的?|选|请|ok|这个|那个|谢谢?[您你了啦]?|多谢[您你了]?|感谢[您你]?"
    r"|拜托[了你您]*|麻烦[了您你]*|辛苦[了您你]*|快点|快|thanks?|thank you|please|thx))*"
)
_ANSWER = re.compile(rf"{_LEAD}(?P<nth>第)?{_NUMBER}(?![\d.])(?P<counted>{_COUNTED})(?P<rest>.*?){_TAIL}")
_LAST = re.compile(rf"{_LEAD}(?:最后|倒数第[一1]|最末|末尾)(?:一|1)?(?:个|项|号|条|种|款|样|那个)?{_TAIL}")
_FIRST = re.compile(rf"{_LEAD}(?:首|头[一1])(?:个|项|条|种|款|样|那个){_TAIL}")
_PAIR = re.compile(rf"{_LEAD}(?P<which>前者|后者){_TAIL}")
_BETWEEN = re.compile(r"(?<=\d)\.(?=\d)")  # a decimal point is no punctuation
_AROUND = re.compile(r"[^\w.]+|_|(?<!\d)\.|\.(?!\d)")
_ASKS = re.compile(r"[?？]")
_LATIN = re.compile(r"[a-z]", re.I)


@dataclass(frozen=True, slots=True)
class Numbered:
    """An answer by number: `value` (LAST: the last choice), and `beside`, what is written beside it, squeezed."""

    value: int
    beside: str = ""
    counted: bool = False  # as an item of a list: 第1个


def read(text: str) -> Numbered | None:
    """The number that a normalised text is, or None. What is written beside it must still be held against a title."""
    if len(text) > LONGEST or _ASKS.search(text):
        return None
    plain = _AROUND.sub(" ", text.casefold()).strip()
    if _LAST.fullmatch(plain):
        return Numbered(LAST)
    if _FIRST.fullmatch(plain):
        return Numbered(1, counted=True)
    if pair := _PAIR.fullmatch(plain):
        return Numbered(1 if pair["which"] == "前者" else 2, counted=True)
    match = _ANSWER.fullmatch(plain)
    if match is None:
        return None
    beside, number = squeezed(match["rest"]), match["n"]
    if beside and not match["counted"] and match.end("n") == match.start("rest") and _LATIN.match(match["rest"]):
        beside = f"{number}{beside}"  # 1G is a size, unless a title says just that
    value = int(number) if number.isdecimal() else _NUMERALS[number]
    return Numbered(value, beside, bool(match["nth"] or match["counted"].strip()))


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """The index of the title that a normalised text names by its number, or None."""
    found = read(text)
    if found is None or not titles:
        return None
    index = len(titles) - 1 if found.value == LAST else found.value - 1
    if not 0 <= index < len(titles) or (found.value == LAST and len(titles) < 2):
        return None
    return index if named(found.beside, titles[index]) else None


def is_own(text: str, value: int, labels: Sequence[str]) -> bool:
    """Whether a normalised text is one of the hall's own numbers (0 back, 9 a person), alone or with its label."""
    found = read(text)
    if found is None or found.value != value or found.counted:
        return False
    return not found.beside or any(named(found.beside, label) for label in labels)


def named(beside: str, title: str) -> bool:
    """Whether what is written beside a number says the title that is printed there, or a part of it."""
    known = squeezed(title)
    return not beside or beside in known or known in beside


def squeezed(text: str) -> str:
    """Letters and digits alone, in small letters."""
    return re.sub(r"[\W_]", "", text).casefold()
