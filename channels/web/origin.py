"""Checks the Origin header: which pages may open our sockets. Programs other than browsers send none."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sanic import Request


def allowed(request: Request[Any, Any], public_url: str) -> bool:
    """Whether the Origin is this host or the public address."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return origin in (_origin(public_url), f"http://{request.host}", f"https://{request.host}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
