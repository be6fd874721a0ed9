"""The clock. The only module that asks the operating system for the time.

Times are aware UTC datetimes everywhere; `local` gives the customer's day (Asia/Shanghai).
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """A clock that may start at another moment and goes on in real seconds."""

    def __init__(self, start: datetime | None = None) -> None:
        """Start at `start` (aware, or taken as Shanghai time), or run with the system's clock."""
        if start is not None and start.tzinfo is None:
            start = start.replace(tzinfo=SHANGHAI)
        self._offset = timedelta(0) if start is None else start - _system_now()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return _system_now() + self._offset

    def local(self) -> datetime:
        """The present moment in Asia/Shanghai, for days and months as a customer means them."""
        return self.now().astimezone(SHANGHAI)

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`: for demonstrations and tests of month ends and expiries."""
        self._offset += step


_FINER_THAN_SECONDS = 10**11  # from here on a number is of milliseconds: seconds of that size are after the year 5000
_UNIX = re.compile(r"\d{9,19}(?:\.\d{1,9})?")
_COMPACT = re.compile(r"(20\d{6})(\d{6})")  # without the T; as milliseconds it would be of the year 2600
_FINER = re.compile(r"([.,]\d{6})\d+")  # than datetime is
_NAMED_ZONE = re.compile(r"\[[\w/+\-]{1,40}\]$")  # which Java writes after the offset (RFC 9557)
_LEAP = re.compile(r"(:?\d\d:?)60(?!\d)")  # the second that datetime does not know
_MIDNIGHT = re.compile(r"24(?::?00){1,2}(?:[.,]0+)?(?![:\d])")
_ORDINAL = re.compile(r"(20\d\d)-?(\d{3})")  # the day of a year


def moment(value: object) -> datetime | None:
    """A time as programs write it, aware and in UTC; None when it is none.

    ISO 8601 with any fraction, offset (`Z`, `z`, +0800, +08, +08:00) or basic form, and seconds or milliseconds since
    1970, or finer. Without a zone it is taken as UTC.
    """
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _since_1970(float(value))
        text = str(value).strip()
        if compact := _COMPACT.fullmatch(text):
            text = "T".join(compact.groups())
        elif _UNIX.fullmatch(text) and text.isascii():
            return _since_1970(float(text))
        time = _iso(text)
    except (ValueError, OverflowError, OSError):
        return None
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _iso(text: str) -> datetime:
    plain = _NAMED_ZONE.sub("", text).upper().replace("\u2212", "-").removesuffix("UTC").rstrip()
    plain = _FINER.sub(r"\1", plain)
    date, sign, clock = plain.partition("T")
    if day := _ORDINAL.fullmatch(date):
        date = f"{datetime.strptime(day[1] + day[2], '%Y%j'):%Y-%m-%d}"
    later = timedelta(0)
    if sign and _LEAP.search(clock[:9]):
        clock, later = _LEAP.sub(r"\g<1>59", clock, count=1), timedelta(seconds=1)
    if _MIDNIGHT.match(clock):  # of the day that ends
        clock, later = "00" + clock[2:], timedelta(days=1)
    return datetime.fromisoformat(date + sign + clock) + later


def _since_1970(since: float) -> datetime:
    """Seconds, or what a thousand, a million or a billion of them make one."""
    for _finer in ("milli", "micro", "nano"):
        if abs(since) >= _FINER_THAN_SECONDS:
            since /= 1000
    return datetime.fromtimestamp(since, timezone.utc)


class _Ticket:
    last = 0


def ticket() -> int:
    """A sequence number that orders rows: nanoseconds, increasing, never the same twice in this process."""
    _Ticket.last = max(_Ticket.last + 1, time.time_ns())
    return _Ticket.last


def _system_now() -> datetime:
    return datetime.fromtimestamp(time.time(), timezone.utc)


class _House:
    """Holds the clock of this process: Rasa builds the graph components and cannot pass one in."""

    clock = Clock()


def use(clock: Clock) -> None:
    """Make `clock` the one that `current` returns in this process."""
    _House.clock = clock


def current() -> Clock:
    """The clock of this process."""
    return _House.clock
