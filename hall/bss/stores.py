"""Bookings of business halls, as the operator's queue system holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, limited


@dataclass(frozen=True, slots=True)
class Booking:
    """A place in a hall from `at` on. `business`: a key of the operator's rules, or ""."""

    no: str
    msisdn: str
    store: str
    at: datetime
    business: str = ""


def _mine(found: Booking | None, msisdn: str, *_: object) -> bool:
    return found is None or found.msisdn == msisdn


class StoreBookings(Records):
    """Who comes when to which hall: one booking a line at a time. Part: stores. TM Forum: 646 `/appointment`."""

    @limited("stores")
    async def taken(self, store: str, first: datetime, last: datetime) -> Mapping[datetime, int]:
        """How many come at each beginning of a slot from `first` to before `last`; those without are left out."""
        raise NotImplementedError

    @limited("stores", _mine)
    async def of(self, msisdn: str) -> Booking | None:
        """The booking of a line that is still to come."""
        raise NotImplementedError

    @limited("stores", _mine)
    async def book(self, msisdn: str, store: str, at: datetime, business: str, key: str, people: int) -> Booking | None:
        """Book in the place of the line's former booking; None when `people` come at that time already.

        Idempotent: the same `key` again finds what it made.
        """
        raise NotImplementedError

    @limited("stores", _mine)
    async def cancel(self, msisdn: str, key: str) -> Booking | None:
        """Give the line's booking up; the one that was, None when there is none. Idempotent by what it does."""
        raise NotImplementedError
