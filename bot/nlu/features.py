"""The features of a message: pieces of its text, with values replaced by signs.

N-grams of one to four characters capture the wording. Unordered pairs of near characters recognise a wish in another
word order (费还够不 · 还够费吗), as in half of real messages. Regional words become the common ones first
(data/nlu/dialect.tsv).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bot.nlu import vocabulary
from bot.nlu.values import Found

LONGEST_GRAM = 4
REACH = 7  # characters: the largest distance of a pair
# one sign for all numbers, amounts and sizes; months and names keep their words
_SIGNS = {"phone_number": "P", "amount_fen": "Y", "data_mb": "D"}
_DIGITS = re.compile(r"\d+")
_KEPT_NUMBERS = frozenset(("10086", "10010", "10001", "10000", "12315", "12300", "12580", "139", "189", "110", "120"))
_GENERATION = re.compile(r"[2345]g", re.I)
AMBIGUOUS = frozenset(("好多", "整", "在", "地", "给"))  # 扣了我好多钱 asks nothing, 完整 is no dialect
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


def common(text: str) -> str:
    """The text with regional words replaced: `咋莫得流量喽` → `怎么没有流量了`."""
    words, pattern = _dialect()
    return pattern.sub(lambda match: words[match.group()], text) or text


def plainly(text: str) -> str:
    """The same with all particles as they are, for patterns of words: `我冇搞过` → `我没弄过`."""
    words, pattern = _plain()
    return pattern.sub(lambda match: words[match.group()], text)


@cache
def _plain() -> tuple[dict[str, str], re.Pattern[str]]:
    words = {said: meant for said, meant in _dialect()[0].items() if meant and said not in AMBIGUOUS}
    return words, re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


@cache
def _dialect() -> tuple[dict[str, str], re.Pattern[str]]:
    words = {
        said: "" if meant == "-" else meant
        for meant, written in vocabulary.rows("dialect.tsv")
        for said in written.split(",")
    }
    return words, re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def features(text: str, found: Sequence[Found]) -> set[str]:
    """The features of a normalised text with its values: n-grams as they are, `b:` pairs, `e:` kinds of values."""
    masked = text_of(text, found)
    body = common("".join(c if c in "PYD" else c.lower() for c in masked))
    chars = f"^{body}$"
    size = len(chars)
    seen = {chars[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(size - n + 1)}
    for place, one in enumerate(body):
        near = body[place + 1 : place + REACH + 1]
        seen.update(f"b:{one}{other}" if one < other else f"b:{other}{one}" for other in near)
    seen.update("e:" + one.entity for one in found)
    if found and _BARE.fullmatch(masked):
        seen.add("value")
    return seen
