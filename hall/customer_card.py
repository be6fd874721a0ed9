"""Who a customer is, for the agent who serves him: his records, and what happened on his line over all channels.

Each part is asked by itself and in time; one whose system is down is named in `down` and costs only itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from hall import plan
from hall.bss.balance import Balance, Balances
from hall.bss.bill import Bill, Bills
from hall.bss.line_state import LineState, LineStates
from hall.bss.plan import Plan
from hall.bss.services import Service, Services
from hall.bss.subscriber import Subscriber, Subscribers
from hall.context import Hall
from hall.desk_search import conversations_of_line
from hall.errors import NotFound, Unavailable
from hall.handoff.records import Handoff, of
from hall.store.tables.core import conversations
from hall.store.tables.desk import handoffs
from hall.store.tables.topup import orders
from hall.tickets.records import Ticket, of_customer
from hall.topup.orders import Order

log = logging.getLogger(__name__)
BILLS = 3  # newest months
MOST = 20  # newest orders, hand-offs and conversations


@dataclass(frozen=True, slots=True)
class Card:
    """A customer's records; None where there is nothing, or the part is in `down`."""

    subscriber: Subscriber | None
    state: LineState | None
    plan: Plan | None
    balance: Balance | None
    bills: tuple[Bill, ...]
    services: tuple[Service, ...]
    down: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the line: when it began and last moved, and how many messages it has."""

    conversation: str
    began_at: datetime
    touched_at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class Past:
    """What happened on a line, each kind with the newest first."""

    orders: tuple[Order, ...]
    tickets: tuple[Ticket, ...]
    handoffs: tuple[Handoff, ...]
    talks: tuple[Talk, ...]


async def card(hall: Hall, line: str) -> Card:
    """The records of a line."""
    down: list[str] = []
    subscriber, state, now, balance, bills, services = await asyncio.gather(
        _or_down(down, hall.bss[Subscribers].of(line)),
        _or_down(down, hall.bss[LineStates].of(line)),
        _or_down(down, plan.current(hall, line)),
        _or_down(down, hall.bss[Balances].of(line)),
        _or_down(down, _bills(hall, line)),
        _or_down(down, hall.bss[Services].of(line)),
    )
    return Card(subscriber, state, now, balance, bills or (), services or (), tuple(dict.fromkeys(down)))


async def _or_down[T](down: list[str], asked: Awaitable[T]) -> T | None:
    try:
        return await asked
    except Unavailable as error:
        down.append(error.part)
    except NotFound:
        log.debug("desk: a line without records")
    return None


async def _bills(hall: Hall, line: str) -> tuple[Bill, ...]:
    newest = (await hall.bss[Bills].months(line))[-BILLS:]
    found = await asyncio.gather(*(hall.bss[Bills].of(line, month) for month in reversed(newest)))
    return tuple(bill for bill in found if bill is not None)


async def past(hall: Hall, line: str | None, conversation: str) -> Past:
    """What happened on a line, in whatever conversation; without a line, in this one."""
    keys = list({conversation, *(await conversations_of_line(hall, line) if line else ())})
    mine = [orders.c.conversation.in_(keys), *([orders.c.payer == line, orders.c.msisdn == line] if line else [])]
    bought = await _newest(hall, select(orders).where(or_(*mine)), orders.c.created_at)
    served = await _newest(hall, select(handoffs).where(handoffs.c.conversation.in_(keys)), handoffs.c.requested_at)
    talked = await _newest(
        hall, select(conversations).where(conversations.c.conversation.in_(keys)), conversations.c.touched_at
    )
    return Past(
        tuple(Order.of(row) for row in bought),
        await of_customer(hall.store, conversation, line),
        tuple(of(row) for row in served),
        tuple(Talk(row.conversation, row.created_at, row.touched_at, row.last_seq) for row in talked),
    )


async def _newest(hall: Hall, query: Any, at: Any) -> Sequence[Any]:
    return await hall.store.all(query.order_by(at.desc()).limit(MOST))
