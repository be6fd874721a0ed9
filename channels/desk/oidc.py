"""Sign-in by the operator's identity provider (hall/oidc.py): there, and back. No routes without its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from channels.address import client_address
from channels.desk import login
from channels.desk.desk import Desk
from channels.http import count_refused
from channels.web.assets import Asset
from hall import security_log
from hall.errors import Unavailable
from hall.oidc import Attempt, OidcRefused, Provider, role_of, sign_in

COOKIE, PATH, LASTS = "yingting_oidc", "/desk/oidc", 600  # seconds between leaving and coming back
LONGEST = 2000  # characters of what comes back
STATIC = Path(__file__).parent / "static"


def add(bp: Blueprint, desk: Desk) -> None:
    """`/desk/oidc` and `/desk/oidc/back`."""
    account = getattr(desk.app.settings, "oidc", None)
    if account is None:
        return
    wrong, down = (Asset.page(STATIC / name, desk.hall.brand) for name in ("refused.html", "sign_in_down.html"))
    provider = Provider(account, f"{desk.hall.public_url}{PATH}/back")

    @bp.get("/oidc")
    async def leave(request: Request[Any, Any]) -> HTTPResponse:
        attempt = Attempt.new()
        try:
            response = redirect(await provider.address(attempt))
        except (Unavailable, OidcRefused):
            return _told(request, down, 503)
        _keep(desk, response, str(attempt), LASTS)
        return response

    @bp.get("/oidc/back")
    async def back(request: Request[Any, Any]) -> HTTPResponse:
        address = client_address(request)
        state, code = (request.args.get(name, "")[:LONGEST] for name in ("state", "code"))
        try:
            claims = await provider.claims(Attempt.read(request.cookies.get(COOKIE) or ""), state, code)
            agent = await sign_in(desk.hall, claims, role_of(claims, account.role_claim), address)
        except OidcRefused as error:
            security_log.event("sign_in_refused", address=address, by="oidc", why=str(error))
            return _told(request, wrong, 401)
        except Unavailable:
            return _told(request, down, 503)
        response = redirect("/desk/")
        await login.start(request, agent, response, desk.hall)
        _keep(desk, response, "", 0)  # each attempt comes back once
        return response


def _told(request: Request[Any, Any], page: Asset, status: int) -> HTTPResponse:
    """A page for a person, who is on his way in, with the ways back."""
    count_refused("wrong" if status == 401 else "sign_in_down")
    request.headers.pop("if-none-match", None)
    response = page.response(request)
    response.status = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep(desk: Desk, response: HTTPResponse, value: str, max_age: int) -> None:
    """Lax: the browser comes back from another site."""
    secure = desk.hall.public_url.startswith("https:")
    response.add_cookie(COOKIE, value, path=PATH, httponly=True, samesite="Lax", max_age=max_age, secure=secure)
