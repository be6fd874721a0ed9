"""The examples of docs/contracts are requests that the channels take, and answers in the shape that they give."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import Sanic

from bot.conversations.service import LogLine
from bot.messages import Button, Reply
from bot.settings import ROOT
from channels.desk import api as desk
from channels.web import frames
from hall.bss.supplier.port import DeliveryState
from hall.bss.supplier.zhichong import Zhichong, ZhichongAccount
from hall.clock import Clock

FOLDER = ROOT / "docs" / "contracts"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def _blocks(page: str, language: str) -> list[str]:
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    return [body.rstrip("\n") for kind, body in BLOCK.findall(text) if kind == language]


def _parsed(block: str) -> tuple[list[str], dict[str, str], str]:
    """First line in words, headers, body."""
    head, _, body = block.partition("\n\n")
    first, *lines = head.splitlines()
    return first.split(), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.asyncio
@pytest.mark.parametrize("page", ["sms-signed", "kannel", "rest"])
async def test_the_example_is_answered_as_the_page_says(page: str, app: Any, serve: Callable[[], Any]) -> None:
    request, answer = _blocks(page, "http")[:2]
    (_, path, _), headers, body = _parsed(request)
    (_, status, *_), shown, expected = _parsed(answer)
    app.settings.sms_kannel_key = "a-key"
    app.conversations.script.says = lambda _: _replies(expected)
    _, response = await serve().post(path, content=body.encode(), headers=headers)
    assert response.status == int(status)
    assert shown.items() <= {name.title(): value for name, value in response.headers.items()}.items()
    assert response.text == expected if page == "kannel" else response.json == json.loads(expected)
    (inbound,) = app.conversations.taken
    assert (inbound.text, inbound.msisdn) == ("查话费", "13800138000")


@pytest.mark.asyncio
async def test_a_report_of_no_text_is_refused_with_the_pages_code(app: Any, serve: Callable[[], Any]) -> None:
    (_, path, _), _, _ = _parsed(_blocks("kannel", "http")[2])
    app.settings.sms_kannel_key = "a-key"
    _, response = await serve().get(path)
    assert (response.status, response.json["error"]["code"]) == (400, "bad_field")


def test_the_widgets_frames_are_read() -> None:
    read = [frames.read(block) for block in _blocks("widget", "json")]
    assert [type(frame) for frame in read] == [frames.Hello, frames.Message, frames.Message, frames.Ping]


def test_the_widgets_page_names_every_field_of_the_halls_frames() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", (FOLDER / "widget.md").read_text("utf-8"), re.M))
    line = LogLine(1, "customer", "", ({},), "x", "c", datetime.now(timezone.utc), {"kind": "balance"})
    status = SimpleNamespace(owner="bot", state=None, position=None, agent=None, read=0)
    sent: list[dict[str, Any]] = [
        frames.welcome("t", [], status, datetime.now(timezone.utc)),  # type: ignore[arg-type]
        frames.line(line),
        frames.order("T1", "succeeded"),
        frames.owner(status),  # type: ignore[arg-type]
        frames.error("bad_frame"),
    ]
    for frame in sent:
        named = set(re.findall(r"`(\w+)`", rows[frame["type"]]))
        assert named == set(frame) - {"type"}, frame["type"]


def test_the_suppliers_example_is_signed_right_and_ends_the_order(app: Any) -> None:
    body = _parsed(_blocks("supplier-callback", "http")[0])[2].encode()
    account = ZhichongAccount("https://supplier.test", "u1001", "a-secret")
    supplier = Zhichong(account, app.hall.policy.suppliers["standard"], Clock(None), "https://hall.test/notify")
    assert supplier.read_callback(body) == ("T202603150000001", DeliveryState("succeeded", "Z1"))


def test_the_desks_page_has_every_route_of_its_api_and_no_other(app: Any) -> None:
    written = re.findall(r"`(GET|POST) (/desk/[^`?]*)", (FOLDER / "desk.md").read_text("utf-8"))
    server: Sanic[Any, Any] = Sanic(f"desk-{uuid.uuid4().hex}", configure_logging=False)
    server.blueprint(desk.blueprint(app))
    served = {(method, f"/{route.path}") for route in server.router.routes for method in route.methods}
    api = {(method, path) for method, path in served if re.match(r"/desk/(api|log|password)", path)}
    assert {(method, re.sub(r"{.*?}", "{}", path)) for method, path in written} == {
        (method, re.sub(r"<.*?>", "{}", path)) for method, path in api
    }


def _replies(expected: str) -> tuple[Reply, ...]:
    """What the bot says, so that the page's answer comes of it."""
    if not expected.startswith(("{", "[")):
        return (Reply(expected),)
    shown = json.loads(expected)
    if isinstance(shown, dict):
        return tuple(Reply(text) for text in shown["messages"])
    return tuple(
        Reply(one["text"], tuple(Button(b["title"], b["payload"]) for b in one.get("buttons", ()))) for one in shown
    )
