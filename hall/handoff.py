"""Hand-off: an agent takes a conversation over. It is waiting, taken, closed.

While one is open, the conversation's owner is a person and the bot is silent. Its state is in the database and
guarded by a version, so that one agent has it, whoever presses at once and whatever restarts.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError, NotFound
from hall.store.inbox import HallEvent, post_event
from hall.store.notification import Notification, changed
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.core import conversations
from hall.store.tables.desk import desk_acts, handoff_queue, handoffs
from hall.store.unit import Unit, in_unit

WAITING, TAKEN, CLOSED = "waiting", "taken", "closed"
DESK = Notification("desk")  # the queue changed

OPEN = Prepared(select(handoffs).where(given(handoffs.c.conversation), handoffs.c.state != CLOSED))
ASK = inserting(
    handoffs, "id", "conversation", "state", "reason", "skill", "tier", "summary", "requested_at", "version"
)
WAIT = inserting(handoff_queue)
IN_LINE = Prepared(
    select(handoff_queue.c.conversation)
    .where(given(handoff_queue.c.skill))
    .order_by(handoff_queue.c.requested_at, handoff_queue.c.handoff)
)

Say = Callable[[Unit, str, str, str], Awaitable[None]]  # (unit, conversation, author, text): stages a message
Work = Callable[[Change, "Handoff"], Awaitable[None]]


class NotYours(HallError):
    """Another agent has the hand-off, or it is not open any more."""


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """A request for an agent. `summary` is {"task": flow or None, "slots": {...}}, masked."""

    conversation: str
    reason: str
    summary: dict[str, Any]
    skill: str = "general"
    tier: str = "basic"  # of the customer


@dataclass(frozen=True, slots=True)
class AgentReply:
    """What an agent sends. `key` is the page's idempotency key: the same key again sends nothing."""

    agent: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """A hand-off as it was read. `summary` is as in NewHandoff."""

    id: str
    conversation: str
    state: str
    reason: str
    skill: str
    tier: str
    summary: dict[str, Any]
    agent: str | None
    requested_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Status:
    """Who answers the customer now: the bot, or a person, and then the state of the hand-off."""

    owner: str  # bot | person
    state: str | None = None  # waiting | taken
    position: int | None = None  # 1 is next
    agent: str | None = None


async def request(hall: Hall, unit: Unit, new: NewHandoff) -> int:
    """Stage a request for an agent; returns its place among those who wait for that skill.

    1 is next, 0: an agent has it already. While one is open, a second request changes nothing. The caller's
    turn makes a person the conversation's owner.
    """
    if found := await unit.one(OPEN, {"its_conversation": new.conversation}):
        return _place(await _waiting(hall, found.skill), new.conversation)
    place = len(await _waiting(hall, new.skill)) + 1
    handoff_id = secrets.token_hex(8)
    same = {"conversation": new.conversation, "skill": new.skill, "requested_at": hall.clock.now()}
    values = {"reason": new.reason, "tier": new.tier, "summary": new.summary}
    unit.stage(ASK, values | same | {"id": handoff_id, "state": WAITING, "version": 0})
    unit.stage(WAIT, {"handoff": handoff_id, **same})
    unit.notify_after_commit(DESK)
    return place


async def status(hall: Hall, conversation: str) -> Status:
    """What the customer may know of who answers."""
    row = await hall.store.one(select(conversations.c.owner).where(conversations.c.conversation == conversation))
    if row is None or row.owner != "person":
        return Status("bot")
    found = await hall.store.one(OPEN, {"its_conversation": conversation})
    if found is None:
        return Status("person")
    if found.state == TAKEN:
        return Status("person", TAKEN, agent=found.agent)
    return Status("person", WAITING, _place(await _waiting(hall, found.skill), conversation))


async def queue(hall: Hall) -> list[Handoff]:
    """Every open hand-off: the waiting ones by their turn, then those that agents have."""
    rows = await hall.store.all(
        select(handoffs).where(handoffs.c.state != CLOSED).order_by(handoffs.c.requested_at, handoffs.c.id)
    )
    return sorted(map(_of, rows), key=lambda h: h.state != WAITING)


async def get(hall: Hall, handoff_id: str) -> Handoff:
    """One hand-off, open or closed; raises NotFound."""
    row = await hall.store.one(select(handoffs).where(handoffs.c.id == handoff_id))
    if row is None:
        raise NotFound(f"no hand-off {handoff_id}")
    return _of(row)


