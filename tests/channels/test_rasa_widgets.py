"""Widgets that speak Rasa's protocols: over Socket.IO by both transports, and by REST with polling."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import websockets
from sqlalchemy import update

from bot.messages import Button, Reply
from channels import rasa
from channels.rasa import link
from channels.rasa.link import Link
from channels.web import socket
from hall.store.tables.core import conversations
from testing.chat_server import chat_app, served

SITE = "https://www.op.cn"  # one of those that may embed the chat


class Widget:
    """A client of Socket.IO, by WebSocket from its start."""

    def __init__(self, connection: Any, host: str) -> None:
        self.connection, self.host, self.token = connection, host, ""
        self.pongs = True

    async def open(self, session_id: object = None, **more: Any) -> Widget:
        """Connect, and ask for a session."""
        assert (await self.connection.recv()).startswith("0{")
        await self.connection.send("40")
        assert (await self.connection.recv()).startswith("40{")
        await self.emit("session_request", {"session_id": session_id, **more})
        self.token = await self.event("session_confirm")
        return self

    async def emit(self, name: str, data: Any) -> None:
        await self.connection.send("42" + json.dumps([name, data]))

    async def say(self, message: Any) -> None:
        await self.emit("user_uttered", {"message": message, "session_id": self.token, "customData": {}})

    async def event(self, name: str) -> Any:
        """What the next event of this name carries; signs of life are given meanwhile."""
        while True:
            packet = await asyncio.wait_for(self.connection.recv(), 5)
            if packet == "2" and self.pongs:
                await self.connection.send("3")
            if packet.startswith("42"):
                found, *data = json.loads(packet[2:])
                if found == name:
                    return data[0]

    async def said(self) -> str:
        return str((await self.event("bot_uttered"))["text"])

    async def silent(self) -> bool:
        """Whether nothing is said within a moment; what was said is acknowledged."""
        try:
            await asyncio.wait_for(self.said(), 0.3)
        except TimeoutError:
            return True
        return False


class Street:
    """A served app and its widgets."""

    def __init__(self, app: Any, host: str) -> None:
        self.app, self.host = app, host
        self.url = f"http://{host}"

    async def widget(self, session_id: object = None) -> Widget:
        address = f"ws://{self.host}/socket.io/?EIO=4&transport=websocket"
        return await Widget(await websockets.connect(address), self.host).open(session_id)


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with chat_app(tmp_path) as app, served(app, socket.blueprint, rasa.blueprint) as host:
        yield Street(app, host)


# -- over Socket.IO --------------------------------------------------------------------------------


async def test_what_is_said_is_answered_in_rasas_words(street: Street) -> None:
    street.app.conversations.script.says = lambda given: [
        Reply("号码138****8000\n选一个", (Button("国内", "/inform"),), "/qr.png")
    ]
    widget = await street.widget()
    await widget.say("充流量")
    first, picture = await widget.event("bot_uttered"), await widget.event("bot_uttered")
    assert first == {
        "text": "号码138••••8000  \n选一个",  # Markdown would take the stars away, and the line's end
        "quick_replies": [{"content_type": "text", "title": "国内", "payload": "/inform"}],
    }
    assert picture == {"attachment": {"type": "image", "payload": {"src": "http://127.0.0.1:1/qr.png", "title": ""}}}


async def test_a_pressed_button_is_told_from_a_typed_command(street: Street) -> None:
    """The protocol sends both as a text: a payload counts where it was offered, and is logged as its title."""
    street.app.conversations.script.says = lambda given: [Reply("哪种", (Button("国内流量", "/inform{1}"),))]
    widget = await street.widget()
    await widget.say("充流量")
    await widget.event("bot_uttered")
    for message in ("/inform{1}", "/inform{2}"):
        await widget.say(message)
        await widget.event("bot_uttered")
    taken = [(one.text, one.payload) for one in street.app.conversations.taken]
    assert taken == [("充流量", None), ("国内流量", "/inform{1}"), ("/inform{2}", None)]


@pytest.mark.parametrize("hello", [None, "", "/get_started"])
async def test_a_pages_own_hello_is_greeted_and_leaves_nothing(street: Street, hello: str | None) -> None:
    widget = await street.widget()
    await widget.say(hello)
    greeting = await widget.event("bot_uttered")
    assert [one["title"] for one in greeting["quick_replies"]] == ["查话费"]
    assert not street.app.conversations.taken
    await widget.say(greeting["quick_replies"][0]["payload"])
    assert await widget.said() == "收到查话费"


@pytest.mark.parametrize("guess", ["the id alone", 7, {}, "x" * 10_000])
async def test_an_id_that_was_not_signed_opens_nothing(street: Street, guess: object) -> None:
    """Given a conversation, whoever knows its id gets another one, and hears nothing of it."""
    first = await street.widget()
    await first.say("查话费")
    await first.said()
    known = first.token.split(".")[0] if guess == "the id alone" else guess
    second = await street.widget(known)
    assert second.token != first.token
    assert await second.silent()
    await second.say("余额")
    assert await second.said() == "收到余额"
    assert len({one.conversation for one in street.app.conversations.taken}) == 2
    await second.emit("user_uttered", {"message": "借用", "session_id": first.token})
    assert await second.said() == "收到借用"
    assert street.app.conversations.taken[-1].conversation == street.app.conversations.taken[-2].conversation


async def test_what_came_is_not_said_again_and_what_did_not_is(street: Street) -> None:
    """Given one answer that came and one of which no sign came, coming back gives the second alone."""
    widget = await street.widget()
    await widget.say("一")
    await widget.said()
    assert await widget.silent()
    widget.pongs = False
    await widget.say("二")
    await widget.said()
    await widget.connection.close()
    again = await street.widget(widget.token)
    assert again.token == widget.token
    assert await again.said() == "收到二"
    assert await again.silent()
    third = await street.widget(widget.token)
    assert await third.silent()


async def test_an_answer_that_is_made_while_nobody_is_connected_waits(street: Street) -> None:
    street.app.conversations.script.gate.clear()
    widget = await street.widget()
    await widget.emit("user_uttered", {"message": "查话费"})
    while not street.app.conversations.taken:
        await asyncio.sleep(0.01)
    await widget.connection.close()
    street.app.conversations.script.gate.set()
    await street.app.conversations.settle()
    assert await (await street.widget(widget.token)).said() == "收到查话费"


async def test_what_was_said_to_a_proved_line_is_hidden_once_that_is_over(street: Street) -> None:
    street.app.conversations.script.says = lambda given: [Reply("余额 5 元")]
    widget = await street.widget()
    widget.pongs = False
    await widget.say("查话费")
    await widget.said()
    await widget.connection.close()
    await _proof_over(street.app)
    again = await street.widget(widget.token)
    assert await again.said() == "utter_history_hidden"
    assert await again.silent()


async def _proof_over(app: Any) -> None:
    unit = app.hall.store.unit()
    unit.stage(update(conversations).values(msisdn="13800138000", level=1, proved_until=app.hall.clock.now()))
    await unit.commit()
    app.hall.clock.advance(timedelta(minutes=1))


async def test_too_many_messages_are_said_to_be_too_many(street: Street) -> None:
    widget = await street.widget()
    for number in range(21):
        await widget.say(f"第{number}条")
    heard = [await widget.said() for _ in range(21)]
    assert heard.count("too_many") == 1
    assert len(street.app.conversations.taken) == 20


@pytest.mark.parametrize("packet", ["42", "42{}", "42[]", "42[1", '42["user_uttered"]', "4", "9", "", "45-1[]", "43[]"])
async def test_what_is_no_event_is_passed_over(street: Street, packet: str) -> None:
    widget = await street.widget()
    await widget.connection.send(packet)
    await widget.say("查话费")
    said = await widget.event("bot_uttered")
    while "quick_replies" in said:  # an event without a message is a hello
        said = await widget.event("bot_uttered")
    assert said["text"] == "收到查话费"


async def test_only_the_main_namespace_is_there(street: Street) -> None:
    widget = await street.widget()
    await widget.connection.send("40/admin,")
    assert await asyncio.wait_for(widget.connection.recv(), 5) == '44/admin,{"message":"Invalid namespace"}'


async def test_by_polling_and_then_by_websocket(street: Street) -> None:
    """A client begins by polling, says something, and goes on by WebSocket: nothing is lost between."""
    address = f"{street.url}/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient(headers={"Origin": SITE}) as client:
        opened = await client.get(address)
        assert opened.headers["access-control-allow-origin"] == SITE
        sid = json.loads(opened.text[1:])["sid"]
        address += f"&sid={sid}"
        said = '40\x1e42["session_request",{"session_id":null}]\x1e42["user_uttered",{"message":"一"}]'
        assert (await client.post(address, content=said)).text == "ok"
        packets: list[str] = []
        while not any("收到一" in packet for packet in packets):
            packets += (await client.get(address)).text.split("\x1e")
        waiting = asyncio.create_task(client.get(address, timeout=30))
        await asyncio.sleep(0.05)
        socket = await websockets.connect(f"ws://{street.host}/socket.io/?EIO=4&transport=websocket&sid={sid}")
        await socket.send("2probe")
        assert await socket.recv() == "3probe"
        assert (await waiting).text == "6"
        await socket.send("5")
        await socket.send('42["user_uttered",{"message":"二"}]')
        widget = Widget(socket, street.host)
        assert await widget.said() == "收到二"
        assert (await client.get(address)).status_code == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("EIO=3&transport=polling", 5),
        ("EIO=4&transport=pigeon", 0),
        ("EIO=4&transport=polling&sid=guess", 1),
        ("EIO=4&transport=websocket", 3),
    ],
)
async def test_what_is_asked_wrongly_is_refused_in_the_protocols_words(street: Street, query: str, code: int) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{street.url}/socket.io/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("path", ["/socket.io/?EIO=4&transport=polling", "/chat/messages"])
async def test_a_page_that_may_not_embed_the_chat_gets_nothing(street: Street, path: str) -> None:
    async with httpx.AsyncClient(headers={"Origin": "https://evil.example"}) as client:
        for method in ("GET", "OPTIONS"):
            answer = await client.request(method, street.url + path)
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


async def test_who_gives_no_sign_of_life_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PING_EVERY", 0.01)
    monkeypatch.setattr(link, "PING_WITHIN", 0.02)
    found = Link("sid")
    await asyncio.wait_for(found.keep(), 5)
    assert found.closed


async def test_who_fetches_nothing_is_let_go() -> None:
    found = Link("sid")
    for _ in range(link.MOST_WAITING + 1):
        found.send("more")
    assert found.closed


# -- by REST with polling --------------------------------------------------------------------------


@pytest_asyncio.fixture
async def page(street: Street) -> AsyncIterator[httpx.AsyncClient]:
    """A page of another site, with a session's token."""
    async with httpx.AsyncClient(base_url=street.url, headers={"Origin": SITE}) as client:
        token = (await client.post("/chat/session")).json()["session_id"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def _say(page: httpx.AsyncClient, **message: Any) -> Any:
    answer = await page.post("/chat/webhooks/rest/webhook", json=message)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_page_says_something_and_gets_the_answer(street: Street, page: httpx.AsyncClient) -> None:
    (reply,) = await _say(page, sender="whoever", message="查话费")
    assert (reply["text"], reply["seq"]) == ("收到查话费", 2)
    assert reply["recipient_id"] == street.app.conversations.taken[0].sender != "whoever"


async def test_the_same_message_id_again_gets_the_same_answer(street: Street, page: httpx.AsyncClient) -> None:
    twice = [await _say(page, message="查话费", metadata={"message_id": "m1"}) for _ in range(2)]
    assert twice[0] == twice[1] != []
    assert len(street.app.conversations.taken) == 1


async def test_what_comes_later_is_polled_for(street: Street, page: httpx.AsyncClient) -> None:
    await _say(page, message="查话费")
    inbound = street.app.conversations.taken[0]
    unit = street.app.hall.store.unit()
    await street.app.conversations.post(unit, inbound.conversation, "agent", "您好，我是8001")
    await unit.commit()
    new = (await page.get("/chat/messages", params={"after": 2})).json()
    assert (new["last"], [one["text"] for one in new["messages"]]) == (3, ["您好，我是8001"])
    assert (await page.get("/chat/messages", params={"after": 3})).json() == {"last": 3, "messages": []}


@pytest.mark.parametrize("token", ["guess", "the id alone"])
async def test_without_a_sessions_token_nothing_is_said_or_read(
    street: Street, page: httpx.AsyncClient, token: str
) -> None:
    await _say(page, message="查话费")
    known = page.headers["Authorization"].removeprefix("Bearer ").split(".")[0]
    page.headers["Authorization"] = f"Bearer {known if token == 'the id alone' else token}"
    answers = [
        await page.post("/chat/webhooks/rest/webhook", json={"sender": known, "message": "借用"}),
        await page.get("/chat/messages"),
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all(answer.headers["access-control-allow-origin"] == SITE for answer in answers)
    assert len(street.app.conversations.taken) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/chat/webhooks/rest/webhook", '{"message": "' + "长" * 4001 + '"}', 400),
        ("POST", "/chat/webhooks/rest/webhook", "[]", 400),
        ("POST", "/chat/webhooks/rest/webhook", "x" * 40_000, 413),
        ("GET", "/chat/messages?after=-1", None, 400),
        ("GET", "/chat/messages?after=" + "9" * 30, None, 400),
        ("OPTIONS", "/chat/webhooks/rest/webhook", None, 204),
    ],
)
async def test_what_is_no_request_is_refused(
    page: httpx.AsyncClient, method: str, path: str, body: str | None, status: int
) -> None:
    assert (await page.request(method, path, content=body)).status_code == status
