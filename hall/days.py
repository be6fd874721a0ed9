"""Days as people name them: 昨天, 6号, 11月6日, 上周, looking back from today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九十")}
_BACK = {"今": 0, "昨": 1, "前": 2, "大前": 3}
_NEAR = re.compile(r"(大前|[今昨前])(?:天|日|晚|儿)")
_NOW = re.compile(r"刚才|刚刚|刚[交充缴]|早上|上午|中午|下午")
_DAY = re.compile(
    r"(?:(\d{1,2}|[一二三四五六七八九十]{1,3})月份?)?(?:的)?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:号|日)"
)
_WEEK = re.compile(r"上(?:个)?(?:周|星期|礼拜)")
_THIS_WEEK = re.compile(r"这(?:个)?(?:周|星期|礼拜)|这几天|前几天|最近")


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def one(self) -> bool:
        """Whether it is a single day."""
        return self.first == self.last


def read(text: str, today: date) -> Days | None:
    """The days that a text names, none of them after today; None when it names none."""
    if found := _NEAR.search(text):
        day = today - timedelta(days=_BACK[found[1]])
        return Days(day, day)
    if found := _DAY.search(text):
        return _dated(found, today)
    if _WEEK.search(text):
        monday = today - timedelta(days=today.weekday() + 7)
        return Days(monday, monday + timedelta(days=6))
    if _THIS_WEEK.search(text):
        return Days(today - timedelta(days=6), today)
    return Days(today, today) if _NOW.search(text) else None


def _dated(found: re.Match[str], today: date) -> Days | None:
    number = _number(found[2])
    month = _number(found[1]) if found[1] else today.month
    if not found[1] and number > today.day:
        month = (today.month - 2) % 12 + 1
    year = today.year if (month, number) <= (today.month, today.day) else today.year - 1
    try:
        day = date(year, month, number)
    except ValueError:
        return None
    return Days(day, day)


def _number(text: str) -> int:
    """1 to 31, in digits or in words."""
    if text.isdecimal():
        return int(text)
    before, ten, after = text.partition("十")
    if not ten:
        return _DIGITS.get(text, 0)
    return _DIGITS.get(before, 1) * 10 + _DIGITS.get(after, 0)
