"""When people are at the desk, who goes first, how long one waits unheard: policy/desk.yml of the operator's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hall.clock import SHANGHAI
from hall.policy_file import File, Source, count, day, list_of, one_of, text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 60  # days in which the next opening is looked for
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Span:
    """On these days (of DAYS) from minute `start` to before minute `end` of the day, Asia/Shanghai."""

    days: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When people are there: spans of the week, but not on the dates in `closed`."""

    spans: tuple[Span, ...]
    closed: frozenset[date]
    source: Source

    def open_at(self, now: datetime) -> bool:
        """Whether people are there."""
        return self.closes(now) is not None

    def closes(self, now: datetime) -> datetime | None:
        """When the people who are there leave; None when nobody is. Spans that touch are one, also at midnight."""
        end = next((end for start, end in self._around(now) if start <= now < end), None)
        while end is not None:
            further = next((later for start, later in self._around(end) if start <= end < later), None)
            if further is None or further - now > timedelta(days=AHEAD):
                break
            end = further
        return end.astimezone(now.tzinfo) if end else None

    def opens(self, now: datetime) -> datetime | None:
        """When people are there next, `now` when they are; None when not within AHEAD days."""
        if self.open_at(now):
            return now
        starts = (start for days in range(AHEAD) for start, _ in self._on(_day(now) + timedelta(days)) if start > now)
        found = min(starts, default=None)
        return found.astimezone(now.tzinfo) if found else None

    def _around(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        return [span for days in (-1, 0) for span in self._on(_day(moment) + timedelta(days))]

    def _on(self, date_: date) -> list[tuple[datetime, datetime]]:
        """The spans of one day, as moments."""
        if date_ in self.closed:
            return []
        midnight = datetime.combine(date_, time(), SHANGHAI)
        mine = [span for span in self.spans if DAYS[date_.weekday()] in span.days]
        return [(midnight + timedelta(minutes=s.start), midnight + timedelta(minutes=s.end)) for s in mine]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """policy/desk.yml. `tiers`: of customers, who goes first before who goes last."""

    hours: DeskHours
    minutes_each: int
    tell_after: timedelta
    tiers: tuple[str, ...]
    source: Source

    def rank(self, tier: str, *, urgent: bool = False) -> int:
        """The rank in the queue, the lowest goes first: 0 for danger, then the tiers, last those without a name."""
        if urgent:
            return 0
        return 1 + (self.tiers.index(tier) if tier in self.tiers else len(self.tiers))


def desk(file: File) -> DeskRules:
    """Check desk.yml; raises PolicyError."""
    spans = tuple(
        Span(file.get(f"{at}.days", _days), *file.get(f"{at}.times", _times)) for at in file.items("hours.spans")
    )
    closed = frozenset(file.get("hours.closed", list_of(day, empty=True)))
    rules = DeskRules(
        DeskHours(spans, closed, file.source("hours")),
        file.get("waiting.minutes_each", count),
        timedelta(minutes=file.get("waiting.tell_after_minutes", count)),
        file.get("waiting.tiers", list_of(text)),
        file.source("waiting"),
    )
    file.finish()
    return rules


def _days(value: Any) -> tuple[str, ...]:
    """Days in the order of the week."""
    return tuple(sorted(set(list_of(one_of(*DAYS))(value)), key=DAYS.index))


def _times(value: Any) -> tuple[int, int]:
    texts = value if isinstance(value, list) and len(value) == 2 else ()
    if not texts or not all(isinstance(one, str) and _CLOCK.fullmatch(one) for one in texts):
        raise ValueError('must be two times, ["HH:MM", "HH:MM"]')
    start, end = (int(one[:2]) * 60 + int(one[3:]) for one in texts)
    if start >= end:
        raise ValueError("must be two times, the earlier first")
    return start, end


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
