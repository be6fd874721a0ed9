"""Which hand-off is open at which other desk, and up to which line that desk has the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from hall.context import Hall
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.desk import desk_links
from hall.store.unit import Unit

SYNC = "helpdesk.sync"
OPENING, OPEN = "opening", "open"  # the other desk has it
ENDING, CLOSED = "ending", "closed"  # it is ours, or over: to be told there; told


@dataclass(frozen=True, slots=True)
class Link:
    """A hand-off and its talk there. `failing_since`: when the first call failed of those that fail now."""

    handoff: str
    conversation: str
    desk: str
    state: str
    theirs: str | None
    sent_seq: int
    begun_at: datetime
    failing_since: datetime | None


def begin(hall: Hall, unit: Unit, conversation: str, handoff: str) -> None:
    """Stage that a new hand-off is to be opened at the other desk; nothing where there is none."""
    if not hall.helpdesk.elsewhere:
        return
    values = {"handoff": handoff, "conversation": conversation, "desk": hall.helpdesk.name, "state": OPENING}
    unit.insert_once(desk_links, **values, sent_seq=0, begun_at=hall.clock.now())
    follow(hall, unit, conversation, f"{handoff}:open")


def follow(hall: Hall, unit: Unit, conversation: str, mark: str) -> None:
    """Stage that the other desk is told what is new in a conversation; `mark` makes it one job."""
    if hall.helpdesk.elsewhere:
        enqueue(unit, hall.clock.now(), NewMessage(f"helpdesk:{mark}", SYNC, {}, conversation))


async def live(hall: Hall, conversation: str) -> list[Link]:
    """The links of a conversation about which something is to be done there."""
    mine = (desk_links.c.conversation == conversation, desk_links.c.state != CLOSED)
    return [_of(row) for row in await hall.store.all(select(desk_links).where(*mine).order_by(desk_links.c.begun_at))]


async def of_theirs(hall: Hall, desk: str, theirs: str) -> Link | None:
    """The link of a desk's own id."""
    row = await hall.store.one(select(desk_links).where(desk_links.c.desk == desk, desk_links.c.theirs == theirs))
    return _of(row) if row is not None else None


async def elsewhere(hall: Hall) -> frozenset[str]:
    """The hand-offs that another desk has, and that are not given to our agents."""
    if not hall.helpdesk.elsewhere:
        return frozenset()
    rows = await hall.store.all(select(desk_links.c.handoff).where(desk_links.c.state.in_((OPENING, OPEN))))
    return frozenset(row.handoff for row in rows)


async def move(hall: Hall, link: Link, **values: Any) -> None:
    """Write down how a link stands."""
    unit = hall.store.unit()
    unit.stage(update(desk_links).where(*_mine(link.conversation, link.handoff)).values(**values))
    await unit.commit()


async def opened(hall: Hall, link: Link, theirs: str, seq: int) -> Link:
    """Write down that it is open there, and up to which line it is known; unless it became ours meanwhile."""
    unit, mine = hall.store.unit(), _mine(link.conversation, link.handoff)
    unit.stage(update(desk_links).where(*mine).values(theirs=theirs, sent_seq=seq, failing_since=None))
    unit.stage(update(desk_links).where(*mine, desk_links.c.state == OPENING).values(state=OPEN))
    await unit.commit()
    return _of(await hall.store.one(select(desk_links).where(*mine)))


def ours(hall: Hall, unit: Unit, conversation: str, handoff: str) -> None:
    """Stage that our own desk has a hand-off from now on, whatever becomes of it."""
    if hall.helpdesk.elsewhere:
        there = (*_mine(conversation, handoff), desk_links.c.state.in_((OPENING, OPEN)))
        unit.stage(update(desk_links).where(*there).values(state=ENDING))


def _mine(conversation: str, handoff: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return desk_links.c.conversation == conversation, desk_links.c.handoff == handoff


def _of(row: Any) -> Link:
    names = ("handoff", "conversation", "desk", "state", "theirs", "sent_seq", "begun_at", "failing_since")
    return Link(**{name: getattr(row, name) for name in names})
