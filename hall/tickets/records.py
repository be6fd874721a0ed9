"""Tickets as they are read: what they hold, and whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from hall.privacy import mask_msisdn
from hall.store.tables.tickets import ticket_events, tickets

if TYPE_CHECKING:
    from hall.context import Hall

OPEN, WORKING, DONE, CLOSED, CANCELLED = "open", "working", "done", "closed", "cancelled"
UNSETTLED = (OPEN, WORKING)
COMPLAINT, FAULT, REGISTRATION, CALL_BACK = "complaint", "fault", "registration", "call_back"
BOOKING, MONEY, SERVICE = "booking", "money", "service"
VISIT = "上门"  # the fact of a repair that says when a fitter comes
MOST = 20  # newest tickets of a customer that are looked at
LETTERS = "GD"  # with which a ticket's number begins: 工单


class Reader(Protocol):
    """A store or a unit."""

    async def all(self, statement: Any, values: Mapping[str, Any] | None = None) -> Any: ...

    async def one(self, statement: Any, values: Mapping[str, Any] | None = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the records say about it, as an agent reads it. Masked."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is to be seen to. The same `key` again is the same ticket. `summary` is masked."""

    key: str
    kind: str
    category: str
    conversation: str
    msisdn: str | None  # the proved line
    summary: str
    facts: tuple[Fact, ...] = ()
    country: bool = False  # a repair outside of towns
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it was when it was read."""

    ticket_no: str
    owner: str
    conversation: str
    msisdn: str | None
    kind: str
    category: str
    state: str
    summary: str
    facts: tuple[Fact, ...]
    priority: int
    escalated: int
    agent: str | None
    result: str | None
    satisfied: str | None
    due_at: datetime
    opened_at: datetime
    changed_at: datetime
    version: int

    @property
    def unsettled(self) -> bool:
        """Whether somebody still has to see to it."""
        return self.state in UNSETTLED


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a ticket's history."""

    act: str  # opened | added | urged | visit | taken | noted | answered | escalated, or a state that it came to
    actor: str
    text: str
    at: datetime


_NEWEST = (tickets.c.opened_at.desc(), tickets.c.ticket_no)
NAMES = tuple(name for name in Ticket.__slots__ if name != "facts")


def number_of(key: str) -> str:
    """The number of the ticket that a key asks for."""
    return f"{LETTERS}{int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**8:08d}"


def owner_of(conversation: str, msisdn: str | None) -> str:
    """Whose a ticket is: the proved line's, else the conversation's."""
    return msisdn or conversation


def read(row: Any) -> Ticket:
    """A ticket of its row."""
    return Ticket(facts=tuple(Fact(**one) for one in row.facts), **{name: getattr(row, name) for name in NAMES})


async def of_customer(reader: Reader, conversation: str, msisdn: str | None) -> tuple[Ticket, ...]:
    """The tickets of the proved line and of the conversation, newest first."""
    found = list[Ticket]()
    for owner in sorted({conversation, owner_of(conversation, msisdn)}):  # one after the other: they lie apart
        query = select(tickets).where(tickets.c.owner == owner).order_by(*_NEWEST).limit(MOST)
        found += [read(row) for row in await reader.all(query)]
    found.sort(key=lambda ticket: ticket.ticket_no)
    return tuple(sorted(found, key=lambda ticket: ticket.opened_at, reverse=True)[:MOST])


async def by_number(reader: Reader, ticket_no: str) -> Ticket | None:
    """The ticket of that number, whosever it is: for the desk."""
    row = await reader.one(select(tickets).where(tickets.c.ticket_no == ticket_no))
    return read(row) if row is not None else None


async def of_owner(reader: Reader, owner: str, ticket_no: str) -> Ticket | None:
    """The owner's ticket of that number, or None."""
    row = await reader.one(select(tickets).where(tickets.c.owner == owner, tickets.c.ticket_no == ticket_no))
    return read(row) if row is not None else None


async def history(reader: Reader, ticket: Ticket) -> tuple[Event, ...]:
    """What was done about a ticket, oldest first."""
    mine = (ticket_events.c.owner == ticket.owner, ticket_events.c.ticket_no == ticket.ticket_no)
    rows = await reader.all(select(ticket_events).where(*mine).order_by(ticket_events.c.seq))
    return tuple(Event(row.act, row.actor, row.text, row.at) for row in rows)


async def visit_of(reader: Reader, ticket: Ticket) -> str | None:
    """When a fitter comes, as `2026-11-28 上午`: as it was changed last; None for a ticket without a visit."""
    changed = [event.text for event in await history(reader, ticket) if event.act == "visit"]
    noted = [one.value for one in ticket.facts if one.name == VISIT]
    return next(iter([*reversed(changed), *noted]), None)


def facts(hall: Hall, ticket: Ticket) -> dict[str, Any]:
    """What answers say of a ticket, as plain JSON, because it is stored. Times are ISO 8601."""
    rules = hall.policy.tickets
    names = ("ticket_no", "kind", "category", "state", "summary", "escalated", "result", "satisfied")
    late = ticket.unsettled and hall.clock.now() > ticket.due_at
    return {name: getattr(ticket, name) for name in names} | {
        "number": mask_msisdn(ticket.msisdn) if ticket.msisdn else "",
        "opened_at": ticket.opened_at.isoformat(),
        "changed_at": ticket.changed_at.isoformat(),
        "due_at": ticket.due_at.isoformat(),
        "late": late,
        "with_whom": rules.steps[ticket.escalated - 1].to if ticket.escalated else "",
        "regulator": rules.regulator.name,
        "regulator_phone": rules.regulator.phone,
        "regulator_days": rules.regulator.after_days,
    }
