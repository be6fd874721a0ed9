"""What is told of a hall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hall import guides
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.policy.guides import Told
from hall.policy.stores import Business, Place, StoreRules
from hall.stores.times import Day, day_of, next_open


@dataclass(frozen=True, slots=True)
class Store:
    """A hall as it is told. `near`: the best known landmark or ""; `opens`: when a closed one opens next."""

    name: str
    carrier: str
    city: str
    district: str
    address: str
    near: str
    phone: str
    today: Day
    opens: Day | None
    businesses: tuple[str, ...]
    at: date  # today
    quiet: str  # the hours of every day in which few people come

    @property
    def hours(self) -> str:
        """Those of today, without words."""
        return f"{self.today.opens}-{self.today.closes}" if self.today.opens else "-"

    @property
    def open(self) -> bool:
        """Whether it is open at this moment."""
        return self.today.now


def store(rules: StoreRules, place: Place, now: datetime) -> Store:
    """The facts of a hall at a moment."""
    day = now.astimezone(SHANGHAI).date()
    done = tuple(one.name for one in rules.businesses if place.does in one.where)
    today = day_of(rules, place, day, now)
    return Store(
        place.name,
        place.carrier,
        place.city,
        place.district,
        place.address if place.district == f"{place.city}市" else place.district + place.address,
        next(iter(place.landmarks), ""),
        place.phone,
        today,
        None if today.now else next_open(rules, place, now),
        done,
        day,
        "-".join(rules.quiet_hours),
    )


def does(place: Place, business: Business) -> bool:
    """Whether a hall does a business."""
    return place.does in business.where


def price(hall: Hall, business: Business, carrier: str) -> Told | None:
    """What a business costs, of its guide for a carrier's line; None if unknown."""
    guide = hall.policy.guides.get(business.guide)
    return guide.fact("price", {"carrier": frozenset({carrier})}, guides.rules(hall)) if guide else None


def bring(hall: Hall, business: Business, carrier: str) -> Told | None:
    """What to bring for a business: of its guide for a carrier's line, or the rules' own words; None if unknown."""
    guide = hall.policy.guides.get(business.guide)
    told = guide.fact("bring", {"carrier": frozenset({carrier})}, guides.rules(hall)) if guide else None
    return told or business.bring
