"""An agent's login: a signed cookie that ends by itself, or with a change of the password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from sanic import HTTPResponse, Request

from channels.http import same_secret
from hall import agents
from hall.context import Hall
from hall.text import readable

COOKIE = "yingting_desk"
LOGIN_LASTS = timedelta(hours=10)  # a shift


def start(agent: agents.Agent, response: HTTPResponse, hall: Hall) -> None:
    """Put the login of `agent` into the response."""
    body = _encode({"name": agent.name, "until": int((hall.clock.now() + LOGIN_LASTS).timestamp())})
    _set(response, hall, f"{body}.{_signature(hall.secret, agent.stamp, body)}", int(LOGIN_LASTS.total_seconds()))


def end(response: HTTPResponse, hall: Hall) -> None:
    """Take the login out of the browser."""
    _set(response, hall, "", 0)


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


async def agent_of(request: Request[Any, Any], hall: Hall) -> agents.Agent | None:
    """Who is signed in, or None: no cookie, a forged or an old one, or no such agent any more."""
    body, _, signature = (request.cookies.get(COOKIE) or "").partition(".")
    claim = _decode(body)
    if claim is None or not _fresh(claim, hall.clock.now()):
        return None
    agent = await agents.find(hall, readable(str(claim.get("name"))))
    if agent is None:
        return None
    right = _signature(hall.secret, agent.stamp, body)
    return agent if same_secret(signature, right) else None


def _fresh(claim: dict[str, Any], now: datetime) -> bool:
    until = claim.get("until")
    return isinstance(until, int) and now.timestamp() < until


def _encode(claim: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claim).encode()).decode().rstrip("=")


def _decode(body: str) -> dict[str, Any] | None:
    try:
        claim = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, RecursionError):
        return None
    return claim if isinstance(claim, dict) else None


def _signature(secret: bytes, stamp: str, body: str) -> str:
    return hmac.new(secret, f"desk-session:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
