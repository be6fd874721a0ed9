"""How the desk stands now and today, for supervisors: who waits, what each agent does, what customers said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean

from sqlalchemy import select

from hall import agent_presence
from hall.agent_presence import ONLINE, Person
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.handoff import desk, routing
from hall.handoff.records import CLOSED, PERSON, TAKEN, WAITING, Handoff, of
from hall.handoff.routing import Pressure
from hall.store.tables.desk import handoffs

BAD_WITHIN = timedelta(days=7)
MOST_BAD = 50


@dataclass(frozen=True, slots=True)
class OfSkill:
    """One skill: who waits for it, how long the first does (seconds), and who is there that has it."""

    skill: str
    waiting: int
    longest: int
    online: int


@dataclass(frozen=True, slots=True)
class OfAgent:
    """One agent: what he has now, and what he did today. Times are seconds, None where there is nothing to tell."""

    person: Person
    taken: int
    closed: int
    first_reply: int | None
    good: int
    rated: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Now, and today since midnight in Shanghai. `ratings`: by good, fair, bad; `bad`: those of the last days."""

    pressure: Pressure
    serving: int
    closed: int
    left: int  # gave up waiting
    waited: int | None  # on average until an agent took them, seconds
    first_reply: int | None
    skills: tuple[OfSkill, ...]
    agents: tuple[OfAgent, ...]
    ratings: dict[str, int]
    bad: tuple[Handoff, ...]


async def figures(hall: Hall) -> Figures:
    """Everything at once."""
    now = hall.clock.now()
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
    people, items = await agent_presence.people(hall), await desk.queue(hall)
    over = await _closed_since(hall, midnight)
    served = [item for item in over if item.taken_at]
    worked = [*served, *(item for item in items if item.state == TAKEN)]
    ratings = {rating: sum(item.rating == rating for item in over) for rating in ("good", "fair", "bad")}
    return Figures(
        pressure=routing.pressure(hall, items, people),
        serving=sum(item.state == TAKEN and not item.aside(now) for item in items),
        closed=len(served),
        left=len(over) - len(served),
        waited=_average([item.taken_at - item.requested_at for item in worked if item.taken_at]),
        first_reply=_first_reply(worked),
        skills=_skills(hall, items, people, now),
        agents=tuple(_agent(person, worked, now) for person in people),
        ratings=ratings,
        bad=await _bad(hall, now),
    )


async def _closed_since(hall: Hall, since: datetime) -> list[Handoff]:
    rows = await hall.store.all(select(handoffs).where(handoffs.c.state == CLOSED, handoffs.c.closed_at >= since))
    return [of(row) for row in rows]


async def _bad(hall: Hall, now: datetime) -> tuple[Handoff, ...]:
    mine = (handoffs.c.state == CLOSED, handoffs.c.rating == "bad", handoffs.c.closed_at >= now - BAD_WITHIN)
    query = select(handoffs).where(*mine).order_by(handoffs.c.closed_at.desc()).limit(MOST_BAD)
    return tuple(of(row) for row in await hall.store.all(query))


def _skills(hall: Hall, items: Sequence[Handoff], people: Sequence[Person], now: datetime) -> tuple[OfSkill, ...]:
    waits: dict[str, list[int]] = defaultdict(list)
    for item in items:
        if item.state == WAITING and item.kind == PERSON:
            waits[item.skill].append(int((now - item.requested_at).total_seconds()))
    names = [*hall.policy.desk.skills, *(name for name in waits if name not in hall.policy.desk.skills)]
    there = [person for person in people if person.presence == ONLINE]
    return tuple(
        OfSkill(name, len(waits[name]), max(waits[name], default=0), sum(name in one.skills for one in there))
        for name in names
    )


def _agent(person: Person, worked: Sequence[Handoff], now: datetime) -> OfAgent:
    mine = [item for item in worked if item.agent == person.name]
    over = [item for item in mine if item.state == CLOSED]
    rated = [item for item in over if item.rating]
    good = sum(item.rating == "good" for item in rated)
    taken = sum(item.state == TAKEN and not item.aside(now) for item in mine)
    return OfAgent(person, taken, len(over), _first_reply(mine), good, len(rated))


def _first_reply(items: Sequence[Handoff]) -> int | None:
    return _average([item.replied_at - item.taken_at for item in items if item.replied_at and item.taken_at])


def _average(times: Sequence[timedelta]) -> int | None:
    return round(mean(time.total_seconds() for time in times)) if times else None
