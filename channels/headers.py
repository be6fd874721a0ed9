"""Headers of every answer: what a browser must not do with it, and that nobody keeps it.

A route that sets one of them itself keeps its own. CSP and the others are those of OWASP's secure headers project.
"""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic

NOT_KEPT = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 31_536_000  # seconds


def install(server: Sanic[Any, Any], public_url: str) -> None:
    """Set them on every answer of `server`, errors too; HSTS where customers come by https."""
    wanted = dict(NOT_KEPT)
    if public_url.startswith("https:"):
        wanted["Strict-Transport-Security"] = f"max-age={YEAR}"

    @server.on_response
    async def _complete(request: Request[Any, Any], response: HTTPResponse) -> None:
        if turn := getattr(request.ctx, "turn", ""):
            response.headers["X-Turn"] = turn
        for name, value in wanted.items():
            response.headers.setdefault(name, value)
