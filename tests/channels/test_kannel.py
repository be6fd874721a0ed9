"""Kannel's edge: what is taken, what is answered, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.messages import Button, Reply
from testing.sendsms import Gateway, pushing

pytestmark = pytest.mark.asyncio

GOOD = {"key": "k&%ey", "id": "a1", "from": "+8613800138000", "to": "10000", "ts": "1773547200"}


async def _post(client: Any, text: str | bytes = "查话费", **changes: Any) -> Any:
    params = {name: value for name, value in (GOOD | changes).items() if value is not None}
    body = text.encode() if isinstance(text, str) else text
    _, response = await client.post("/sms/kannel", params=params, content=body)
    return response


async def test_the_answer_is_in_the_response_as_kannel_needs_it(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.script.says = lambda inbound: (Reply("充哪种？", (Button("国内", "/a"), Button("省内", "/b"))),)
    response = await _post(serve())
    assert response.status == 200
    assert response.text == "充哪种？\n回1 国内\n2 省内\n0返回 9人工"
    assert response.headers["content-type"] == "text/plain; charset=UTF-8"
    assert response.headers["x-kannel-coding"] == "2"
    (inbound,) = app.conversations.taken
    assert (inbound.conversation, inbound.msisdn, inbound.message_id, inbound.to, inbound.text) == (
        "sms:kannel:13800138000",
        "13800138000",
        "a1",
        "10000",
        "查话费",
    )
    assert [row.state for row in await app.outbox()] == ["sent"]


async def test_a_repeat_runs_the_bot_once_and_gets_the_same_answer(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    answers = [(await _post(client)).text for _ in range(3)]
    assert answers == ["收到查话费"] * 3
    assert app.conversations.script.runs == 1


async def test_without_an_id_the_same_text_at_the_same_time_is_a_repeat(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    for ts in ("1773547200", "1773547200", "1773547260"):
        await _post(client, id="", ts=ts)
    assert app.conversations.script.runs == 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"key": None}, 401),
        ({"key": "wrong"}, 401),
        ({"key": "密"}, 401),
    ],
)
async def test_what_is_refused_leaves_nothing(
    app: Any, serve: Callable[[], Any], changes: dict[str, Any], status: int
) -> None:
    text = changes.pop("text", "查话费")
    response = await _post(serve(), text, **changes)
    assert response.status == status
    assert set(response.json["error"]) == {"code", "message"}
    assert not app.conversations.taken
    assert not await app.outbox()


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("id", "from", "to")),
        *({"from": sender} for sender in ("", "10086", "95588", "01088888888", "1380013800", "+85298765432", "Bank")),
        {"id": "x" * 101},
    ],
)
async def test_what_will_never_be_taken_is_not_brought_again(
    app: Any, serve: Callable[[], Any], changes: dict[str, Any]
) -> None:
    """At any status but 200 Kannel brings it again, for an hour."""
    response = await _post(serve(), "您尾号1234的卡消费100元", **changes)
    assert (response.status, response.text) == (200, "")
    assert not app.conversations.taken
    assert not await app.outbox()


@pytest.mark.parametrize(
    ("text", "answer"), [(b"\xff\xfe", "utter_sms_unreadable"), ("字" * 1400, "utter_sms_too_long")]
)
async def test_who_can_be_answered_hears_what_is_wrong_with_the_text(
    app: Any, serve: Callable[[], Any], text: Any, answer: str
) -> None:
    response = await _post(serve(), text)
    assert response.status == 200
    assert response.text == app.engine.answers.text(answer, "sms") != ""
    assert not app.conversations.taken


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UTF-16BE", "utf-16-be"), ("utf-16", "utf-16-be"), ("GB18030", "gb18030"), ("GBK", "gbk"), ("BIG5", "big5"),
     ("UTF-16", "utf-16"), ("UTF-16LE", "utf-16"), ("UTF-8", "utf-8"), ("", "utf-8"), ("unheard-of", "utf-8")],
)  # fmt: skip
async def test_a_text_is_read_in_its_declared_character_set(
    app: Any, serve: Callable[[], Any], charset: str, codec: str
) -> None:
    await _post(serve(), "查中丁".encode(codec), charset=charset, coding="2")
    assert app.conversations.taken[0].text == "查中丁"


@pytest.mark.parametrize("line", ["17000170000", "16500165000"])
async def test_a_virtual_operators_line_is_answered(app: Any, serve: Callable[[], Any], line: str) -> None:
    assert (await _post(serve(), **{"from": line})).status == 200


@pytest.mark.parametrize("text", ["", "/restart", "😀\x00", "长" * 1300])
async def test_whatever_is_written_is_taken_as_words(app: Any, serve: Callable[[], Any], text: str) -> None:
    assert (await _post(serve(), text)).status == 200
    assert app.conversations.taken[0].text == text
    assert app.conversations.taken[0].payload is None


async def test_when_nothing_can_be_stored_kannel_is_told_to_come_again(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.broken = True
    response = await _post(serve())
    assert response.status == 503
    assert response.headers["retry-after"]


async def test_without_a_key_the_channel_is_off(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.sms_kannel_key = None
    assert (await _post(serve())).status == 404


async def test_a_slow_turn_is_answered_empty_and_pushed(app: Any, serve: Callable[[], Any]) -> None:
    gateway = Gateway()
    client = serve()
    pushing(app, gateway)
    app.settings.sms_answer_limit = 0.01
    app.conversations.script.gate.clear()
    response = await _post(client)
    assert (response.status, response.text) == (200, "")
    app.conversations.script.gate.set()
    await app.conversations.settle()
    await app.passes(5)
    assert not gateway.sent, "still held: a repeat may carry it"
    await app.passes(6)
    (sent,) = gateway.sent
    assert (sent["to"], sent["from"], sent["text"]) == ("13800138000", "10000", "收到查话费")
    assert (sent["coding"], sent["charset"], sent["dlr-mask"]) == ("2", "UTF-8", "31")
    assert (sent["username"], sent["password"]) == ("hall", "p")
    assert (await _post(client)).text == "", "pushed already: a repeat must not double it"


async def test_a_slow_turn_without_a_road_to_push_asks_kannel_to_come_again(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    app.settings.sms_answer_limit = 0.01
    app.conversations.script.gate.clear()
    assert (await _post(client)).status == 503
    app.conversations.script.gate.set()
    await app.conversations.settle()
    await app.passes(20)
    assert [row.state for row in await app.outbox()] == ["dead"]
    assert (await _post(client)).text == "收到查话费"
    assert app.conversations.script.runs == 1


async def test_a_reply_of_several_texts_is_pushed_whole_and_at_once(app: Any, serve: Callable[[], Any]) -> None:
    gateway = Gateway(202, 503)
    client = serve()
    pushing(app, gateway)
    app.conversations.script.says = lambda inbound: (Reply("一句话。" * 300),)
    assert (await _post(client)).text == ""
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1
    assert (await app.outbox())[0].error == "sendsms answered 503"
    await app.passes(2)
    assert "".join(sent["text"] for sent in gateway.sent) == "一句话。" * 300
    assert len(gateway.sent) == 3, "what was accepted before the fault is not sent again"
