"""What is said to who waits without being asked: nobody came within the policy's minutes; the people have left.

Two jobs of the outbox a hand-off, due when that would be so; whoever was taken or has left by then hears nothing.
"""

from __future__ import annotations

import logging

from hall.change import Change
from hall.context import Hall
from hall.handoff.customers import Place, place
from hall.handoff.records import OPEN, PERSON, WAITING, change_to, of
from hall.handoff.watch import KIND, LATE
from hall.store.dispatcher import Dispatcher, Done
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import OutboxMessage
from hall.store.unit import Unit, in_unit

log = logging.getLogger(__name__)


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the dispatcher look at those who wait."""

    async def handle(message: OutboxMessage) -> Done:
        await look(hall, message)
        return Done()

    dispatcher.handle(KIND, handle)


async def look(hall: Hall, message: OutboxMessage) -> None:
    """Tell a customer who still waits; again it says nothing more."""
    conversation, what = message.conversation, message.body["what"]

    async def run(unit: Unit) -> None:
        found = await unit.one(OPEN, {"its_conversation": conversation})
        if found is None or (found.id, found.state, found.kind) != (message.body["handoff"], WAITING, PERSON):
            return
        change, where = Change.begin(hall, unit, "clock"), await place(hall, conversation)
        if where is not None:
            change_to(change, of(found))  # or else somebody takes it at the same moment
            post_event(unit, change.now, _event(conversation, message.key, what, where))

    await in_unit(hall.store, run)


def _event(conversation: str, key: str, what: str, where: Place) -> HallEvent:
    if what == LATE:
        log.warning("a customer waits for a person longer than the policy wants")
    opens = where.opens.isoformat() if where.opens else None
    facts = {"position": where.position, "ahead": where.ahead, "minutes": where.minutes, "opens": opens}
    answer = "utter_handoff_late" if where.opens is None else "utter_handoff_after_hours"
    return HallEvent(conversation, key, answer, facts)
