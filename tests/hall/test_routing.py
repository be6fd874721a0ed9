"""Who waits is given to who knows it and has room, for a while; nobody is lost when an agent goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hall import agent_accounts, agent_presence, desk_figures, handoff
from hall.agent_accounts import BadAccount
from hall.agent_presence import Person
from hall.clock import Clock
from hall.errors import NotFound
from hall.handoff import Handoff, NewHandoff, NoSuchAgent, NotYours, Target, notes, routing
from hall.helpdesk.own import OwnDesk
from hall.policy import Policy
from hall.store.tables.core import conversations, inbox
from hall.store.tables.desk import agents
from hall.store.unit import Store

pytestmark = pytest.mark.both

KEYS = tuple(f"web:widget:{name}" for name in ("one", "two", "three", "four", "five", "six"))
ONE, TWO, THREE = KEYS[:3]


@pytest.fixture
async def hall(store: Store, clock: Clock, policy: Policy) -> Any:
    """What routing needs: conversations, and two agents whose pages are open."""
    unit = store.unit()
    now = clock.now()
    for key in KEYS:
        channel, account, sender = key.split(":")
        named = {"conversation": key, "channel": channel, "account": account, "sender": sender}
        unit.insert_once(conversations, **named, created_at=now, touched_at=now)
    for name, skills in (("anna", ["general"]), ("ben", ["general", "fault"])):
        row = {"name": name, "password_hash": "x", "role": "agent", "skills": skills, "created_at": now}
        unit.stage(insert(agents).values(**row, work_number="8" + name, at_once=2))
    await unit.commit()
    return SimpleNamespace(store=store, clock=clock, policy=policy, helpdesk=OwnDesk())


async def ask(hall: Any, key: str, tier: str = "basic", task: str | None = None, *, urgent: bool = False) -> None:
    unit = hall.store.unit()
    new = NewHandoff(key, "asked", {"task": task}, tier=tier, urgent=urgent)
    await handoff.request(hall, unit, new)
    unit.stage(update(conversations).where(conversations.c.conversation == key).values(owner="queued"))
    await unit.commit()


async def of(hall: Any, key: str) -> Handoff:
    return next(item for item in await handoff.queue(hall) if item.conversation == key)


async def online(hall: Any, *names: str) -> None:
    for name in names:
        await agent_presence.set_presence(hall, name, "online")


async def test_who_has_the_skill_gets_it_and_else_who_is_general(hall: Any) -> None:
    await online(hall, "anna", "ben")
    await ask(hall, ONE, task="report_fault")
    await ask(hall, TWO, task="complaint")
    await routing.look(hall)
    assert (await of(hall, ONE)).skill == "fault"
    assert (await of(hall, ONE)).offered_to == "ben"
    assert (await of(hall, TWO)).offered_to == "anna"  # nobody has the skill; she has the least to do


async def test_nobody_gets_more_than_he_takes_or_while_he_is_not_there(hall: Any) -> None:
    for key in KEYS:
        await ask(hall, key)
    await routing.look(hall)
    assert [item.offered_to for item in await handoff.queue(hall)] == [None] * 6
    await online(hall, "anna", "ben")
    await agent_presence.set_presence(hall, "ben", "busy")
    await routing.look(hall)
    assert [item.offered_to for item in await handoff.queue(hall)] == ["anna", "anna", None, None, None, None]


async def test_danger_then_who_waits_longer_than_promised_then_the_tier(hall: Any) -> None:
    await ask(hall, ONE)
    hall.clock.advance(timedelta(minutes=6))
    await ask(hall, TWO, "gold")
    await ask(hall, THREE, urgent=True)
    assert [item.conversation for item in await handoff.queue(hall)] == [THREE, TWO, ONE]
    hall.clock.advance(timedelta(minutes=4, seconds=30))  # basic: ten minutes, gold: five
    assert [item.conversation for item in await handoff.queue(hall)] == [THREE, ONE, TWO]


async def test_an_offer_that_is_not_accepted_goes_to_somebody_else(hall: Any) -> None:
    await online(hall, "anna", "ben")
    await ask(hall, ONE)
    await routing.look(hall)
    first = (await of(hall, ONE)).offered_to
    hall.clock.advance(hall.policy.desk.serving.accept_within)
    await routing.look(hall)
    second = await of(hall, ONE)
    assert {first, second.offered_to} == {"anna", "ben"}
    assert second.passed_by == (first,)
    hall.clock.advance(hall.policy.desk.serving.accept_within)
    await routing.look(hall)
    assert (await of(hall, ONE)).offered_to in ("anna", "ben")  # all let it pass: they are asked again
    taken = await handoff.take_over(hall, second.id, "ben")
    assert (taken.offered_to, taken.passed_by) == (None, ())


async def test_who_is_gone_leaves_his_customers_to_others(hall: Any) -> None:
    await online(hall, "anna")
    await ask(hall, ONE)
    await ask(hall, TWO)
    await handoff.take_over(hall, (await of(hall, ONE)).id, "anna")
    hall.clock.advance(hall.policy.desk.serving.gone_after + timedelta(seconds=1))
    await online(hall, "ben")
    await routing.look(hall)
    back = await of(hall, ONE)
    assert (back.state, back.agent, back.offered_to) == ("waiting", None, "ben")
    assert (await handoff.queue(hall))[0].conversation == ONE  # he waited already
    assert (await handoff.status(hall, ONE)).position == 1
    told = await hall.store.all(select(inbox.c.body).where(inbox.c.conversation == ONE))
    assert [row.body["response"] for row in told] == ["utter_handoff_agent_left"]


async def test_an_open_page_keeps_its_customers(hall: Any) -> None:
    await online(hall, "anna")
    await ask(hall, ONE)
    await handoff.take_over(hall, (await of(hall, ONE)).id, "anna")
    for _ in range(4):
        hall.clock.advance(hall.policy.desk.serving.gone_after / 2)
        await agent_presence.heard(hall, "anna")
        await routing.look(hall)
    assert (await of(hall, ONE)).agent == "anna"


async def test_a_transfer_goes_to_the_colleague_and_if_he_does_not_come_to_all(hall: Any) -> None:
    await online(hall, "anna", "ben")
    await ask(hall, ONE)
    item = await handoff.take_over(hall, (await of(hall, ONE)).id, "anna")
    with pytest.raises(NoSuchAgent):
        await handoff.transfer(hall, item.id, "anna", Target(agent="carl"))
    with pytest.raises(NotYours):
        await handoff.transfer(hall, item.id, "ben", Target(agent="anna"))
    await handoff.transfer(hall, item.id, "anna", Target(agent="ben", note="要退 13800138000 的费", key="t1"))
    passed = await of(hall, ONE)
    assert (passed.state, passed.offered_to) == ("waiting", "ben")
    assert [(one.kind, one.text) for one in await notes.of(hall, passed)] == [("transfer", "要退 138****8000 的费")]
    hall.clock.advance(timedelta(minutes=3))
    await agent_presence.set_presence(hall, "ben", "break")
    await agent_presence.heard(hall, "anna")
    await routing.look(hall)
    assert (await of(hall, ONE)).offered_to == "anna"


async def test_a_transfer_to_a_skill_waits_in_its_queue(hall: Any) -> None:
    await online(hall, "anna", "ben")
    await ask(hall, ONE)
    item = await handoff.take_over(hall, (await of(hall, ONE)).id, "anna")
    await handoff.transfer(hall, item.id, "anna", Target(skill="fault"))
    await routing.look(hall)
    assert ((await of(hall, ONE)).skill, (await of(hall, ONE)).offered_to) == ("fault", "ben")
    assert (await handoff.take_over(hall, item.id, "ben")).agent == "ben"
    assert (await handoff.release(hall, item.id, "ben")).state == "waiting"
    assert (await handoff.take_over(hall, item.id, "anna")).agent == "anna"  # as often as it goes round


async def test_a_supervisor_steps_in_and_one_has_it(hall: Any) -> None:
    await ask(hall, ONE)
    item = await of(hall, ONE)
    with pytest.raises(NotYours):
        await handoff.step_in(hall, item.id, "ben")
    await handoff.take_over(hall, item.id, "anna")
    assert (await handoff.step_in(hall, item.id, "ben")).agent == "ben"
    with pytest.raises(NotYours):
        await handoff.close(hall, item.id, "anna")
    assert (await handoff.close(hall, item.id, "ben", "solved")).code == "solved"


async def test_the_alarm_is_raised_by_the_longest_wait_and_by_many(hall: Any) -> None:
    hall.clock.advance(_to_monday(hall))
    await online(hall, "anna")
    for key in KEYS[:3]:
        await ask(hall, key)

    async def alarms() -> tuple[str, ...]:
        return routing.pressure(hall, await handoff.queue(hall), await agent_presence.people(hall)).alarms

    assert await alarms() == ()
    await ask(hall, KEYS[3])
    assert await alarms() == ("many",)
    hall.clock.advance(timedelta(minutes=10))
    assert await alarms() == ("long", "many")
    assert (await desk_figures.figures(hall)).pressure.waiting == 4


def _to_monday(hall: Any) -> timedelta:
    """To the next Monday, ten in the morning in Shanghai."""
    now = hall.clock.local()
    ten = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=7 - now.weekday())
    return ten - now  # type: ignore[no-any-return]


def person(name: str, load: int = 0, **more: Any) -> Person:
    values = {"role": "agent", "display_name": "", "work_number": "", "skills": ("general",), "languages": ()}
    values |= {"at_once": 4, "presence": "online", "presence_at": None, "heard_at": None} | more
    return Person(name=name, load=load, **values)


async def test_the_least_loaded_is_chosen_in_proportion(hall: Any) -> None:
    await ask(hall, ONE)
    item = await of(hall, ONE)
    chosen = routing.choose(item, [person("anna", 1, at_once=2), person("ben", 3, at_once=8), person("carl", 4)])
    assert chosen is not None
    assert chosen.name == "ben"
    assert routing.choose(item, [person("anna", 4), person("ben", presence="break")]) is None


async def test_who_speaks_the_customers_language_goes_first_and_nobody_waits_for_him(hall: Any) -> None:
    await ask(hall, ONE)
    item = await of(hall, ONE)
    english = replace(item, summary=item.summary | {"language": "en"})
    anna, ben = person("anna"), person("ben", 2, languages=("en",))
    assert [one.name for one in (routing.choose(english, [anna, ben]), routing.choose(item, [anna, ben])) if one] == [
        "ben",
        "anna",
    ]
    busy = person("ben", 4, languages=("en",))
    other = routing.choose(english, [anna, busy])
    assert other is not None
    assert other.name == "anna"


async def test_figures_count_today_by_skill_and_agent(hall: Any) -> None:
    await online(hall, "anna")
    await ask(hall, ONE)
    await ask(hall, TWO, task="report_fault")
    item = await of(hall, ONE)
    hall.clock.advance(timedelta(seconds=30))
    await handoff.take_over(hall, item.id, "anna")
    await handoff.close(hall, item.id, "anna", "solved")
    unit = hall.store.unit()
    assert await handoff.rate(hall, unit, ONE, "bad")
    await unit.commit()
    found = await desk_figures.figures(hall)
    assert (found.closed, found.left, found.waited, found.ratings["bad"]) == (1, 0, 30, 1)
    assert [one.id for one in found.bad] == [item.id]
    assert {one.skill: one.waiting for one in found.skills} == {"general": 0, "fault": 1, "complaint": 0, "money": 0}
    assert [(one.person.name, one.closed, one.rated) for one in found.agents] == [("anna", 1, 1), ("ben", 0, 0)]


async def test_a_profile_says_how_one_is_called_and_what_one_knows(hall: Any) -> None:
    given = {"display_name": "李晓", "skills": ["general", "money"], "languages": ["en"], "at_once": 6}
    await agent_accounts.set_profile(hall, "anna", given)
    found = await agent_presence.person(hall, "anna")
    assert found is not None
    assert (found.called, found.skills, found.languages, found.at_once) == ("李晓", ("general", "money"), ("en",), 6)
    for bad in ({"skills": ["cooking"]}, {"display_name": "长" * 33}, {"at_once": 0}):
        with pytest.raises(BadAccount):
            await agent_accounts.set_profile(hall, "anna", bad)
    with pytest.raises(NotFound):
        await agent_accounts.set_profile(hall, "nobody", {"at_once": 2})
