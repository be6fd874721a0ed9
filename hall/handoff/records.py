"""What is kept of a hand-off, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError
from hall.helpdesk import links
from hall.store.notification import Notification, changed
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.core import conversations, messages
from hall.store.tables.desk import desk_acts, handoff_queue, handoffs
from hall.store.unit import Store

WAITING, TAKEN, CLOSED = "waiting", "taken", "closed"
PERSON, MESSAGE = "person", "message"  # kinds: somebody waits for a person; somebody left a message for later
BOT, QUEUED = "bot", "queued"  # owners of a conversation beside PERSON: the bot serves both
DESK = Notification("desk")  # the queue changed

OPEN = Prepared(select(handoffs).where(given(handoffs.c.conversation), handoffs.c.state != CLOSED))
CREATE = inserting(
    handoffs,
    *("id", "conversation", "kind", "state", "reason", "skill", "tier", "rank", "summary", "message", "callback"),
    *("requested_at", "version"),
)
WAIT = inserting(handoff_queue)
IN_LINE = Prepared(
    select(handoff_queue.c.conversation, handoff_queue.c.rank)
    .where(given(handoff_queue.c.skill))
    .order_by(handoff_queue.c.rank, handoff_queue.c.requested_at, handoff_queue.c.handoff)
)
UNRATED = Prepared(
    select(handoffs)
    .where(
        given(handoffs.c.conversation),
        handoffs.c.state == CLOSED,
        handoffs.c.taken_at.is_not(None),
        handoffs.c.rating.is_(None),
        handoffs.c.closed_at >= bindparam("since", type_=handoffs.c.closed_at.type),
    )
    .order_by(handoffs.c.closed_at.desc())
    .limit(1)
)


class NotYours(HallError):
    """Another agent has the hand-off, or it is not open any more."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A hand-off as it was read. `summary` is {"task": flow or None, "title", "slots": [{"name", "value"}]}, masked.

    `message`: what the customer left for later, masked; `callback`: the number on which they want to be called.
    `offered_to`: the agent who may accept it until `offered_until`; `passed_by`: those who let that time pass.
    `aside_until`: until then it needs nobody, unless the customer writes; `labels`: keys of the policy's.
    """

    id: str
    conversation: str
    kind: str
    state: str
    reason: str
    skill: str
    tier: str
    rank: int
    summary: dict[str, Any]
    message: str | None
    callback: str | None
    agent: str | None
    requested_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None
    rating: str | None
    version: int
    offered_to: str | None = None
    offered_until: datetime | None = None
    passed_by: tuple[str, ...] = ()
    read_seq: int = 0
    replied_at: datetime | None = None
    code: str | None = None
    aside_until: datetime | None = None
    labels: tuple[str, ...] = ()

    def aside(self, now: datetime) -> bool:
        """Whether the agent who has it put it aside, and its time has not come. A customer's word ends that, too."""
        return self.state == TAKEN and self.aside_until is not None and self.aside_until > now

    @property
    def language(self) -> str:
        """In which he wrote, a key of the policy's languages; zh where nothing tells."""
        return str(self.summary.get("language") or "zh")

    @property
    def urgent(self) -> bool:
        """Whether it goes before everybody: danger."""
        return self.rank == 0


def of(row: Any) -> Handoff:
    """From a row of `handoffs`."""
    values = {one.name: getattr(row, one.name) for one in fields(Handoff)}
    return Handoff(**values | {"passed_by": tuple(row.passed_by or ()), "labels": tuple(row.labels or ())})


def change_to(change: Change, found: Handoff, **values: Any) -> None:
    """Stage new values, guarded by the version that was read, and tell the pages that show the hand-off."""
    mine = (
        handoffs.c.conversation == found.conversation,
        handoffs.c.id == found.id,
        handoffs.c.version == found.version,
    )
    change.unit.stage(update(handoffs).where(*mine).values(version=found.version + 1, **values), expect=1)
    change.unit.notify_after_commit(DESK)
    change.unit.notify_after_commit(changed(found.conversation))
    links.follow(change.hall, change.unit, found.conversation, f"{found.id}:{found.version + 1}")


def note(change: Change, found: Handoff, by: str, act: str, key: str = "") -> None:
    """Stage what somebody did; `key` makes it unique, else it is done once for the hand-off."""
    values = {"handoff": found.id, "key": key or act, "agent": by, "act": act, "at": change.now}
    change.unit.stage(insert(desk_acts).values(**values))


def own(change: Change, conversation: str, owner: str) -> None:
    """Stage the conversation's owner, beside its turns: one that runs now conflicts and runs again."""
    change.unit.stage(
        update(conversations)
        .where(conversations.c.conversation == conversation)
        .values(owner=owner, version=conversations.c.version + 1),
        expect=1,
    )


async def in_line(hall: Hall, skill: str, before: int | None = None) -> list[str]:
    """The conversations that wait for an agent of a skill, the next one first.

    `before`: only those who go before somebody who comes now with this rank.
    """
    rows = await hall.store.all(IN_LINE, {"its_skill": skill})
    return [row.conversation for row in rows if before is None or row.rank <= before]


async def tell_the_line(change: Change, skill: str) -> None:
    """Tell the channels of those who wait that they have moved."""
    for conversation in await in_line(change.hall, skill):
        change.unit.notify_after_commit(changed(conversation))


async def unread(store: Store) -> dict[str, int]:
    """How many of the customer's messages the agent who has it has not seen, by conversation."""
    new = (messages.c.conversation == handoffs.c.conversation) & (messages.c.seq > handoffs.c.read_seq)
    query = (
        select(messages.c.conversation, func.count().label("many"))
        .join(handoffs, new)
        .where(handoffs.c.state == TAKEN, messages.c.author == "customer")
        .group_by(messages.c.conversation)
    )
    return {row.conversation: row.many for row in await store.all(query)}
