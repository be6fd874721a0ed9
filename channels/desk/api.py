"""The desk's page and its API.

Every answer but the page and the sign-in needs a session. What changes something takes only JSON
with our own header, which no other site's page can send, besides the cookie that only our page has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request, Websocket
from sanic.response import json as json_response

from channels.desk import live, review, session, view
from channels.desk.money import add_money
from channels.http import Refused, field, json_object, readable
from channels.web.assets import HEADERS, folder
from channels.web.open_sockets import Sockets
from channels.web.origin import allowed
from hall import agents, handoff
from hall.brand import Brand
from hall.errors import Conflict, NotFound

if TYPE_CHECKING:
    from bot.app import App

STATIC = Path(__file__).parent / "static"
MAX_REPLY_LENGTH = 1000  # characters
MAX_KEY_LENGTH = 64  # characters
_NO_STORE = HEADERS | {"Cache-Control": "no-store"}

Route = Callable[..., Awaitable[HTTPResponse]]


def blueprint(app: App) -> Blueprint:
    """Everything under `/desk`."""
    bp = Blueprint("desk", url_prefix="/desk")
    bp.middleware(_guard(app), "request")
    _add_page(bp, app.hall.brand)
    _add_sessions(bp, Desk(app))
    _add_handoffs(bp, Desk(app))
    add_money(bp, Desk(app))
    review.add(bp, Desk(app))
    return bp


def _guard(app: App) -> Callable[[Request[Any, Any]], Awaitable[None]]:
    async def guard(request: Request[Any, Any]) -> None:
        if not allowed(request, app.hall.public_url):
            raise Refused(403, "foreign_page", "the desk is only for its own page")
        if request.method == "POST" and request.headers.get("x-desk") != "1":
            raise Refused(403, "no_header", "the header X-Desk: 1 is missing")
        if request.method == "POST" and not request.content_type.startswith("application/json"):
            raise Refused(400, "not_json", "the body must be JSON")

    return guard


class Desk:
    """What the routes do, with the errors that they answer."""

    def __init__(self, app: App) -> None:
        self.app, self.hall = app, app.hall

    def answer(self, body: dict[str, Any]) -> HTTPResponse:
        """JSON that nobody keeps."""
        return _answer(body)

    async def agent(self, request: Request[Any, Any]) -> agents.Agent:
        """Who is signed in, else 401."""
        agent = await session.agent_of(request, self.hall)
        if agent is None:
            raise Refused(401, "sign_in", "sign in first")
        return agent

    async def found(self, handoff_id: str) -> handoff.Handoff:
        """The hand-off, else 404."""
        try:
            return await handoff.get(self.hall, handoff_id)
        except NotFound:
            raise Refused(404, "no_handoff", "there is no such hand-off") from None

    async def sign_in(self, request: Request[Any, Any]) -> HTTPResponse:
        body = json_object(request.body)
        name, password = field(body, "name", 64), field(body, "password", 200)
        try:
            agent = await agents.sign_in(self.hall, name, password, request.client_ip)
        except agents.SignInRefused:
            raise Refused(401, "wrong", "wrong name or password") from None
        except agents.SignInLocked:
            wait = int(agents.WINDOW.total_seconds())
            raise Refused(429, "locked", "too many tries", retry_after=wait) from None
        response = _answer({"agent": agent.name})
        session.open_for(agent, response, self.hall)
        return response

    async def act(self, handoff_id: str, work: Awaitable[handoff.Handoff]) -> HTTPResponse:
        """The hand-off after `work`; 404 when there is none, 409 when it is somebody else's."""
        try:
            found = await work
        except NotFound:
            raise Refused(404, "no_handoff", f"there is no hand-off {handoff_id}") from None
        except handoff.NotYours:
            raise Refused(409, "not_yours", "somebody else has it, or it is not open") from None
        except Conflict:
            raise Refused(409, "busy", "it is changing right now: try again") from None
        return _answer({"id": found.id, "state": found.state, "agent": found.agent})

    async def reply(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self.agent(request), json_object(request.body)
        sent = handoff.AgentReply(agent.name, field(body, "id", MAX_KEY_LENGTH), _answer_text(body))
        return await self.act(handoff_id, handoff.reply(self.hall, handoff_id, sent, self.app.conversations.post))


def _answer_text(body: dict[str, Any]) -> str:
    text = body.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_REPLY_LENGTH:
        raise Refused(400, "bad_field", f"text must have 1 to {MAX_REPLY_LENGTH} characters")
    return readable(text).strip()


def _answer(body: dict[str, Any]) -> HTTPResponse:
    return json_response(body, headers=dict(_NO_STORE), ensure_ascii=False)


def _add_page(bp: Blueprint, brand: Brand) -> None:
    files = folder(STATIC, brand)

    @bp.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return files["index.html"].response(request)

    @bp.get("/static/<name:str>")
    async def static(request: Request[Any, Any], name: str) -> HTTPResponse:
        if name not in files:
            raise Refused(404, "no_route", "no such file")
        return files[name].response(request)


def _add_sessions(bp: Blueprint, desk: Desk) -> None:
    @bp.post("/login")
    async def login(request: Request[Any, Any]) -> HTTPResponse:
        return await desk.sign_in(request)

    @bp.post("/logout")
    async def logout(_request: Request[Any, Any]) -> HTTPResponse:
        response = _answer({})
        session.end(response, desk.hall)
        return response

    @bp.get("/api/session")
    async def who(request: Request[Any, Any]) -> HTTPResponse:
        agent = await session.agent_of(request, desk.hall)
        return _answer({"agent": agent.name if agent else None})


def _add_handoffs(bp: Blueprint, desk: Desk) -> None:
    @bp.get("/api/queue")
    async def queue(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request)
        return _answer({"agent": agent.name, "handoffs": await view.queue(desk.hall, agent)})

    @bp.get("/api/handoffs/<handoff_id:str>")
    async def detail(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request)
        return _answer(await view.detail(desk.app, await desk.found(handoff_id), agent))

    @bp.post("/api/handoffs/<handoff_id:str>/take")
    async def take(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request)
        return await desk.act(handoff_id, handoff.take_over(desk.hall, handoff_id, agent.name))

    @bp.post("/api/handoffs/<handoff_id:str>/reply")
    async def reply(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        return await desk.reply(request, handoff_id)

    @bp.post("/api/handoffs/<handoff_id:str>/close")
    async def close(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request)
        return await desk.act(handoff_id, handoff.close(desk.hall, handoff_id, agent.name))

    sockets = Sockets(bp)

    @bp.websocket("/ws")
    async def changes(request: Request[Any, Any], socket: Websocket) -> None:
        if await session.agent_of(request, desk.hall) is None:
            await socket.close(4401, "sign in first")
            return
        with sockets.holding(socket):
            await live.tell(desk.app, socket, request.args.get("handoff"))
