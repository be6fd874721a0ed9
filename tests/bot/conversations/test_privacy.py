"""What is kept of a message: no identity number, no code, no number whole; and whose conversation it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.conversations.service import Conversations
from bot.messages import InboundMessage
from hall.context import Hall
from hall.store.tables.core import conversations, inbox, messages, outbox
from testing.echo_engine import EchoEngine, ask, sms
from tests.conftest import StillClock

pytestmark = pytest.mark.both


async def test_an_id_number_is_gone_before_the_message_is_kept(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.slow = 0.05
    await desk.accept(sms("我的身份证是53010219900307123X"))
    row = await hall.store.one(select(inbox.c.text))
    assert row is not None
    assert "19900307" not in row.text
    await desk.settle()
    assert "19900307" not in echo.heard[0]


async def test_an_id_number_in_a_buttons_payload_is_never_kept(
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.slow = 0.05
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
    desk: Conversations, hall: Hall, echo: EchoEngine
) -> None:
    echo.owner, echo.secret = "person", True
    await ask(desk, sms("转人工", "1"))
    await ask(desk, sms("482913", "2"))
    assert "482913" not in str(await hall.store.all(select(messages.c.text)))


async def test_the_longest_sender_and_id_fit_every_table(desk: Conversations, hall: Hall, echo: EchoEngine) -> None:
    """A turn's key goes into columns of limited width, together with the conversation."""
    keys: list[str] = []
    echo.keys = keys
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


async def test_a_text_that_may_be_a_code_is_logged_as_dots(desk: Conversations, hall: Hall, echo: EchoEngine) -> None:
    echo.secret = True
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


@pytest.mark.parametrize(
    ("said", "secret"),
    [("我的服务密码是147258", "147258"), ("卡号6222021234567890123", "6222021"), ("我叫欧阳建国", "欧阳建国"),
     ("住在昆明市五华区翠湖北路2号3栋501", "翠湖"), ("邮箱zhangsan@example.com", "zhangsan")],
)  # fmt: skip
async def test_what_nobody_needs_is_gone_before_it_is_kept(
    desk: Conversations, hall: Hall, echo: EchoEngine, said: str, secret: str
) -> None:
    echo.slow = 0.05
    await desk.accept(sms(said))
    assert secret not in str(await hall.store.all(select(inbox)))
    await desk.settle()
    assert secret not in str(await hall.store.all(select(messages)))


async def test_a_message_is_kept_readable_and_no_longer_than_anybody_reads(desk: Conversations, hall: Hall) -> None:
    await ask(desk, sms("\u202d查\x1b余额" + "长" * 4000 + "完"))
    (line, *_) = await desk.log("sms:kannel:13800138000")
    assert (line.text[:3], line.text[-1], len(line.text)) == ("查余额", "完", 1000)
