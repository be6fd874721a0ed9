"""The halls of an operator (stores/ of its folder): where they are, when open and busy, what is done in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hall.operator_files import HALLS, STORES, OperatorFiles
from hall.policy.guides import Told
from hall.policy_file import File, count, day, list_of, mapping, text, words_text

KINDS_OF_DAY = ("weekday", "sat", "sun")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
Times = tuple[str, str] | None  # "09:00", "18:00"; None: closed


@dataclass(frozen=True, slots=True)
class Place:
    """A hall. `hours`, `does`: kinds of the rules. `lon`, `lat` in degrees."""

    id: str
    name: str
    carrier: str
    city: str
    district: str
    address: str
    landmarks: tuple[str, ...]
    said_as: tuple[str, ...]
    hours: str
    does: str
    phone: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Business:
    """Something that is done in halls of the kinds `where`; `guide` or `bring` tells what to bring."""

    key: str
    name: str
    words: tuple[str, ...]
    where: frozenset[str]
    guide: str = ""
    bring: Told | None = None


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which other hours hold."""

    name: str
    since: date
    until: date
    hours: Times


@dataclass(frozen=True, slots=True)
class StoreRules:
    """Every hall, and what holds for all. `quiet_days`: the first and the last; `waits`: minutes, quiet and busy."""

    places: tuple[Place, ...] = ()
    hours: Mapping[str, Mapping[str, Times]] = field(default_factory=dict)
    holidays: tuple[Holiday, ...] = ()
    quiet_days: tuple[int, int] = (6, 25)
    quiet_hours: tuple[str, str] = ("11:30", "15:00")
    waits: tuple[int, int] = (10, 40)
    businesses: tuple[Business, ...] = ()
    hotlines: Mapping[str, str] = field(default_factory=dict)
    slot_minutes: int = 60
    slot_people: int = 3
    ahead_days: int = 7
    elsewhere: tuple[str, ...] = ()  # provinces and large cities without halls
    provinces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the cities of each that have halls

    def near(self, said: str) -> tuple[str, ...]:
        """The cities with halls of the provinces that a text names."""
        return tuple(city for province, cities in self.provinces.items() if province in said for city in cities)

    @property
    def cities(self) -> tuple[str, ...]:
        """Where there are halls, each once, in the order of the file."""
        return tuple(dict.fromkeys(place.city for place in self.places))

    def place(self, id_: str) -> Place | None:
        """The hall of that number."""
        return next((place for place in self.places if place.id == id_), None)

    def business(self, key: str) -> Business | None:
        """The business of that name."""
        return next((one for one in self.businesses if one.key == key), None)


NO_STORES = StoreRules()


def stores(files: OperatorFiles) -> StoreRules:
    """Read and check stores/; raises PolicyError."""
    file = files.file(STORES)
    hours = {key: _week(file, key) for key in file.keys("hours")}
    for key in ("crowds", "house"):
        file.get(f"sources.{key}.document", text)
        file.get(f"sources.{key}.date", day)
    rules = StoreRules(
        places=tuple(_place(row, hours) for row in files.rows(HALLS)),
        hours=hours,
        holidays=tuple(_holiday(file, key) for key in file.items("holidays")),
        quiet_days=_days(file.get("quiet.days", list_of(count))),
        quiet_hours=_open(file, "quiet.hours"),
        waits=(file.get("quiet.waits.quiet", count), file.get("quiet.waits.busy", count)),
        businesses=tuple(_business(file, key) for key in file.keys("businesses")),
        hotlines=file.get("hotlines", _plain),
        slot_minutes=file.get("booking.slot_minutes", count),
        slot_people=file.get("booking.people", count),
        ahead_days=file.get("booking.ahead_days", count),
        elsewhere=file.get("elsewhere", list_of(text)),
        provinces={key: file.get(f"provinces.{key}", list_of(text)) for key in file.keys("provinces")},
    )
    file.source("quiet"), file.source("booking")
    file.finish()
    return rules


def _place(row: File, hours: Mapping[str, Any]) -> Place:
    kind = row.get("hours", text)
    if kind not in hours:
        raise row.error("hours", f"is none of {', '.join(hours)}")
    named: dict[str, Any] = {
        name: row.get(name, text) for name in ("id", "name", "carrier", "city", "district", "address")
    }
    named |= {name: row.get(name, words_text) for name in ("landmarks", "said_as")}
    named |= {name: row.get(name, float) for name in ("lon", "lat")}
    return Place(**named, hours=kind, does=row.get("does", text), phone=row.get("phone", text))


def _week(file: File, key: str) -> Mapping[str, Times]:
    return {kind: file.get(f"hours.{key}.{kind}", _times) for kind in KINDS_OF_DAY}


def _times(value: Any) -> Times:
    if value == []:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(_CLOCK.fullmatch(str(one)) for one in value):
        raise ValueError('must be ["09:00", "18:00"], or [] for closed')
    if value[0] >= value[1]:
        raise ValueError("must open before it closes")
    return value[0], value[1]


def _open(file: File, key: str) -> tuple[str, str]:
    found = file.get(key, _times)
    if found is None:
        raise file.error(key, "must be two times")
    return found


def _days(found: tuple[int, ...]) -> tuple[int, int]:
    return found[0], found[-1]


def _holiday(file: File, key: str) -> Holiday:
    since, until = file.get(f"{key}.from", day), file.get(f"{key}.until", day)
    return Holiday(file.get(f"{key}.name", text), since, until, file.get(f"{key}.hours", _times))


def _business(file: File, key: str) -> Business:
    at = f"businesses.{key}"
    guide = file.get(f"{at}.guide", text) if file.has(f"{at}.guide") else ""
    bring = file.get(f"{at}.bring", _told) if file.has(f"{at}.bring") else None
    words = file.get(f"{at}.words", list_of(text))
    where = frozenset(file.get(f"{at}.where", list_of(text, empty=True)))
    return Business(key, file.get(f"{at}.name", text), words, where, guide, bring)


def _told(value: Any) -> Told:
    found = mapping(value)
    return Told(text(found.get("text")), text(found.get("sms")))


def _plain(value: Any) -> Mapping[str, str]:
    return {str(key): text(word) for key, word in mapping(value).items()}
