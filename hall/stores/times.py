"""When a hall is open, when few people are there, and which day somebody speaks of."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hall.clock import SHANGHAI
from hall.policy.stores import Place, StoreRules, Times

AHEAD = 14  # days in which the next opening is looked for
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_WEEKDAY = re.compile(r"(?P<next>下)?(?:个)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天末])")
_DATE = re.compile(r"(?:(?P<m>1[0-2]|[1-9])月)?(?P<d>[12]\d|3[01]|[1-9])(?:号|日)")
_NEAR = {"大后天": 3, "后天": 2, "明天": 1, "明早": 1, "明儿": 1, "今天": 0, "今儿": 0, "现在": 0, "今晚": 0}


@dataclass(frozen=True, slots=True)
class Day:
    """A hall on a day: `opens`, `closes` as 09:00, None when closed; `holiday`: its name, or "".

    `now`: whether it is open at this moment (of today only). `rest`: a Saturday, Sunday or holiday.
    """

    day: date
    opens: str | None
    closes: str | None
    holiday: str
    now: bool


@dataclass(frozen=True, slots=True)
class Crowd:
    """How full a hall is on a day: whether it is a quiet day, its quiet hours, and waits in minutes."""

    day: date
    quiet: bool
    first: int  # the quiet days of a month
    last: int
    start: str
    end: str
    wait_quiet: int
    wait_busy: int


def day_of(rules: StoreRules, place: Place, day: date, now: datetime) -> Day:
    """The hours of a hall on a day."""
    times, holiday = _times(rules, place, day)
    local = now.astimezone(SHANGHAI)
    clock = f"{local:%H:%M}"
    here = times is not None and local.date() == day and times[0] <= clock < times[1]
    return Day(day, times[0] if times else None, times[1] if times else None, holiday, here)


def next_open(rules: StoreRules, place: Place, now: datetime) -> Day | None:
    """The day on which a closed hall opens next; today if it has not opened yet."""
    local = now.astimezone(SHANGHAI)
    for days in range(AHEAD):
        found = day_of(rules, place, local.date() + timedelta(days), now)
        if found.opens and (days or f"{local:%H:%M}" < found.opens):
            return found
    return None


def crowd(rules: StoreRules, day: date) -> Crowd:
    """How full halls are on a day, by the operator's rule."""
    first, last = rules.quiet_days
    return Crowd(day, first <= day.day <= last, first, last, *rules.quiet_hours, *rules.waits)


def _times(rules: StoreRules, place: Place, day: date) -> tuple[Times, str]:
    for one in rules.holidays:
        if one.since <= day <= one.until:
            return one.hours, one.name
    kind = {5: "sat", 6: "sun"}.get(day.weekday(), "weekday")
    return rules.hours[place.hours][kind], ""


def days_in(rules: StoreRules, said: str, today: date) -> tuple[date, ...]:
    """The days that a text names, from today on: 明天, 周六, 下周三, 12月3号, 周末, 春节; none for none."""
    for word, ahead in _NEAR.items():
        if word in said:
            return (today + timedelta(ahead),)
    if "月底" in said or "月末" in said:
        return (date(today.year, today.month, monthrange(today.year, today.month)[1]),)
    if "月初" in said or "月头" in said:
        return _dated(0, 1, today)
    if match := _WEEKDAY.search(said):
        ahead = (_WEEKDAYS[match["d"]] - today.weekday()) % 7
        if match["next"]:
            ahead = 7 - today.weekday() + _WEEKDAYS[match["d"]]
        first = today + timedelta(ahead)
        return (first, first + timedelta(1)) if match["d"] == "末" and first.weekday() == 5 else (first,)
    for holiday in rules.holidays:
        word = holiday.name.removesuffix("节")
        if (holiday.name in said or word in said or (word == "春" and "过年" in said)) and holiday.until >= today:
            return (max(holiday.since, today),)
    if match := _DATE.search(said):
        return _dated(int(match["m"]) if match["m"] else 0, int(match["d"]), today)
    return ()


def _dated(month: int, number: int, today: date) -> tuple[date, ...]:
    for ahead in range(366):
        day = today + timedelta(ahead)
        if day.day == number and month in (0, day.month):
            return (day,)
    return ()
