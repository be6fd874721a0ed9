"""A conversation that a person takes over: waiting, taken, closed.

While one is open the conversation's owner is a person and the bot is silent. Everything is in the
database, guarded by versions: one agent has it, whatever is pressed at once and wherever it restarts.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hall.context import Hall
from hall.errors import Conflict, NotFound
from hall.store.inbox import HallEvent, post_event
from hall.store.notification import Notification, changed
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.core import conversations
from hall.store.tables.desk import desk_acts, handoff_queue, handoffs
from hall.store.unit import Unit

WAITING, TAKEN, CLOSED = "waiting", "taken", "closed"
DESK = Notification("desk")  # the queue changed
_TRIES = 5  # a customer who writes at the same moment changes the same conversation

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


class NotYours(Conflict):
    """Another agent has it, or it is not open any more."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """One hand-off. `summary` is {"task": flow or None, "slots": {...}}, masked."""

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
    """Who answers the customer now: the bot, or a person, and then how far that is."""

    owner: str  # bot | person
    state: str | None = None  # waiting | taken
    position: int | None = None  # 1 is next
    agent: str | None = None


async def request(
    hall: Hall,
    unit: Unit,
    conversation: str,
    reason: str,
    summary: dict[str, Any],
    *,
    skill: str = "general",
    tier: str = "basic",
) -> int:
    """Stage the wish for a person; returns its place among those who wait for that skill.

    1 is next, 0: an agent has it already.

    Asking again while one is open changes nothing. The caller's turn makes a person the owner.
    """
    if found := await unit.one(OPEN, {"its_conversation": conversation}):
        return _place(await _waiting(hall, found.skill), conversation)
    place = len(await _waiting(hall, skill)) + 1
    same = {"conversation": conversation, "skill": skill, "requested_at": hall.clock.now()}
    number = secrets.token_hex(8)
    values = {"id": number, "state": WAITING, "reason": reason, "tier": tier, "summary": summary, "version": 0}
    unit.stage(ASK, values | same)
    unit.stage(WAIT, {"handoff": number, **same})
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


async def take(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """`agent` has it from now on; raises NotYours when somebody else was first, NotFound."""

    async def work(unit: Unit, found: Handoff) -> None:
        if found.state == TAKEN and found.agent == agent:
            return
        if found.state != WAITING:
            raise NotYours(f"{handoff_id} is {found.state}")
        _change(unit, found, state=TAKEN, agent=agent, taken_at=hall.clock.now())
        mine = (handoff_queue.c.skill == found.skill, handoff_queue.c.conversation == found.conversation)
        unit.stage(delete(handoff_queue).where(*mine), expect=1)
        _note(unit, hall, found, agent, "take", "take")
        await _wake_waiting(hall, unit, found.skill)

    return await _decide(hall, handoff_id, work)


async def reply(hall: Hall, handoff_id: str, agent: str, text: str, *, key: str, say: Say) -> Handoff:
    """Send `text` to the customer on their channel; the same `key` again sends nothing.

    Raises NotYours when `agent` does not have it, NotFound, StoreUnavailable.
    """

    async def work(unit: Unit, found: Handoff) -> None:
        done = select(desk_acts.c.key).where(desk_acts.c.handoff == found.id, desk_acts.c.key == f"reply:{key}")
        if await unit.one(done):
            return
        _must_have(found, agent)
        _change(unit, found)
        _note(unit, hall, found, agent, "reply", f"reply:{key}")
        await say(unit, found.conversation, "agent", text)

    return await _decide(hall, handoff_id, work)


async def close(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """The bot has the conversation again and goes on; raises NotYours, NotFound. Closing twice is closing once."""

    async def work(unit: Unit, found: Handoff) -> None:
        if found.state == CLOSED and found.agent == agent:
            return
        _must_have(found, agent)
        now = hall.clock.now()
        _change(unit, found, state=CLOSED, closed_at=now)
        _note(unit, hall, found, agent, "close", "close")
        unit.stage(
            update(conversations)
            .where(conversations.c.conversation == found.conversation)
            .values(owner="bot", version=conversations.c.version + 1),
            expect=1,
        )
        post_event(
            unit,
            now,
            HallEvent(
                conversation=found.conversation,
                key=f"handoff:{found.id}:closed",
                response="utter_handoff_closed",
                facts={},
                resume=True,
            ),
        )

    return await _decide(hall, handoff_id, work)


async def _decide(hall: Hall, handoff_id: str, work: Callable[[Unit, Handoff], Awaitable[None]]) -> Handoff:
    """Read, decide, commit; anew when somebody changed the same rows meanwhile."""
    for _ in range(_TRIES):
        unit, found = hall.store.unit(), await get(hall, handoff_id)
        try:
            await work(unit, found)
            await unit.commit()
        except NotYours:
            raise
        except Conflict:
            continue
        return await get(hall, handoff_id)
    raise Conflict(f"hand-off {handoff_id} keeps changing")


def _must_have(found: Handoff, agent: str) -> None:
    if found.state != TAKEN or found.agent != agent:
        raise NotYours(f"{found.id} is {found.state} by {found.agent}")


def _change(unit: Unit, found: Handoff, **values: Any) -> None:
    unit.stage(
        update(handoffs)
        .where(
            handoffs.c.conversation == found.conversation,
            handoffs.c.id == found.id,
            handoffs.c.version == found.version,
        )
        .values(version=found.version + 1, **values),
        expect=1,
    )
    unit.notify_after_commit(DESK)
    unit.notify_after_commit(changed(found.conversation))


def _note(unit: Unit, hall: Hall, found: Handoff, agent: str, act: str, key: str) -> None:
    unit.stage(insert(desk_acts).values(handoff=found.id, key=key, agent=agent, act=act, at=hall.clock.now()))


async def _waiting(hall: Hall, skill: str) -> list[str]:
    return [row.conversation for row in await hall.store.all(IN_LINE, {"its_skill": skill})]


async def _wake_waiting(hall: Hall, unit: Unit, skill: str) -> None:
    """Those who wait have moved up: their channels may show it."""
    for conversation in await _waiting(hall, skill):
        unit.notify_after_commit(changed(conversation))


def _place(waiting: list[str], conversation: str) -> int:
    return waiting.index(conversation) + 1 if conversation in waiting else 0


def _of(row: Row[Any]) -> Handoff:
    return Handoff(**dict(row._mapping))
