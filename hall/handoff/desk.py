"""What an agent does to a hand-off: sees the queue, takes one, answers, closes it. Giving it on is in passing.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import select, update

from hall.change import Change
from hall.context import Hall
from hall.errors import NotFound
from hall.handoff.customers import out_of_line
from hall.handoff.records import (
    BOT,
    CLOSED,
    PERSON,
    TAKEN,
    WAITING,
    Handoff,
    NotYours,
    change_to,
    note,
    of,
    own,
    tell_the_line,
)
from hall.handoff.watch import expect_a_word
from hall.helpdesk import links
from hall.helpdesk.port import ELSEWHERE
from hall.store.inbox import HallEvent, post_event
from hall.store.notification import changed
from hall.store.tables.desk import desk_acts, handoffs
from hall.store.unit import Unit, in_unit

Say = Callable[[Unit, str, str, str], Awaitable[None]]  # (unit, conversation, author, text): stages a message
Work = Callable[[Change, Handoff], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AgentReply:
    """What an agent sends. `key` is the page's idempotency key: the same key again sends nothing."""

    agent: str
    key: str
    text: str


async def queue(hall: Hall) -> list[Handoff]:
    """Every open hand-off: the waiting ones by their turn, then those that agents have.

    Danger goes first, then who waits longer than promised to the tier, then by tier and time.
    """
    rows = await hall.store.all(
        select(handoffs)
        .where(handoffs.c.state != CLOSED)
        .order_by(handoffs.c.rank, handoffs.c.requested_at, handoffs.c.id)
    )
    now, rules = hall.clock.now(), hall.policy.desk
    late = {row.id: now - row.requested_at >= rules.promised(row.tier) for row in rows}
    return sorted(map(of, rows), key=lambda h: (h.state != WAITING, not h.urgent, not late[h.id]))


async def get(hall: Hall, handoff_id: str) -> Handoff:
    """One hand-off, open or closed; raises NotFound."""
    row = await hall.store.one(select(handoffs).where(handoffs.c.id == handoff_id))
    if row is None:
        raise NotFound(f"no hand-off {handoff_id}")
    return of(row)


async def take_over(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """Give a waiting hand-off to `agent`, who owns the conversation from now on.

    Raises NotYours when another agent was first or the customer has left, NotFound.
    """

    async def work(change: Change, found: Handoff) -> None:
        if found.state == TAKEN and found.agent == agent:
            return
        if found.state != WAITING:
            raise NotYours(f"{handoff_id} is {found.state}")
        change_to(change, found, state=TAKEN, agent=agent, taken_at=change.now, offered_to=None, passed_by=[])
        out_of_line(change.unit, found)
        own(change, found.conversation, PERSON)
        if agent != ELSEWHERE:
            links.ours(hall, change.unit, found.conversation, found.id)
        note(change, found, agent, "take", f"take:{found.version}")
        await tell_the_line(change, found.skill)

    return await decide(hall, handoff_id, work)


async def reply(hall: Hall, handoff_id: str, sent: AgentReply, say: Say) -> Handoff:
    """Send an agent's text to the customer on their channel; the same key again sends nothing.

    Raises NotYours when the agent does not have it, NotFound, StoreUnavailable.
    """

    async def work(change: Change, found: Handoff) -> None:
        key = f"reply:{sent.key}"
        done = select(desk_acts.c.key).where(desk_acts.c.handoff == found.id, desk_acts.c.key == key)
        if await change.unit.one(done):
            return
        must_have(found, sent.agent)
        first = {} if found.replied_at else {"replied_at": change.now}
        change_to(change, found, aside_until=None, **first)
        note(change, found, sent.agent, "reply", key)
        await say(change.unit, found.conversation, "agent", sent.text)
        expect_a_word(change, found, key)

    return await decide(hall, handoff_id, work)


async def mark_read(hall: Hall, found: Handoff, agent: str, seq: int) -> None:
    """Remember up to which message the agent who has it has seen the conversation; what is new ends its being aside."""
    mine = (handoffs.c.conversation == found.conversation, handoffs.c.id == found.id, handoffs.c.agent == agent)
    unit = hall.store.unit()
    unit.stage(update(handoffs).where(*mine, handoffs.c.read_seq < seq).values(read_seq=seq, aside_until=None))
    unit.notify_after_commit(changed(found.conversation))
    await unit.commit()


async def close(hall: Hall, handoff_id: str, agent: str, code: str | None = None) -> Handoff:
    """Give the conversation back to the bot; `code`: what came of it. Closing twice is closing once.

    Raises NotYours, NotFound.
    """

    async def work(change: Change, found: Handoff) -> None:
        if found.state == CLOSED and found.agent == agent:
            return
        must_have(found, agent)
        ended(change, found, agent, code, "utter_handoff_closed")

    return await decide(hall, handoff_id, work)


def ended(change: Change, found: Handoff, by: str, code: str | None, answer: str) -> None:
    """Stage the end: the bot has the conversation, says `answer`, asks how it was, tells the open task."""
    change_to(change, found, state=CLOSED, closed_at=change.now, code=code, aside_until=None)
    note(change, found, by, "close")
    own(change, found.conversation, BOT)
    key = f"handoff:{found.id}:closed"
    post_event(change.unit, change.now, HallEvent(found.conversation, key, answer, {}, resume=True, rate=True))


async def decide(hall: Hall, handoff_id: str, work: Work) -> Handoff:
    """Read, decide, commit; again on a conflict, because a customer who writes changes the same conversation."""

    async def run(unit: Unit) -> None:
        await work(Change.begin(hall, unit, "agent"), await get(hall, handoff_id))

    await in_unit(hall.store, run)
    return await get(hall, handoff_id)


def must_have(found: Handoff, agent: str) -> None:
    """Raise NotYours unless the agent has it."""
    if found.state != TAKEN or found.agent != agent:
        raise NotYours(f"{found.id} is {found.state} by {found.agent}")
