"""Tickets as the desk lists and works them: the late first, then by priority and promise. Each act is an agent's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from hall.change import Change
from hall.context import Hall
from hall.errors import Conflict, NotFound
from hall.store.tables.tickets import tickets
from hall.tickets import acts, records
from hall.tickets.records import CANCELLED, CLOSED, DONE, UNSETTLED, Ticket

STATES: Mapping[str, tuple[str, ...]] = {"open": UNSETTLED, "done": (DONE,), "over": (CLOSED, CANCELLED)}
LATE = "late"  # … and those of the open ones that are late


@dataclass(frozen=True, slots=True)
class Work:
    """What an agent does about a ticket as he saw it (`version`). The same `key` again is refused as changed."""

    agent: str
    key: str
    version: int
    text: str = ""


async def listed(hall: Hall, state: str, kind: str, limit: int, offset: int = 0) -> tuple[Ticket, ...]:
    """The tickets of a state (open, late, done, over) and, if given, a kind."""
    query = select(tickets).where(*_of(hall, state), *([tickets.c.kind == kind] if kind else []))
    order = (tickets.c.due_at > hall.clock.now(), tickets.c.priority, tickets.c.due_at, tickets.c.ticket_no)
    newest = (tickets.c.changed_at.desc(), tickets.c.ticket_no)
    ordered = query.order_by(*(order if state in ("open", LATE) else newest))
    return tuple(records.read(row) for row in await hall.store.all(ordered.limit(limit).offset(offset)))


async def counts(hall: Hall) -> dict[str, int]:
    """How many there are of each state."""
    found = {}
    for state in (*STATES, LATE):
        query = select(func.count().label("many")).select_from(tickets).where(*_of(hall, state))
        row = await hall.store.one(query)
        found[state] = int(row.many) if row is not None else 0
    return found


async def found(hall: Hall, ticket_no: str) -> Ticket:
    """The ticket of that number. Raises NotFound."""
    ticket = await records.by_number(hall.store, ticket_no)
    if ticket is None:
        raise NotFound(f"no ticket {ticket_no}")
    return ticket


async def work(hall: Hall, ticket_no: str, act: str, done: Work) -> Ticket:
    """Do one of ACTS. Raises NotFound, NotNow, and Conflict when somebody else was first."""
    ticket = await found(hall, ticket_no)
    if ticket.version != done.version:
        raise Conflict(f"{ticket_no} has changed")
    change = Change.begin(hall, hall.store.unit(), f"agent:{done.agent}")
    moved = ACTS[act](change, ticket, done)
    await change.unit.commit()
    return moved


ACTS: Mapping[str, Callable[[Change, Ticket, Work], Ticket]] = {
    "take": lambda change, ticket, done: acts.take(change, ticket, done.agent, done.key),
    "note": lambda change, ticket, done: acts.note(change, ticket, done.text, done.key),
    "answer": lambda change, ticket, done: acts.answer(change, ticket, done.text, done.key),
    "finish": lambda change, ticket, done: acts.finish(change, ticket, done.text, done.key),
    "escalate": lambda change, ticket, _done: acts.escalate(change, ticket),
}
WORDED = frozenset({"note", "answer", "finish"})  # acts that need a text


def _of(hall: Hall, state: str) -> tuple[ColumnElement[bool], ...]:
    of_state = tickets.c.state.in_(STATES["open" if state == LATE else state])
    return (of_state, tickets.c.due_at < hall.clock.now()) if state == LATE else (of_state,)
