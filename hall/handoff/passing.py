"""A customer goes from one agent to another: back to the queue, to somebody who knows it better, to a supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hall.change import Change
from hall.context import Hall
from hall.errors import HallError
from hall.handoff.customers import place_at
from hall.handoff.desk import decide, must_have
from hall.handoff.notes import TRANSFER, stage
from hall.handoff.records import (
    PERSON,
    QUEUED,
    TAKEN,
    WAIT,
    WAITING,
    Handoff,
    NotYours,
    change_to,
    in_line,
    note,
    own,
    tell_the_line,
)
from hall.helpdesk import links
from hall.store.inbox import HallEvent, post_event
from hall.store.tables.desk import agents

RETURNED = 1  # the rank of who had an agent already: with the first tier, and by the time of the first request
TO_A_PERSON = timedelta(minutes=2)  # for a colleague to accept who is meant by name


class NoSuchAgent(HallError):
    """Nobody of that name serves customers now."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a customer goes: to an agent by name, or to a skill. `note`: for who comes next, masked. `key`: the page's
    id of it."""

    agent: str | None = None
    skill: str | None = None
    note: str = ""
    key: str = ""


async def release(hall: Hall, handoff_id: str, agent: str) -> Handoff:
    """Give a customer back to the queue. Raises NotYours, NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        must_have(found, agent)
        await _back(change, found, agent, "release", Target())

    return await decide(hall, handoff_id, work)


async def returned(hall: Hall, handoff_id: str, gone: str) -> Handoff:
    """The same for an agent who has gone; nothing when somebody else has it by now. Raises NotFound."""

    async def work(change: Change, found: Handoff) -> None:
        if (found.state, found.agent) == (TAKEN, gone):
            await _back(change, found, "clock", "return", Target())

    return await decide(hall, handoff_id, work)


async def transfer(hall: Hall, handoff_id: str, agent: str, to: Target) -> Handoff:
    """Give a customer to a colleague or a skill; until one accepts he waits. Raises NotYours, NotFound, NoSuchAgent."""
    if to.agent is not None:
        row = await hall.store.one(select(agents.c.presence).where(agents.c.name == to.agent))
        if row is None or row.presence not in ("online", "busy") or to.agent == agent:
            raise NoSuchAgent(to.agent)

    async def work(change: Change, found: Handoff) -> None:
        must_have(found, agent)
        await _back(change, found, agent, "transfer", to)

    return await decide(hall, handoff_id, work)


async def step_in(hall: Hall, handoff_id: str, supervisor: str) -> Handoff:
    """Take a conversation from the agent who has it. What that one types from now on is refused, and stays on the page.

    Raises NotYours when nobody has it any more, NotFound.
    """

    async def work(change: Change, found: Handoff) -> None:
        if found.state != TAKEN:
            raise NotYours(f"{handoff_id} is {found.state}")
        if found.agent == supervisor:
            return
        change_to(change, found, agent=supervisor, aside_until=None)
        own(change, found.conversation, PERSON)
        links.ours(hall, change.unit, found.conversation, found.id)
        note(change, found, supervisor, "step_in", f"step_in:{found.version}")

    return await decide(hall, handoff_id, work)


async def _back(change: Change, found: Handoff, by: str, act: str, to: Target) -> None:
    """Stage that the customer waits again, as one of the first, for a colleague or for anybody of a skill."""
    skill = to.skill or found.skill
    rank = min(found.rank, RETURNED)
    until = change.now + TO_A_PERSON if to.agent else None
    offer: dict[str, Any] = {
        "offered_to": to.agent,
        "offered_until": until,
        "passed_by": [found.agent] if not to.agent else [],
    }
    change_to(
        change, found, state=WAITING, agent=None, taken_at=None, aside_until=None, **offer, skill=skill, rank=rank
    )
    same = {"handoff": found.id, "conversation": found.conversation, "skill": skill, "rank": rank}
    change.unit.stage(WAIT, same | {"requested_at": found.requested_at})
    own(change, found.conversation, QUEUED)
    note(change, found, by, act, f"{act}:{found.version}")
    if to.note:
        stage(change, found, by, TRANSFER, to.note, to.key or f"transfer:{found.version}")
    place = place_at(change.hall, len(await in_line(change.hall, skill, before=rank)) + 1)
    facts = {"position": place.position, "ahead": place.ahead, "minutes": place.minutes}
    answer = "utter_handoff_passed_on" if act == "transfer" else "utter_handoff_agent_left"
    key = f"handoff:{found.id}:{found.version}"
    post_event(change.unit, change.now, HallEvent(found.conversation, key, answer, facts))
    await tell_the_line(change, skill)
