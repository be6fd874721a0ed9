"""A line is suspended, reported lost, and taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hall import months
from hall.bss.balance import Balances
from hall.bss.line_state import ACTIVE, LOST, SUSPENDED, LineState, LineStates
from hall.bss.subscriber import Subscribers
from hall.context import Hall
from hall.errors import NotFound
from hall.policy.line import PASSWORD

State = Literal["active", "suspended", "lost", "arrears"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands: the state that keeps it from being used, since when, until when; what is owed in fen."""

    number: str
    state: State
    since: datetime | None
    until: datetime | None
    arrears_fen: int


async def standing(hall: Hall, msisdn: str) -> Standing | None:
    """How a line stands; None for an unknown one. Raises Unavailable."""
    if await hall.bss[Subscribers].of(msisdn) is None:
        return None
    found = await hall.bss[LineStates].of(msisdn)
    try:
        owed = (await hall.bss[Balances].of(msisdn)).arrears_fen
    except NotFound:
        owed = 0
    return Standing(msisdn, _state(found, owed), found.since, found.until, owed)


def _state(found: LineState, owed_fen: int) -> State:
    if found.state == LOST:
        return "lost"
    if found.state == SUSPENDED:
        return "suspended"
    return "arrears" if owed_fen else "active"


async def report_lost(hall: Hall, msisdn: str, key: str) -> LineState:
    """Stop everything on a line at once. Idempotent by `key`. Raises Unavailable("line")."""
    return await hall.bss[LineStates].change(msisdn, LOST, key)


async def suspend(hall: Hall, msisdn: str, key: str) -> LineState:
    """Suspend a line from now on, for as long as the policy allows. Idempotent by `key`. Raises Unavailable("line")."""
    return await hall.bss[LineStates].change(msisdn, SUSPENDED, key, suspended_until(hall))


async def resume(hall: Hall, msisdn: str, key: str) -> LineState:
    """Take a line up again. Idempotent by `key`. Raises Unavailable("line")."""
    return await hall.bss[LineStates].change(msisdn, ACTIVE, key)


def suspended_until(hall: Hall) -> datetime:
    """Until when a suspension that begins now may last: the first day of a month."""
    return months.start(months.shift(months.of(hall.clock.now()), hall.policy.line.suspend_months))


def needs_password(hall: Hall, state: str) -> bool:
    """Whether the holder must give the service password to take a line up again."""
    rules = hall.policy.line
    return (rules.resume_lost_by if state == LOST else rules.resume_suspended_by) == PASSWORD
