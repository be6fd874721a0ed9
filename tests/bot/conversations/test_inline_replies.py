"""A reply that is written down as answered: by the request that waits for it, once, and not lost when that goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations.service import Conversations
from bot.messages import Accepted, Reply
from hall.context import Hall
from hall.store.database import Write
from hall.store.dispatcher import Dispatcher, Done
from hall.store.outbox import OutboxMessage
from hall.store.tables.core import outbox
from testing.echo_engine import EchoEngine, sms
from tests.conftest import StillClock

pytestmark = pytest.mark.both


def always(_replies: Sequence[Reply]) -> bool:
    return True


async def state(hall: Hall) -> tuple[str, str | None]:
    row = await hall.store.one(select(outbox.c.state, outbox.c.receipt).where(outbox.c.key == "reply:1"))
    assert row is not None
    return row.state, row.receipt


async def pushed(hall: Hall, clock: StillClock) -> list[str]:
    """What the dispatcher pushes once nothing is held any more."""
    keys: list[str] = []

    async def push(message: OutboxMessage) -> Done:
        keys.append(message.key)
        return Done()

    dispatcher = Dispatcher(hall.store, clock)
    dispatcher.handle("sms:kannel", push)
    clock.advance(timedelta(minutes=1))
    await dispatcher.settle()
    return keys


async def test_who_waits_is_given_the_reply_without_a_claim(desk: Conversations, hall: Hall, clock: StillClock) -> None:
    accepted = await desk.accept(sms("一", "1"))
    with desk.inline_replies.wait(accepted, 8, always) as request:
        assert await desk.wait_for_reply(accepted, 8)
        assert request.confirmed
    assert await state(hall) == ("sent", "answered")
    assert [reply.text for reply in await desk.claim_reply(accepted)] == ["1:一"], "a repeat gets it again"
    assert await pushed(hall, clock) == []


@pytest.mark.parametrize("within", [0.5, 8])
async def test_what_does_not_fit_or_may_come_too_late_is_held(
    desk: Conversations, hall: Hall, clock: StillClock, within: float
) -> None:
    accepted = await desk.accept(sms("一", "1"))
    with desk.inline_replies.wait(accepted, within, lambda _: within < 1) as request:
        assert await desk.wait_for_reply(accepted, 8)
        assert not request.confirmed
        assert not request.reserved
    assert await state(hall) == ("held", None)
    assert await pushed(hall, clock) == ["reply:1"]


class Gone(Exception):
    """The connection of the request ended."""


async def gone_before_it_was_given(desk: Conversations, accepted: Accepted) -> None:
    with suppress(Gone), desk.inline_replies.wait(accepted, 8, always):
        assert await desk.wait_for_reply(accepted, 8)
        raise Gone


async def test_one_who_goes_before_he_gave_it_gives_it_back(desk: Conversations, hall: Hall, clock: StillClock) -> None:
    accepted = await desk.accept(sms("一", "1"))
    await gone_before_it_was_given(desk, accepted)
    await returned(desk)
    assert await pushed(hall, clock) == ["reply:1"]
    assert await desk.claim_reply(accepted) == ()


async def test_one_who_goes_while_it_is_written_down_gives_it_back(
    desk: Conversations, hall: Hall, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, writing, go_on = hall.store.commit, asyncio.Event(), asyncio.Event()

    async def slow(writes: Sequence[Write]) -> list[int]:
        writing.set()
        await go_on.wait()
        return await commit(writes)

    async def ask(accepted: Accepted) -> None:
        with desk.inline_replies.wait(accepted, 8, always):
            await desk.wait_for_reply(accepted, 8)

    accepted = await desk.accept(sms("一", "1"))
    monkeypatch.setattr(hall.store, "commit", slow)
    asking = asyncio.create_task(ask(accepted))
    await writing.wait()
    asking.cancel()
    await asyncio.wait({asking})
    go_on.set()
    await desk.settle()
    await returned(desk)
    assert await state(hall) == ("held", None)
    assert await pushed(hall, clock) == ["reply:1"]


async def test_one_who_goes_gives_nothing_back_while_a_repeat_waits(
    desk: Conversations, hall: Hall, clock: StillClock, echo: EchoEngine
) -> None:
    echo.slow = 0.1
    accepted = await desk.accept(sms("一", "1"))
    repeat = await desk.accept(sms("一", "1"))
    with desk.inline_replies.wait(repeat, 8, always) as other:
        await gone_before_it_was_given(desk, accepted)
        assert other.confirmed
    await returned(desk)
    assert await state(hall) == ("sent", "answered")
    assert await pushed(hall, clock) == []


async def returned(desk: Conversations) -> None:
    await asyncio.gather(*desk.inline_replies._tasks)
