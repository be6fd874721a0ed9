"""Files from the web chat: `POST /files`, the content as the body, from the pages that may embed the chat.

Only the holder of a session's token may send one, and nothing is ever served from here: what was sent is seen at the
desk (channels/desk/files.py).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty
from sanic.response import json as json_response

from bot.conversations.record import Conversation, LogEntry
from channels.address import client_address
from channels.http import Refused, bearer, read_body
from channels.web import frames, session
from channels.web.assets import HEADERS
from channels.web.origin import allowed
from channels.web.rates import Rate, Rates, counted
from hall import files, security_log
from hall.errors import Conflict
from hall.file_check import MOST_BYTES, BadFile
from hall.files import File, NoCase, Sent, TooMany
from hall.store.unit import Unit

if TYPE_CHECKING:
    from bot.app import App

SESSION, ADDRESS = (Rate(5, 60.0), Rate(20, 3600.0)), (Rate(20, 60.0), Rate(200, 3600.0))
LONGEST_NAME = 800  # characters, encoded
ALLOWED = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type, x-cid, x-name",
    "Access-Control-Max-Age": "600",
}
STATUS = {"too_large": 413, "bad_type": 415, "bad_content": 415}


def blueprint(app: App) -> Blueprint:
    """The route, and what a browser asks before it sends from another site."""
    bp, door = Blueprint("web_files"), _Door(app)

    @bp.options("/files")
    async def before(request: Request[Any, Any]) -> HTTPResponse:
        return empty(204, headers=door.welcome(request) | ALLOWED)

    @bp.post("/files", stream=True)
    async def send(request: Request[Any, Any]) -> HTTPResponse:
        headers = door.welcome(request)
        try:
            kept = await door.take(request)
        except Refused as error:
            error.headers = {**error.headers, **headers}  # else another site's page is not told why
            raise
        return json_response({"id": kept.id, "name": kept.name, "size": kept.size}, 201, headers=HEADERS | headers)

    return bp


class _Door:
    """Who may send, how often, and what comes of it."""

    def __init__(self, app: App) -> None:
        self._app, self._hall = app, app.hall
        self._sessions, self._addresses = Rates(SESSION), Rates(ADDRESS)

    def welcome(self, request: Request[Any, Any]) -> dict[str, str]:
        """What lets the page read the answer. Raises Refused for a page that may not embed the chat."""
        if not allowed(request, self._hall.public_url, self._app.settings.widget_origins):
            raise Refused(403, "foreign_page", "this page may not embed the chat")
        origin = request.headers.get("origin")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}

    async def take(self, request: Request[Any, Any]) -> File:
        """Read, check and keep it; every failure as Refused."""
        known = session.session_of(self._hall.secret, bearer(request), self._hall.clock.now())
        if known is None:
            raise Refused(401, "no_session", "the session's token is missing or over")
        cid = request.headers.get("x-cid", "")
        if not frames.is_client_id(cid):
            raise Refused(400, "bad_field", "X-Cid must be the page's id of the file")
        if not self._may_send(request, known.id):
            raise Refused(429, "too_many", "too many files", retry_after=60)
        name = unquote(request.headers.get("x-name", "")[:LONGEST_NAME])
        if request.stream is not None:
            request.stream.request_max_size = MOST_BYTES + 1024  # type: ignore[union-attr]
        content = await read_body(request, MOST_BYTES)
        return await self._kept(Sent(f"web:{session.ACCOUNT}:{known.id}", cid, name, content))

    def _may_send(self, request: Request[Any, Any], session_id: str) -> bool:
        address, now = counted(client_address(request), self._app.settings.trusted_proxies), time.monotonic()
        return self._sessions.take(session_id, now) and (not address or self._addresses.take(address, now))

    async def _kept(self, sent: Sent) -> File:
        async def say(unit: Unit, text: str, card: dict[str, Any], cid: str) -> None:
            entry = LogEntry("customer", text, client_id=cid, card=card)
            await self._app.conversations.filed(unit, sent.conversation, entry)

        talk = await Conversation.read(self._hall.store, sent.conversation)
        now = self._hall.clock.now()
        if talk is None or (talk.touched_at is not None and now - talk.touched_at > session.IDLE):
            raise Refused(409, "no_case", "nobody would look at it")
        try:
            return await files.keep(self._hall, sent, say)
        except BadFile as error:
            security_log.event("file_refused", why=error.code)
            raise Refused(STATUS[error.code], error.code, "a picture (JPEG, PNG, WebP) or a plain PDF") from None
        except NoCase:
            raise Refused(409, "no_case", "nobody would look at it") from None
        except TooMany:
            raise Refused(409, "enough", f"a conversation has at most {files.MOST} files") from None
        except Conflict:
            raise Refused(503, "unavailable", "try again", retry_after=1) from None
