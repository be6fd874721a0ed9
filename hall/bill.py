"""The bill of a month: its total and items, what changed against the month before, and why.

The month before is compared only with a month that has ended: a running one is not finished and
would always look cheaper.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from hall import months
from hall.bss.bill import Bill, BillItem, Bills
from hall.context import Hall

COUNTED = ("calls", "sms", "data")  # categories whose quantity is what the customer used
MOST_MONTHS = 12  # of a range: the latest are shown

Why = Literal["new", "ended", "more_use", "less_use", "dearer", "cheaper", "other_plan"]


@dataclass(frozen=True, slots=True)
class Change:
    """One item that differs from the month before. `by_fen` is signed.

    `by_quantity` is what was used more, of what is counted; 0 for everything else.
    """

    why: Why
    item: BillItem
    by_fen: int
    by_quantity: int = 0
    was: str = ""  # the plan's name before


@dataclass(frozen=True, slots=True)
class Statement:
    """A month's bill. `more_fen` (signed) and `changes` compare with `before`, where there is one."""

    bill: Bill
    before: Bill | None = None
    changes: tuple[Change, ...] = ()

    @property
    def more_fen(self) -> int | None:
        """How much more than the month before; None when nothing is compared."""
        return None if self.before is None else self.bill.total_fen - self.before.total_fen


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of several months, oldest first. `missing` of the wish have no record."""

    bills: tuple[Bill, ...]
    missing: tuple[str, ...]

    @property
    def total_fen(self) -> int:
        """All of them together."""
        return sum(bill.total_fen for bill in self.bills)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A month beside an earlier one that was asked for: only the difference is of interest. `more_fen` is signed."""

    bill: Bill
    before: Bill
    changes: tuple[Change, ...] = ()

    @property
    def more_fen(self) -> int:
        """How much more than the earlier month."""
        return self.bill.total_fen - self.before.total_fen


@dataclass(frozen=True, slots=True)
class Average(Totals):
    """The totals of several closed months, asked for what they are on average."""

    @property
    def average_fen(self) -> int:
        """Of a month, rounded to the fen."""
        return round(self.total_fen / len(self.bills))


@dataclass(frozen=True, slots=True)
class Extremes(Totals):
    """The totals of several closed months, asked for the largest or the smallest."""

    @property
    def most(self) -> Bill:
        """The latest of the dearest months."""
        return max(self.bills, key=lambda bill: (bill.total_fen, bill.month))

    @property
    def least(self) -> Bill:
        """The latest of the cheapest months."""
        return min(reversed(self.bills), key=lambda bill: bill.total_fen)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no bill. `unclear`: not a month; `future`; `too_early`: before `first`; `unknown`: no such line."""

    reason: Literal["unclear", "future", "too_early", "unknown"]
    month: str
    first: str = ""


async def statement(hall: Hall, msisdn: str, wish: str | None = None) -> Statement | Totals | Refused:
    """The bill of `wish`: a month `YYYY-MM`, a range `YYYY-MM/YYYY-MM`, or None for the last closed month.

    Raises Unavailable("bill").
    """
    now = months.of(hall.clock.now())
    wish = wish or months.shift(now, -1)
    ends = sorted(wish.split("/"))
    if len(ends) > 2 or not all(map(months.valid, ends)):
        return Refused("unclear", wish)
    if ends[0] > now:
        return Refused("future", ends[0])
    known = await hall.bss[Bills].months(msisdn)
    if not known:
        return Refused("unknown", wish)
    if ends[-1] < known[0]:
        return Refused("too_early", ends[-1], known[0])
    if ends[0] != ends[-1]:
        return await _totals(hall, msisdn, ends[0], min(ends[-1], now))
    return await _single(hall, msisdn, ends[0], known[0])


async def compared(hall: Hall, msisdn: str, month: str, other: str | None = None) -> Comparison | Refused:
    """How the bill of `month` differs from that of `other`, by default the month before. The later one is compared.

    Raises Unavailable("bill").
    """
    first, second = sorted((month, other or months.shift(month, -1)))
    bills, known = hall.bss[Bills], await hall.bss[Bills].months(msisdn)
    if not known:
        return Refused("unknown", month)
    if second > months.of(hall.clock.now()):
        return Refused("future", second)
    before, bill = await asyncio.gather(bills.of(msisdn, first), bills.of(msisdn, second))
    if bill is None or before is None:
        return Refused("too_early", first, known[0])
    return Comparison(bill, before, changes(before, bill))


async def closed(hall: Hall, msisdn: str, wish: str | None = None) -> Totals | Refused:
    """The totals of the closed months of a range, by default of the last `MOST_MONTHS`.

    Raises Unavailable("bill").
    """
    now = months.of(hall.clock.now())
    ends = (wish or f"{months.shift(now, -MOST_MONTHS)}/{now}").split("/")
    known = await hall.bss[Bills].months(msisdn)
    if not known:
        return Refused("unknown", ends[-1])
    if not all(map(months.valid, ends)) or ends[-1] < known[0]:
        return Refused("too_early", ends[-1], known[0])
    return await _totals(hall, msisdn, max(ends[0], known[0]), min(ends[-1], months.shift(now, -1)))


async def _single(hall: Hall, msisdn: str, month: str, first: str) -> Statement | Refused:
    bills = hall.bss[Bills]
    bill, before = await asyncio.gather(bills.of(msisdn, month), bills.of(msisdn, months.shift(month, -1)))
    if bill is None:
        return Refused("too_early", month, first)
    if bill.open or before is None:
        return Statement(bill)
    return Statement(bill, before, changes(before, bill))


async def _totals(hall: Hall, msisdn: str, first: str, last: str) -> Totals:
    wanted = months.between(first, last)[-MOST_MONTHS:]
    found = await asyncio.gather(*(hall.bss[Bills].of(msisdn, month) for month in wanted))
    missing = tuple(month for month, bill in zip(wanted, found, strict=True) if bill is None)
    return Totals(tuple(bill for bill in found if bill is not None), missing)


def changes(before: Bill, bill: Bill) -> tuple[Change, ...]:
    """Changed items, largest sums first. Their `by_fen` add up to the difference of the totals."""
    old, new = ({item.code: item for item in month.items} for month in (before, bill))
    found = [_change(old.get(code), new.get(code)) for code in {**old, **new}]
    return tuple(sorted((change for change in found if change), key=lambda change: -abs(change.by_fen)))


def _change(old: BillItem | None, new: BillItem | None) -> Change | None:
    if old is None or new is None:
        return _came_or_went(old, new)
    by_fen, by_quantity = new.amount_fen - old.amount_fen, _used(new) - _used(old)
    if new.category == "plan" and new.name != old.name:
        return Change("other_plan", new, by_fen, was=old.name)
    if not by_fen:
        return None
    if by_quantity:
        return Change("more_use" if by_quantity > 0 else "less_use", new, by_fen, by_quantity)
    return Change("dearer" if by_fen > 0 else "cheaper", new, by_fen)


def _came_or_went(old: BillItem | None, new: BillItem | None) -> Change | None:
    """A change of an item that only one of the two months has: more or less use, or a new or ended item."""
    if new is not None:
        return Change("more_use" if _used(new) else "new", new, new.amount_fen, _used(new))
    if old is not None:
        return Change("less_use" if _used(old) else "ended", old, -old.amount_fen, -_used(old))
    return None


def _used(item: BillItem) -> int:
    """How much was used, of what is counted; the quantity of a service or a discount says nothing of use."""
    return (item.quantity or 0) if item.category in COUNTED else 0
