"""What a customer does to a hand-off: asks for a person, leaves a message or the queue, says how it was."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from hall.change import Change
from hall.context import Hall
from hall.handoff.records import (
    CLOSED,
    CREATE,
    DESK,
    MESSAGE,
    OPEN,
    PERSON,
    QUEUED,
    TAKEN,
    UNRATED,
    WAIT,
    WAITING,
    Handoff,
    change_to,
    in_line,
    note,
    of,
    tell_the_line,
)
from hall.handoff.watch import watch
from hall.helpdesk import links
from hall.policy.desk import GENERAL
from hall.store.tables.core import conversations
from hall.store.tables.desk import agents, handoff_queue
from hall.store.unit import Unit

RATINGS = ("good", "fair", "bad")
RATED_WITHIN = timedelta(days=1)  # of its end a hand-off can be rated
MAX_MESSAGE = 1000  # characters kept of what was left


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """A request for an agent. `summary` is as in Handoff, masked; `urgent`: danger, it goes before everybody.

    With a `message` (masked) it is for later: nobody waits; `callback` is the number to call, if any.
    """

    conversation: str
    reason: str
    summary: dict[str, Any] = field(default_factory=dict)
    skill: str = GENERAL
    tier: str = "basic"  # of the customer
    urgent: bool = False
    message: str | None = None
    callback: str | None = None

    @property
    def kind(self) -> str:
        return PERSON if self.message is None else MESSAGE

    def needs(self, hall: Hall) -> str:
        """The skill that is needed: the one that is said, else by the open task and the reason."""
        return self.skill if self.skill != GENERAL else hall.policy.desk.skill_of(self.summary.get("task"), self.reason)


@dataclass(frozen=True, slots=True)
class Status:
    """Who answers the customer now: the bot, or a person; and the state of the hand-off that is open."""

    owner: str  # bot | person
    state: str | None = None  # waiting | taken
    position: int | None = None  # 1 is next
    agent: str | None = None
    read: int = 0  # the number of the newest message that the person has seen


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody waits. `position`: 1 is next; `minutes`: expected, 0 for the next one; `opens`: when people are
    there again, None while they are; `late`: it takes longer than the policy wants."""

    position: int
    minutes: int
    opens: datetime | None = None
    late: bool = False

    @property
    def ahead(self) -> int:
        """How many go first."""
        return self.position - 1


async def request(hall: Hall, unit: Unit, new: NewHandoff) -> int:
    """Stage a request for an agent, or a message for later; returns its place among those who wait for that skill.

    1 is next, 0: an agent has it already. One hand-off is open at a time: who waits and asks again changes nothing,
    who left a message and asks for a person waits from then on, and the other way round. The caller's turn sets the
    conversation's owner: `queued` for who waits. A person owns it only from `take_over` to `close`.
    """
    if row := await unit.one(OPEN, {"its_conversation": new.conversation}):
        found = of(row)
        if found.state == WAITING:
            _again(Change.begin(hall, unit, "customer"), found, new)
        return _place(await in_line(hall, found.skill), new.conversation)
    now, handoff_id = hall.clock.now(), secrets.token_hex(8)
    rank, skill = hall.policy.desk.rank(new.tier, urgent=new.urgent), new.needs(hall)
    line = await in_line(hall, skill, before=rank)
    same = {"conversation": new.conversation, "skill": skill, "rank": rank, "requested_at": now}
    told = {"reason": new.reason, "tier": new.tier, "summary": new.summary, "callback": new.callback}
    kept = {"id": handoff_id, "kind": new.kind, "state": WAITING, "message": _cut(new.message), "version": 0}
    unit.stage(CREATE, told | same | kept)
    unit.stage(WAIT, {"handoff": handoff_id, **same})
    unit.notify_after_commit(DESK)
    links.begin(hall, unit, new.conversation, handoff_id)
    if new.kind == PERSON:
        watch(hall, unit, new.conversation, handoff_id)
    return len(line) + 1


