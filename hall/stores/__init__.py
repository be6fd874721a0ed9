"""Business halls: found by what people say of a place, when they are open, what is done there, and a booking.

The halls are the operator's data (hall/policy/stores.py); bookings are records of its own system (hall/bss/stores.py).
"""

from dataclasses import dataclass

from hall.policy.guides import Told
from hall.stores.facts import Store
from hall.stores.times import Day


@dataclass(frozen=True, slots=True)
class Hotline:
    """Whom to call, by carrier."""

    carrier: str
    phone: str


@dataclass(frozen=True, slots=True)
class Week:
    """The usual hours as 09:00-18:00, "" for closed."""

    weekday: str
    sat: str
    sun: str


DayOrNone = Day | None
StoreOrNone = Store | None
ToldOrNone = Told | None

__all__ = ["DayOrNone", "Hotline", "Store", "StoreOrNone", "ToldOrNone", "Week"]
