"""Who waits is given to an agent who knows it, is there and has room; for a while, then to the next one.

One look does it all and may be done by every process at once: each decision is guarded by the hand-off's version.
Nothing is given to anybody whose page is not open, and what a gone agent had goes back to the queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prometheus_client import Gauge

from hall import agent_presence
from hall.agent_presence import OFF, ONLINE, Person
from hall.change import Change
from hall.context import Hall
from hall.errors import Conflict, StoreUnavailable
from hall.handoff import aside, desk, passing
from hall.handoff.records import DESK, TAKEN, WAITING, Handoff, change_to
from hall.handoff.records import PERSON as A_PERSON
from hall.helpdesk import links
from hall.helpdesk.port import ELSEWHERE
from hall.policy.desk import GENERAL
from hall.store.notification import MISSED, Notification

log = logging.getLogger(__name__)

EVERYBODYS = "zh"  # the language that all of them speak
LOOK_EVERY = 5.0  # seconds; a change of the queue is looked at at once
WAITS = Gauge("yingting_desk_waiting", "Customers who wait for a person")
LONGEST = Gauge("yingting_desk_longest_wait_seconds", "How long the first of them waits")
ALARM = Gauge("yingting_desk_alarm", "1 while the desk is behind: who waits too long, or too many do", ["why"])


@dataclass(frozen=True, slots=True)
class Pressure:
    """How the desk stands. `alarms`: `long` (somebody waits too long), `many` (too many for who is there)."""

    waiting: int
    longest: timedelta
    online: int
    alarms: tuple[str, ...]


async def look(hall: Hall, *, gone: bool = True) -> None:
    """Take back what was not accepted, and what gone agents had (with `gone`); give what waits to who is free.

    What a gone agent put aside goes back, too, once its time has come or its customer writes.
    """
    people = await agent_presence.people(hall)
    now = hall.clock.now()
    if gone:
        for person in people:
            if person.presence != OFF and _is_gone(hall, person, now):
                await leave(hall, person.name)
        people = await agent_presence.people(hall)
    items = await desk.queue(hall)
    asleep = await aside.asleep(hall, items)
    there = {ELSEWHERE, *(person.name for person in people if person.presence != OFF)}
    for item in items:
        if item.state == WAITING and item.offered_to and item.offered_until and item.offered_until <= now:
            await _offer(hall, item, None)
        elif item.aside_until and item.id not in asleep and item.agent and item.agent not in there:
            await passing.returned(hall, item.id, item.agent)
    away = await links.elsewhere(hall)
    waiting = [item for item in await desk.queue(hall) if item.state == WAITING and item.id not in away]
    await _give(hall, sorted(waiting, key=lambda item: item.kind != A_PERSON), people)  # left messages can wait
    _measure(pressure(hall, items, people))


async def leave(hall: Hall, agent: str) -> None:
    """An agent goes: is offered nothing more, and the customers he has wait for others; what he put aside does not."""
    await agent_presence.set_presence(hall, agent, OFF)
    items = await desk.queue(hall)
    asleep = await aside.asleep(hall, [item for item in items if item.agent == agent])
    for item in items:
        if item.state == TAKEN and item.agent == agent and item.id not in asleep:
            await passing.returned(hall, item.id, agent)
        elif item.state == WAITING and item.offered_to == agent:
            await _offer(hall, item, None)


def pressure(hall: Hall, items: Sequence[Handoff], people: Sequence[Person]) -> Pressure:
    """How the desk stands with these hand-offs and people."""
    rules, now = hall.policy.desk, hall.clock.now()
    waits = [now - item.requested_at for item in items if item.state == WAITING and item.kind == A_PERSON]
    online = sum(person.presence == ONLINE for person in people)
    longest = max(waits, default=timedelta(0))
    alarms = []
    if rules.hours.open_at(now):
        alarms += ["long"] if longest >= rules.tell_after else []
        alarms += ["many"] if len(waits) > rules.serving.waiting_per_agent * online and waits else []
    return Pressure(len(waits), longest, online, tuple(alarms))


class Router:
    """Looks in the background: whenever the queue changes, and every few seconds."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._wake = hall, asyncio.Event()
        self._since = hall.clock.now()
        hall.store.listen(self._hear)

    def _hear(self, notification: Notification) -> None:
        if notification in (DESK, MISSED):
            self._wake.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._wake.clear()
            try:
                gone = self._hall.clock.now() - self._since > self._hall.policy.desk.serving.gone_after
                await look(self._hall, gone=gone)  # after a start the pages need a moment to come back
            except (Conflict, StoreUnavailable) as error:
                log.info("desk: looking again: %s", error)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)


async def _give(hall: Hall, waiting: Sequence[Handoff], people: Sequence[Person]) -> None:
    loads = Counter({person.name: person.load for person in people})
    for item in waiting:
        if item.offered_to:
            continue
        there = [replace(person, load=loads[person.name]) for person in people]
        if chosen := choose(item, there):
            await _offer(hall, item, chosen.name)
            loads[chosen.name] += 1


def choose(item: Handoff, people: Sequence[Person]) -> Person | None:
    """The free agent with the skill and the least to do; of equals, who has waited longest.

    Where nobody who is there has the skill, those with the general one do. Who let it pass is asked again when all did.
    Of those who are free, who speaks the customer's language goes first: better another language than no answer.
    """
    there = [person for person in people if person.presence == ONLINE]
    knows = [person for person in there if item.skill in person.skills]
    able = knows or [person for person in there if GENERAL in person.skills]
    fresh = [person for person in able if person.name not in item.passed_by]
    free = [person for person in (fresh or able) if person.free]
    if item.language != EVERYBODYS:
        free = [person for person in free if item.language in person.languages] or free
    early = datetime.min
    return min(
        free,
        key=lambda one: (one.load / one.at_once, (one.presence_at or early).replace(tzinfo=None), one.name),
        default=None,
    )


async def _offer(hall: Hall, item: Handoff, agent: str | None) -> None:
    """Offer a customer to an agent, or (None) take the offer back. Somebody who was quicker wins."""
    unit = hall.store.unit()
    change = Change.begin(hall, unit, "hall")
    until = change.now + hall.policy.desk.serving.accept_within if agent else None
    passed = list(dict.fromkeys((*item.passed_by, item.offered_to))) if agent is None else list(item.passed_by)
    change_to(change, item, offered_to=agent, offered_until=until, passed_by=passed)
    try:
        await unit.commit()
    except Conflict:
        log.info("desk: a customer was taken meanwhile")


def _is_gone(hall: Hall, person: Person, now: datetime) -> bool:
    return person.heard_at is not None and now - person.heard_at > hall.policy.desk.serving.gone_after


def _measure(state: Pressure) -> None:
    WAITS.set(state.waiting)
    LONGEST.set(state.longest.total_seconds())
    for why in ("long", "many"):
        ALARM.labels(why=why).set(why in state.alarms)
