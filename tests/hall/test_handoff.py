"""A conversation goes to a person and back: once, by one agent, whatever happens at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hall import agent_accounts, agents, handoff
from hall.agent_accounts import Account
from hall.clock import Clock
from hall.errors import Conflict, NotFound
from hall.handoff import AgentReply, NewHandoff
from hall.helpdesk.own import OwnDesk
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.notification import Notification, changed
from hall.store.tables.core import conversations, inbox, messages
from hall.store.unit import Store, Unit, in_unit

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
    return SimpleNamespace(store=store, clock=clock, policy=policy, helpdesk=OwnDesk())


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
    assert await handoff.status(hall, ONE) == handoff.Status("person", handoff.TAKEN), "no name to customers"
    assert await handoff.status(hall, TWO) == handoff.Status("bot", handoff.WAITING, 1)
    assert {handoff.DESK, changed(ONE), changed(TWO)} <= set(woken)


async def owner_of(hall: Any, conversation: str) -> str:
    row = await hall.store.one(select(conversations.c.owner).where(conversations.c.conversation == conversation))
    return str(row.owner)


async def leave(hall: Any, conversation: str) -> bool:
    """A turn in which the customer leaves the queue; after a conflict it runs again, with an agent there by then."""

    async def turn(unit: Unit) -> bool:
        if await owner_of(hall, conversation) != handoff.QUEUED:
            return False
        left = await handoff.leave(hall, unit, conversation)
        mine = conversations.c.conversation == conversation
        unit.stage(update(conversations).where(mine, conversations.c.owner == "queued").values(owner="bot"), expect=1)
        return left

    return await in_unit(hall.store, turn)


async def test_a_person_owns_it_from_taking_to_closing(hall: Any) -> None:
    await ask(hall, ONE)
    item = (await handoff.queue(hall))[0]
    assert await owner_of(hall, ONE) == handoff.QUEUED
    await handoff.take_over(hall, item.id, "anna")
    assert await owner_of(hall, ONE) == "person"
    await handoff.close(hall, item.id, "anna")
    assert await owner_of(hall, ONE) == "bot"


async def test_who_leaves_waits_no_more_and_cannot_be_taken(hall: Any) -> None:
    for name in (ONE, TWO):
        await ask(hall, name)
        hall.clock.advance(timedelta(seconds=1))
    first = (await handoff.queue(hall))[0]
    assert await leave(hall, ONE)
    assert not await leave(hall, ONE)
    assert await handoff.status(hall, ONE) == handoff.Status("bot")
    assert (await handoff.status(hall, TWO)).position == 1
    with pytest.raises(handoff.NotYours):
        await handoff.take_over(hall, first.id, "anna")
    assert await ask(hall, ONE) == 2


async def test_leaving_and_being_taken_at_once_is_one_of_the_two(hall: Any) -> None:
    """Whoever is first: an agent has the conversation, or the customer has left and no agent has it."""
    for number in range(20):
        await ask(hall, ONE)
        item = (await handoff.queue(hall))[0]
        acts = [leave(hall, ONE), handoff.take_over(hall, item.id, "anna")]
        got = await asyncio.gather(*(acts if number % 2 else reversed(acts)), return_exceptions=True)
        left = any(result is True for result in got)
        taken = any(isinstance(result, handoff.Handoff) for result in got)
        assert left != taken
        assert await owner_of(hall, ONE) == ("person" if taken else "bot")
        assert (await handoff.place(hall, ONE)) is None
        if taken:
            await handoff.close(hall, item.id, "anna")


async def test_danger_goes_first_then_the_tiers_then_time(hall: Any) -> None:
    for name, tier, urgent in (("web:w:1", "basic", False), ("web:w:2", "gold", False), ("web:w:3", "basic", True)):
        unit = hall.store.unit()
        new = NewHandoff(name, "asked", {}, tier=tier, urgent=urgent)
        assert await handoff.request(hall, unit, new) == 1
        await unit.commit()
        hall.clock.advance(timedelta(seconds=1))
    assert [item.conversation for item in await handoff.queue(hall)] == ["web:w:3", "web:w:2", "web:w:1"]


async def test_a_message_for_later_lets_nobody_wait(hall: Any) -> None:
    async def left(text: str) -> None:
        unit = hall.store.unit()
        await handoff.request(hall, unit, NewHandoff(ONE, "asked", {}, message=text, callback="13800138000"))
        await unit.commit()

    await left("早上再说")
    assert await handoff.status(hall, ONE) == handoff.Status("bot")
    await left("还有账单")
    item = (await handoff.queue(hall))[0]
    assert (item.kind, item.message) == (handoff.MESSAGE, "早上再说\n还有账单")
    assert await ask(hall, ONE) == 1  # and a person is called after all
    item = (await handoff.queue(hall))[0]
    assert (item.kind, item.message) == (handoff.PERSON, "早上再说\n还有账单")
    assert (await handoff.status(hall, ONE)).state == handoff.WAITING


async def told(hall: Any, after: timedelta) -> list[str]:
    """What the hall says by itself to those who wait, once so much time has passed."""
    hall.clock.advance(after)
    dispatcher = Dispatcher(hall.store, hall.clock)
    handoff.register(dispatcher, hall)
    await dispatcher.settle()
    rows = await hall.store.all(select(inbox.c.conversation, inbox.c.body).where(inbox.c.kind == "event"))
    return [row.body["response"] for row in rows]


async def test_who_waits_too_long_is_told_once(hall: Any) -> None:
    await ask(hall, ONE)
    assert await told(hall, timedelta(minutes=9)) == []
    assert await told(hall, timedelta(minutes=1)) == ["utter_handoff_late"]
    assert await told(hall, timedelta(minutes=60)) == ["utter_handoff_late"]


async def test_who_is_taken_or_has_left_is_not_told(hall: Any) -> None:
    await ask(hall, ONE)
    await handoff.take_over(hall, (await handoff.queue(hall))[0].id, "anna")
    await ask(hall, TWO)
    await leave(hall, TWO)
    assert await told(hall, timedelta(hours=20)) == []


async def test_when_the_people_leave_who_waits_is_told(hall: Any) -> None:
    hall.clock.set(2026, 11, 15, 20, 55)
    await ask(hall, ONE)
    assert await told(hall, timedelta(minutes=6)) == ["utter_handoff_after_hours"]
    place = await handoff.place(hall, ONE)
    assert place is not None
    assert (place.position, place.opens) == (1, hall.policy.desk.hours.opens(hall.clock.now()))


async def answered(hall: Any, conversation: str, key: str) -> str:
    """An agent has taken a customer and answers."""
    found = next(item for item in await handoff.queue(hall) if item.conversation == conversation)
    await handoff.take_over(hall, found.id, "anna")
    await handoff.reply(hall, found.id, AgentReply("anna", key, "请问是哪个月的？"), sayer(hall))
    return found.id


async def test_who_says_nothing_more_is_asked_once_then_goes_back_to_the_bot(hall: Any) -> None:
    await ask(hall, ONE)
    mine = await answered(hall, ONE, "k1")
    assert await told(hall, timedelta(minutes=9)) == []
    assert await told(hall, timedelta(minutes=1)) == ["utter_handoff_silent"]
    assert (await handoff.status(hall, ONE)).state == handoff.TAKEN
    assert await told(hall, timedelta(minutes=10)) == ["utter_handoff_silent", "utter_handoff_silent_closed"]
    assert (await handoff.get(hall, mine)).code == "silent"
    assert await handoff.status(hall, ONE) == handoff.Status("bot")
    assert len(await told(hall, timedelta(hours=9))) == 2


async def test_by_sms_there_is_more_time_to_answer(hall: Any) -> None:
    await ask(hall, TWO)
    await answered(hall, TWO, "k1")
    assert await told(hall, timedelta(minutes=59)) == []
    assert await told(hall, timedelta(minutes=1)) == ["utter_handoff_silent"]
    assert len(await told(hall, timedelta(minutes=179))) == 1
    assert len(await told(hall, timedelta(minutes=1))) == 2


@pytest.mark.parametrize("what", ["word", "answer", "colleague"])
async def test_a_word_an_answer_or_another_agent_begins_the_wait_anew(hall: Any, what: str) -> None:
    await ask(hall, ONE)
    mine = await answered(hall, ONE, "k1")
    hall.clock.advance(timedelta(minutes=9))
    if what == "word":
        await in_unit(hall.store, lambda unit: sayer(hall)(unit, ONE, "customer", "八月"))
    elif what == "answer":
        await handoff.reply(hall, mine, AgentReply("anna", "k2", "还在吗"), sayer(hall))
    else:
        await handoff.step_in(hall, mine, "boss")
    assert await told(hall, timedelta(minutes=2)) == []


async def test_who_left_a_message_is_not_asked_whether_he_is_there(hall: Any) -> None:
    unit = hall.store.unit()
    await handoff.request(hall, unit, NewHandoff(ONE, "asked", {}, message="早上再说"))
    await unit.commit()
    await answered(hall, ONE, "k1")
    assert await told(hall, timedelta(minutes=10)) == ["utter_handoff_silent_closed"]


async def test_only_what_an_agent_closed_is_rated_once_and_soon(hall: Any) -> None:
    async def rated(rating: str) -> bool:
        unit = hall.store.unit()
        done = await handoff.rate(hall, unit, ONE, rating)
        await unit.commit()
        return done

    await ask(hall, ONE)
    await leave(hall, ONE)
    assert not await rated("good")
    for _ in range(2):
        await ask(hall, ONE)
        item = (await handoff.queue(hall))[0]
        await handoff.take_over(hall, item.id, "anna")
        await handoff.close(hall, item.id, "anna")
        hall.clock.advance(timedelta(seconds=1))
    assert not await rated("splendid")
    assert await rated("bad")
    assert (await handoff.get(hall, item.id)).rating == "bad"
    hall.clock.advance(timedelta(days=1))
    assert not await rated("good")


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
    for number in range(agents.LIMITS["ip"]):
        with pytest.raises(agents.SignInRefused):
            await agents.sign_in(hall, f"nobody {number}", "wrong", "10.0.0.1")
    with pytest.raises(agents.SignInLocked):
        await agents.sign_in(hall, "demo", "right", "10.0.0.1")
    assert (await agents.sign_in(hall, "demo", "right", "10.0.0.2")).name == "demo"
    hall.clock.advance(agents.WINDOW)
    assert (await agents.sign_in(hall, "demo", "right", "10.0.0.1")).name == "demo"


async def test_nobody_locks_a_name_out_for_another_address(hall: Any) -> None:
    await agents.ensure(hall, "demo", "right")
    for name in ("demo", "nobody"):  # which of them exists is not told
        for _ in range(agents.LIMITS["pair"]):
            with pytest.raises(agents.SignInRefused):
                await agents.sign_in(hall, name, "wrong", "10.0.0.1")
        with pytest.raises(agents.SignInLocked):
            await agents.sign_in(hall, name, "wrong", "10.0.0.1")
    assert (await agents.sign_in(hall, "demo", "right", "10.0.0.2")).name == "demo"


async def test_guessing_at_once_is_locked_out_as_well(hall: Any) -> None:
    """Tries that come together do not all pass before the first failure is counted."""
    await agents.ensure(hall, "demo", "right")
    tries = [agents.sign_in(hall, "demo", f"guess {n}", "10.0.0.1") for n in range(3 * agents.LIMITS["ip"])]
    ends = [type(end) for end in await asyncio.gather(*tries, return_exceptions=True)]
    assert ends.count(agents.SignInRefused) < agents.LIMITS["pair"] + 2
    assert ends.count(agents.SignInRefused) + ends.count(agents.SignInLocked) == len(ends)


async def test_customers_are_told_a_work_number_never_the_name_for_signing_in(hall: Any) -> None:
    made = Account("anna.li", "agent", "8001", ("general",), True, None, hall.clock.now())
    await agent_accounts.add(hall, made)
    await ask(hall, ONE)
    await handoff.take_over(hall, (await handoff.queue(hall))[0].id, "anna.li")
    assert (await handoff.status(hall, ONE)).agent == "8001"


async def test_who_is_put_aside_is_not_asked_whether_he_is_there(hall: Any) -> None:
    await ask(hall, ONE)
    handoff_id = await answered(hall, ONE, "k1")
    await handoff.put_aside(hall, handoff_id, "anna", hall.clock.now() + timedelta(days=1), 1)
    assert await told(hall, timedelta(hours=2)) == []
    assert (await handoff.get(hall, handoff_id)).state == "taken"
