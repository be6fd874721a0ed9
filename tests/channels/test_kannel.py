"""Kannel's edge: what is taken, what is answered, what is pushed, what is refused."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import insert

from bot.messages import Button, Reply
from channels.sms import push
from hall.store.dispatcher import LEASE
from hall.store.outbox import NewMessage, enqueue
from hall.store.tables.core import messages

pytestmark = pytest.mark.asyncio

GOOD = {"key": "k&%ey", "id": "a1", "from": "+8613800138000", "to": "10000", "ts": "1773547200"}
SENDSMS = "http://gateway.test/cgi-bin/sendsms?username=hall&password=p"


async def _post(client: Any, text: str | bytes = "查话费", **changes: Any) -> Any:
    params = {name: value for name, value in (GOOD | changes).items() if value is not None}
    body = text.encode() if isinstance(text, str) else text
    _, response = await client.post("/sms/kannel", params=params, content=body)
    return response


class Gateway:
    """A sendsms that answers as it is told and keeps what it was asked to send."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.sent = list(answers), list[dict[str, str]]()
        self.takes_silently = 0  # so many of the next are taken, and the connection is closed

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        status = self.answers.pop(0) if self.answers else 202
        if status == 0:
            raise httpx.ReadTimeout("slow")
        if status == 202:
            self.sent.append(fields)
        if self.takes_silently:
            self.takes_silently -= 1
            raise httpx.RemoteProtocolError("closed without an answer")
        return httpx.Response(status, text="0: Accepted for delivery")


def _pushing(app: Any, gateway: Gateway, phone: Any = None) -> None:
    app.settings.sms_kannel_sendsms_url = SENDSMS
    pusher = push.Pusher(app, httpx.AsyncClient(transport=httpx.MockTransport(gateway)), phone)
    app.dispatcher.handle("sms:kannel", pusher.replies, at_most_once=True)
    app.dispatcher.handle("sms.text", pusher.text, at_most_once=True)


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
        ({"id": None}, 400),
        ({"from": None}, 400),
        ({"to": None}, 400),
        ({"from": ""}, 400),
        ({"id": "x" * 101}, 400),
        ({"from": "10086"}, 400),
        ({"from": "01088888888"}, 400),
        ({"from": "1380013800"}, 400),
        ({"text": b"\xff\xfe"}, 400),
        ({"text": "字" * 1400}, 413),
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


@pytest.mark.parametrize("line", ["17000170000", "16500165000"])
async def test_a_virtual_operators_line_is_answered(app: Any, serve: Callable[[], Any], line: str) -> None:
    assert (await _post(serve(), **{"from": line})).status == 200


@pytest.mark.parametrize("text", ["", "/restart", "😀\x00", "长" * 1300])
async def test_whatever_is_written_is_taken_as_words(app: Any, serve: Callable[[], Any], text: str) -> None:
    assert (await _post(serve(), text)).status == 200
    assert app.conversations.taken[0].text == text.replace("\x00", "")
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
    _pushing(app, gateway)
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
    _pushing(app, gateway)
    app.conversations.script.says = lambda inbound: (Reply("一句话。" * 300),)
    assert (await _post(client)).text == ""
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1
    assert (await app.outbox())[0].error == "sendsms answered 503"
    await app.passes(2)
    assert "".join(sent["text"] for sent in gateway.sent) == "一句话。" * 300
    assert len(gateway.sent) == 3, "what was accepted before the fault is not sent again"


@pytest.mark.parametrize(("answer", "state"), [(403, "dead"), (503, "due"), (0, "due"), (202, "sent")])
async def test_the_gateways_answer_decides_what_becomes_of_a_push(app: Any, answer: int, state: str) -> None:
    _pushing(app, Gateway(answer))
    await _staged(app)
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
    _pushing(app, gateway)
    await _staged(app)
    await app.dispatcher.settle()
    (row,) = await app.outbox()
    assert (row.state, row.error) == ("due", "sendsms: RemoteProtocolError")
    for said in reports:
        _, response = await client.get("/sms/kannel/dlr", params=_reported(gateway.sent[0]["dlr-url"], said))
        assert response.status == 200
    await app.passes(LEASE.total_seconds())
    (row,) = await app.outbox()
    assert (row.state, len(gateway.sent)) == ("sent", sent)


async def test_a_text_whose_process_died_before_it_noted_that_is_not_sent_again_when_it_was_reported(
    app: Any, serve: Callable[[], Any]
) -> None:
    client, gateway = serve(), Gateway()
    _pushing(app, gateway)
    app.dispatcher._finish = _dies
    await _staged(app)
    with pytest.raises(SystemError):
        await app.dispatcher.settle()
    del app.dispatcher._finish
    await client.get("/sms/kannel/dlr", params=_reported(gateway.sent[0]["dlr-url"], "8"))
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
    _pushing(app, gateway)
    if wrote_minutes_ago is not None:
        at = app.hall.clock.now() - timedelta(minutes=wrote_minutes_ago)
        line = insert(messages).values(
            conversation="sms:kannel:13800138000", seq=1, author="customer", text="查话费", at=at
        )
        unit = app.hall.store.unit()
        unit.stage(line)
        await unit.commit()
    await _staged(app, key=key)
    await app.dispatcher.settle()
    assert len(gateway.sent) == sent
    app.hall.clock.advance(timedelta(hours=8, seconds=1))
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1


async def test_what_an_agent_writes_is_sent_at_any_hour(app: Any) -> None:
    app.hall.clock.advance(timedelta(hours=11))
    gateway = Gateway()
    _pushing(app, gateway)
    unit = app.hall.store.unit()
    unit.stage(
        insert(messages).values(
            conversation="sms:kannel:13800138000", seq=3, author="agent", text="您好", at=app.hall.clock.now()
        )
    )
    await unit.commit()
    await _staged(app)
    await app.dispatcher.settle()
    assert len(gateway.sent) == 1


async def _staged(app: Any, text: str = "到账了", key: str = "message:3") -> None:
    unit = app.hall.store.unit()
    body = {"to": "13800138000", "from": "10000", "replies": [{"text": text}]}
    enqueue(
        unit,
        app.hall.clock.now(),
        NewMessage(conversation="sms:kannel:13800138000", key=key, kind="sms:kannel", body=body),
    )
    await unit.commit()


def _reported(dlr: str, said: str) -> dict[str, str]:
    """The address as Kannel fills it: %% is %, %d the report."""
    filled = dlr.replace("%%", "\0").replace("%d", said).replace("\0", "%")
    return {name: values[0] for name, values in parse_qs(urlsplit(filled).query).items()}


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
    _pushing(app, gateway)
    await _staged(app)
    await app.dispatcher.settle()
    for said in reports.split():
        _, response = await client.get("/sms/kannel/dlr", params=_reported(gateway.sent[0]["dlr-url"], said))
        assert response.status == 200
    (row,) = await app.outbox()
    assert (row.receipt, row.state) == (receipt, state)


async def test_several_texts_are_delivered_when_each_is(app: Any, serve: Callable[[], Any]) -> None:
    gateway, client = Gateway(), serve()
    _pushing(app, gateway)
    await _staged(app, "一句话。" * 200)
    await app.dispatcher.settle()
    seen = []
    for sent in gateway.sent:
        await client.get("/sms/kannel/dlr", params=_reported(sent["dlr-url"], "1"))
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

    _pushing(app, gateway, phone if road == "phone" else None)
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
