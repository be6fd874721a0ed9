"""What is done about a ticket. Every act is staged in a unit, with its line of the history; the same key does it once.

    open → working → done → closed
            ↑          └→ working, when the customer is not satisfied
    open, working → cancelled, by the customer

The commit raises Conflict when somebody else changed the ticket meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from hall.errors import HallError
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.tickets import ticket_events, tickets
from hall.tickets import records
from hall.tickets.records import CANCELLED, CLOSED, DONE, OPEN, WORKING, NewTicket, Ticket

if TYPE_CHECKING:
    from hall.change import Change
    from hall.store.unit import Unit

LATE, UNANSWERED = "ticket.late", "ticket.unanswered"  # kinds of outbox messages
NORMAL, RAISED, URGENT = 5, 3, 1  # priorities
MOVES = {  # act: (from, to)
    "taken": ((OPEN, WORKING), WORKING),
    "done": ((OPEN, WORKING), DONE),
    "closed": ((DONE,), CLOSED),
    "reopened": ((DONE, CLOSED), WORKING),
    "cancelled": ((OPEN, WORKING), CANCELLED),
}


class NotNow(HallError):
    """The ticket is in a state in which that cannot be done."""


async def open_ticket(change: Change, new: NewTicket) -> Ticket:
    """Stage a ticket with its promise; the same key again is the first one."""
    owner = records.owner_of(new.conversation, new.msisdn)
    ticket_no = records.number_of(new.key)
    if known := await records.of_owner(change.unit, owner, ticket_no):
        return known
    due = change.hall.policy.tickets.due(new.kind, change.now, country=new.country)
    ticket = Ticket(
        ticket_no=ticket_no,
        owner=owner,
        conversation=new.conversation,
        msisdn=new.msisdn,
        kind=new.kind,
        category=new.category,
        state=OPEN,
        summary=new.summary,
        facts=new.facts,
        priority=URGENT if new.urgent else NORMAL,
        escalated=0,
        agent=None,
        result=None,
        satisfied=None,
        due_at=due,
        opened_at=change.now,
        changed_at=change.now,
        version=0,
    )
    values = {name: getattr(ticket, name) for name in records.NAMES}
    listed = [{"name": one.name, "value": one.value} for one in ticket.facts]
    change.unit.stage(insert(tickets).values(**values, facts=listed))
    _write(change, ticket, "opened", "opened", new.summary, seq=0)
    _look_when_late(change.unit, change.now, ticket, due)
    return ticket


def add(change: Change, ticket: Ticket, text: str, key: str) -> Ticket:
    """Stage what the customer adds to it, masked. Raises NotNow for one that is closed."""
    _in(ticket, (OPEN, WORKING, DONE), "added")
    _write(change, ticket, "added", key, text)
    return _moved(change, ticket)


async def urge(change: Change, ticket: Ticket, key: str) -> tuple[Ticket, bool]:
    """Stage that the customer urges; whether it moves something: once in so many hours of the policy."""
    _in(ticket, (OPEN, WORKING), "urged")
    since = change.now - change.hall.policy.tickets.urge_every
    lately = any(one.act == "urged" and one.at > since for one in await records.history(change.unit, ticket))
    _write(change, ticket, "urged", key)
    return _moved(change, ticket, priority=ticket.priority if lately else min(ticket.priority, RAISED)), not lately


def change_visit(change: Change, ticket: Ticket, half: str, key: str) -> Ticket:
    """Stage that the fitter is to come at another time, as `2026-11-28 上午`. Raises NotNow."""
    _in(ticket, (OPEN, WORKING), "visited at another time")
    _write(change, ticket, "visit", key, half)
    return _moved(change, ticket)


def note(change: Change, ticket: Ticket, text: str, key: str) -> Ticket:
    """Stage an agent's note, which the customer does not see."""
    _write(change, ticket, "noted", key, text)
    return _moved(change, ticket)


def answer(change: Change, ticket: Ticket, text: str, key: str) -> Ticket:
    """Stage an agent's word to the customer, by the channel that opened the ticket. Raises NotNow."""
    _in(ticket, (OPEN, WORKING, DONE), "answered")
    _write(change, ticket, "answered", key, text)
    moved = _moved(change, ticket)
    tell(change, moved, "utter_ticket_answered", key, says=text)
    return moved


def take(change: Change, ticket: Ticket, agent: str, key: str) -> Ticket:
    """Stage that an agent has it. Raises NotNow."""
    return _move(change, ticket, "taken", key, agent=agent)


