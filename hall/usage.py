"""What is left of a line's allowances, what was used, at which pace, and what is paid beyond them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hall import months
from hall.bss.usage import Bucket, MonthOfUse, Rates, Scope, Usage, Usages
from hall.clock import SHANGHAI
from hall.context import Hall

Unit = Literal["mb", "minutes", "messages"]
UNITS: dict[Bucket, Unit] = {"data_mb": "mb", "minutes": "minutes", "sms": "messages"}
MOST_MONTHS = 6  # of a range that is asked for


@dataclass(frozen=True, slots=True)
class Allowance:
    """One allowance, which can be used up to and including the day `ends`. `left` and `total` count `unit`."""

    name: str
    unit: Unit
    left: int
    total: int
    ends: date
    scope: Scope
    low: bool


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is paid beyond an allowance, in fen for one `unit`."""

    unit: Unit
    fen: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is left: what was asked for, everything, and what is paid beyond it."""

    allowances: tuple[Allowance, ...]
    everything: tuple[Allowance, ...]
    beyond: tuple[Beyond, ...]  # of what was asked for
    ends: date | None  # of all that was asked for, if it is one day

    @property
    def short(self) -> frozenset[Unit]:
        """What runs short, of what was asked for: no allowance that serves everything has much left."""
        whole = [one for one in self.allowances if one.scope != "targeted"]
        return frozenset({one.unit for one in whole} - {one.unit for one in whole if not one.low})


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in months that were asked for, oldest first."""

    months: tuple[MonthOfUse, ...]
    running: bool  # the last one runs


@dataclass(frozen=True, slots=True)
class Pace:
    """Data at the present pace: used since the first, `a_day` on average; `lasts`: until when, None to the end."""

    used_mb: int
    a_day_mb: int
    left_mb: int
    ends: date
    lasts: date | None


async def left(hall: Hall, msisdn: str, kinds: Collection[Bucket] = ()) -> Left | None:
    """What is left of some kinds of allowances, by default of all; None for an unknown line.

    Raises Unavailable("usage").
    """
    found, rates = await asyncio.gather(hall.bss[Usages].of(msisdn), hall.bss[Usages].rates(msisdn))
    if not found:
        return None
    everything = tuple(_allowance(hall, usage) for usage in _together(found))
    units = {UNITS[kind] for kind in kinds}
    asked = tuple(one for one in everything if one.unit in units) or everything
    ends = {one.ends for one in asked}
    beyond = tuple(one for one in priced(rates) if one.unit in {each.unit for each in asked})
    return Left(asked, everything, beyond, ends.pop() if len(ends) == 1 else None)


async def used(hall: Hall, msisdn: str, wish: str) -> Used | None:
    """What was used in a month `YYYY-MM`, or in several `YYYY-MM/YYYY-MM`; None where nothing is known of them.

    Raises Unavailable("usage").
    """
    ends, now = sorted(wish.split("/")), months.of(hall.clock.now())
    if not all(map(months.valid, ends)) or ends[0] > now:
        return None
    wanted = months.between(ends[0], min(ends[-1], now))[-MOST_MONTHS:]
    found = await asyncio.gather(*(hall.bss[Usages].month(msisdn, month) for month in wanted))
    known = tuple(month for month in found if month is not None)
    return Used(known, known[-1].month == now) if known else None


async def rates(hall: Hall, msisdn: str) -> tuple[Beyond, ...]:
    """What a line pays beyond its allowances. Raises Unavailable("usage")."""
    return priced(await hall.bss[Usages].rates(msisdn))


def priced(found: Rates) -> tuple[Beyond, ...]:
    """What something is paid for at all."""
    fen: dict[Unit, int | None] = {"mb": found.data_fen, "minutes": found.minute_fen, "messages": found.message_fen}
    return tuple(Beyond(unit, one) for unit, one in fen.items() if one is not None)


async def pace(hall: Hall, msisdn: str) -> Pace | None:
    """How long the data lasts; None for an unknown line. Raises Unavailable("usage")."""
    found = await left(hall, msisdn, ["data_mb"])
    if found is None:
        return None
    today = hall.clock.local().date()
    plan = [one for one in found.allowances if one.unit == "mb" and one.scope != "targeted"]
    used_mb, left_mb = sum(one.total - one.left for one in plan), sum(one.left for one in plan)
    a_day = used_mb // today.day
    ends = max((one.ends for one in plan), default=today)
    lasts = today + timedelta(days=left_mb // a_day) if a_day else ends
    return Pace(used_mb, a_day, left_mb, ends, lasts if lasts < ends else None)


def _together(found: Iterable[Usage]) -> list[Usage]:
    """Bought packages of one kind that end together are one allowance."""
    plan = [usage for usage in found if usage.scope != "bought"]
    bought: dict[tuple[str, date], list[Usage]] = defaultdict(list)
    for usage in found:
        if usage.scope == "bought":
            bought[usage.name, _last_day(usage)].append(usage)
    return plan + [_sum(same) for same in bought.values()]


def _sum(same: list[Usage]) -> Usage:
    first = same[0]
    total, gone = sum(one.total for one in same), sum(one.used for one in same)
    return Usage(first.kind, first.name, total, gone, first.ends_at, first.scope)


def _allowance(hall: Hall, usage: Usage) -> Allowance:
    remains = max(0, usage.total - usage.used)
    low = remains * 100 <= usage.total * hall.policy.accounts.usage.low_percent
    return Allowance(usage.name, UNITS[usage.kind], remains, usage.total, _last_day(usage), usage.scope, low)


def _last_day(usage: Usage) -> date:
    return (usage.ends_at.astimezone(SHANGHAI) - timedelta(seconds=1)).date()
