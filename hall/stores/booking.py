"""A place in a hall: on which days and at what times there is one, booked once, changed, given up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from hall.bss.stores import Booking, StoreBookings
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.policy.stores import Place
from hall.stores.facts import Store, store
from hall.stores.times import day_of

_TIME = re.compile(
    r"(?P<half>下午|晚上|傍晚|中午|上午|早上)?\s*(?P<h>\d{1,2}|[一二两三四五六七八九十]{1,2})\s*(?:[:：点时](?P<m>\d{2}|半)?)"
)
_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "十": 10}
_HALVES = {"上午": (0, 12), "早": (0, 11), "中午": (11, 14), "下午": (13, 18), "傍晚": (16, 20), "晚": (17, 24)}


@dataclass(frozen=True, slots=True)
class Told:
    """A booking as it is told. `business`: its name, or None."""

    no: str
    store: Store
    at: datetime
    business: str | None


async def days(hall: Hall, place: Place) -> list[date]:
    """The days within the rules on which a hall has a place left. Raises Unavailable("stores")."""
    today = hall.clock.local().date()
    found = [today + timedelta(ahead) for ahead in range(hall.policy.stores.ahead_days + 1)]
    return [day for day in found if await slots(hall, place, day)]


async def slots(hall: Hall, place: Place, day: date) -> list[datetime]:
    """When a place is left on a day, in UTC; nothing when the hall is closed. Raises Unavailable("stores")."""
    rules, now = hall.policy.stores, hall.clock.now()
    hours = day_of(rules, place, day, now)
    if hours.opens is None or hours.closes is None:
        return []
    first, last = _moment(day, hours.opens), _moment(day, hours.closes)
    step = timedelta(minutes=rules.slot_minutes)
    starts = [first + step * number for number in range(int((last - first) / step))]
    taken = await hall.bss[StoreBookings].taken(place.id, first, last)
    return [at for at in starts if at > now and taken.get(at, 0) < rules.slot_people]


def meant(said: str, among: list[datetime]) -> datetime | None:
    """The time that a text names: 下午3点, 10:30, the key of a slot; of a half day the first that is left."""
    local = {at: at.astimezone(SHANGHAI) for at in among}
    if exact := next((at for at in among if at.isoformat() == said), None):
        return exact
    if match := _TIME.search(said):
        hour = _number(match["h"])
        if match["half"] in ("下午", "晚上", "傍晚") and hour < 12:
            hour += 12
        near = [at for at in among if local[at].hour in (hour, hour + 12 if hour < 8 else hour)]
        return next(iter(near), None)
    for word, (first, last) in _HALVES.items():
        if word in said:
            return next((at for at in among if first <= local[at].hour < last), None)
    return None


def names_time(said: str) -> bool:
    """Whether a text names a time of the day."""
    return bool(_TIME.search(said)) or any(word in said for word in _HALVES)


async def book(hall: Hall, line: str, place: Place, at: datetime, business: str, key: str) -> Told | None:
    """Book in the place of what the line has booked; None when the time has just been taken. Idempotent by `key`."""
    people = hall.policy.stores.slot_people
    made = await hall.bss[StoreBookings].book(line, place.id, at, business, key, people)
    return told(hall, made) if made else None


async def mine(hall: Hall, line: str) -> Told | None:
    """The booking of a line that is still to come, or None."""
    found = await hall.bss[StoreBookings].of(line)
    return told(hall, found) if found else None


async def give_up(hall: Hall, line: str, key: str) -> Told | None:
    """Give the line's booking up; the one that was, or None."""
    found = await hall.bss[StoreBookings].cancel(line, key)
    return told(hall, found) if found else None


def told(hall: Hall, found: Booking) -> Told | None:
    """A booking with its hall; None for a hall that is no longer known."""
    rules = hall.policy.stores
    place, business = rules.place(found.store), rules.business(found.business)
    if place is None:
        return None
    return Told(found.no, store(rules, place, hall.clock.now()), found.at, business.name if business else None)


def _moment(day: date, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(timezone.utc)


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    if len(said) == 2 and said[0] == "十":
        return 10 + _NUMERALS[said[1]]
    return _NUMERALS[said[0]]
