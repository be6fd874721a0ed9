"""A conversation goes to a person and back: once, by one agent, whatever happens at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hall import agents, handoff
from hall.clock import Clock
from hall.errors import Conflict, NotFound
from hall.handoff import AgentReply, NewHandoff
from hall.policy import Policy
from hall.store.notification import Notification, changed
from hall.store.tables.core import conversations, inbox, messages
from hall.store.unit import Store, Unit

pytestmark = pytest.mark.both

ONE, TWO = "web:widget:one", "sms:demo:13800138000"


@pytest.fixture
async def hall(store: Store, clock: Clock, policy: Policy) -> Any:
    """Only what the desk needs, with two conversations."""
    unit = store.unit()
    for name in (ONE, TWO):
        channel, account, sender = name.split(":")
        unit.insert_once(
            conversations,
            conversation=name,
            channel=channel,
            account=account,
            sender=sender,
            created_at=clock.now(),
            touched_at=clock.now(),
        )
    await unit.commit()
    return SimpleNamespace(store=store, clock=clock, policy=policy)


async def ask(hall: Any, conversation: str, reason: str = "asked") -> int:
    """A turn in which the customer asks for a person."""
    unit = hall.store.unit()
    place = await handoff.request(hall, unit, NewHandoff(conversation, reason, {"task": None}))
    unit.stage(update(conversations).where(conversations.c.conversation == conversation).values(owner="queued"))
    await unit.commit()
    return place


def sayer(hall: Any) -> handoff.Say:
    """What bot/turns does, for one line."""

    async def speak(unit: Unit, conversation: str, author: str, text: str) -> None:
        row = await unit.one(select(conversations.c.last_seq).where(conversations.c.conversation == conversation))
        assert row is not None
        seq = row.last_seq + 1
        now = hall.clock.now()
        unit.stage(insert(messages).values(conversation=conversation, seq=seq, author=author, text=text, at=now))
        unit.stage(update(conversations).where(conversations.c.conversation == conversation).values(last_seq=seq))

    return speak


async def said(hall: Any, conversation: str) -> list[str]:
    rows = await hall.store.all(select(messages.c.text).where(messages.c.conversation == conversation))
    return [row.text for row in rows]


async def test_asking_twice_waits_once(hall: Any) -> None:
    assert await ask(hall, ONE) == 1
    hall.clock.advance(timedelta(seconds=1))
    assert await ask(hall, TWO) == 2
    assert await ask(hall, ONE) == 1
    assert [item.conversation for item in await handoff.queue(hall)] == [ONE, TWO]


async def test_who_waits_for_another_skill_is_not_before_one(hall: Any) -> None:
    unit = hall.store.unit()
    assert await handoff.request(hall, unit, NewHandoff(TWO, "asked", {}, skill="broadband")) == 1
    await unit.commit()
    assert await ask(hall, ONE) == 1


async def test_who_is_taken_waits_no_more(hall: Any) -> None:
    for name in (ONE, TWO):
        await ask(hall, name)
        hall.clock.advance(timedelta(seconds=1))
    assert (await handoff.status(hall, TWO)).position == 2
    await handoff.take_over(hall, (await handoff.queue(hall))[0].id, "anna")
    assert (await handoff.status(hall, TWO)).position == 1
    assert await ask(hall, ONE) == 0


async def test_one_agent_has_it(hall: Any) -> None:
    """Given two agents who press at once, one has it and the other is told."""
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    got = await asyncio.gather(
        handoff.take_over(hall, item.id, "anna"), handoff.take_over(hall, item.id, "ben"), return_exceptions=True
    )
    assert sum(isinstance(result, handoff.Handoff) for result in got) == 1
    assert sum(isinstance(result, handoff.NotYours) for result in got) == 1


async def test_taking_again_what_one_has_changes_nothing(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    first = await handoff.take_over(hall, item.id, "anna")
    assert await handoff.take_over(hall, item.id, "anna") == first


async def test_an_answer_sent_twice_reaches_the_customer_once(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, item.id, "anna")
    for key in ("k1", "k1", "k2"):
        await handoff.reply(hall, item.id, AgentReply("anna", key, f"您好 {key}"), sayer(hall))
    assert await said(hall, ONE) == ["您好 k1", "您好 k2"]


async def test_only_who_has_it_answers_and_closes(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    with pytest.raises(handoff.NotYours):
        await handoff.reply(hall, item.id, AgentReply("anna", "k", "早"), sayer(hall))
    await handoff.take_over(hall, item.id, "anna")
    with pytest.raises(handoff.NotYours):
        await handoff.reply(hall, item.id, AgentReply("ben", "k", "早"), sayer(hall))
    with pytest.raises(handoff.NotYours):
        await handoff.close(hall, item.id, "ben")
    with pytest.raises(NotFound):
        await handoff.take_over(hall, "nothing", "anna")
    assert await said(hall, ONE) == []


async def test_closing_gives_the_conversation_back_and_tells_the_customer_once(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, item.id, "anna")
    for _ in range(2):
        assert (await handoff.close(hall, item.id, "anna")).state == handoff.CLOSED
    assert await handoff.status(hall, ONE) == handoff.Status("bot")
    events = await hall.store.all(select(inbox).where(inbox.c.conversation == ONE))
    assert [event.body["response"] for event in events] == ["utter_handoff_closed"]
    assert await handoff.queue(hall) == []
    assert await ask(hall, ONE) == 1  # and a person can be asked for again


async def test_an_answer_after_closing_is_refused(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, item.id, "anna")
    await handoff.close(hall, item.id, "anna")
    with pytest.raises(handoff.NotYours):
        await handoff.reply(hall, item.id, AgentReply("anna", "k", "还在吗"), sayer(hall))


async def test_the_place_moves_up_when_others_are_taken(hall: Any) -> None:
    await ask(hall, ONE)
    hall.clock.advance(timedelta(seconds=1))
    await ask(hall, TWO)
    woken: list[Notification] = []
    hall.store.listen(woken.append)
    await handoff.take_over(hall, (await handoff.queue(hall))[0].id, "anna")
    assert await handoff.status(hall, ONE) == handoff.Status("person", handoff.TAKEN, agent="anna")
    assert await handoff.status(hall, TWO) == handoff.Status("bot", handoff.WAITING, 1)
    assert {handoff.DESK, changed(ONE), changed(TWO)} <= set(woken)


async def test_what_keeps_changing_is_a_conflict(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, item.id, "anna")

    async def lost(_unit: Unit, _conversation: str, _author: str, _text: str) -> None:
        raise Conflict("the customer writes")

    with pytest.raises(Conflict):
        await handoff.reply(hall, item.id, AgentReply("anna", "k", "早"), lost)


async def test_a_password_is_kept_as_a_salted_hash() -> None:
    one, two = agents.hash_password("geheim"), agents.hash_password("geheim")
    assert one != two
    assert "geheim" not in one
    assert agents.verify_password("geheim", one)
    assert not agents.verify_password("Geheim", one)


async def test_a_new_password_replaces_the_old_and_ends_its_sessions(hall: Any) -> None:
    await agents.ensure(hall, "demo", "first")
    before = await agents.find(hall, "demo")
    await agents.ensure(hall, "demo", "first")
    assert await agents.find(hall, "demo") == before
    await agents.ensure(hall, "demo", "second")
    after = await agents.sign_in(hall, "demo", "second", "10.0.0.1")
    assert before is not None
    assert after.stamp != before.stamp
    with pytest.raises(agents.SignInRefused):
        await agents.sign_in(hall, "demo", "first", "10.0.0.1")


async def test_guessing_is_locked_out_for_a_while(hall: Any) -> None:
    await agents.ensure(hall, "demo", "right")
    for _ in range(agents.LIMITS["ip"]):
        with pytest.raises(agents.SignInRefused):
            await agents.sign_in(hall, "nobody", "wrong", "10.0.0.1")
    with pytest.raises(agents.SignInLocked):
        await agents.sign_in(hall, "demo", "right", "10.0.0.1")
    assert (await agents.sign_in(hall, "demo", "right", "10.0.0.2")).name == "demo"
    hall.clock.advance(agents.WINDOW)
    assert (await agents.sign_in(hall, "demo", "right", "10.0.0.1")).name == "demo"


async def test_guessing_at_once_is_locked_out_as_well(hall: Any) -> None:
    """Tries that come together do not all pass before the first failure is counted."""
    await agents.ensure(hall, "demo", "right")
    tries = [agents.sign_in(hall, "demo", f"guess {n}", "10.0.0.1") for n in range(3 * agents.LIMITS["ip"])]
    ends = [type(end) for end in await asyncio.gather(*tries, return_exceptions=True)]
    assert ends.count(agents.SignInRefused) < agents.LIMITS["ip"] + 2
    assert ends.count(agents.SignInRefused) + ends.count(agents.SignInLocked) == len(ends)
