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
    kept = await agent_sessions.begin(hall, agent, client_address(request))
    _set(response, hall, kept, int(LONGEST.total_seconds()))


async def end(request: Request[Any, Any], response: HTTPResponse, hall: Hall) -> None:
    """End the session, also for whoever has a copy of the cookie."""
    if kept := token(request):
        await agent_sessions.end(hall, kept)
    _set(response, hall, "", 0)


async def agent_of(request: Request[Any, Any], hall: Hall) -> agents.Agent | None:
    """Who is signed in, or None. What the page does by itself (GET) does not keep the session going."""
    kept = token(request)
    return await agent_sessions.agent_of(hall, kept, acts=request.method == "POST") if kept else None


def token(request: Request[Any, Any]) -> str:
    """What the browser keeps of its session, or ""."""
    kept = request.cookies.get(COOKIE) or ""
    return kept if kept.isascii() and len(kept) <= LONGEST_COOKIE else ""


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
