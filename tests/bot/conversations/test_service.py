"""Conversations: once, in order, always answered, all or nothing. The engine here is a simple one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from bot.app import App
from bot.conversations.service import UNHEALTHY_FOR, Conversations
from bot.messages import InboundMessage, Reply
from hall.context import Hall
from hall.errors import Conflict, StoreUnavailable
from hall.store.database import Write
from hall.store.dispatcher import LEASE, LISTEN, Dispatcher, Done, Handler
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import DUE, OutboxMessage
from hall.store.tables.core import conversations, inbox, messages, outbox, turns
from testing.echo_engine import Parrot, sms
from tests.conftest import StillClock

pytestmark = pytest.mark.both


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest_asyncio.fixture
async def desk(hall: Hall, parrot: Parrot) -> AsyncIterator[Conversations]:
    turns_ = Conversations(hall, parrot, answer_limit=8.0)  # type: ignore[arg-type]
    yield turns_
    await turns_.settle()


async def count(hall: Hall, table: Any) -> int:
    row = await hall.store.one(select(func.count()).select_from(table))
    return int(row[0]) if row else 0


async def ask(desk: Conversations, inbound: InboundMessage) -> tuple[Reply, ...] | None:
    return await desk.wait_for_reply(await desk.accept(inbound), within=5)


async def test_a_message_is_answered_and_everything_of_it_is_kept(desk: Conversations, hall: Hall) -> None:
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    log = await desk.log("sms:kannel:13800138000")
    assert [(line.author, line.text) for line in log] == [("customer", "查话费"), ("bot", "1:查话费")]
    assert await count(hall, turns) == 1


async def test_a_repeat_runs_nothing_and_gets_the_same_answer(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    first = await ask(desk, sms("查话费"))
    accepted = await desk.accept(sms("查话费"))
    assert accepted.fresh is False
    assert await desk.wait_for_reply(accepted, within=1) == first
    assert parrot.heard == ["查话费"]


async def test_a_repeat_while_the_first_is_answered_waits_for_it(desk: Conversations, parrot: Parrot) -> None:
    parrot.slow = 0.05
    first, second = await asyncio.gather(ask(desk, sms("查话费")), ask(desk, sms("查话费")))
    assert first == second
    assert parrot.heard == ["查话费"]


async def test_messages_of_one_sender_are_answered_in_order_one_by_one(desk: Conversations, parrot: Parrot) -> None:
    parrot.slow = 0.01
    receipts = [await desk.accept(sms(str(n), str(n))) for n in range(8)]
    answers = [await desk.wait_for_reply(accepted, within=5) for accepted in receipts]
    assert [a[0].text for a in answers if a] == [f"{n + 1}:{n}" for n in range(8)]


async def test_a_message_that_is_kept_sooner_than_the_one_before_it_waits_for_that(
    desk: Conversations, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that come at the same moment go to the database by two connections: either may be the quicker."""
    commit = hall.store.commit

    async def slow_for_the_first(writes: Sequence[Write]) -> list[int]:
        if (writes[0].values or {}).get("message_id") == "0":
            await asyncio.sleep(0.1)
        return await commit(writes)

    monkeypatch.setattr(hall.store, "commit", slow_for_the_first)
    answers = await asyncio.gather(*(ask(desk, sms(str(n), str(n))) for n in range(3)))
    assert [a[0].text for a in answers if a] == ["1:0", "2:1", "3:2"]


async def test_pairs_of_messages_that_come_at_the_same_moment_are_answered_in_order(desk: Conversations) -> None:
    lines = [f"138{n:08d}" for n in range(200)]
    answers = await asyncio.gather(*(ask(desk, sms(text, text, line)) for line in lines for text in ("a", "b")))
    assert [a[0].text for a in answers if a] == ["1:a", "2:b"] * len(lines)


async def test_senders_do_not_wait_for_each_other(desk: Conversations, parrot: Parrot) -> None:
    parrot.slow = 0.05
    await asyncio.gather(*(ask(desk, sms("x", "1", f"1380013800{n}")) for n in range(5)))
    assert len(parrot.heard) == 5


async def test_a_failing_turn_is_tried_again_from_the_same_state(
    desk: Conversations, hall: Hall, parrot: Parrot
) -> None:
    parrot.fail = [RuntimeError("once"), RuntimeError("twice")]
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    assert len(parrot.heard) == 3


