"""What agents write for each other about a hand-off, and why they looked behind a mask. Customers never see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hall import security_log
from hall.change import Change
from hall.context import Hall
from hall.handoff.records import Handoff
from hall.privacy import mask
from hall.store.notification import changed
from hall.store.tables.desk import handoff_notes

NOTE, TRANSFER, REVEAL = "note", "transfer", "reveal"
CHECK, FOLLOW_UP = "check", "follow_up"  # a supervisor's: how it was served; what was done for a customer who was not
MAX_NOTE = 500  # characters


@dataclass(frozen=True, slots=True)
class Note:
    """One of them, masked."""

    agent: str
    kind: str
    text: str
    at: datetime


def stage(change: Change, found: Handoff, agent: str, kind: str, text: str, key: str) -> None:
    """Stage a note; the same key again does nothing."""
    row = {"conversation": found.conversation, "handoff": found.id, "key": key, "agent": agent, "kind": kind}
    change.unit.insert_once(handoff_notes, **row, text=mask(text)[:MAX_NOTE], at=change.now)
    change.unit.notify_after_commit(changed(found.conversation))


async def write(hall: Hall, found: Handoff, agent: str, text: str, key: str) -> None:
    """Keep a note. Raises StoreUnavailable."""
    change = Change.begin(hall, hall.store.unit(), f"agent:{agent}")
    stage(change, found, agent, NOTE, text, key)
    await change.unit.commit()


async def looked(hall: Hall, found: Handoff, agent: str, why: str, key: str) -> None:
    """Keep that an agent looks behind the mask of a customer's number, before it is shown."""
    change = Change.begin(hall, hall.store.unit(), f"agent:{agent}")
    stage(change, found, agent, REVEAL, why, key)
    await change.unit.commit()
    security_log.event("number_revealed", agent=agent, why=why, handoff=found.id)


async def of(hall: Hall, found: Handoff) -> tuple[Note, ...]:
    """The notes about a conversation, of earlier hand-offs too, oldest first. Checks are the supervisors' own."""
    table = handoff_notes.c
    mine = select(handoff_notes).where(table.conversation == found.conversation, table.kind != CHECK)
    rows = await hall.store.all(mine.order_by(handoff_notes.c.at, handoff_notes.c.key))
    return tuple(Note(row.agent, row.kind, row.text, row.at) for row in rows)
