"""`/socket.io/`: Engine.IO by long polling and by WebSocket, and the change from one to the other.

Links live in the process that opened them: several processes behind one address need a balancer that sends a client
to the same one, or clients that begin with the WebSocket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from functools import partial
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request, Websocket
from sanic.exceptions import ServerError, WebsocketClosed
from sanic.response import empty
from sanic.response import json as json_response
from sanic.response import text as text_response
from websockets.exceptions import ConnectionClosed

from channels.address import client_address
from channels.http import read_body, utf8
from channels.rasa import link
from channels.rasa.link import Link
from channels.rasa.pages import Pages
from channels.rasa.visit import Visit
from channels.web.open_sockets import Sockets
from channels.web.rates import Crowd, counted, origin_of

if TYPE_CHECKING:
    from bot.app import App

PATH = "/socket.io/"
POLL = 20.0  # seconds that a GET waits
UPGRADES_WITHIN = 10.0  # seconds
TRY_LATER = 1013
BAD_TRANSPORT, BAD_SID, BAD_REQUEST, BAD_VERSION = 0, 1, 3, 5  # the protocol's own codes
_GONE = (ConnectionClosed, WebsocketClosed, ServerError)


def blueprint(app: App) -> Blueprint:
    """The route of both transports."""
    bp = Blueprint("rasa_socket")
    server = _Server(app, bp)

    async def get(request: Request[Any, Any]) -> HTTPResponse | None:
        return await server.get(request)

    get.is_websocket = True  # type: ignore[attr-defined]  # it answers nothing when it went on as a WebSocket
    bp.add_route(get, PATH, methods=["GET"], name="get")

    @bp.post(PATH, stream=True)
    async def post(request: Request[Any, Any]) -> HTTPResponse:
        return await server.post(request)

    @bp.options(PATH)
    async def before(request: Request[Any, Any]) -> HTTPResponse:
        return empty(204, headers=server.pages.welcome(request) | server.pages.asked("GET, POST"))

    bp.before_server_stop(server.stop)
    return bp


class _Server:
    """The links of this process."""

    def __init__(self, app: App, bp: Blueprint) -> None:
        self._app, self.pages = app, Pages(app)
        self._crowd, self._sockets = Crowd(), Sockets(bp)
        self._links: dict[str, Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, request: Request[Any, Any]) -> HTTPResponse | None:
        """A handshake, a poll, or a WebSocket."""
        headers = self.pages.welcome(request)
        asked = request.args
        if asked.get("EIO") != "4":
            return _refusal(BAD_VERSION, headers)
        transport, sid = asked.get("transport"), asked.get("sid")
        found = self._links.get(sid) if sid else None
        if sid and found is None:
            return _refusal(BAD_SID, headers)
        if transport == "websocket":
            if request.headers.get("upgrade", "").lower() != "websocket":
                return _refusal(BAD_REQUEST, headers)
            await self._socket(request, found)
            return None
        if transport != "polling":
            return _refusal(BAD_TRANSPORT, headers)
        if found is None:
            found = self._open(request)
            return _body(found.hello(may_upgrade=True), headers) if found else _refusal(BAD_REQUEST, headers)
        body = await found.poll(POLL)
        return _body(body, headers) if body is not None else _refusal(BAD_REQUEST, headers)

    async def post(self, request: Request[Any, Any]) -> HTTPResponse:
        """Packets by polling; answered when each was taken."""
        headers = self.pages.welcome(request)
        found = self._links.get(request.args.get("sid", ""))
        if found is None or found.on_socket:
            return _refusal(BAD_SID, headers)
        body = utf8(await read_body(request, link.MOST_BYTES))
        for packet in body.split(link.SEPARATOR):
            await found.receive(packet)
        return _body("ok", headers)

    def _open(self, request: Request[Any, Any]) -> Link | None:
        """A new link; None when there is no room for one."""
        address = counted(client_address(request), self._app.settings.trusted_proxies)
        room = ExitStack()
        if not room.enter_context(self._crowd.socket(address)):
            room.close()
            return None
        found = Link(token_urlsafe(18))
        may_write = partial(self._crowd.may_write, address=address)
        found.client = Visit(self._app, found, may_write, origin_of(self._app.hall.secret, address))
        self._links[found.sid] = found
        self._spawn(self._hold(found, room))
        return found

    async def _hold(self, found: Link, room: ExitStack) -> None:
        """Keep a link until it is over."""
        with room:
            try:
                await found.keep()
            finally:
                found.close()
                del self._links[found.sid]

    async def _socket(self, request: Request[Any, Any], found: Link | None) -> None:
        # the server's protocol is one that can, because `/ws` is a route of Sanic's own for WebSockets
        protocol: Any = request.transport.get_protocol()  # type: ignore[union-attr]
        socket: Websocket = await protocol.websocket_handshake(request)
        with self._sockets.holding(socket), suppress(*_GONE):
            if found is None:
                await self._begin(request, socket)
            elif await self._upgraded(found, socket):
                await self._serve(found, socket)
            await socket.close()

    async def _begin(self, request: Request[Any, Any], socket: Websocket) -> None:
        """A link that is a WebSocket from its start."""
        found = self._open(request)
        if found is None:
            await socket.close(TRY_LATER, "too many are connected")
            return
        await socket.send(found.hello(may_upgrade=False))
        await self._serve(found, socket)

    async def _upgraded(self, found: Link, socket: Websocket) -> bool:
        """Whether a link that polls goes on by WebSocket: the client tries it, then says so."""
        if found.on_socket or await socket.recv(UPGRADES_WITHIN) != link.PROBE:
            return False
        with found.upgrading():
            await socket.send(link.PROBED)
            found.on_socket = await socket.recv(UPGRADES_WITHIN) == link.UPGRADE
        return found.on_socket

    async def _serve(self, found: Link, socket: Websocket) -> None:
        """Carry packets both ways until either side ends it."""
        found.on_socket = True
        sending = asyncio.create_task(_send(found, socket))
        try:
            while not found.closed and isinstance(raw := await socket.recv(), str):
                await found.receive(raw)
        finally:
            found.close()
            sending.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, *_: Any) -> None:
        """End every link: the clients connect again."""
        for found in list(self._links.values()):
            found.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _send(found: Link, socket: Websocket) -> None:
    with suppress(*_GONE):
        while packets := await found.packets():
            for packet in packets:
                if packet != link.NOOP:
                    await socket.send(packet)
        await socket.close()


def _body(text: str, headers: dict[str, str]) -> HTTPResponse:
    return text_response(text, headers=headers)


def _refusal(code: int, headers: dict[str, str]) -> HTTPResponse:
    """In the protocol's own form."""
    why = {BAD_SID: "Session ID unknown", BAD_VERSION: "Unsupported protocol version"}
    message = why.get(code, "Transport unknown" if code == BAD_TRANSPORT else "Bad request")
    return json_response({"code": code, "message": message}, 400, headers=headers)