def _again(change: Change, found: Handoff, new: NewHandoff) -> None:
    """Who has an open hand-off asks again: from a message to waiting or back, or one message more."""
    if new.kind == PERSON and found.kind == MESSAGE:
        change_to(change, found, kind=PERSON, reason=new.reason)
        watch(change.hall, change.unit, found.conversation, found.id)
    elif new.kind == MESSAGE:
        both = "\n".join(filter(None, (found.message, new.message)))
        callback = new.callback or found.callback
        change_to(change, found, kind=MESSAGE, reason=new.reason, message=_cut(both), callback=callback)


async def leave(hall: Hall, unit: Unit, conversation: str) -> bool:
    """Stage that a customer waits no more; False when nobody waits there. The caller's turn sets the owner.

    An agent who takes it at the same moment and this turn cannot both succeed: the second finds the other's version.
    """
    row = await unit.one(OPEN, {"its_conversation": conversation})
    if row is None or row.state != WAITING:
        return False
    change, found = Change.begin(hall, unit, "customer"), of(row)
    change_to(change, found, state=CLOSED, closed_at=change.now, offered_to=None)
    out_of_line(unit, found)
    note(change, found, "customer", "leave")
    await tell_the_line(change, found.skill)
    return True


def out_of_line(unit: Unit, found: Handoff) -> None:
    """Stage that a hand-off waits no more."""
    mine = (handoff_queue.c.skill == found.skill, handoff_queue.c.conversation == found.conversation)
    unit.stage(delete(handoff_queue).where(*mine), expect=1)


async def place(hall: Hall, conversation: str) -> Place | None:
    """Where a customer waits, None when not."""
    row = await hall.store.one(OPEN, {"its_conversation": conversation})
    if row is None or row.state != WAITING:
        return None
    late = hall.clock.now() - row.requested_at >= hall.policy.desk.tell_after
    return replace(place_at(hall, _place(await in_line(hall, row.skill), conversation)), late=late)


async def prospect(hall: Hall, skill: str = GENERAL) -> Place:
    """Where somebody would wait who asked now, as an ordinary customer."""
    return place_at(hall, len(await in_line(hall, skill)) + 1)


def place_at(hall: Hall, position: int) -> Place:
    """What is told of a position in the queue."""
    rules, now = hall.policy.desk, hall.clock.now()
    opens = None if rules.hours.open_at(now) else rules.hours.opens(now)
    return Place(position, max(position - 1, 0) * rules.minutes_each, opens)


async def status(hall: Hall, conversation: str) -> Status:
    """What the customer may know of who answers."""
    row = await hall.store.one(select(conversations.c.owner).where(conversations.c.conversation == conversation))
    if row is None or row.owner not in (PERSON, QUEUED):
        return Status("bot")
    found = await hall.store.one(OPEN, {"its_conversation": conversation})
    if row.owner == PERSON:
        taken = found is not None and found.state == TAKEN
        if found is None or not taken:
            return Status("person")
        return Status("person", TAKEN, agent=await _called(hall, found.agent), read=found.read_seq)
    if found is None:
        return Status("bot")
    return Status("bot", WAITING, _place(await in_line(hall, found.skill), conversation))


async def _called(hall: Hall, name: str | None) -> str | None:
    """What customers are told of an agent: work number and display name, never the name for signing in."""
    row = await hall.store.one(select(agents.c.work_number, agents.c.display_name).where(agents.c.name == name))
    return (" ".join(filter(None, (row.work_number, row.display_name))) or None) if row is not None else None


async def rate(hall: Hall, unit: Unit, conversation: str, rating: str) -> bool:
    """Stage how the customer found the newest hand-off that an agent closed; False when there is none to rate."""
    since = hall.clock.now() - RATED_WITHIN
    row = await unit.one(UNRATED, {"its_conversation": conversation, "since": since})
    if row is None or rating not in RATINGS:
        return False
    change_to(Change.begin(hall, unit, "customer"), of(row), rating=rating)
    return True


def _place(line: list[str], conversation: str) -> int:
    return line.index(conversation) + 1 if conversation in line else 0


def _cut(message: str | None) -> str | None:
    return message[:MAX_MESSAGE] if message else message
