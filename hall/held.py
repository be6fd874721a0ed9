"""What a line has beside its plan: services, rebates that are due, and how long its contract runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hall import months
from hall.bss.plan import Plans
from hall.bss.rebates import Rebate, Rebates
from hall.bss.services import Service, Services
from hall.context import Hall


@dataclass(frozen=True, slots=True)
class Held:
    """A service of the line; `no` counts from 1."""

    no: int
    code: str
    name: str
    fee_fen: int
    since: str  # its month


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The services of a line, and what they cost a month; `asked`: whether the line has one that was asked about."""

    services: tuple[Held, ...]
    total_fen: int
    plan: str
    plan_fen: int
    asked: str = ""
    has: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A rebate: `paid` of its months came back, `left` are to come, the next on `next`; `today` tells this month's."""

    name: str
    amount_fen: int
    day: date  # of this month
    state: Literal["paid", "waits", "ended"]
    paid: int
    left: int
    next: date | None
    until: str


@dataclass(frozen=True, slots=True)
class Dues:
    """The rebates of a line."""

    rebates: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Until when the plan's contract runs (`until` null: there is none), `left` months with the running one."""

    plan: str
    until: str | None
    ended: str | None  # the last month of one that is over
    left: int


async def services(hall: Hall, msisdn: str, asked: str | None = None) -> Subscribed | None:
    """What is subscribed to; None for an unknown line. Raises Unavailable("subscriber"), Unavailable("plan")."""
    plan, found = await asyncio.gather(hall.bss[Plans].of(msisdn), hall.bss[Services].of(msisdn))
    if plan is None:
        return None
    held = tuple(_held(number, one) for number, one in enumerate(found, 1))
    total = sum(one.fee_fen for one in held)
    return Subscribed(held, total, plan.name, plan.fee_fen, asked or "", any(one.name == asked for one in held))


async def rebates(hall: Hall, msisdn: str) -> Dues | None:
    """What comes back month by month; None for an unknown line. Raises Unavailable("plan")."""
    plan, found = await asyncio.gather(hall.bss[Plans].of(msisdn), hall.bss[Rebates].of(msisdn))
    if plan is None:
        return None
    today = hall.clock.local().date()
    return Dues(tuple(_due(one, today) for one in found))


async def contract(hall: Hall, msisdn: str) -> Contract | None:
    """How long the contract runs; None for an unknown line. Raises Unavailable("plan")."""
    plan = await hall.bss[Plans].of(msisdn)
    if plan is None:
        return None
    now, until = months.of(hall.clock.now()), plan.contract_until
    if until is None or until < now:
        return Contract(plan.name, None, until, 0)
    return Contract(plan.name, until, None, months.distance(now, until) + 1)


def _held(number: int, service: Service) -> Held:
    return Held(number, service.code, service.name, service.fee_fen, months.of(service.since))


def _due(rebate: Rebate, today: date) -> Due:
    now = f"{today.year}-{today.month:02}"
    day = date(today.year, today.month, rebate.day)
    passed = today >= day
    last_paid = now if passed else months.shift(now, -1)
    last_paid = min(last_paid, rebate.until)
    paid = max(0, months.distance(rebate.since, last_paid) + 1)
    left = max(0, months.distance(last_paid, rebate.until))
    state: Literal["paid", "waits", "ended"] = "ended" if now > rebate.until else "paid" if passed else "waits"
    following = months.shift(last_paid, 1)
    year, month = map(int, following.split("-"))
    return Due(
        rebate.name,
        rebate.amount_fen,
        day,
        state,
        paid,
        left,
        date(year, month, rebate.day) if left else None,
        rebate.until,
    )
