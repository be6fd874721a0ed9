"""Sign-in by the operator's identity provider (hall/oidc.py): there, and back. No routes without its settings."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from channels.address import client_address
from channels.desk import login
from channels.desk.desk import Desk
from channels.http import Refused
from hall import security_log
from hall.errors import Unavailable
from hall.oidc import Attempt, OidcRefused, Provider, role_of, sign_in

COOKIE, PATH, LASTS = "yingting_oidc", "/desk/oidc", 600  # seconds between leaving and coming back
LONGEST = 2000  # characters of what comes back


def add(bp: Blueprint, desk: Desk) -> None:
    """`/desk/oidc` and `/desk/oidc/back`."""
    account = getattr(desk.app.settings, "oidc", None)
    if account is None:
        return
    provider = Provider(account, f"{desk.hall.public_url}{PATH}/back")

    @bp.get("/oidc")
    async def leave(_request: Request[Any, Any]) -> HTTPResponse:
        attempt = Attempt.new()
        try:
            response = redirect(await provider.address(attempt))
        except (Unavailable, OidcRefused):
            raise Refused(503, "sign_in_down", "the identity provider does not answer") from None
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
            raise Refused(401, "wrong", "the identity provider's answer is not right") from None
        except Unavailable:
            raise Refused(503, "sign_in_down", "the identity provider does not answer") from None
        response = redirect("/desk/")
        await login.start(request, agent, response, desk.hall)
        _keep(desk, response, "", 0)  # each attempt comes back once
        return response


def _keep(desk: Desk, response: HTTPResponse, value: str, max_age: int) -> None:
    """Lax: the browser comes back from another site."""
    secure = desk.hall.public_url.startswith("https:")
    response.add_cookie(COOKIE, value, path=PATH, httponly=True, samesite="Lax", max_age=max_age, secure=secure)
