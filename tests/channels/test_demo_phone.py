"""The demonstration phone: the SMS side without a gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.messages import Button, Reply
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.core import messages

pytestmark = pytest.mark.asyncio

TEXT = {"msisdn": "13800138000", "text": "充流量", "id": "c1"}


def _line(seq: int, author: str, text: str, at: datetime, *titles: str) -> dict[str, Any]:
    buttons = [{"title": title, "payload": "/x"} for title in titles]
    return {"seq": seq, "author": author, "text": text, "buttons": buttons, "at": at}


async def test_a_text_is_answered_as_on_a_real_phone(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.script.says = lambda _: (Reply("充哪种？", (Button("国内", "/a"),)),)
    _, response = await serve().post("/demo/phone", json=TEXT)
    assert response.status == 200
    assert response.json == {"messages": ["充哪种？\n回1 国内\n0返回 9人工"]}
    assert app.conversations.taken[0].conversation == "sms:demo:13800138000"
    assert app.conversations.taken[0].msisdn == "13800138000"


async def test_a_slow_answer_is_202_and_comes_later(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    app.settings.sms_answer_limit = 0.01
    app.conversations.script.gate.clear()
    _, response = await client.post("/demo/phone", json=TEXT)
    assert (response.status, response.json) == (202, {"messages": []})
    app.conversations.script.gate.set()
    await app.conversations.settle()
    await app.passes(20)
    assert [row.state for row in await app.outbox()] == ["sent"]


async def test_the_phone_shows_the_log_and_the_codes_in_order(app: Any, serve: Callable[[], Any]) -> None:
    start = app.hall.clock.now()
    later = start + timedelta(hours=1)
    client = serve()
    unit = app.hall.store.unit()
    for line in (
        _line(1, "customer", "充流量", start),
        _line(2, "bot", "您好", start),
        _line(3, "bot", "充哪种？", start, "国内"),
        _line(4, "bot", "已到账", later),
    ):
        unit.stage(insert(messages).values(conversation="sms:demo:13800138000", **line))
    enqueue(
        unit,
        start,
        NewMessage(
            key="code:1",
            kind="sms.text",
            body={"to": "13800138000", "response": "utter_code_sms", "facts": {"code": "482913"}},
        ),
    )
    await unit.commit()
    await app.dispatcher.settle()
    _, response = await client.get("/demo/phone/13800138000")
    shown = [(item["from"], item["text"], item["parts"]) for item in response.json["messages"]]
    assert shown == [
        ("me", "充流量", 1),
        ("hall", "您好\n充哪种？\n回1 国内\n0返回 9人工", 1),
        ("hall", "验证码482913，5分钟内有效", 1),
        ("hall", "已到账", 1),
    ]
    assert len({item["id"] for item in response.json["messages"]}) == 4
    _, after = await client.get("/demo/phone/13800138000", params={"after": response.json["cursor"]})
    assert after.json == {"messages": [], "cursor": response.json["cursor"]}
    _, other = await client.get("/demo/phone/13900139002", params={"after": "4.0"})
    assert other.json["messages"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"msisdn": "01088888888"}, 400),
        ({"text": None}, 400),
        ({"id": ""}, 400),
        ({"text": "长" * 30000}, 413),
    ],
)
async def test_odd_requests_are_refused(
    app: Any, serve: Callable[[], Any], change: dict[str, Any], status: int
) -> None:
    _, response = await serve().post("/demo/phone", json=TEXT | change)
    assert response.status == status
    assert not app.conversations.taken


async def test_there_is_no_phone_outside_the_demonstration(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.demonstration = False
    client = serve()
    for _, response in (await client.post("/demo/phone", json=TEXT), await client.get("/demo/phone/13800138000")):
        assert response.status == 404


@pytest.mark.parametrize("after", ["x", "1", "-1.0", "1.-1", "²", "99999999999999999999.0", "0.99999999999999999999"])
async def test_a_cursor_that_no_answer_gave_is_refused(serve: Callable[[], Any], after: str) -> None:
    _, response = await serve().get("/demo/phone/13800138000", params={"after": after})
    assert (response.status, response.json["error"]["code"]) == (400, "bad_field")


async def test_another_sites_page_cannot_write(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    for origin in ("https://evil.example", "null"):
        _, response = await client.post("/demo/phone", json=TEXT, headers={"Origin": origin})
        assert (response.status, response.json["error"]["code"]) == (403, "foreign_page")
    assert not app.conversations.taken