def finish(change: Change, ticket: Ticket, result: str, key: str) -> Ticket:
    """Stage its result, and ask the customer whether it is settled. Raises NotNow."""
    moved = _move(change, ticket, "done", key, result, result=result)
    tell(change, moved, "utter_ticket_done", key)
    at = change.now + change.hall.policy.tickets.closed_after
    body = {"owner": ticket.owner, "ticket": ticket.ticket_no, "version": moved.version}
    name = f"{UNANSWERED}:{ticket.ticket_no}:{moved.version}"
    enqueue(change.unit, change.now, NewMessage(name, UNANSWERED, body, ticket.conversation, at))
    return moved


def close(change: Change, ticket: Ticket, key: str, satisfied: str | None = None) -> Ticket:
    """Stage that it is over; `satisfied`: yes, or None where nobody said. Raises NotNow."""
    return _move(change, ticket, "closed", key, satisfied=satisfied)


def reopen(change: Change, ticket: Ticket, key: str) -> Ticket:
    """Stage that the customer is not satisfied: it is worked again, before all others. Raises NotNow."""
    due = change.hall.policy.tickets.due(ticket.kind, change.now)
    moved = _move(change, ticket, "reopened", key, satisfied="no", priority=URGENT, due_at=due)
    _look_when_late(change.unit, change.now, moved, due)
    return moved


def cancel(change: Change, ticket: Ticket, key: str) -> Ticket:
    """Stage that the customer takes it back. Raises NotNow."""
    return _move(change, ticket, "cancelled", key)


def escalate(change: Change, ticket: Ticket) -> Ticket:
    """Stage that the next in the policy's row has it, and tell the customer. Raises NotNow."""
    _in(ticket, (OPEN, WORKING), "escalated")
    steps = change.hall.policy.tickets.steps
    step = ticket.escalated + 1
    if step > len(steps):
        raise NotNow(f"{ticket.ticket_no} is with {steps[-1].to}: nobody is above" if steps else "nobody is above")
    _write(change, ticket, "escalated", f"escalated:{step}:{ticket.due_at.isoformat()}", steps[step - 1].to)
    moved = _moved(change, ticket, escalated=step, priority=URGENT)
    tell(change, moved, "utter_ticket_late", f"late:{step}:{ticket.version}")
    return moved


def tell(change: Change, ticket: Ticket, response: str, key: str, **more: Any) -> None:
    """Stage a word to the customer, by the channel that opened the ticket."""
    said = {"ticket": records.facts(change.hall, ticket)} | more
    post_event(change.unit, change.now, HallEvent(ticket.conversation, f"{ticket.ticket_no}:{key}", response, said))


def _look_when_late(unit: Unit, now: datetime, ticket: Ticket, at: datetime) -> None:
    body = {"owner": ticket.owner, "ticket": ticket.ticket_no}
    name = f"{LATE}:{ticket.ticket_no}:{at.isoformat()}"
    enqueue(unit, now, NewMessage(name, LATE, body, ticket.conversation, at))


def _move(change: Change, ticket: Ticket, act: str, key: str, text: str = "", **values: Any) -> Ticket:
    allowed, state = MOVES[act]
    _in(ticket, allowed, act)
    _write(change, ticket, act, key, text)
    return _moved(change, ticket, state=state, **values)


def _in(ticket: Ticket, states: tuple[str, ...], act: str) -> None:
    if ticket.state not in states:
        raise NotNow(f"{ticket.ticket_no} is {ticket.state}: it cannot be {act}")


def attached(change: Change, ticket: Ticket, file_id: str, name: str) -> None:
    """Stage that the customer sent a file about it."""
    _write(change, ticket, "file", f"file:{file_id}", name, seq=ticket.version)


def _moved(change: Change, ticket: Ticket, **values: Any) -> Ticket:
    moved = replace(ticket, version=ticket.version + 1, changed_at=change.now, **values)
    mine = (tickets.c.owner == ticket.owner, tickets.c.ticket_no == ticket.ticket_no)
    staged = update(tickets).where(*mine, tickets.c.version == ticket.version)
    change.unit.stage(staged.values(version=moved.version, changed_at=change.now, **values), expect=1)
    return moved


def _write(change: Change, ticket: Ticket, act: str, key: str, text: str = "", *, seq: int | None = None) -> None:
    """A line of the history. Of the same key again the whole unit conflicts, so that nothing is done twice."""
    said = {"act": act, "actor": change.actor, "text": text, "at": change.now}
    said["seq"] = ticket.version + 1 if seq is None else seq
    mine = {"owner": ticket.owner, "ticket_no": ticket.ticket_no, "key": key[:80], "conversation": ticket.conversation}
    change.unit.stage(insert(ticket_events).values(**mine, **said))
