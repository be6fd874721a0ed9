"""The web chat's WebSocket, `/ws`.

The handler only accepts: a message is durable before it is acknowledged and its turn runs elsewhere,
so a socket that closes loses nothing. What the customer sees is the log of messages, in order, from
the last one that the browser has; so a browser that comes back misses nothing and doubles nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, Request, Websocket
from sanic.exceptions import ServerError, WebsocketClosed
from websockets.exceptions import ConnectionClosed

from bot.messages import Accepted, InboundMessage
from channels.address import client_address
from channels.http import Refused, count_refused
from channels.inbound import accept
from channels.web import frames, order_states, session, vouched
from channels.web.open_sockets import Sockets
from channels.web.origin import allowed
from channels.web.rates import Crowd, counted, origin_of
from channels.web.visitor import Visitor, recall
from hall import handoff
from hall.error_location import location_of
from hall.errors import StoreUnavailable
from hall.store.notification import changed, typing

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

HELLO_WITHIN = 10.0  # seconds
WIDGET = "widget"  # the query with which our widget says that it understands the code of a refusal
FOREIGN_PAGE = 4403  # the code with which the socket of a page that may not embed the chat is closed
TRY_LATER = 1013  # the code of a socket for which there is no room; browsers come again
MOST_BAD = 20  # bad frames in one visit; our widget sends none
HISTORY = 200  # newest messages sent to a page that was loaded anew
LOOK_AGAIN = 15.0  # seconds; finds what another process wrote should its wake be lost
TYPING_AFTER, TYPING_MOST = 0.4, 60.0  # seconds
AGENT_TYPES = 6.0  # seconds after the last sign that an agent is writing
GONE = (ConnectionClosed, WebsocketClosed, ServerError)  # errors of sending to a closed socket


def blueprint(app: App) -> Blueprint:
    """The route `/ws`."""
    bp = Blueprint("web_socket")
    sockets, crowd = Sockets(bp), Crowd()

    @bp.middleware("request")
    async def guard(request: Request[Any, Any]) -> None:
        """403 for a foreign page; only the widget itself is let in so far that it can be told why."""
        if request.query_string != WIDGET and not _welcome(request, app):
            raise Refused(403, "foreign_page", "this page may not embed the chat")

    @bp.websocket("/ws")
    async def ws(request: Request[Any, Any], socket: Websocket) -> None:
        if not _welcome(request, app):
            await socket.close(FOREIGN_PAGE, "this page may not embed the chat")  # a browser hides why a 403 was given
            return
        address = counted(client_address(request), app.settings.trusted_proxies)
        with sockets.holding(socket), crowd.socket(address) as room:
            if not room:
                await socket.close(TRY_LATER, "too many are connected")
                return
            may_write = partial(_may_write, crowd, address)
            await Visit(app, socket, may_write, origin_of(app.hall.secret, address)).run()

    return bp


def _welcome(request: Request[Any, Any], app: App) -> bool:
    return allowed(request, app.hall.public_url, app.settings.widget_origins)


def _may_write(crowd: Crowd, address: str, session_id: str) -> bool:
    return crowd.may_write(session_id, address, time.monotonic())


class Visit:
    """One browser's connection, from hello to its end."""

    def __init__(self, app: App, socket: Websocket, may_write: Callable[[str], bool], origin: str = "") -> None:
        """`may_write`: counts a message of a session, and says whether it may be sent; `origin`: see InboundMessage."""
        self._origin = origin
        self._may_write = may_write
        self._app, self._hall, self._conversations = app, app.hall, app.conversations
        self._socket = socket
        self._visitor = Visitor(session.Session("", app.hall.clock.now()))
        self._user: vouched.User | None = None  # for whom the page vouches
        self._bad = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the browser goes."""
        try:
            hello = await self._hello()
            if hello is None:
                return
            self._user = hello.user
            self._visitor = await recall(self._hall, hello.token, self._line)
            self._spawn(self._pump(hello.last if self._visitor.known else 0))
            while (raw := await self._socket.recv()) is not None:
                await self._take(raw)
        except GONE:
            log.debug("web: a browser went")
        finally:
            for task in self._tasks:
                task.cancel()

    @property
    def _line(self) -> str | None:
        """The line for which the page vouches now."""
        return vouched.line_of(self._app.settings.widget_identity_secret, self._user, self._hall.clock.now())

    @property
    def _conversation(self) -> str:
        return self._visitor.conversation

    async def _hello(self) -> frames.Hello | None:
        """The first frame; anything else, or nothing in time, ends the visit."""
        raw = await self._socket.recv(timeout=HELLO_WITHIN)
        try:
            frame = frames.read(raw) if raw is not None else None
        except frames.BadFrame as bad:
            await self._send(frames.error(bad.code))
            frame = None
        if isinstance(frame, frames.Hello):
            return frame
        await self._socket.close(1008, "hello first")
        return None

    async def _take(self, raw: str | bytes) -> None:
        try:
            frame = frames.read(raw)
        except frames.BadFrame as bad:
            await self._send(frames.error(bad.code, bad.cid))
            self._bad += 1
            if self._bad > MOST_BAD:
                await self._socket.close(1008, "too many bad frames")
            return
        if isinstance(frame, frames.Message):
            await self._accept(frame)
        elif isinstance(frame, frames.Ping):
            await self._send({"type": "pong"})
        else:
            await self._send(frames.error("bad_frame"))

    async def _accept(self, message: frames.Message) -> None:
        """Acknowledge once it is durable; the browser sends again what was not acknowledged."""
        if not self._may_write(self._visitor.session.id):
            count_refused("too_many")
            await self._send(frames.error("too_many", message.cid, again=True))
            return
        said = message.cid, message.text, message.payload
        inbound = InboundMessage(
            "web", session.ACCOUNT, self._visitor.session.id, *said, msisdn=self._line, origin=self._origin
        )
        try:
            accepted = await accept(self._app, inbound)
        except StoreUnavailable:
            await self._send(frames.error("unavailable", message.cid, again=True))
            return
        except Refused:
            await self._send(frames.error("bad_frame", message.cid))
            return
        await self._send({"type": "ack", "cid": message.cid, "turn": accepted.turn})
        if accepted.fresh:
            self._spawn(self._typing(accepted))

    async def _typing(self, accepted: Accepted) -> None:
        """Show that something is being done, but only when it takes a moment."""
        if await self._conversations.wait_for_reply(accepted, TYPING_AFTER) is not None:
            return
        await self._send({"type": "typing", "on": True})
        await self._conversations.wait_for_reply(accepted, TYPING_MOST)
        await self._send({"type": "typing", "on": False})

    async def _agent_types(self) -> None:
        """Show that the agent is writing, for a few seconds after each sign of it."""
        async with self._conversations.pubsub.subscribe(typing(self._conversation)) as event:
            while True:
                await event.wait()
                await self._send({"type": "typing", "on": True})
                while event.is_set():
                    event.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(event.wait(), AGENT_TYPES)
                await self._send({"type": "typing", "on": False})

    async def _pump(self, seen: int) -> None:
        """Send what the log has after `seen`, now and whenever the conversation has something new."""
        status: handoff.Status | None = None
        async with self._conversations.pubsub.subscribe(changed(self._conversation)) as event:
            while True:
                event.clear()
                try:
                    lines = await self._conversations.log(self._conversation, seen)
                    now = await handoff.status(self._hall, self._conversation)
                except StoreUnavailable:
                    await asyncio.sleep(1.0)
                    continue
                await self._show(lines, status, now)
                seen, status = max([seen, *(line.seq for line in lines)]), now
                try:
                    await asyncio.wait_for(event.wait(), LOOK_AGAIN)
                except TimeoutError:
                    log.debug("web: looking again without a wake")

    async def _show(self, lines: list[Any], before: handoff.Status | None, now: handoff.Status) -> None:
        if before is None:
            self._spawn(self._agent_types())
            token, shown = (
                self._visitor.session.token(self._hall.secret),
                self._visitor.shown(self._conversations, lines),
            )
            time, vouched_for = self._hall.clock.now(), self._line is not None
            await self._send(frames.welcome(token, shown[-HISTORY:], now, time, vouched=vouched_for))
            self._spawn(order_states.push(self._app, self._conversation, self._send))
            return
        for line in lines:
            await self._send(frames.line(line))
        if now != before:
            await self._send(frames.owner(now))

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, (*GONE, StoreUnavailable)):
            return
        log.error("web: a visit failed: %s", location_of(error))
        self._socket.fail_connection(1011)  # the browser connects again
