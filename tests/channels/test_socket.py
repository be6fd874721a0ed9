"""The web chat's socket: one conversation, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import websockets
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from bot.conversations.record import Conversation
from bot.messages import Button, Reply
from bot.proxies import Proxies
from channels.web import rates, session, socket, vouched
from hall import handoff
from testing.chat_server import IDENTITY, NOW, chat_app, served
from testing.fake_conversations import WISH

ONE, TWO = "13800138000", "13900139002"


class Browser:
    """A browser that speaks the widget's frames."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.token = connection, ""

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hello(self, token: str | None = None, last: int = 0, **more: Any) -> dict[str, Any]:
        await self.send(type="hello", v=1, token=token, last=last, **more)
        welcome = await self.next("welcome")
        self.token = welcome["token"]
        return welcome

    async def say(self, cid: str, text: str, payload: str | None = None) -> None:
        await self.send(type="msg", cid=cid, text=text, payload=payload)

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        while True:
            frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), 5))
            if frame["type"] == kind:
                return frame


class ChatServer:
    """A served app and its browsers."""

    def __init__(self, app: Any, host: str) -> None:
        self.app, self.host = app, host

    async def browser(self, **headers: str) -> Browser:
        return Browser(await websockets.connect(f"ws://{self.host}/ws", additional_headers=headers))


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with chat_app(tmp_path) as app, served(app, socket.blueprint) as host:
        yield ChatServer(app, host)


async def test_a_message_is_acknowledged_and_logged_with_its_reply(street: ChatServer) -> None:
    """Given a fresh visit, a message comes back as the customer's line and is followed by the reply."""
    street.app.conversations.script.says = lambda inbound: [Reply("选一个", (Button("国内", "/inform"),), "/qr.png")]
    browser = await street.browser()
    welcome = await browser.hello()
    assert welcome["messages"] == []
    assert welcome["owner"] == "bot"
    await browser.say("c1", "充流量")
    assert (await browser.next("ack"))["cid"] == "c1"
    mine, reply = await browser.next("msg"), await browser.next("msg")
    assert (mine["author"], mine["text"], mine["cid"], mine["seq"]) == ("customer", "充流量", "c1", 1)
    assert (reply["author"], reply["text"], reply["image"], reply["seq"]) == ("bot", "选一个", "/qr.png", 2)
    assert reply["buttons"] == [{"title": "国内", "payload": "/inform"}]


async def test_a_card_is_beside_its_text_at_once_and_after_a_reload(street: ChatServer) -> None:
    card = {"kind": "balance", "number": "13800138000", "balance_fen": 100, "arrears_fen": 0, "so_far_fen": None}
    street.app.conversations.script.says = lambda inbound: [Reply("余额 1.00 元", card=card)]
    browser = await street.browser()
    await browser.hello()
    await browser.say("c1", "查话费")
    mine, reply = await browser.next("msg"), await browser.next("msg")
    assert "card" not in mine
    assert (reply["text"], reply["card"]) == ("余额 1.00 元", card)
    again = await (await street.browser()).hello(browser.token)
    assert [line.get("card") for line in again["messages"]] == [None, card]


