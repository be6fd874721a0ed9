"""Checks the Origin header: which pages may open our sockets. Programs other than browsers send none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sanic import Request

from bot.origins import Origin, is_one_of, read


def allowed(request: Request[Any, Any], public_url: str, sites: Iterable[Origin] = ()) -> bool:
    """Whether the page is of this host, of the public address or of one of `sites`."""
    given = request.headers.get("origin")
    if given is None:
        return True
    own = f"http://{request.host} https://{request.host} {public_url}"
    return is_one_of(given, (*read(own), *sites))
