"""Checks the Origin header: which pages may open our sockets. Programs other than browsers send none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sanic import Request

from bot.origins import Origin, OriginError, is_one_of


def allowed(request: Request[Any, Any], public_url: str, sites: Iterable[Origin] = ()) -> bool:
    """Whether the page is of this host, of the public address or of one of `sites`."""
    given = request.headers.get("origin")
    if given is None:
        return True
    return is_one_of(given, (*_own(request.host), *_own(public_url), *sites))


def _own(host: str) -> tuple[Origin, ...]:
    """A host, or an address, as origins; none of what is no host: the header is the client's."""
    try:
        return (Origin.of(host),) if "://" in host else (Origin.of(f"http://{host}"), Origin.of(f"https://{host}"))
    except OriginError:
        return ()
