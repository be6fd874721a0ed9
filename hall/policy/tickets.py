"""Promises about tickets: policy/tickets.yml of the operator's folder. Working days are those of the calendar there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hall.clock import SHANGHAI
from hall.policy_file import File, Source, count, day, list_of, text

FRIDAY = 4
DAY_ENDS = time(18)  # of a working day: until then something is promised
LONGEST = 366  # days in which a working day is looked for


@dataclass(frozen=True, slots=True)
class Promise:
    """Until when a kind of ticket is seen to: in working days, or in hours, of the country in other ones."""

    days: int
    hours: int
    country_hours: int
    source: Source


@dataclass(frozen=True, slots=True)
class Step:
    """Who gets a ticket that is late, `after_hours` behind its promise."""

    after_hours: int
    to: str


@dataclass(frozen=True, slots=True)
class Regulator:
    """To whom a customer may turn when the operator fails, and after how many days."""

    name: str
    phone: str
    website: str
    after_days: int
    source: Source


@dataclass(frozen=True, slots=True)
class TicketRules:
    """policy/tickets.yml. `closed_after`: without a word from the customer a done ticket is closed."""

    kinds: Mapping[str, Promise]
    steps: tuple[Step, ...]
    regulator: Regulator
    urge_every: timedelta
    closed_after: timedelta
    holidays: frozenset[date]
    worked: frozenset[date]  # weekends on which people work

    def due(self, kind: str, now: datetime, *, country: bool = False) -> datetime:
        """Until when a ticket of that kind that is opened now is promised."""
        promise = self.kinds[kind]
        if promise.hours:
            return now + timedelta(hours=promise.country_hours if country else promise.hours)
        on = now.astimezone(SHANGHAI).date()
        left = promise.days
        for _ in range(LONGEST):
            on += timedelta(days=1)
            left -= self.is_working(on)
            if left <= 0:
                break
        return datetime.combine(on, DAY_ENDS, SHANGHAI).astimezone(now.tzinfo)

    def is_working(self, on: date) -> bool:
        """Whether people work on that day."""
        return on in self.worked or (on.weekday() <= FRIDAY and on not in self.holidays)


def tickets(file: File) -> TicketRules:
    """Check tickets.yml; raises PolicyError."""
    kinds = {name: _promise(file, f"kinds.{name}") for name in file.keys("kinds")}
    steps = tuple(Step(file.get(f"{at}.after_hours", _hours), file.get(f"{at}.to", text)) for at in file.items("late"))
    regulator = Regulator(
        file.get("regulator.name", text),
        file.get("regulator.phone", text),
        file.get("regulator.website", text),
        file.get("regulator.after_days", count),
        file.source("regulator"),
    )
    rules = TicketRules(
        kinds,
        tuple(sorted(steps, key=lambda step: step.after_hours)),
        regulator,
        timedelta(hours=file.get("urge_every_hours", count)),
        timedelta(days=file.get("closed_after_days", count)),
        frozenset(file.get("calendar.holidays", list_of(day, empty=True))),
        frozenset(file.get("calendar.worked", list_of(day, empty=True))),
    )
    file.source("calendar")
    file.finish()
    return rules


def _promise(file: File, key: str) -> Promise:
    given = {name: file.get(f"{key}.{name}", count) for name in ("days", "hours") if file.has(f"{key}.{name}")}
    if len(given) != 1:
        raise file.error(key, "must have working days or hours, one of them")
    hours = given.get("hours", 0)
    country = file.get(f"{key}.country_hours", count) if file.has(f"{key}.country_hours") else hours
    return Promise(given.get("days", 0), hours, country, file.source(key))


def _hours(value: Any) -> int:
    return 0 if value == 0 and value is not False else count(value)
