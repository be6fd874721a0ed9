"""An agent's login: a cookie that names a session of the hall (hall/agent_sessions.py)."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request

from channels.address import client_address
from hall import agent_sessions, agents
from hall.agent_sessions import LONGEST
from hall.context import Hall

COOKIE = "yingting_desk"
LONGEST_COOKIE = 200  # characters


async def start(request: Request[Any, Any], agent: agents.Agent, response: HTTPResponse, hall: Hall) -> None:
    """Begin a session of `agent`, and put it into the response."""
    token = await agent_sessions.begin(hall, agent, client_address(request))
    _set(response, hall, token, int(LONGEST.total_seconds()))


async def end(request: Request[Any, Any], response: HTTPResponse, hall: Hall) -> None:
    """End the session, also for whoever has a copy of the cookie."""
    if token := _token(request):
        await agent_sessions.end(hall, token)
    _set(response, hall, "", 0)


async def agent_of(request: Request[Any, Any], hall: Hall) -> agents.Agent | None:
    """Who is signed in, or None. What the page does by itself (GET) does not keep the session going."""
    token = _token(request)
    return await agent_sessions.agent_of(hall, token, acts=request.method == "POST") if token else None


def _token(request: Request[Any, Any]) -> str:
    token = request.cookies.get(COOKIE) or ""
    return token if token.isascii() and len(token) <= LONGEST_COOKIE else ""


def _set(response: HTTPResponse, hall: Hall, value: str, max_age: int) -> None:
    response.add_cookie(
        COOKIE,
        value,
        path="/desk",
        httponly=True,
        samesite="Strict",
        max_age=max_age,
        secure=hall.public_url.startswith("https:"),
    )
