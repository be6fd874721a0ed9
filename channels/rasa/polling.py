"""Rasa's REST shape for pages, with a session's token instead of a program's key.

POST /chat/session → {"session_id"}: a token that the page keeps. POST /chat/webhooks/rest/webhook {"message"} with
`Authorization: Bearer <session_id>` → [{"recipient_id", "text", "buttons"?, "image"?}, …]; `sender` counts for nothing.
GET /chat/messages?after=SEQ → {"last", "messages"}: what came since, an agent's words too.
"""

from __future__ import annotations

import time
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty
from sanic.response import json as json_response

from bot.conversations.service import LogLine
from bot.messages import InboundMessage
from channels.address import client_address
from channels.http import Refused, bearer, json_object, read_body
from channels.inbound import accept
from channels.rasa import words
from channels.rasa.pages import Pages
from channels.rasa.said import Offers
from channels.rasa.visit import LOOK_BACK
from channels.web import frames, session
from channels.web.rates import Crowd, counted, origin_of
from channels.web.visitor import Visitor, recall

if TYPE_CHECKING:
    from bot.app import App

LONGEST_BODY = 32 * 1024  # bytes
WITHIN = 15.0  # seconds
ROUTES = {"/chat/session": "POST", "/chat/webhooks/rest/webhook": "POST", "/chat/messages": "GET"}


def blueprint(app: App) -> Blueprint:
    """The routes, and what a browser asks before it sends from another site."""
    bp, door = Blueprint("rasa_polling"), _Door(app)

    @bp.post("/chat/session")
    async def begin(request: Request[Any, Any]) -> HTTPResponse:
        headers = door.pages.welcome(request)
        token = session.fresh(app.hall.clock.now()).token(app.hall.secret)
        return json_response({"session_id": token}, 201, headers=headers)

    @bp.post("/chat/webhooks/rest/webhook", stream=True)
    async def say(request: Request[Any, Any]) -> HTTPResponse:
        return await door.answered(request, door.say)

    @bp.get("/chat/messages")
    async def read(request: Request[Any, Any]) -> HTTPResponse:
        return await door.answered(request, door.read)

    async def before(request: Request[Any, Any]) -> HTTPResponse:
        return empty(204, headers=door.pages.welcome(request) | door.pages.asked(ROUTES[request.path.rstrip("/")]))

    for number, path in enumerate(ROUTES):
        bp.add_route(before, path, methods=["OPTIONS"], name=f"before_{number}")
    return bp


class _Door:
    """Who may say and read what."""

    def __init__(self, app: App) -> None:
        self._app, self.pages, self._crowd = app, Pages(app), Crowd()

    async def answered(self, request: Request[Any, Any], work: Any) -> HTTPResponse:
        """The answer, or why there is none, in a form that a page of another site may read."""
        headers = self.pages.welcome(request)
        try:
            return json_response(await work(request), headers=headers, ensure_ascii=False)
        except Refused as error:
            error.headers = {**error.headers, **headers}
            raise

    async def say(self, request: Request[Any, Any]) -> list[dict[str, Any]]:
        """Take a message and give what was said to it; nothing more when it takes longer: then it is polled for."""
        visitor = await self._visitor(request)
        data = json_object(await read_body(request, LONGEST_BODY))
        conversations = self._app.conversations
        answers, lines = conversations.engine.answers, await conversations.tail(visitor.conversation, LOOK_BACK)
        offers = Offers(answers)
        for line in lines:
            offers.add(line)
        message = offers.read(data.get("message"))
        if message is None:
            return self._told(visitor, [words.greeting(answers)])
        if message.too_long:
            raise Refused(400, "bad_field", f"message must be a text of 1 to {frames.MAX_TEXT} characters")
        address = counted(client_address(request), self._app.settings.trusted_proxies)
        if not self._crowd.may_write(visitor.session.id, address, time.monotonic()):
            raise Refused(429, "too_many", "too many messages", retry_after=10)
        message_id = _message_id(data)
        who = "web", session.ACCOUNT, visitor.session.id, message_id
        origin = origin_of(self._app.hall.secret, address)
        taken = await accept(self._app, InboundMessage(*who, message.text, message.payload, origin=origin))
        await conversations.wait_for_reply(taken, WITHIN)
        first, since = (lines[0].seq - 1, lines[-1].seq) if lines else (0, 0)
        lines = await conversations.log(visitor.conversation, first)
        mine = [line.seq for line in lines if line.client_id == message_id]  # a repeat gets the same answer again
        return self._told(visitor, [line for line in lines if line.seq > (mine[0] if mine else since)])

    async def read(self, request: Request[Any, Any]) -> dict[str, Any]:
        """What came after the line that the page has."""
        visitor, given = await self._visitor(request), request.args.get("after", "0")
        if not given.isdecimal() or len(given) > 9:
            raise Refused(400, "bad_field", "after must be the number of a line")
        lines = await self._app.conversations.log(visitor.conversation, int(given))
        return {"last": lines[-1].seq if lines else int(given), "messages": self._told(visitor, lines)}

    def _told(self, visitor: Visitor, lines: list[LogLine]) -> list[dict[str, Any]]:
        readable = visitor.shown(self._app.conversations, lines)
        url = self._app.hall.public_url
        return [words.webhook(line, visitor.session.id, url) for line in readable if line.author != "customer"]

    async def _visitor(self, request: Request[Any, Any]) -> Visitor:
        found = await recall(self._app.hall, bearer(request))
        if not found.known:
            raise Refused(401, "no_session", "the session's token is missing or over")
        return found


def _message_id(data: dict[str, Any]) -> str:
    """The page's own id of it, which de-duplicates, if it gives one."""
    metadata = data.get("metadata")
    given = metadata.get("message_id") if isinstance(metadata, dict) else None
    return given if frames.is_client_id(given) else token_hex(16)
