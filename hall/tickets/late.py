"""Tickets that are late go to the next in the policy's row; done ones of which nobody says anything are closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hall.change import Change
from hall.errors import Conflict
from hall.store.dispatcher import Dispatcher, Done, Result, Retry
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.tickets import acts, records
from hall.tickets.records import DONE

if TYPE_CHECKING:
    from hall.context import Hall


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Register the jobs of tickets."""

    async def look(message: OutboxMessage) -> Result:
        try:
            await _escalate(hall, message)
        except Conflict:
            return Retry("somebody changes it right now")
        return Done()

    async def end(message: OutboxMessage) -> Result:
        try:
            await _close(hall, message)
        except Conflict:
            return Retry("somebody changes it right now")
        return Done()

    dispatcher.handle(acts.LATE, look)
    dispatcher.handle(acts.UNANSWERED, end)


async def _escalate(hall: Hall, message: OutboxMessage) -> None:
    ticket = await records.of_owner(hall.store, message.body["owner"], message.body["ticket"])
    steps, now = hall.policy.tickets.steps, hall.clock.now()
    if ticket is None or not ticket.unsettled or ticket.escalated >= len(steps):
        return
    if now < ticket.due_at + timedelta(hours=steps[ticket.escalated].after_hours):
        return  # it was promised anew meanwhile, and that has a look of its own
    change = Change.begin(hall, hall.store.unit(), "hall")
    moved = acts.escalate(change, ticket)
    if moved.escalated < len(steps):
        at = ticket.due_at + timedelta(hours=steps[moved.escalated].after_hours)
        name = f"{acts.LATE}:{ticket.ticket_no}:{at.isoformat()}:{moved.escalated}"
        enqueue(change.unit, now, NewMessage(name, acts.LATE, message.body, ticket.conversation, at))
    await change.unit.commit()


async def _close(hall: Hall, message: OutboxMessage) -> None:
    ticket = await records.of_owner(hall.store, message.body["owner"], message.body["ticket"])
    if ticket is None or ticket.state != DONE or ticket.version != message.body["version"]:
        return
    change = Change.begin(hall, hall.store.unit(), "hall")
    acts.close(change, ticket, "unanswered")
    await change.unit.commit()