async def take_over(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """Give a waiting hand-off to `agent`. Raises NotYours when another agent was first, NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        if found.state == TAKEN and found.agent == agent:
            return
        if found.state != WAITING:
            raise NotYours(f"{handoff_id} is {found.state}")
        _update(change, found, state=TAKEN, agent=agent, taken_at=change.now)
        mine = (handoff_queue.c.skill == found.skill, handoff_queue.c.conversation == found.conversation)
        change.unit.stage(delete(handoff_queue).where(*mine), expect=1)
        _note(change, found, agent, "take")
        await _notify_waiting(change, found.skill)

    return await _decide(hall, handoff_id, work)


async def reply(hall: Hall, handoff_id: str, sent: AgentReply, say: Say) -> Handoff:
    """Send an agent's text to the customer on their channel; the same key again sends nothing.

    Raises NotYours when the agent does not have it, NotFound, StoreUnavailable.
    """

    async def work(change: Change, found: Handoff) -> None:
        key = f"reply:{sent.key}"
        done = select(desk_acts.c.key).where(desk_acts.c.handoff == found.id, desk_acts.c.key == key)
        if await change.unit.one(done):
            return
        _must_have(found, sent.agent)
        _update(change, found)
        _note(change, found, sent.agent, "reply", key)
        await say(change.unit, found.conversation, "agent", sent.text)

    return await _decide(hall, handoff_id, work)


async def close(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """Give the conversation back to the bot. Closing twice is closing once. Raises NotYours, NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        if found.state == CLOSED and found.agent == agent:
            return
        _must_have(found, agent)
        _update(change, found, state=CLOSED, closed_at=change.now)
        _note(change, found, agent, "close")
        change.unit.stage(
            update(conversations)
            .where(conversations.c.conversation == found.conversation)
            .values(owner="bot", version=conversations.c.version + 1),
            expect=1,
        )
        post_event(
            change.unit,
            change.now,
            HallEvent(
                conversation=found.conversation,
                key=f"handoff:{found.id}:closed",
                response="utter_handoff_closed",
                facts={},
                resume=True,
            ),
        )

    return await _decide(hall, handoff_id, work)


async def _decide(hall: Hall, handoff_id: str, work: Work) -> Handoff:
    """Read, decide, commit; again on a conflict, because a customer who writes changes the same conversation."""

    async def run(unit: Unit) -> None:
        await work(Change.begin(hall, unit, "agent"), await get(hall, handoff_id))

    await in_unit(hall.store, run)
    return await get(hall, handoff_id)


def _must_have(found: Handoff, agent: str) -> None:
    if found.state != TAKEN or found.agent != agent:
        raise NotYours(f"{found.id} is {found.state} by {found.agent}")


def _update(change: Change, found: Handoff, **values: Any) -> None:
    """Stage new values, guarded by the version that was read, and tell the pages that show the hand-off."""
    mine = (
        handoffs.c.conversation == found.conversation,
        handoffs.c.id == found.id,
        handoffs.c.version == found.version,
    )
    change.unit.stage(update(handoffs).where(*mine).values(version=found.version + 1, **values), expect=1)
    change.unit.notify_after_commit(DESK)
    change.unit.notify_after_commit(changed(found.conversation))


def _note(change: Change, found: Handoff, agent: str, act: str, key: str = "") -> None:
    """Stage what an agent did; `key` makes it unique, else it is done once for the hand-off."""
    values = {"handoff": found.id, "key": key or act, "agent": agent, "act": act, "at": change.now}
    change.unit.stage(insert(desk_acts).values(**values))


async def _waiting(hall: Hall, skill: str) -> list[str]:
    return [row.conversation for row in await hall.store.all(IN_LINE, {"its_skill": skill})]


async def _notify_waiting(change: Change, skill: str) -> None:
    """Tell the channels of those who wait that they have moved up."""
    for conversation in await _waiting(change.hall, skill):
        change.unit.notify_after_commit(changed(conversation))


def _place(waiting: list[str], conversation: str) -> int:
    return waiting.index(conversation) + 1 if conversation in waiting else 0


def _of(row: Row[Any]) -> Handoff:
    return Handoff(**dict(row._mapping))
