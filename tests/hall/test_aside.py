"""A conversation that was put aside needs nobody: until its time, or the customer's next word. And its labels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from hall import agent_presence, desk_search, handoff
from hall.desk_search import Wanted
from hall.handoff import AgentReply, BadTime, NotYours, routing
from hall.handoff.aside import LATEST, asleep
from hall.store.tables.core import messages
from tests.hall.test_routing import KEYS, ONE, ask, hall, of, online

__all__ = ["hall"]  # the fixture of there
pytestmark = pytest.mark.both
HOUR = timedelta(hours=1)


async def taken(hall: Any, key: str = ONE, agent: str = "anna") -> str:
    await ask(hall, key)
    return (await handoff.take_over(hall, (await of(hall, key)).id, agent)).id


async def writes(hall: Any, seq: int, key: str = ONE) -> None:
    unit = hall.store.unit()
    said = {"conversation": key, "seq": seq, "author": "customer", "text": "在吗", "at": hall.clock.now()}
    unit.stage(insert(messages).values(**said))
    await unit.commit()


async def aside(hall: Any, seen: int = 0, after: timedelta = HOUR, key: str = ONE, agent: str = "anna") -> None:
    await handoff.put_aside(hall, (await of(hall, key)).id, agent, hall.clock.now() + after, seen)


async def sleeps(hall: Any, key: str = ONE) -> bool:
    found = await of(hall, key)
    return found.id in await asleep(hall, [found])


async def test_it_sleeps_until_its_time(hall: Any) -> None:
    await taken(hall)
    await aside(hall)
    assert await sleeps(hall)
    hall.clock.advance(HOUR)
    assert not await sleeps(hall)


async def test_a_word_of_the_customer_wakes_it_and_reading_that_ends_it(hall: Any) -> None:
    found = await taken(hall)
    await writes(hall, 1)
    await aside(hall, seen=1)
    assert await sleeps(hall)
    await writes(hall, 2)
    assert not await sleeps(hall)
    await handoff.mark_read(hall, await handoff.get(hall, found), "anna", 2)
    assert (await of(hall, ONE)).aside_until is None


async def test_what_was_written_while_it_was_put_aside_is_not_passed_over(hall: Any) -> None:
    await taken(hall)
    await writes(hall, 1)
    await writes(hall, 2)  # the agent's page had only the first
    await aside(hall, seen=1)
    assert not await sleeps(hall)


@pytest.mark.parametrize("what", ["reply", "take_up", "release", "step_in", "close"])
async def test_whoever_does_something_about_it_ends_it(hall: Any, what: str) -> None:
    found = await taken(hall)
    await aside(hall)

    async def say(*_: Any) -> None:
        return None

    if what == "reply":
        await handoff.reply(hall, found, AgentReply("anna", "k", "您好"), say)
    elif what == "step_in":
        await handoff.step_in(hall, found, "ben")
    else:
        await getattr(handoff, what)(hall, found, "anna")
    assert (await handoff.get(hall, found)).aside_until is None


async def test_only_who_has_it_puts_it_aside_and_not_for_ever(hall: Any) -> None:
    await taken(hall)
    with pytest.raises(NotYours):
        await aside(hall, agent="ben")
    for wrong in (timedelta(0), -HOUR, LATEST + HOUR):
        with pytest.raises(BadTime):
            await aside(hall, after=wrong)


async def test_who_put_some_aside_takes_others(hall: Any) -> None:
    for key in KEYS[:2]:
        await taken(hall, key)
    loads = [one.load for one in await agent_presence.people(hall)]
    await aside(hall)
    assert (loads, [one.load for one in await agent_presence.people(hall)]) == ([2, 0], [1, 0])


async def test_who_goes_keeps_it_until_it_wakes_then_others_serve_it(hall: Any) -> None:
    await online(hall, "anna")
    await taken(hall)
    await aside(hall)
    await routing.leave(hall, "anna")
    await routing.look(hall)
    assert (await of(hall, ONE)).agent == "anna"
    hall.clock.advance(HOUR)
    await routing.look(hall)
    found = await of(hall, ONE)
    assert (found.state, found.agent, found.aside_until) == ("waiting", None, None)


async def test_who_is_there_when_it_wakes_still_has_it(hall: Any) -> None:
    await online(hall, "anna")
    await taken(hall)
    await aside(hall, after=timedelta(minutes=1))
    hall.clock.advance(timedelta(minutes=1))
    await routing.look(hall)
    assert (await of(hall, ONE)).agent == "anna"


async def test_closed_ones_are_found_by_their_labels(hall: Any) -> None:
    found = await taken(hall)
    await handoff.label(hall, found, ["vip", "follow_up"])
    await handoff.close(hall, found, "anna", "solved")
    await handoff.label(hall, found, ["follow_up"])
    for label, many in (("follow_up", 1), ("vip", 0), ("follow", 0), ("", 1)):
        assert len(await desk_search.closed(hall, Wanted(label=label), 10)) == many, label
    assert (await handoff.get(hall, found)).labels == ("follow_up",)
