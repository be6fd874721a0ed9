"""Filters for when people are there: a moment as people say it now (明天9点), the hours of a week (每天9-21点)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from hall import clock
from hall.clock import SHANGHAI
from hall.policy.desk import DAYS, Span

Word = Callable[[str, str], str]  # (key, table) to its word


def opening(moment: datetime | str, word: Word) -> str:
    """A moment to come, as near as it is: 9点, 明天9点, 周三9点, 12月3日9点. A text is one in ISO form."""
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(SHANGHAI)
    days = (at.date() - clock.current().now().astimezone(SHANGHAI).date()).days
    near = {0: "today", 1: "tomorrow"}.get(days, "this_week" if 0 < days < 7 else "later")
    said = {"clock": _clock(at.hour * 60 + at.minute, word), "day": word(DAYS[at.weekday()], "day")}
    return word(near, "opening").format(**said, month=at.month, date=at.day)


def hours(spans: Sequence[Span], word: Word) -> str:
    """The spans of a week: 每天9-21点; 周一至周五9-12点、13点30分至18点."""
    said, before = list[str](), ""
    for span in spans:
        days = _days(span.days, word)
        whole = span.start % 60 == 0 and span.end % 60 == 0
        key = "span_hours" if whole else "span"
        start, end = (str(m // 60) if whole else _clock(m, word) for m in (span.start, span.end))
        said.append(word(key, "opening").format(days="" if days == before else days, start=start, end=end))
        before = days
    return word("between", "opening").join(said)


def _clock(minute: int, word: Word) -> str:
    hour, rest = divmod(minute, 60)
    key = {0: "clock", 30: "clock_half"}.get(rest, "clock_minutes")
    return word(key, "opening").format(hour=hour, minute=rest)


def _days(days: Sequence[str], word: Word) -> str:
    """每天; 周一至周五; 周六; 周一、周三."""
    if len(days) == len(DAYS):
        return word("every_day", "opening")
    places = [DAYS.index(day) for day in days]
    if len(days) > 2 and places[-1] - places[0] == len(days) - 1:
        return word("days", "opening").format(first=word(days[0], "day"), last=word(days[-1], "day"))
    return word("between", "opening").join(word(day, "day") for day in days)
