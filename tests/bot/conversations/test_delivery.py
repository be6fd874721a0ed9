"""Replies: in the response or pushed, never both, and said once; what a person says goes the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations.service import Conversations
from bot.messages import Reply
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.store.database import Write
from hall.store.dispatcher import LEASE, LISTEN, Dispatcher, Done, Handler
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import OutboxMessage
from hall.store.tables.core import outbox
from testing.echo_engine import EchoEngine, ask, sms
from tests.conftest import StillClock

pytestmark = pytest.mark.both


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


async def test_the_bot_is_silent_while_a_person_owns_the_conversation(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.owner = "person"
    await ask(desk, sms("转人工", "1"))
    assert await ask(desk, sms("喂？", "2")) == ()
    assert echo.heard == ["转人工"]
    log = await desk.log("sms:kannel:13800138000")
    assert [line.text for line in log][-1] == "喂？"


async def test_an_agents_words_are_logged_and_pushed(desk: Conversations, hall: Hall, echo: EchoEngine) -> None:
    await ask(desk, sms("转人工"))
    unit = hall.store.unit()
    await desk.post(unit, "sms:kannel:13800138000", "agent", "您好")
    await unit.commit()
    row = await hall.store.one(select(outbox.c.body).where(outbox.c.key == "message:3"))
    assert row is not None
    assert row.body["replies"] == [{"text": "您好"}]
    assert row.body["from"] == "10086"
