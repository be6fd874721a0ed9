"""Which pages may speak to us from another site, for routes that browsers ask by fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Request

from channels.http import Refused
from channels.web.origin import allowed

if TYPE_CHECKING:
    from bot.app import App


class Pages:
    """The pages that may embed the chat."""

    def __init__(self, app: App) -> None:
        self._app = app

    def welcome(self, request: Request[Any, Any]) -> dict[str, str]:
        """What lets the page read the answer. Raises Refused for a page that may not embed the chat."""
        if not allowed(request, self._app.hall.public_url, self._app.settings.widget_origins):
            raise Refused(403, "foreign_page", "this page may not embed the chat")
        origin = request.headers.get("origin")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}

    def asked(self, methods: str) -> dict[str, str]:
        """The answer to what a browser asks before it sends."""
        return {
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": "600",
        }
