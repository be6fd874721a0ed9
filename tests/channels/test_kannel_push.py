"""Kannel's other way: what is pushed, when, how often, and what its delivery reports say."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from channels.sms import push
from hall.store.dispatcher import LEASE
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.core import messages
from testing.sendsms import Gateway, pushing, reported, staged

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(("answer", "state"), [(403, "dead"), (503, "due"), (0, "due"), (202, "sent")])
async def test_the_gateways_answer_decides_what_becomes_of_a_push(app: Any, answer: int, state: str) -> None:
    pushing(app, Gateway(answer))
    await staged(app)
    await app.dispatcher.settle()
    (row,) = await app.outbox()
    assert row.state == state
    assert (row.error is None) == (state == "sent")


@pytest.mark.parametrize(("reports", "sent"), [(("8",), 1), (("1", "8"), 1), ((), 2)])
async def test_a_text_that_the_gateway_took_without_a_word_is_sent_again_only_if_no_report_comes(
    app: Any, serve: Callable[[], Any], reports: tuple[str, ...], sent: int
) -> None:
    client, gateway = serve(), Gateway()
    gateway.takes_silently = 1
    pushing(app, gateway)
    await staged(app)
    await app.dispatcher.settle()
    (row,) = await app.outbox()
    assert (row.state, row.error) == ("due", "sendsms: RemoteProtocolError")
    for said in reports:
        _, response = await client.get("/sms/kannel/dlr", params=reported(gateway.sent[0]["dlr-url"], said))
        assert response.status == 200
    await app.passes(LEASE.total_seconds())
    (row,) = await app.outbox()
    assert (row.state, len(gateway.sent)) == ("sent", sent)


async def test_a_text_whose_process_died_before_it_noted_that_is_not_sent_again_when_it_was_reported(
    app: Any, serve: Callable[[], Any]
) -> None:
    client, gateway = serve(), Gateway()
    pushing(app, gateway)
    app.dispatcher._finish = _dies
    await staged(app)
    with pytest.raises(SystemError):
        await app.dispatcher.settle()
    del app.dispatcher._finish
    await client.get("/sms/kannel/dlr", params=reported(gateway.sent[0]["dlr-url"], "8"))
    await app.dispatcher.settle()
    assert (await app.outbox())[0].state == "due", "it is lent for a while: a report may still be on its way"
    await app.passes(LEASE.total_seconds())
    assert (await app.outbox())[0].state == "sent"
    assert len(gateway.sent) == 1


async def _dies(*_: Any) -> None:
    raise SystemError("killed")


@pytest.mark.parametrize(
    ("key", "wrote_minutes_ago", "sent"),
    [("message:3", None, 0), ("message:3", 61, 0), ("message:3", 59, 1), ("reply:a1", None, 1)],
)
async def test_what_nobody_asked_for_waits_for_the_morning(
    app: Any, key: str, wrote_minutes_ago: int | None, sent: int
) -> None:
    app.hall.clock.advance(timedelta(hours=11))  # 23:00 in Shanghai
    gateway = Gateway()
    pushing(app, gateway)
    if wrote_minutes_ago is not None:
        at = app.hall.clock.now() - timedelta(minutes=wrote_minutes_ago)
        line = insert(messages).values(
            conversation="sms:kannel:13800138000", seq=1, author="customer", text="查话费", at=at
        )
        unit = app.hall.store.unit()
        unit.stage(line)
        await unit.commit()
    await staged(app, key=key)
    await app.dispatcher.settle()
    assert len(gateway.sent) == sent
    app.hall.clock.advance(timedelta(hours=8, seconds=1))
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1


async def test_what_an_agent_writes_is_sent_at_any_hour(app: Any) -> None:
    app.hall.clock.advance(timedelta(hours=11))
    gateway = Gateway()
    pushing(app, gateway)
    unit = app.hall.store.unit()
    unit.stage(
        insert(messages).values(
            conversation="sms:kannel:13800138000", seq=3, author="agent", text="您好", at=app.hall.clock.now()
        )
    )
    await unit.commit()
    await staged(app)
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("reports", "receipt", "state"),
    [
        ("8", "8", "sent"),
        ("8 1", "1", "delivered"),
        ("1 8", "1", "delivered"),
        ("8 2", "2", "sent"),
        ("16 8", "16", "sent"),
        ("4", "4", "sent"),
    ],
)
async def test_delivery_reports_are_kept_in_any_order(
    app: Any, serve: Callable[[], Any], reports: str, receipt: str, state: str
) -> None:
    gateway, client = Gateway(), serve()
    pushing(app, gateway)
    await staged(app)
    await app.dispatcher.settle()
    for said in reports.split():
        _, response = await client.get("/sms/kannel/dlr", params=reported(gateway.sent[0]["dlr-url"], said))
        assert response.status == 200
    (row,) = await app.outbox()
    assert (row.receipt, row.state) == (receipt, state)


async def test_several_texts_are_delivered_when_each_is(app: Any, serve: Callable[[], Any]) -> None:
    gateway, client = Gateway(), serve()
    pushing(app, gateway)
    await staged(app, "一句话。" * 200)
    await app.dispatcher.settle()
    seen = []
    for sent in gateway.sent:
        await client.get("/sms/kannel/dlr", params=reported(sent["dlr-url"], "1"))
        (row,) = await app.outbox()
        seen.append((row.receipt, row.state))
    assert seen == [("1,-", "sent"), ("1,1", "delivered")]


def named(content: str) -> str:
    """As an id that somebody made up may be."""
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"d": "3"}, 400),
        ({"id": "nonsense"}, 400),
        ({"id": "密"}, 400),
        ({"id": named("null")}, 400),
        ({"id": named("123")}, 400),
        ({"id": named("[" * 3000)}, 400),
        ({"id": named('["\\ud800", "b", 0]')}, 400),
        ({"id": named('[["x"], {}, 1]')}, 400),
        ({"id": push.report_name("sms:kannel:13800138000", "message:9", 0)}, 404),
    ],
)
async def test_forged_or_odd_reports_are_refused(
    app: Any, serve: Callable[[], Any], params: dict[str, str], status: int
) -> None:
    good = {"key": "k&%ey", "d": "1", "id": push.report_name("sms:kannel:13800138000", "message:3", 0)}
    _, response = await serve().get("/sms/kannel/dlr", params=good | params)
    assert response.status == status


@pytest.mark.parametrize(
    ("road", "answer", "age", "state"),
    [
        ("kannel", 202, 0, "sent"),
        ("kannel", 403, 0, "dead"),
        ("phone", 202, 0, "sent"),
        ("none", 202, 0, "dead"),
        ("kannel", 202, 3600, "dead"),
    ],
)
async def test_a_one_time_code_is_not_kept_whatever_becomes_of_it(
    app: Any, road: str, answer: int, age: int, state: str
) -> None:
    gateway, shown = Gateway(answer), list[str]()

    async def phone(msisdn: str, text: str) -> None:
        shown.append(text)

    pushing(app, gateway, phone if road == "phone" else None)
    if road != "kannel":
        app.settings.sms_kannel_sendsms_url = None
    unit = app.hall.store.unit()
    body = {"to": "13800138000", "response": "utter_code_sms", "facts": {"code": "482913"}}
    enqueue(unit, app.hall.clock.now(), NewMessage(key="code:1", kind="sms.text", body=body))
    await unit.commit()
    await app.passes(age)
    (row,) = await app.outbox()
    assert row.state == state
    assert "482913" not in str(row.body)
    assert "".join([sent["text"] for sent in gateway.sent] + shown) == (
        "验证码482913，5分钟内有效" if state == "sent" else ""
    )
