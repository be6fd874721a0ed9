"""Every error is JSON, tells nothing it should not, and is counted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.messages import InboundMessage
from channels import health
from channels.http import Refused, form_fields, json_object

pytestmark = pytest.mark.asyncio


async def test_an_unknown_route_is_404_json(serve: Callable[[], Any]) -> None:
    _, response = await serve().get("/no/such/route")
    assert response.status == 404
    assert response.json == {"error": {"code": "no_route", "message": "not found"}}


async def test_a_person_who_opens_an_unknown_address_reads_a_page(serve: Callable[[], Any]) -> None:
    _, response = await serve().get("/no/such/route", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个页面" in response.text
    _, posted = await serve().post("/no/such/route", headers={"Accept": "text/html"})
    assert posted.json["error"]["code"] == "no_route"


async def test_head_is_get_without_a_body(serve: Callable[[], Any]) -> None:
    client = serve()
    _, got = await client.get("/metrics")
    _, head = await client.head("/metrics")
    assert (head.status, head.headers["content-type"]) == (got.status, got.headers["content-type"])
    _, refused = await serve().head("/sms/kannel")
    assert refused.status in (401, 405)


async def test_a_wrong_method_is_405_json(serve: Callable[[], Any]) -> None:
    _, response = await serve().get("/sms/kannel")
    assert response.status == 405
    assert response.json["error"]["code"] == "method"
    assert "POST" in response.headers["allow"]


async def test_an_unforeseen_error_is_500_without_the_customers_words(
    app: Any, serve: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    words = "身份证530102199001011234"

    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(words)

    app.conversations.wait_for_reply = breaks
    with caplog.at_level(logging.DEBUG):
        _, response = await serve().post(
            "/sms/kannel", params={"key": "k&%ey", "id": "1", "from": "13800138000", "to": "10000"}, content=b"x"
        )
    assert response.status == 500
    assert response.json["error"]["code"] == "internal"
    assert words not in response.text + caplog.text
    assert "RuntimeError" in caplog.text


async def test_health_tells_whether_messages_are_answered(
    app: Any, serve: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT", 0.0)
    client = serve()
    _, response = await client.get("/healthz")
    assert response.status == 200
    app.conversations.script.gate.clear()
    await app.conversations.accept(InboundMessage("rest", "rest", "sender", "1", "查话费"))
    app.hall.clock.advance(timedelta(seconds=70))
    _, response = await client.get("/healthz")
    assert response.status == 503
    assert response.json["error"]["message"] == "a message has waited 70 s"


async def test_refusals_and_messages_are_counted(app: Any, serve: Callable[[], Any]) -> None:
    client = serve()
    before = await _count(client, 'yingting_refused_total{reason="bad_key"}')
    await client.post("/sms/kannel", params={"key": "wrong"}, content=b"x")
    assert await _count(client, 'yingting_refused_total{reason="bad_key"}') == before + 1


async def _count(client: Any, sample: str) -> float:
    _, response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return sum(float(line.split()[-1]) for line in response.text.splitlines() if line.startswith(sample))


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 1}}', b'[{"c": 1, "c": 2}]'])
async def test_a_name_that_is_there_twice_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        json_object(body)
    assert (refused.value.status_code, refused.value.code) == (400, "not_json")


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        ("application/x-www-form-urlencoded", "act=pay&supplier=&act=cancel&w=%E5%A5%BD", {"act": "pay", "w": "好"}),
        ("application/x-www-form-urlencoded; charset=utf-8", "act=pay", {"act": "pay"}),
        ("application/x-www-form-urlencoded", b"act=\xff%ff", {}),
        ("application/x-www-form-urlencoded", "&".join(f"a{i}=1" for i in range(99)), {}),
        ("multipart/form-data; boundary=x", "--x\r\nno colon\r\n\r\n--x--", {}),
        ("", "act=pay", {}),
    ],
)
def test_only_a_form_as_our_pages_send_it_has_fields(kind: str, body: str | bytes, fields: dict[str, str]) -> None:
    sent = body if isinstance(body, bytes) else body.encode()
    request: Any = SimpleNamespace(headers={"content-type": kind}, body=sent)
    assert form_fields(request) == fields
