"""A conversation that an agent puts aside: until a time, or until the customer writes. And the labels that agents give.

It stays the agent's, but is none of those that he serves now. Who goes home keeps what he put aside; when its time has
come and he is not there, it goes back to the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError
from hall.handoff.desk import decide, must_have
from hall.handoff.records import Handoff, change_to, note, unread

SOONEST, LATEST = timedelta(minutes=1), timedelta(days=14)


class BadTime(HallError):
    """A time that is over, or too far away."""


async def put_aside(hall: Hall, handoff_id: str, agent: str, until: datetime, seq: int) -> Handoff:
    """Put a conversation aside. `seq`: the last line that the agent has seen; a newer one of the customer's ends it.

    Raises BadTime, NotYours, NotFound.
    """
    now = hall.clock.now()
    if not now + SOONEST <= until <= now + LATEST:
        raise BadTime(until.isoformat())

    async def work(change: Change, found: Handoff) -> None:
        must_have(found, agent)
        change_to(change, found, aside_until=until, read_seq=max(found.read_seq, seq))
        note(change, found, agent, "aside", f"aside:{found.version}")

    return await decide(hall, handoff_id, work)


async def take_up(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """Serve it again before its time. Raises NotYours, NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        must_have(found, agent)
        if found.aside_until is not None:
            change_to(change, found, aside_until=None)

    return await decide(hall, handoff_id, work)


async def label(hall: Hall, handoff_id: str, labels: Sequence[str]) -> Handoff:
    """Give a hand-off these labels instead of those that it has; also one that is over. Raises NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        if tuple(labels) != found.labels:
            change_to(change, found, labels=list(labels))

    return await decide(hall, handoff_id, work)


async def asleep(hall: Hall, items: Sequence[Handoff]) -> frozenset[str]:
    """Those of them that need nobody now."""
    now = hall.clock.now()
    still = [item for item in items if item.aside(now)]
    new = await unread(hall.store) if still else {}
    return frozenset(item.id for item in still if not new.get(item.conversation))
