"""What is said to who waits without being asked: nobody came within the policy's minutes; the people have left.

Two jobs of the outbox a hand-off, due when that would be so; whoever was taken or has left by then hears nothing.
"""

from __future__ import annotations

import logging

from hall.change import Change
from hall.context import Hall
from hall.handoff import customers
from hall.handoff.records import OPEN, PERSON, WAITING, change_to, of
from hall.store.dispatcher import Dispatcher, Done
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.unit import Unit, in_unit

log = logging.getLogger(__name__)

KIND = "desk.waiting"
LATE, CLOSING = "late", "closing"


def watch(hall: Hall, unit: Unit, conversation: str, handoff_id: str) -> None:
    """Stage the looks at a hand-off that begins to wait: after the policy's minutes, and when the people leave."""
    now, rules = hall.clock.now(), hall.policy.desk
    closes = rules.hours.closes(now)
    start = now if closes else rules.hours.opens(now)
    due = {LATE: start and start + rules.tell_after, CLOSING: closes}
    for what, at in due.items():
        if at is not None and not (what == LATE and closes and at >= closes):
            body = {"handoff": handoff_id, "what": what}
            enqueue(unit, now, NewMessage(f"handoff:{handoff_id}:{what}:{at:%Y%m%d%H%M}", KIND, body, conversation, at))


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
        change, place = Change.begin(hall, unit, "clock"), await customers.place(hall, conversation)
        if place is not None:
            change_to(change, of(found))  # or else somebody takes it at the same moment
            post_event(unit, change.now, _event(conversation, message.key, what, place))

    await in_unit(hall.store, run)


def _event(conversation: str, key: str, what: str, place: customers.Place) -> HallEvent:
    if what == LATE:
        log.warning("a customer waits for a person longer than the policy wants")
    opens = place.opens.isoformat() if place.opens else None
    facts = {"position": place.position, "ahead": place.ahead, "minutes": place.minutes, "opens": opens}
    answer = "utter_handoff_late" if place.opens is None else "utter_handoff_after_hours"
    return HallEvent(conversation, key, answer, facts)
