"""Conversations: once, in order, always answered, all or nothing. The engine here is a simple one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.conversations.service import UNHEALTHY_FOR, Conversations
from bot.conversations.turn import TRIES
from bot.messages import InboundMessage
from hall import handoff
from hall.context import Hall
from hall.desk import last_fault
from hall.errors import Conflict, StoreUnavailable
from hall.store.database import Write
from hall.store.dispatcher import Dispatcher
from hall.store.outbox import DUE
from hall.store.tables.core import inbox, outbox, turns
from testing.echo_engine import EchoEngine, ask, sms
from tests.conftest import StillClock

pytestmark = pytest.mark.both


async def count(hall: Hall, table: Any) -> int:
    row = await hall.store.one(select(func.count()).select_from(table))
    return int(row[0]) if row else 0


async def test_a_message_is_answered_and_everything_of_it_is_kept(desk: Conversations, hall: Hall) -> None:
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    log = await desk.log("sms:kannel:13800138000")
    assert [(line.author, line.text) for line in log] == [("customer", "查话费"), ("bot", "1:查话费")]
    assert await count(hall, turns) == 1


async def test_a_repeat_runs_nothing_and_gets_the_same_answer(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    first = await ask(desk, sms("查话费"))
    accepted = await desk.accept(sms("查话费"))
    assert accepted.fresh is False
    assert await desk.wait_for_reply(accepted, within=1) == first
    assert echo.heard == ["查话费"]


async def test_a_repeat_while_the_first_is_answered_waits_for_it(desk: Conversations, echo: EchoEngine) -> None:
    echo.slow = 0.05
    first, second = await asyncio.gather(ask(desk, sms("查话费")), ask(desk, sms("查话费")))
    assert first == second
    assert echo.heard == ["查话费"]


async def test_messages_of_one_sender_are_answered_in_order_one_by_one(desk: Conversations, echo: EchoEngine) -> None:
    echo.slow = 0.01
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


async def test_senders_do_not_wait_for_each_other(desk: Conversations, echo: EchoEngine) -> None:
    echo.slow = 0.05
    await asyncio.gather(*(ask(desk, sms("x", "1", f"1380013800{n}")) for n in range(5)))
    assert len(echo.heard) == 5


async def test_a_failing_turn_is_tried_again_from_the_same_state(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.fail = [RuntimeError("once"), RuntimeError("twice")]
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    assert len(echo.heard) == 3


async def test_a_turn_that_keeps_failing_is_answered_with_an_apology_and_changes_nothing(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.fail = [RuntimeError("always")] * 3
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["utter_trouble on sms"]
    row = await hall.store.one(select(inbox.c.state, inbox.c.attempts))
    assert row is not None
    assert (row.state, row.attempts) == ("failed", TRIES)
    assert not await hall.store.all(select(outbox).where(outbox.c.kind == "test"))


async def test_the_desk_can_tell_where_the_last_turn_that_failed_did_so(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.fail = [RuntimeError("13800138000 wrote this")] * TRIES
    await ask(desk, sms("查话费"))
    await ask(desk, sms("你好", "2"))
    fault = await last_fault(hall.store, "sms:kannel:13800138000")
    assert fault is not None
    assert fault.startswith("RuntimeError")
    assert "wrote this" not in fault, "what an error says may hold a customer's words"
    assert await last_fault(hall.store, "sms:kannel:13900139000") is None


async def test_a_conflict_runs_the_turn_anew(desk: Conversations, echo: EchoEngine) -> None:
    echo.fail = [Conflict("somebody was first")]
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["1:查话费"]
    assert len(echo.heard) == 2


async def test_what_was_accepted_before_a_crash_is_answered_after_it(hall: Hall, echo: EchoEngine) -> None:
    before = Conversations(hall, echo)  # type: ignore[arg-type]
    before.wake = lambda conversation: None  # type: ignore[method-assign]  # dies before the turn
    accepted = await before.accept(sms("查话费"))
    after = Conversations(hall, echo)  # type: ignore[arg-type]
    await after.resume()
    replies = await after.wait_for_reply(accepted, within=5)
    assert [reply.text for reply in replies or ()] == ["1:查话费"]


@pytest.mark.parametrize("inbound", [sms("x", number=""), sms("x", number="n" * 129), sms("x", sender="")])
async def test_a_message_without_sender_or_id_is_refused(desk: Conversations, inbound: InboundMessage) -> None:
    with pytest.raises(ValueError, match="sender and an id"):
        await desk.accept(inbound)


async def test_health_tells_when_a_message_waits_too_long(
    desk: Conversations, hall: Hall, clock: StillClock, echo: EchoEngine
) -> None:
    assert await desk.health() == (True, "")
    echo.slow = 0.2
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
async def test_the_app_stops_also_when_the_dispatcher_is_just_being_woken(
    hall: Hall, echo: EchoEngine, ticks: int
) -> None:
    """`asyncio.wait_for` of Python 3.10 forgets a cancellation that comes together with what it waits for."""
    dispatcher = Dispatcher(hall.store, hall.clock)
    app = App(None, hall, echo, Conversations(hall, echo), dispatcher)  # type: ignore[arg-type]
    app._tasks.append(asyncio.create_task(dispatcher.run()))
    await asyncio.sleep(0.05)
    hall.store.notify(DUE)
    for _ in range(ticks):
        await asyncio.sleep(0)
    done, _ = await asyncio.wait({asyncio.create_task(app.close())}, timeout=3)
    assert done


async def test_a_conversation_whose_turns_cannot_be_written_is_set_aside(
    desk: Conversations, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer is told and a person called, nobody waits for ever, and other conversations go on."""

    async def broken(*_: Any) -> None:
        raise ValueError("what is stored of it is bad")

    monkeypatch.setattr(desk._runner._commit, "commit", broken)
    replies = await ask(desk, sms("查话费"))
    assert [reply.text for reply in replies or ()] == ["utter_trouble on sms"]
    [row] = await hall.store.all(select(inbox))
    assert (row.state, row.attempts) == ("failed", TRIES)
    assert "ValueError" in row.error
    assert row.body["turn"] in row.error
    assert [(one.conversation, one.reason) for one in await handoff.queue(hall)] == [(row.conversation, "stuck")]
    monkeypatch.undo()
    assert await ask(desk, sms("查话费", "next"))
