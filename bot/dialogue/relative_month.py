"""Months that count from the bill on the table, not from today: 再上一个月, 前一个月呢, 下一个月的."""

from __future__ import annotations

import re

from hall import months

_ONE = r"[一1]?个?月"
_BACK = re.compile(
    rf"(?:再|还|更)(?:要|想|看看?|查)?(?:往)?(?:上|前|早)(?:面)?的?{_ONE}|前面?(?:的?(?:那|一|1)个?)月|(?<![大上\d])前一?个月(?:份|的|呢|吧|$)"
    rf"|再(?:往)?前(?:一个|呢|面)|往前(?:一个月|再看|呢|一月)|更早(?:一个月|的呢?|呢)|再早(?:一个月|呢|点的?)|(?:它|那)?的?上一个月呢"
)
_ON = re.compile(
    rf"(?:再|还)(?:往)?(?:下|后)(?:面)?的?{_ONE}|(?:后|下)(?:面)?的?(?:那|一)个?月(?:份|的|呢|吧|$)|往后(?:一个月|呢)"
)
_LAST = re.compile(r"(?<!上)上[一1]?个月的?(?:呢|账单|份|吧|$)")

_THAN_LAST = re.compile(r"比上[一1]?个?月")  # 为什么比上个月多: than the month before the bill that is spoken of


def shifted(text: str, named: list[str], focus: str) -> list[str] | None:
    """The month that `text` means beside `focus` (YYYY-MM, or a range, whose first month counts); None for another.

    `named` are the months that were read from the text as from today. 上个月 counts from the bill only where today's
    last month is the one that is on the table.
    """
    first, last = focus.split("/")[0], focus.split("/")[-1]
    if not months.valid(first):
        return None
    if _THAN_LAST.search(text):
        return [months.shift(first, -1)]
    if _BACK.search(text) or (named == [focus] and _LAST.search(text) and len(text) <= SHORT):
        return [months.shift(first, -1)]
    return [months.shift(last, 1)] if _ON.search(text) else None


SHORT = 8  # characters of a message that says no more than a month: 那上个月呢
