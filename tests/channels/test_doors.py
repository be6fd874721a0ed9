"""The doors for programs: addresses, keys, guessing, old messages; headers, deadlines and the operations port."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sanic import Sanic
from sanic.response import empty

from bot.messages import InboundMessage
from bot.proxies import networks_of
from channels import deadline, health
from channels.doors import FREE, LONGEST_WAIT, Guessing, both
from channels.operations import Operations

pytestmark = pytest.mark.asyncio
SMS = {"id": "1", "from": "13800138000", "to": "10000"}


async def test_two_keys_are_valid_while_one_is_changed(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.sms_kannel_key = "new-key, old-key"
    client = serve()
    for number, key in enumerate(("new-key", "old-key")):
        _, taken = await client.post("/sms/kannel", params=SMS | {"id": str(number), "key": key}, content="你好")
        assert taken.status == 200
    _, refused = await client.post("/sms/kannel", params=SMS | {"key": "new-key, old-key"}, content="你好")
    assert refused.status == 401
    assert both(" one ,, two") == ("one", "two")


@pytest.mark.parametrize("header", ["Bearer k&%ey", "Basic " + base64.b64encode(b"kannel:k&%ey").decode()])
async def test_the_key_may_stand_in_the_header(header: str, serve: Callable[[], Any]) -> None:
    _, taken = await serve().post("/sms/kannel", params=SMS, content="你好", headers={"Authorization": header})
    assert taken.status == 200


@pytest.mark.parametrize("header", ["Basic !!!", "Basic " + base64.b64encode(b"\xff").decode(), "Basic", "Digest x"])
async def test_a_header_that_holds_no_key_opens_nothing(header: str, serve: Callable[[], Any]) -> None:
    _, refused = await serve().post("/sms/kannel", params=SMS, content="你好", headers={"Authorization": header})
    assert refused.status == 401


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sms/kannel?key=k%26%25ey&id=1&from=13800138000&to=10000", {}),
        ("/sms/signed", {}),
        ("/webhooks/rest/webhook", {"Authorization": "Bearer token"}),
    ],
)
async def test_doors_are_closed_to_other_addresses_and_it_is_logged(
    path: str, headers: dict[str, str], app: Any, serve: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    app.settings.gateway_networks = networks_of("192.0.2.0/24")
    with caplog.at_level(logging.INFO, "yingting.security"):
        _, refused = await serve().post(path, content="{}", headers=headers)
    assert (refused.status, refused.json["error"]["code"]) == (403, "foreign_address")
    said = [json.loads(record.message) for record in caplog.records if record.name == "yingting.security"]
    assert [(one["event"], one["code"], one["address"]) for one in said] == [
        ("refused", "foreign_address", "127.0.0.1")
    ]
    assert "13800138000" not in caplog.text


async def test_guessing_is_slowed_by_address_and_forgotten() -> None:
    guessing = Guessing()
    waits = [guessing.wait_of("203.0.113.7", now=0.0) for _ in range(FREE + 12)]
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE] < waits[FREE + 2] <= waits[-1] == LONGEST_WAIT
    assert guessing.wait_of("203.0.113.8", now=0.0) == 0.0
    assert guessing.wait_of("203.0.113.7", now=1000.0) == 0.0


@pytest.mark.parametrize(("ago", "answered"), [(timedelta(hours=1), True), (timedelta(days=400), False)])
async def test_what_was_sent_long_ago_is_not_taken_again(
    ago: timedelta, answered: bool, app: Any, serve: Callable[[], Any]
) -> None:
    app.settings.demonstration = False
    sent = str(int((app.hall.clock.now() - ago).timestamp()))
    _, response = await serve().post("/sms/kannel", params=SMS | {"key": "k&%ey", "ts": sent}, content="你好")
    assert (response.status, bool(response.text)) == (200, answered)


@pytest.mark.parametrize("path", ["/healthz", "/no/such/page"])
async def test_nothing_may_be_kept_framed_or_guessed_at(path: str, serve: Callable[[], Any]) -> None:
    _, response = await serve().get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "strict-transport-security" not in response.headers


async def test_browsers_are_held_to_https_where_customers_come_by_it(app: Any, serve: Callable[[], Any]) -> None:
    app.settings.public_url = "https://hall.example"
    _, response = await serve().get("/healthz")
    assert response.headers["strict-transport-security"].startswith("max-age=")


async def test_in_production_reasons_and_metrics_are_on_the_operations_port_only(
    app: Any, serve: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT", 0.0)
    app.settings.demonstration = False
    client = serve()
    app.conversations.script.gate.clear()
    await app.conversations.accept(InboundMessage("rest", "rest", "sender", "1", "查话费"))
    app.hall.clock.advance(timedelta(seconds=70))
    _, public = await client.get("/healthz")
    assert (public.status, public.json["error"]["message"]) == (503, "ask the operator")
    _, ready = await client.get("/readyz")
    assert ready.json == {"ok": True}
    _, metrics = await client.get("/metrics")
    assert metrics.status == 404
    async with _operations(app) as base, httpx.AsyncClient(base_url=base) as inside:
        assert (await inside.get("/healthz")).json()["error"]["message"] == "a message has waited 70 s"
        assert "yingting_messages_total" in (await inside.get("/metrics")).text


async def test_a_probe_is_asked_once_however_many_ask(app: Any, serve: Callable[[], Any]) -> None:
    asked = 0

    async def ask() -> tuple[bool, str]:
        nonlocal asked
        asked += 1
        return True, ""

    app.health = ask
    client = serve()
    await asyncio.gather(*(client.get("/healthz") for _ in range(5)))
    assert asked <= 1 or health.KEPT == 0.0


async def test_a_request_must_be_whole_in_time_however_slowly_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "WHOLE_REQUEST", 0.4)
    async with _slow_server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ended = asyncio.create_task(reader.read())
        sent = 0
        with contextlib.suppress(ConnectionError):
            for byte in b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 100:
                if ended.done():
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
                sent += 1
        assert sent < 100, "it was held as long as bytes came"
        ended.cancel()
        writer.transport.abort()


@contextlib.asynccontextmanager
async def _slow_server() -> AsyncIterator[int]:
    sanic: Sanic[Any, Any] = Sanic(f"slow-{uuid.uuid4().hex}", configure_logging=False)
    deadline.set_times(sanic)
    sanic.config.KEEP_ALIVE_TIMEOUT = 0.4
    sanic.config.TOUCHUP = False
    sanic.add_route(lambda _request: empty(), "/", name="page")
    listening = socket.create_server(("127.0.0.1", 0))
    server = await sanic.create_server(sock=listening, protocol=deadline.WholeRequest, return_asyncio_server=True)
    assert server is not None
    await server.startup()  # type: ignore[no-untyped-call]
    await server.start_serving()  # type: ignore[no-untyped-call]
    yield listening.getsockname()[1]
    server.close()  # type: ignore[no-untyped-call]
    await server.wait_closed()  # type: ignore[no-untyped-call]


@contextlib.asynccontextmanager
async def _operations(app: Any) -> AsyncIterator[str]:
    operations = Operations(app, "127.0.0.1", 0)
    await operations.open()
    assert operations.port
    yield f"http://127.0.0.1:{operations.port}"
    await operations.close()
