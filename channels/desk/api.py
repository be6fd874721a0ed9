"""The desk's page and its API.

Every answer but the page and the sign-in needs a login. What changes something takes only JSON
with our own header, which no other site's page can send, besides the cookie that only our page has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanic import Blueprint, HTTPResponse, Request, Websocket

from channels.desk import (
    accounts,
    customer,
    files,
    learning,
    live,
    login,
    oidc,
    people,
    quality,
    review,
    talks,
    tickets,
)
from channels.desk.desk import Desk, answer
from channels.desk.money import add_money
from channels.http import Refused
from channels.web.assets import folder
from channels.web.open_sockets import Sockets
from channels.web.origin import allowed
from hall.agent_roles import SERVE, may
from hall.brand import Brand
from hall.handoff import routing

if TYPE_CHECKING:
    from bot.app import App

STATIC = Path(__file__).parent / "static"

Route = Callable[..., Awaitable[HTTPResponse]]


def blueprint(app: App) -> Blueprint:
    """Everything under `/desk`."""
    bp = Blueprint("desk", url_prefix="/desk")
    bp.middleware(_guard(app), "request")
    _add_page(bp, app.hall.brand)
    desk = Desk(app)
    _add_logins(bp, desk)
    _add_changes(bp, desk)
    oidc.add(bp, desk)
    people.add(bp, desk)
    talks.add(bp, desk)
    customer.add(bp, desk)
    add_money(bp, desk)
    review.add(bp, desk)
    tickets.add(bp, desk)
    accounts.add(bp, desk)
    learning.add(bp, desk)
    quality.add(bp, desk)
    files.add(bp, desk)
    return bp


def _guard(app: App) -> Callable[[Request[Any, Any]], Awaitable[None]]:
    async def guard(request: Request[Any, Any]) -> None:
        if not allowed(request, app.hall.public_url):
            raise Refused(403, "foreign_page", "the desk is only for its own page")
        if request.method == "POST" and request.headers.get("x-desk") != "1":
            raise Refused(403, "no_header", "the header X-Desk: 1 is missing")
        kind = "application/octet-stream" if request.path.endswith("/files") else "application/json"
        if request.method == "POST" and not request.content_type.startswith(kind):
            raise Refused(400, "not_json", f"the body must be {kind}")

    return guard


def _add_page(bp: Blueprint, brand: Brand) -> None:
    assets = folder(STATIC, brand)

    @bp.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return assets["index.html"].response(request)

    @bp.get("/static/<name:str>")
    async def static(request: Request[Any, Any], name: str) -> HTTPResponse:
        if name not in assets:
            raise Refused(404, "no_route", "no such file")
        return assets[name].response(request)


def _add_logins(bp: Blueprint, desk: Desk) -> None:
    @bp.post("/login")
    async def sign_in(request: Request[Any, Any]) -> HTTPResponse:
        return await desk.sign_in(request)

    @bp.post("/password")
    async def password(request: Request[Any, Any]) -> HTTPResponse:
        return await desk.change_password(request)

    @bp.post("/logout")
    async def logout(request: Request[Any, Any]) -> HTTPResponse:
        response, agent = answer({}), await login.agent_of(request, desk.hall)
        if agent is not None and may(agent.role, SERVE):
            await routing.leave(desk.hall, agent.name)
        await login.end(request, response, desk.hall)
        return response

    @bp.post("/api/session/alive")
    async def alive(request: Request[Any, Any]) -> HTTPResponse:
        await desk.agent(request)
        return answer({})

    @bp.get("/api/session")
    async def who(request: Request[Any, Any]) -> HTTPResponse:
        agent = await login.agent_of(request, desk.hall)
        by_provider = getattr(desk.app.settings, "oidc", None) is not None
        return answer({"agent": agent.name if agent and not agent.must_change else None, "by_provider": by_provider})


def _add_changes(bp: Blueprint, desk: Desk) -> None:
    sockets = Sockets(bp)

    @bp.websocket("/ws")
    async def changes(request: Request[Any, Any], socket: Websocket) -> None:
        if await login.agent_of(request, desk.hall) is None:
            await socket.close(4401, "sign in first")
            return
        with sockets.holding(socket):
            await live.tell(desk.app, socket, request.args.get("handoff"), lambda: login.agent_of(request, desk.hall))