async def test_a_turn_that_keeps_failing_is_answered_with_an_apology_and_changes_nothing(
    desk: Conversations, hall: Hall, parrot: Parrot
) -> None:
    parrot.fail = [RuntimeError("always")] * 3
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["utter_trouble on sms"]
    row = await hall.store.one(select(inbox.c.state))
    assert row is not None
    assert row.state == "failed"
    assert not await hall.store.all(select(outbox).where(outbox.c.kind == "test"))


async def test_a_conflict_runs_the_turn_anew(desk: Conversations, parrot: Parrot) -> None:
    parrot.fail = [Conflict("somebody was first")]
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    assert len(parrot.heard) == 2


async def test_what_was_accepted_before_a_crash_is_answered_after_it(hall: Hall, parrot: Parrot) -> None:
    before = Conversations(hall, parrot)  # type: ignore[arg-type]
    before.wake = lambda conversation: None  # type: ignore[method-assign]  # dies before the turn
    accepted = await before.accept(sms("查话费"))
    after = Conversations(hall, parrot)  # type: ignore[arg-type]
    await after.resume()
    replies = await after.wait_for_reply(accepted, within=5)
    assert [reply.text for reply in replies or ()] == ["1:查话费"]


@pytest.mark.parametrize("inbound", [sms("x", number=""), sms("x", number="n" * 129), sms("x", sender="")])
async def test_a_message_without_sender_or_id_is_refused(desk: Conversations, inbound: InboundMessage) -> None:
    with pytest.raises(ValueError, match="sender and an id"):
        await desk.accept(inbound)


# -- delivery -------------------------------------------------------------------------------------


async def test_a_reply_goes_out_in_the_answer_or_is_pushed_never_both(
    desk: Conversations, hall: Hall, clock: StillClock
) -> None:
    pushed: list[OutboxMessage] = []

    async def push(message: OutboxMessage) -> Done:
        pushed.append(message)
        return Done()

    dispatcher = Dispatcher(hall.store, clock)
    dispatcher.handle("sms:kannel", push)
    taken = await desk.accept(sms("一", "1"))
    late = await desk.accept(sms("二", "2"))
    await desk.settle()
    assert [reply.text for reply in await desk.claim_reply(taken)] == ["1:一"]
    assert [reply.text for reply in await desk.claim_reply(taken)] == ["1:一"], "a repeat gets it again"
    clock.advance(timedelta(seconds=30))
    await dispatcher.settle()
    assert [message.key for message in pushed] == ["reply:2"]
    assert await desk.claim_reply(late) == ()


async def test_a_reply_that_is_being_pushed_is_not_given_in_an_answer_too(
    desk: Conversations, hall: Hall, clock: StillClock
) -> None:
    given: list[tuple[Reply, ...]] = []

    async def push(_message: OutboxMessage) -> Done:
        given.append(await desk.claim_reply(accepted))  # the gateway repeats while its own sendsms runs
        return Done()

    dispatcher = dispatcher_of(hall, clock, push)
    accepted = await desk.accept(sms("一", "1"))
    await desk.settle()
    clock.advance(timedelta(seconds=30))
    await dispatcher.settle()
    assert given == [()]
    assert await desk.claim_reply(accepted) == ()


