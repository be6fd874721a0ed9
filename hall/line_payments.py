"""Payments onto a line: which there were, and whether one arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hall.bss.payments import LinePayments, Payment
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.days import Days

MOST = 6  # of a list


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that arrived."""

    paid_at: datetime
    amount_fen: int
    way: str


@dataclass(frozen=True, slots=True)
class Payments:
    """The newest payments, newest first, and what they add up to."""

    payments: tuple[Paid, ...]
    total_fen: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """The payments that are meant are on the line; `sure`: they are what was asked for, not just the newest one."""

    payments: tuple[Paid, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """No such payment is on the line. `latest` is the newest that is; `minutes`, `hours`: how long one may take."""

    amount_fen: int | None
    days: Days | None
    latest: Paid | None
    minutes: int
    hours: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked about: an amount, and when it was paid."""

    amount_fen: int | None = None
    days: Days | None = None


async def history(hall: Hall, msisdn: str, days: Days | None = None) -> Payments:
    """What was paid, all of it or within some days. Raises Unavailable("balance")."""
    found = [one for one in await _of(hall, msisdn) if days is None or _within(one, days)]
    return Payments(tuple(found[:MOST]), sum(one.amount_fen for one in found[:MOST]))


async def arrived(hall: Hall, msisdn: str, wish: Wish) -> Arrived | Missing:
    """Whether a payment is there: by its amount and day, else the newest. Raises Unavailable("balance")."""
    found = await _of(hall, msisdn)
    if wish.amount_fen is None and wish.days is None:
        return Arrived(tuple(found[:1]), sure=False) if found else _missing(hall, wish, found)
    meant = tuple(one for one in found if _is(one, wish))
    return Arrived(meant[:MOST], sure=True) if meant else _missing(hall, wish, found)


def _is(paid: Paid, wish: Wish) -> bool:
    same = wish.amount_fen is None or paid.amount_fen == wish.amount_fen
    return same and (wish.days is None or _within(paid, wish.days))


def _within(paid: Paid, days: Days) -> bool:
    """Whether it was paid on one of the days, as the customer counts them."""
    return days.first <= paid.paid_at.astimezone(SHANGHAI).date() <= days.last


def _missing(hall: Hall, wish: Wish, found: Sequence[Paid]) -> Missing:
    rules = hall.policy.accounts.payments
    latest = found[0] if found else None
    return Missing(wish.amount_fen, wish.days, latest, rules.arrives_minutes, rules.other_hours)


async def _of(hall: Hall, msisdn: str) -> list[Paid]:
    return [_paid(one) for one in await hall.bss[LinePayments].of(msisdn)]


def _paid(payment: Payment) -> Paid:
    return Paid(payment.at, payment.amount_fen, payment.way)
