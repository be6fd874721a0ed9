"""The signed SMS contract: only the holder of the secret is heard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.messages import Reply
from channels.sms.signed import signature

pytestmark = pytest.mark.asyncio

GOOD = {"id": "7", "from": "13800138000", "to": "10000", "text": "查话费", "time": "2026-03-15T12:00:00+08:00"}


async def _post(app: Any, client: Any, body: bytes | dict[str, Any], off: int = 0, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = headers.get("X-Timestamp", str(int(app.hall.clock.now().timestamp()) + off))
    signed = {"X-Timestamp": stamp, "X-Signature": signature("secret", stamp, raw)} | headers
    _, response = await client.post("/sms/signed", content=raw, headers=signed)
    return response


async def test_a_signed_message_is_answered_with_all_its_texts(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.script.says = lambda inbound: (Reply("一句话。" * 200),)
    response = await _post(app, serve(), GOOD)
    assert response.status == 200
    assert "".join(response.json["messages"]) == "一句话。" * 200
    (inbound,) = app.conversations.taken
    assert (inbound.conversation, inbound.msisdn) == ("sms:signed:13800138000", "13800138000")


async def test_a_repeat_gets_the_same_answer(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    answers = [(await _post(app, client, GOOD)).json for _ in range(2)]
    assert answers == [{"messages": ["收到查话费"]}] * 2
    assert app.conversations.script.runs == 1


async def test_a_slow_answer_is_kept_for_the_same_message_sent_again(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    app.settings.sms_answer_limit = 0.01
    app.conversations.script.gate.clear()
    response = await _post(app, client, GOOD)
    assert (response.status, response.json) == (202, {"messages": []})
    app.conversations.script.gate.set()
    await app.conversations.settle()
    await app.passes(20)
    assert (await _post(app, client, GOOD)).json == {"messages": ["收到查话费"]}
    assert app.conversations.script.runs == 1


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (301, 401), (-299, 200), (299, 200)])
async def test_the_senders_clock_may_be_five_minutes_off(
    app: Any, serve: Callable[[], Any], off: int, status: int
) -> None:
    assert (await _post(app, serve(), GOOD, off)).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Signature": ""},
        {"X-Signature": "sha256=00"},
        {"X-Signature": "密"},
        {"X-Timestamp": ""},
        {"X-Timestamp": "nan"},
        {"X-Timestamp": "1e9"},
        {"X-Timestamp": "9" * 400},
    ],
)
async def test_an_unsigned_message_leaves_nothing(app: Any, serve: Callable[[], Any], headers: dict[str, str]) -> None:
    safe = {name: value.encode() for name, value in headers.items()}
    stamp = str(int(app.hall.clock.now().timestamp()))
    raw = json.dumps(GOOD).encode()
    signed = {"X-Timestamp": stamp, "X-Signature": signature("secret", stamp, raw)} | safe
    _, response = await serve().post("/sms/signed", content=raw, headers=signed)
    assert response.status == 401
    assert not app.conversations.taken


async def test_another_secrets_signature_is_refused(app: Any, serve: Callable[[], Any]) -> None:
    stamp, raw = str(int(app.hall.clock.now().timestamp())), json.dumps(GOOD).encode()
    assert (await _post(app, serve(), GOOD, **{"X-Signature": signature("guess", stamp, raw)})).status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 10000, 400),
        (b"x" * 20000, 413),
        (GOOD | {"id": ""}, 400),
        (GOOD | {"id": 7}, 400),
        (GOOD | {"id": "a\n"}, 400),
        (GOOD | {"from": "10086"}, 400),
        (GOOD | {"from": None}, 400),
        (GOOD | {"to": ""}, 400),
        (GOOD | {"text": None}, 400),
        (GOOD | {"text": 5}, 400),
        (GOOD | {"time": "noon"}, 400),
        (GOOD | {"time": None}, 400),
        (GOOD | {"time": 1e300}, 400),
    ],
)
async def test_malformed_messages_are_refused_with_a_reason(
    app: Any, serve: Callable[[], Any], body: Any, status: int
) -> None:
    response = await _post(app, serve(), body)
    assert response.status == status
    assert response.json["error"]["message"]
    assert not app.conversations.taken


async def test_without_a_secret_the_channel_is_off(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.sms_signed_secret = None
    assert (await _post(app, serve(), GOOD)).status == 404