async def test_a_reply_that_was_just_given_in_an_answer_is_not_pushed_too(
    desk: Conversations, hall: Hall, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[OutboxMessage] = []

    async def push(message: OutboxMessage) -> Done:
        pushed.append(message)
        return Done()

    async def claim(_name: str) -> bool:  # between the dispatcher's look and its delivery
        assert await desk.claim_reply(accepted)
        return True

    dispatcher = dispatcher_of(hall, clock, push)
    accepted = await desk.accept(sms("一", "1"))
    await desk.settle()
    clock.advance(timedelta(seconds=30))
    monkeypatch.setattr(hall.store.cluster, "claim", claim)
    await dispatcher.settle()
    assert pushed == []
    assert await desk.claim_reply(accepted), "a repeat gets it again"


async def test_a_reply_whose_push_was_cut_off_by_a_crash_is_pushed_by_the_next_process(
    desk: Conversations, hall: Hall, clock: StillClock
) -> None:
    begun, pushed = asyncio.Event(), list[str]()

    async def dies(_message: OutboxMessage) -> Done:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def push(message: OutboxMessage) -> Done:
        pushed.append(message.key)
        return Done()

    await desk.accept(sms("一", "1"))
    await desk.settle()
    clock.advance(timedelta(seconds=30))
    dying = asyncio.create_task(dispatcher_of(hall, clock, dies).settle())
    await begun.wait()
    dying.cancel()
    await asyncio.wait({dying})
    clock.advance(LEASE)
    dispatcher = dispatcher_of(hall, clock, push)
    await dispatcher.settle()
    assert pushed == [], "its report may come, now that somebody is there"
    clock.advance(LISTEN)
    await dispatcher.settle()
    assert pushed == ["reply:1"]


async def test_what_was_pushed_while_the_database_went_away_is_not_pushed_again(
    desk: Conversations, hall: Hall, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed, away, commit = list[str](), [StoreUnavailable("away")] * 2, hall.store.commit

    async def unsure(writes: Sequence[Write]) -> list[int]:
        if pushed and away:
            raise away.pop()
        return await commit(writes)

    async def push(message: OutboxMessage) -> Done:
        pushed.append(message.key)
        return Done()

    await desk.accept(sms("一", "1"))
    await desk.settle()
    clock.advance(timedelta(seconds=30))
    monkeypatch.setattr(hall.store, "commit", unsure)
    dispatcher = dispatcher_of(hall, clock, push)
    for _ in range(3):
        with suppress(StoreUnavailable):
            await dispatcher.settle()
    assert pushed == ["reply:1"]
    assert not away


def dispatcher_of(hall: Hall, clock: StillClock, push: Handler) -> Dispatcher:
    dispatcher = Dispatcher(hall.store, clock)
    dispatcher.handle("sms:kannel", push, at_most_once=True)
    return dispatcher


async def test_a_message_of_the_hall_is_said_once_and_pushed(desk: Conversations, hall: Hall) -> None:
    await ask(desk, sms("查话费"))
    for _ in range(2):
        unit = hall.store.unit()
        post_event(
            unit,
            hall.clock.now(),
            HallEvent(conversation="sms:kannel:13800138000", key="T1:ok", response="utter_ok", facts={}),
        )
        await unit.commit()
    await desk.settle()
    log = await desk.log("sms:kannel:13800138000")
    assert [line.text for line in log if line.author == "bot"] == ["1:查话费", "2:utter_ok"]
    keys = [row.key for row in await hall.store.all(select(outbox.c.key).where(outbox.c.kind == "sms:kannel"))]
    assert len(keys) == 2


# -- a person -------------------------------------------------------------------------------------


async def test_the_bot_is_silent_while_a_person_owns_the_conversation(
    desk: Conversations, hall: Hall, parrot: Parrot
) -> None:
    parrot.owner = "person"
    await ask(desk, sms("转人工", "1"))
    assert await ask(desk, sms("喂？", "2")) == ()
    assert parrot.heard == ["转人工"]
    log = await desk.log("sms:kannel:13800138000")
    assert [line.text for line in log][-1] == "喂？"


async def test_an_agents_words_are_logged_and_pushed(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    await ask(desk, sms("转人工"))
    unit = hall.store.unit()
    await desk.post(unit, "sms:kannel:13800138000", "agent", "您好")
    await unit.commit()
    row = await hall.store.one(select(outbox.c.body).where(outbox.c.key == "message:3"))
    assert row is not None
    assert row.body["replies"] == [{"text": "您好"}]
    assert row.body["from"] == "10086"


# -- privacy and identity -------------------------------------------------------------------------


async def test_an_id_number_is_gone_before_the_message_is_kept(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    parrot.slow = 0.05
    await desk.accept(sms("我的身份证是53010219900307123X"))
    row = await hall.store.one(select(inbox.c.text))
    assert row is not None
    assert "19900307" not in row.text
    await desk.settle()
    assert "19900307" not in parrot.heard[0]


async def test_an_id_number_in_a_buttons_payload_is_never_kept(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    parrot.slow = 0.05
    await desk.accept(InboundMessage("web", "widget", "s", "1", "按钮", payload="/inform 53010219900307123X"))
    row = await hall.store.one(select(inbox.c.body))
    assert row is not None
    assert "19900307" not in str(row.body)


async def test_an_id_number_in_an_agents_words_goes_nowhere(desk: Conversations, hall: Hall) -> None:
    await ask(desk, sms("转人工"))
    unit = hall.store.unit()
    await desk.post(unit, "sms:kannel:13800138000", "agent", "您的证件53010219900307123X")
    await unit.commit()
    kept = [*await hall.store.all(select(messages.c.text)), *await hall.store.all(select(outbox.c.body))]
    assert "19900307" not in str(kept)


async def test_a_code_typed_while_a_person_is_there_is_logged_as_dots(
    desk: Conversations, hall: Hall, parrot: Parrot
) -> None:
    parrot.owner, parrot.secret = "person", True
    await ask(desk, sms("转人工", "1"))
    await ask(desk, sms("482913", "2"))
    assert "482913" not in str(await hall.store.all(select(messages.c.text)))


async def test_the_longest_sender_and_id_fit_every_table(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    """A turn's key goes into columns of limited width, together with the conversation."""
    keys: list[str] = []
    parrot.keys = keys
    assert await ask(desk, InboundMessage("rest", "rest", "s" * 96, "m" * 128, "hi"))
    assert await ask(desk, InboundMessage("rest", "rest", "s" * 96, "n" * 128, "hi"))
    assert len(set(keys)) == 2
    assert max(map(len, keys)) <= 40


async def test_numbers_are_masked_in_the_log_and_gone_from_the_inbox(desk: Conversations, hall: Hall) -> None:
    await ask(desk, sms("给13900139002充流量"))
    log = await desk.log("sms:kannel:13800138000")
    assert "13900139002" not in log[0].text
    row = await hall.store.one(select(inbox.c.text))
    assert row is not None
    assert row.text == ""


async def test_a_text_that_may_be_a_code_is_logged_as_dots(desk: Conversations, hall: Hall, parrot: Parrot) -> None:
    parrot.secret = True
    await ask(desk, sms("482913"))
    rows = await hall.store.all(select(messages.c.text).where(messages.c.author == "customer"))
    assert [row.text for row in rows] == ["••••••"]


async def test_another_line_in_the_same_conversation_begins_anew(desk: Conversations, hall: Hall) -> None:
    def rest(number: str, msisdn: str) -> InboundMessage:
        return InboundMessage("rest", "rest", "same sender", number, "hi", msisdn=msisdn)

    await ask(desk, rest("1", "13800138000"))
    replies = await ask(desk, rest("2", "13900139002"))
    assert [reply.text for reply in replies or ()] == ["1:hi"]


async def test_a_proof_does_not_last_for_ever(desk: Conversations, hall: Hall, clock: StillClock) -> None:
    await ask(desk, sms("一", "1"))
    await hall.store.one(select(conversations.c.level))
    async with hall.store.write() as connection:
        await connection.execute(update(inbox).values(body={}))
    clock.advance(timedelta(hours=1))
    unproved = InboundMessage("sms", "kannel", "13800138000", "2", "二")
    await ask(desk, unproved)
    row = await hall.store.one(select(conversations.c.level))
    assert row is not None
    assert row.level == 0


async def test_health_tells_when_a_message_waits_too_long(
    desk: Conversations, hall: Hall, clock: StillClock, parrot: Parrot
) -> None:
    assert await desk.health() == (True, "")
    parrot.slow = 0.2
    await desk.accept(sms("查话费"))
    clock.advance(timedelta(minutes=5))
    healthy, why = await desk.health()
    assert healthy is False
    assert "300" in why


async def test_health_tells_when_nothing_can_be_kept(
    desk: Conversations, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though everything can be read, as on a full disk; and what proves it leaves nothing behind."""
    assert await desk.health() == (True, "")
    assert await hall.store.all(select(outbox)) == []
    monkeypatch.setattr(hall.store._database, "commit", _full)
    assert (await desk.health())[0] is False
    with pytest.raises(StoreUnavailable):
        await desk.accept(sms("一", "1"))
    monkeypatch.undo()
    assert await desk.health() == (False, "something could not be kept a moment ago")
    hall.store.failed_at -= UNHEALTHY_FOR
    assert await desk.health() == (True, "")


async def _full(_writes: Sequence[Write]) -> list[int]:
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("ticks", [0, 1, 2, 3])
async def test_the_house_stops_also_when_the_dispatcher_is_just_being_woken(
    hall: Hall, parrot: Parrot, ticks: int
) -> None:
    """`asyncio.wait_for` of Python 3.10 forgets a cancellation that comes together with what it waits for."""
    dispatcher = Dispatcher(hall.store, hall.clock)
    app = App(None, hall, parrot, Conversations(hall, parrot), dispatcher)  # type: ignore[arg-type]
    app._tasks.append(asyncio.create_task(dispatcher.run()))
    await asyncio.sleep(0.05)
    hall.store.notify(DUE)
    for _ in range(ticks):
        await asyncio.sleep(0)
    done, _ = await asyncio.wait({asyncio.create_task(app.close())}, timeout=3)
    assert done
