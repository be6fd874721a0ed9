"""Calendar months as `YYYY-MM` in Asia/Shanghai: they sort as text."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timezone

from hall.clock import SHANGHAI

_MONTH = re.compile(r"20\d{2}-(?:0[1-9]|1[0-2])")


def valid(text: str) -> bool:
    """Whether `text` is a month."""
    return bool(_MONTH.fullmatch(text))


def of(moment: datetime) -> str:
    """The month in which an aware `moment` lies."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.year:04d}-{local.month:02d}"


def shift(month: str, by: int) -> str:
    """The month `by` months later: `2026-01`, -1 → `2025-12`."""
    year, index = divmod(_number(month) + by, 12)
    return f"{year:04d}-{index + 1:02d}"


def between(first: str, last: str) -> tuple[str, ...]:
    """The months from `first` to `last`, both included; () when `last` is earlier."""
    return tuple(shift(first, by) for by in range(distance(first, last) + 1))


def distance(first: str, last: str) -> int:
    """How many months `last` lies after `first`."""
    return _number(last) - _number(first)


def days(month: str) -> int:
    """Number of days of a month."""
    return calendar.monthrange(int(month[:4]), int(month[5:]))[1]


def start(month: str) -> datetime:
    """The first moment of a month, aware, in UTC."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=SHANGHAI).astimezone(timezone.utc)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def first_day(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """The last day of a month."""
    return date.fromisoformat(f"{month}-{days(month):02}")
