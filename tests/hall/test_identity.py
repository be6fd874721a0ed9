"""One-time codes: what proves a line, and what does not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hall import identity
from hall.context import Hall
from hall.errors import Conflict
from hall.identity import Expired, Locked, Right, Sent, Wait, Wrong
from hall.store.tables.accounts import identity_codes
from hall.store.tables.core import outbox
from hall.store.unit import Store

pytestmark = pytest.mark.both

LINE, HERE, THERE = "13800138000", "web:demo:a", "web:demo:b"


async def send(hall: Hall, line: str = LINE, conversation: str = HERE, key: str = "k") -> Any:
    unit = hall.store.unit()
    found = await identity.send_code(hall, unit, line, conversation, key)
    await unit.commit()
    return found


async def check(hall: Hall, code: str, conversation: str = HERE, line: str = LINE) -> Any:
    unit = hall.store.unit()
    found = await identity.check_code(hall, unit, line, code, conversation)
    await unit.commit()
    return found


def right(conversation: str = HERE) -> str:
    return identity.DEMO_CODES[conversation]


def wrong(conversation: str = HERE) -> str:
    return "000001" if right(conversation) != "000001" else "000002"


async def test_the_right_code_proves_the_line_once(hall: Hall, clock: Any) -> None:
    assert await send(hall) == Sent(clock.now() + identity.CODE_VALID)
    code = right()
    assert await check(hall, code) == Right()
    assert HERE not in identity.DEMO_CODES
    assert await check(hall, code) == Expired()


async def test_the_code_goes_to_the_line_and_is_stored_as_a_hash(hall: Hall, store: Store) -> None:
    await send(hall)
    message, row = await store.one(select(outbox)), await store.one(select(identity_codes))
    assert message is not None
    assert row is not None
    assert (message.kind, message.body["to"], message.body["response"]) == ("sms.text", LINE, "utter_code_sms")
    assert message.body["facts"] == {"code": right()}
    assert len(right()) == 6
    assert right() not in str(tuple(row))


async def test_outside_the_demonstration_no_code_is_kept(hall: Hall) -> None:
    from dataclasses import replace

    identity.DEMO_CODES.clear()
    await send(replace(hall, demonstration=False))
    assert not identity.DEMO_CODES


async def test_a_code_expires(hall: Hall, clock: Any) -> None:
    await send(hall)
    clock.advance(identity.CODE_VALID)
    assert await check(hall, right()) == Expired()


async def test_a_code_serves_only_its_conversation_and_line(hall: Hall) -> None:
    await send(hall)
    assert await check(hall, right(), conversation=THERE) == Expired()
    assert await check(hall, right(), line="13900139002") == Expired()


async def test_a_new_code_replaces_the_one_before(hall: Hall, clock: Any) -> None:
    await send(hall)
    old = right()
    clock.advance(identity.RESEND_PAUSE)
    await send(hall, key="k2")
    assert old == right() or await check(hall, old) == Wrong(identity.MAX_WRONG_CODES - 1)
    assert await check(hall, right()) == Right()


async def test_wrong_codes_lock_the_line_and_then_even_the_right_one_fails(hall: Hall, clock: Any) -> None:
    await send(hall)
    code, bad = right(), wrong()
    for left in range(identity.MAX_WRONG_CODES - 1, 0, -1):
        assert await check(hall, bad) == Wrong(left)
    until = clock.now() + identity.LOCK_TIME
    assert await check(hall, bad) == Locked(until)
    assert await check(hall, code) == Locked(until)
    assert await send(hall, key="k2") == Locked(until)
    clock.advance(identity.LOCK_TIME)
    assert await check(hall, code) == Expired()
    assert isinstance(await send(hall, key="k3"), Sent)


async def test_who_guesses_is_locked_and_not_whose_line_it_is(hall: Hall, clock: Any) -> None:
    await send(hall, conversation=THERE)
    clock.advance(identity.RESEND_PAUSE)
    await send(hall, key="k2")
    for _ in range(identity.MAX_WRONG_CODES):
        await check(hall, wrong())
    assert isinstance(await send(hall, line="13600136003", key="k3"), Locked)
    assert await check(hall, right(THERE), conversation=THERE) == Right()
    clock.advance(identity.RESEND_PAUSE)
    assert isinstance(await send(hall, conversation="web:demo:c", key="k4"), Sent)


async def test_a_conversation_asks_for_few_different_lines(hall: Hall, clock: Any) -> None:
    most = identity.LINES_ASKED[0].most
    for number in range(most):
        assert isinstance(await send(hall, line=f"1391111000{number}", key=f"k{number}"), Sent)
    assert isinstance(await send(hall, line="13911110009", key="x"), Wait)
    clock.advance(identity.HOUR)
    assert isinstance(await send(hall, line="13911110009", key="y"), Sent)


async def test_a_phone_gets_no_more_than_so_many_codes_a_day(hall: Hall, clock: Any) -> None:
    sent = 0
    for number in range(48):
        sent += isinstance(await send(hall, conversation=f"web:demo:{number}", key=f"k{number}"), Sent)
        clock.advance(timedelta(minutes=20))
    assert sent <= identity.CODES_A_DAY.most + 1


async def test_a_success_or_a_day_forgets_wrong_tries(hall: Hall, clock: Any) -> None:
    await send(hall)
    await check(hall, wrong())
    assert await check(hall, right()) == Right()
    clock.advance(identity.RESEND_PAUSE)
    await send(hall, key="k2")
    assert await check(hall, wrong()) == Wrong(identity.MAX_WRONG_CODES - 1)
    clock.advance(identity.WRONG_CODES_COUNT_FOR)
    await send(hall, key="k3")
    assert await check(hall, wrong()) == Wrong(identity.MAX_WRONG_CODES - 1)


async def test_codes_cannot_flood_a_phone(hall: Hall, clock: Any) -> None:
    start = clock.now()
    await send(hall)
    clock.advance(timedelta(seconds=10))
    assert await send(hall, conversation=THERE, key="x") == Wait(start + identity.RESEND_PAUSE, here=False)
    for number in range(identity.MAX_CODES - 1):
        clock.advance(identity.RESEND_PAUSE)
        assert isinstance(await send(hall, key=f"k{number}"), Sent)
    clock.advance(identity.RESEND_PAUSE)
    assert await send(hall, key="y") == Wait(start + identity.MAX_CODES_WITHIN)
    clock.advance(identity.MAX_CODES_WITHIN)
    assert isinstance(await send(hall, key="z"), Sent)


async def test_a_number_that_is_not_ours_is_answered_as_one_that_is(hall: Hall, store: Store, clock: Any) -> None:
    identity.DEMO_CODES.pop(HERE, None)
    assert await send(hall, line="13800000000") == Sent(clock.now() + identity.CODE_VALID)
    assert await store.one(select(outbox)) is None
    assert HERE not in identity.DEMO_CODES
    assert await send(hall, line="13800000000", key="k2") == Wait(clock.now() + identity.RESEND_PAUSE)
    assert await check(hall, "123456", line="13800000000") == Wrong(identity.MAX_WRONG_CODES - 1)


async def test_two_tries_at_the_same_time_are_both_counted(hall: Hall) -> None:
    await send(hall)
    first, second = hall.store.unit(), hall.store.unit()
    for unit in (first, second):
        assert await identity.check_code(hall, unit, LINE, wrong(), HERE) == Wrong(identity.MAX_WRONG_CODES - 1)
    await first.commit()
    with pytest.raises(Conflict):
        await second.commit()
    assert await check(hall, wrong()) == Wrong(identity.MAX_WRONG_CODES - 2)