async def test_a_pressed_button_carries_its_payload(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    await browser.say("c1", "国内流量", '/inform{"scope":"national"}')
    await browser.next("ack")
    assert street.app.conversations.taken[0].payload == '/inform{"scope":"national"}'


async def test_a_reload_shows_everything_again(street: ChatServer) -> None:
    first = await street.browser()
    await first.hello()
    await first.say("c1", "查话费")
    await first.next("msg"), await first.next("msg")
    again = await (await street.browser()).hello(first.token)
    assert [line["text"] for line in again["messages"]] == ["查话费", "收到查话费"]


async def test_coming_back_gives_only_what_was_missed(street: ChatServer) -> None:
    first = await street.browser()
    await first.hello()
    await first.say("c1", "一")
    await first.next("msg")
    await first.connection.close()
    again = await (await street.browser()).hello(first.token, last=1)
    assert [line["seq"] for line in again["messages"]] == [2]


async def test_a_resent_message_runs_once(street: ChatServer) -> None:
    """Given an acknowledgement that was lost, the same cid again is acknowledged and not run again."""
    first = await street.browser()
    await first.hello()
    await first.say("c1", "充值")
    await first.next("ack")
    second = await street.browser()
    await second.hello(first.token)
    await second.say("c1", "充值")
    await second.next("ack")
    assert len(street.app.conversations.taken) == 1


async def test_a_turn_outlives_its_socket(street: ChatServer) -> None:
    """Given a socket that closes while the turn runs, the reply is there for the next one."""
    street.app.conversations.script.gate.clear()
    first = await street.browser()
    await first.hello()
    await first.say("c1", "查账单")
    await first.next("ack")
    await first.connection.close()
    street.app.conversations.script.gate.set()
    second = await street.browser()
    seen = [line["text"] for line in (await second.hello(first.token))["messages"]]
    while len(seen) < 2:
        seen.append((await second.next("msg"))["text"])
    assert seen == ["查账单", "收到查账单"]


async def test_a_slow_turn_shows_typing(street: ChatServer) -> None:
    street.app.conversations.script.gate.clear()
    browser = await street.browser()
    await browser.hello()
    await browser.say("c1", "查账单")
    assert (await browser.next("typing"))["on"] is True
    street.app.conversations.script.gate.set()
    assert (await browser.next("typing"))["on"] is False


async def test_a_forged_token_gets_a_new_session(street: ChatServer) -> None:
    """Knowing a session's id is not enough to read it."""
    first = await street.browser()
    await first.hello()
    await first.say("c1", "我的话费")
    await first.next("msg")
    known = first.token.rpartition(".")[0]
    for forged in (known, f"{known}.AAAA", f"{known}.", "", "。", "x" * 500):
        welcome = await (await street.browser()).hello(forged)
        assert welcome["messages"] == []
        assert welcome["token"].rpartition(".")[0] != known


async def test_an_identity_number_comes_back_masked(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    await browser.say("c1", "我的身份证是 11010519491231002X")
    line = await browser.next("msg")
    assert line["cid"] == "c1"
    assert "11010519491231002X" not in line["text"]


async def test_what_cannot_be_taken_is_refused_and_the_connection_lives(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    for bad, code in (
        ("no json", "bad_frame"),
        ("[1]", "bad_frame"),
        ('{"type":"dance"}', "bad_frame"),
        (b"\x00", "bad_frame"),
        (json.dumps({"type": "msg", "cid": "c1", "text": "长" * 4001}), "too_long"),
        (json.dumps({"type": "msg", "cid": "c1", "text": "  "}), "empty"),
        (json.dumps({"type": "msg", "cid": "c 1", "text": "x"}), "bad_frame"),
        (json.dumps({"type": "msg", "cid": "c1", "text": "\ud800"}), "empty"),
        (json.dumps({"type": "msg", "cid": "c1", "text": 5}), "bad_frame"),
        ('{"type":"hello","v":1}', "bad_frame"),
    ):
        await browser.connection.send(bad)
        error = await browser.next("error")
        assert (error["code"], error["again"]) == (code, False)
    await browser.say("c9", "好")
    assert (await browser.next("ack"))["cid"] == "c9"
    assert [inbound.text for inbound in street.app.conversations.taken] == ["好"]


async def test_a_full_database_is_told_and_the_message_may_come_again(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    street.app.conversations.broken = True
    await browser.say("c1", "查话费")
    error = await browser.next("error")
    assert (error["code"], error["cid"], error["again"]) == ("unavailable", "c1", True)
    street.app.conversations.broken = False
    await browser.say("c1", "查话费")
    assert (await browser.next("ack"))["cid"] == "c1"


async def test_too_many_messages_are_slowed_down(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    for number in range(rates.SESSION[0].most + 1):
        await browser.say(f"c{number}", "在吗")
    error = await browser.next("error")
    assert (error["code"], error["cid"], error["again"]) == ("too_many", f"c{rates.SESSION[0].most}", True)


async def test_who_sends_nothing_but_garbage_is_put_out(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.hello()
    for _ in range(socket.MOST_BAD + 1):
        await browser.connection.send("garbage")
        assert (await browser.next("error"))["code"] == "bad_frame"
    await asyncio.wait_for(browser.connection.wait_closed(), 5)
    assert browser.connection.close_code == 1008


async def test_only_known_pages_may_open_it(street: ChatServer) -> None:
    for origin in (f"http://{street.host}", "http://127.0.0.1:1", "https://www.op.cn", "HTTP://M.op.cn:8080"):
        await (await street.browser(Origin=origin)).hello()
    for origin in ("https://evil.example", "null", "http://[", "https://op.cn", "https://evilop.cn", "http://m.op.cn"):
        with pytest.raises(InvalidStatus) as refused:
            await street.browser(Origin=origin)
        assert refused.value.response.status_code == 403
        told = await websockets.connect(f"ws://{street.host}/ws?{socket.WIDGET}", origin=Origin(origin))
        await asyncio.wait_for(told.wait_closed(), 5)
        assert told.close_code == socket.FOREIGN_PAGE, "a browser hides from the widget why a 403 was given"


async def test_something_else_than_hello_ends_the_visit(street: ChatServer) -> None:
    browser = await street.browser()
    await browser.say("c1", "hi")
    await asyncio.wait_for(browser.connection.wait_closed(), 5)
    assert street.app.conversations.taken == []


async def test_the_place_in_the_queue_and_the_agent_are_shown(street: ChatServer) -> None:
    browser, hall = await street.browser(), street.app.hall
    await browser.hello()
    await browser.say("c1", WISH)
    owner = await browser.next("owner")
    assert (owner["owner"], owner["state"], owner["position"]) == ("bot", "waiting", 1)
    waiting = (await handoff.queue(hall))[0]
    await handoff.take_over(hall, waiting.id, "demo")
    owner = await browser.next("owner")
    assert (owner["owner"], owner["state"]) == ("person", "taken")
    await handoff.reply(hall, waiting.id, handoff.AgentReply("demo", "r1", "您好"), street.app.conversations.post)
    line = await browser.next("msg")
    assert (line["author"], line["text"]) == ("agent", "您好")
    await handoff.close(hall, waiting.id, "demo")
    assert (await browser.next("owner"))["owner"] == "bot"


def test_a_token_is_good_only_under_its_secret() -> None:
    mine = session.Session("abc", NOW)
    token = mine.token(b"one")
    assert session.session_of(b"one", token, NOW) == mine
    assert session.session_of(b"two", token, NOW) is None
    assert session.session_of(b"one", 5, NOW) is None


def test_a_token_ends_and_its_age_cannot_be_changed() -> None:
    mine = session.Session("abc", NOW)
    name, began, signature = mine.token(b"one").split(".")
    assert session.session_of(b"one", mine.token(b"one"), NOW + session.LONGEST) is None
    younger = f"{name}.{int(began, 16) + 3600:x}.{signature}"
    assert session.session_of(b"one", younger, NOW) is None


async def test_the_limit_is_the_sessions_whatever_it_connects_by(street: ChatServer) -> None:
    first = await street.browser()
    token = (await first.hello())["token"]
    for number in range(rates.SESSION[0].most):
        await first.say(f"c{number}", "你好")
        await first.next("ack")
    again = await street.browser()
    await again.hello(token)
    await again.say("more", "你好")
    assert (await again.next("error"))["code"] == "too_many"
    other = await street.browser()
    await other.hello()
    await other.say("c1", "你好")
    await other.next("ack")


async def test_an_address_holds_only_so_many_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_OF_ADDRESS", 2)
    async with chat_app(tmp_path) as app:
        proxies = app.settings.trusted_proxies = Proxies.of("1")
        async with served(app, socket.blueprint, proxies=proxies) as host:
            await _crowded(ChatServer(app, host))


async def _crowded(street: ChatServer) -> None:
    theirs = {"X-Forwarded-For": "203.0.113.7"}
    held = [await street.browser(**theirs) for _ in range(2)]
    one_more = await street.browser(**theirs)
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await one_more.hello()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == socket.TRY_LATER
    assert (await (await street.browser(**{"X-Forwarded-For": "203.0.113.8"})).hello())["token"]
    await held[0].connection.close()
    await asyncio.sleep(0.1)
    assert (await (await street.browser(**theirs)).hello())["token"]


async def test_what_was_said_while_a_line_was_proved_is_hidden_once_that_is_over(street: ChatServer) -> None:
    browser, at = await street.browser(), int(NOW.timestamp())
    user = {"line": ONE, "at": at, "signature": vouched.sign(IDENTITY, ONE, at)}
    token = (await browser.hello(user=user))["token"]
    await browser.say("c1", "查话费")
    await browser.next("ack")
    await street.app.conversations.settle()
    shown = (await (await street.browser()).hello(token))["messages"]
    assert [line["author"] for line in shown] == ["customer", "bot"]
    street.app.hall.clock.advance(timedelta(minutes=31))
    (line,) = (await (await street.browser()).hello(token))["messages"]
    assert (line["author"], line["seq"]) == ("system", shown[-1]["seq"])
    (line,) = (await (await street.browser()).hello(token, last=1))["messages"]
    assert line["author"] == "system"


async def test_a_session_that_nobody_used_for_long_is_over(street: ChatServer) -> None:
    browser = await street.browser()
    token = (await browser.hello())["token"]
    await browser.say("c1", "查话费")
    await browser.next("ack")
    await street.app.conversations.settle()
    street.app.hall.clock.advance(session.IDLE - timedelta(hours=1))
    assert (await (await street.browser()).hello(token))["token"] == token
    street.app.hall.clock.advance(timedelta(hours=2))
    welcome = await (await street.browser()).hello(token)
    assert welcome["token"] != token
    assert welcome["messages"] == []


async def proved(street: ChatServer, user: Any, token: str | None = None) -> tuple[bool, str | None, str]:
    """Whether the page's word was taken, the line that is proved after a message, and the conversation's token."""
    browser = await street.browser()
    welcome = await browser.hello(token, user=user)
    await browser.say(f"c{len(street.app.conversations.taken)}", "查话费")
    await browser.next("ack")
    await street.app.conversations.settle()
    sender = browser.token.split(".")[0]
    row = await Conversation.read(street.app.hall.store, f"web:{session.ACCOUNT}:{sender}")
    assert row is not None
    return welcome["vouched"], row.msisdn if row.level else None, browser.token


def signed(line: str, at: int = int(NOW.timestamp()), secret: str = IDENTITY) -> dict[str, Any]:
    return {"line": line, "at": at, "signature": vouched.sign(secret, line, at)}


async def test_a_site_vouches_for_who_is_signed_in_there(street: ChatServer) -> None:
    assert (await proved(street, signed(ONE)))[:2] == (True, ONE)
    assert (await proved(street, None))[:2] == (False, None)


@pytest.mark.parametrize(
    "user",
    [
        signed(ONE, secret="another"), signed(ONE) | {"line": TWO}, signed(ONE) | {"at": 1},
        signed(ONE) | {"signature": ""},
        signed(ONE, int(NOW.timestamp()) - vouched.VALID - 1), signed(ONE, int(NOW.timestamp()) + vouched.VALID + 1),
        signed("10086"), signed(ONE) | {"signature": "签"}, {}, [], ONE, signed(ONE) | {"at": "1"},
    ],
)  # fmt: skip
async def test_a_word_that_is_not_signed_for_now_is_worth_nothing(street: ChatServer, user: Any) -> None:
    assert (await proved(street, user))[:2] == (False, None)


async def test_another_customer_on_the_same_browser_has_a_conversation_of_his_own(street: ChatServer) -> None:
    _, _, first = await proved(street, signed(ONE))
    _, line, second = await proved(street, signed(TWO), first)
    assert (line, second != first) == (TWO, True)
    _, line, third = await proved(street, signed(TWO), second)
    assert (line, third) == (TWO, second)


async def test_without_a_secret_no_site_may_vouch(street: ChatServer) -> None:
    street.app.settings.widget_identity_secret = ""
    assert (await proved(street, signed(ONE, secret="")))[:2] == (False, None)
