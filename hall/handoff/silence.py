"""Who says nothing after an agent's answer is asked once, then the conversation goes back to the hall.

Each answer stages a look; a word of the customer, a further answer or another agent makes it void.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from hall.change import Change
from hall.context import Hall
from hall.handoff.desk import ended
from hall.handoff.records import OPEN, TAKEN, change_to, of
from hall.handoff.watch import ASK, SILENCE, expect_still
from hall.store.dispatcher import Dispatcher, Done
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import OutboxMessage
from hall.store.tables.core import messages
from hall.store.tables.desk import desk_acts
from hall.store.unit import Unit, in_unit

CODE = "silent"  # of the policy's, where it has that one


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the dispatcher look at those whom agents have answered."""

    async def handle(message: OutboxMessage) -> Done:
        await look(hall, message)
        return Done()

    dispatcher.handle(SILENCE, handle)


async def look(hall: Hall, message: OutboxMessage) -> None:
    """Ask a silent customer, or end the conversation; again it does nothing more."""
    conversation, body = message.conversation, message.body

    async def run(unit: Unit) -> None:
        row = await unit.one(OPEN, {"its_conversation": conversation})
        if row is None or (row.id, row.state, row.agent) != (body["handoff"], TAKEN, body["agent"]):
            return
        if of(row).aside(hall.clock.now()):
            return  # the agent will come back to it, nobody waits for the customer
        if not await _silent(unit, conversation, body):
            return
        change, found = Change.begin(hall, unit, "clock"), of(row)
        if body["what"] == ASK:
            change_to(change, found)  # or else somebody closes it at the same moment
            post_event(unit, change.now, HallEvent(conversation, message.key, "utter_handoff_silent", {}))
            expect_still(change, found, body)
        else:
            code = CODE if CODE in hall.policy.desk.codes else None
            ended(change, found, "hall", code, "utter_handoff_silent_closed")

    await in_unit(hall.store, run)


async def _silent(unit: Unit, conversation: str, body: dict[str, str]) -> bool:
    """Whether the answer of that look is the last that anybody said."""
    answers = select(desk_acts.c.key).where(desk_acts.c.handoff == body["handoff"], desk_acts.c.act == "reply")
    last = await unit.one(answers.order_by(desk_acts.c.at.desc(), desk_acts.c.key.desc()).limit(1))
    since = datetime.fromisoformat(body["since"])
    words = select(messages.c.seq).where(
        messages.c.conversation == conversation, messages.c.author == "customer", messages.c.at >= since
    )
    return last is not None and last.key == body["act"] and await unit.one(words.limit(1)) is None
