"""Whose request it is: the address of the customer's or agent's own machine, also behind our proxies."""

from __future__ import annotations

from typing import Any

from sanic import Request

from bot.proxies import Proxies, bare

LOCAL = "127.0.0.1"  # what connects by a Unix socket has no address


def client_address(request: Request[Any, Any]) -> str:
    """The address of who sent the request; forwarded ones only from the proxies of the settings (`app.ctx.proxies`)."""
    proxies: Proxies = getattr(request.app.ctx, "proxies", Proxies())
    forwarded = ",".join(request.headers.getall("x-forwarded-for", []))
    return proxies.client(bare(request.ip or "") or LOCAL, forwarded)
