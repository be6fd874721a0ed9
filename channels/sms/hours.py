"""When a text that answers nothing may be sent: data/policy/contact.yml."""

from __future__ import annotations

from sqlalchemy import func, select

from hall.hall import Hall
from hall.store.outbox import Parcel
from hall.store.tables.core import messages

UNASKED = "message:"  # keys of what the hall or an agent says by itself; answers are `reply:…`


async def wait(hall: Hall, parcel: Parcel) -> float:
    """Seconds until the parcel may be sent, 0 for now. Answers never wait."""
    if not parcel.key.startswith(UNASKED):
        return 0.0
    mine = (messages.c.conversation == parcel.conversation) & (messages.c.author == "customer")
    row = await hall.store.one(select(func.max(messages.c.at)).where(mine))
    now = hall.clock.now()
    return (hall.policy.contact.results.next(now, row[0] if row else None) - now).total_seconds()
