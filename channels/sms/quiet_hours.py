"""When a text that answers nothing may be sent: policy/contact.yml of the operator's folder."""

from __future__ import annotations

from sqlalchemy import func, select

from hall.context import Hall
from hall.store.outbox import OutboxMessage
from hall.store.tables.core import messages

UNASKED = "message:"  # keys of what the hall or an agent says by itself; answers are `reply:…`


async def wait(hall: Hall, message: OutboxMessage) -> float:
    """Seconds until the parcel may be sent, 0 for now. Answers never wait, nor does what an agent writes."""
    mine = messages.c.conversation == message.conversation
    if not message.key.startswith(UNASKED) or await _by_a_person(hall, message):
        return 0.0
    row = await hall.store.one(select(func.max(messages.c.at)).where(mine, messages.c.author == "customer"))
    now = hall.clock.now()
    return (hall.policy.contact.results.next(now, row[0] if row else None) - now).total_seconds()


async def _by_a_person(hall: Hall, message: OutboxMessage) -> bool:
    """Whether an agent wrote the message that the parcel's key names."""
    this = (messages.c.conversation == message.conversation) & (
        messages.c.seq == int(message.key.removeprefix(UNASKED))
    )
    row = await hall.store.one(select(messages.c.author).where(this))
    return row is not None and row.author == "agent"
