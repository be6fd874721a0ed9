"""Rasa's REST shape: trusted programs only, always an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.messages import Button, Reply
from channels.web import rest
from hall import identity

pytestmark = pytest.mark.asyncio

GOOD = {"sender": "user 1", "message": "查话费"}


async def _post(client: Any, body: Any, token: str | None = "token") -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    _, response = await client.post("/webhooks/rest/webhook", content=raw, headers=headers)
    return response


async def test_replies_come_in_order_in_rasas_shape(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.script.says = lambda _: (
        Reply("充哪种？", (Button("国内", "/inform"),)),
        Reply("码", image="https://x/1.png"),
    )
    response = await _post(serve(), GOOD)
    assert response.status == 200
    assert response.json == [
        {"recipient_id": "user 1", "text": "充哪种？", "buttons": [{"title": "国内", "payload": "/inform"}]},
        {"recipient_id": "user 1", "text": "码", "image": "https://x/1.png"},
    ]
    assert app.conversations.taken[0].conversation == "rest:rest:user 1"
    assert app.conversations.taken[0].msisdn is None


async def test_the_caller_may_vouch_for_a_line(app: Any, serve: Callable[[], Any]) -> None:
    await _post(serve(), GOOD | {"metadata": {"msisdn": "+86 138 0013 8000"}})
    assert app.conversations.taken[0].msisdn == "13800138000"


async def test_the_same_message_id_runs_the_bot_once(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    body = GOOD | {"metadata": {"message_id": "m1"}}
    answers = [(await _post(client, body)).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert app.conversations.script.runs == 1
    await _post(client, GOOD)
    await _post(client, GOOD)
    assert app.conversations.script.runs == 3, "without an id each message is another one"


async def test_nothing_is_said_while_a_person_owns_the_conversation(app: Any, serve: Callable[[], Any]) -> None:
    app.conversations.script.says = lambda _: ()
    assert (await _post(serve(), GOOD)).json == []


async def test_only_the_demonstration_tells_the_one_time_code(
    app: Any, serve: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(identity.DEMO_CODES, "rest:rest:user 1", "482913")
    client = serve()
    assert (await _post(client, GOOD)).json[-1]["custom"] == {"demo_code": "482913"}
    assert "custom" not in (await _post(client, GOOD | {"sender": "other"})).json[-1]
    app.hall.demonstration = False
    assert "custom" not in (await _post(client, GOOD)).json[-1]


@pytest.mark.parametrize("text", ["", "/restart", "长" * 8000, "\ud83d\x00"])
async def test_whatever_is_written_is_taken_as_words(app: Any, serve: Callable[[], Any], text: str) -> None:
    assert (await _post(serve(), GOOD | {"message": text})).status == 200
    (inbound,) = app.conversations.taken
    assert inbound.payload is None


@pytest.mark.parametrize("token", [None, "", "wrong", "密"])
async def test_without_the_token_nothing_is_taken(app: Any, serve: Callable[[], Any], token: str | None) -> None:
    assert (await _post(serve(), GOOD, token)).status == 401
    assert not app.conversations.taken


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"\xff", 400),
        (b"[]", 400),
        ({"sender": "u"}, 400),
        ({"message": "x"}, 400),
        (GOOD | {"sender": ""}, 400),
        (GOOD | {"sender": "s" * 97}, 400),
        (GOOD | {"sender": "a\x00"}, 400),
        (GOOD | {"message": None}, 400),
        (GOOD | {"metadata": []}, 200),
        (GOOD | {"metadata": "x"}, 400),
        (GOOD | {"metadata": {"msisdn": "01088888888"}}, 400),
        (GOOD | {"metadata": {"msisdn": 13800138000}}, 400),
        (GOOD | {"metadata": {"message_id": ""}}, 400),
        (GOOD | {"message": "长" * 8001}, 413),
        (b"x" * 70000, 413),
    ],
)
async def test_malformed_messages_are_refused_with_a_reason(
    app: Any, serve: Callable[[], Any], body: Any, status: int
) -> None:
    response = await _post(serve(), body)
    assert response.status == status
    assert status == 200 or (response.json["error"]["message"] and not app.conversations.taken)


async def test_a_slow_answer_is_kept_for_the_same_message_id(
    app: Any, serve: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, body = serve(), GOOD | {"metadata": {"message_id": "m1"}}
    monkeypatch.setattr(rest, "WITHIN", 0.01)
    app.conversations.script.gate.clear()
    assert (await _post(client, body)).status == 504
    app.conversations.script.gate.set()
    monkeypatch.setattr(rest, "WITHIN", 5.0)
    assert [reply["text"] for reply in (await _post(client, body)).json] == ["收到查话费"]
    assert app.conversations.script.runs == 1


async def test_without_a_token_set_the_channel_is_off(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.rest_token = None
    assert (await _post(serve(), GOOD)).status == 404
