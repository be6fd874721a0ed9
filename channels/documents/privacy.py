"""`/privacy`: what is kept of customers, how long, and what they can ask for; or the operator's own text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from sanic import Blueprint, HTTPResponse, Request

from channels.web.assets import Asset
from hall.context import Hall

if TYPE_CHECKING:
    from bot.app import App

PAGE = Path(__file__).parent / "pages" / "privacy.html"
HEADING = "# "
_PAGES = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def blueprint(app: App) -> Blueprint:
    """The route `/privacy`."""
    bp = Blueprint("privacy")
    page = Asset.of(text(app.hall).encode(), ".html")

    @bp.get("/privacy")
    async def show(request: Request[Any, Any]) -> HTTPResponse:
        return page.response(request)

    return bp


def text(hall: Hall) -> str:
    """The page. Its times are those of the retention rules, by which data is deleted."""
    kept = {kind: keep.time for kind, keep in hall.policy.retention.kinds.items()}
    own = [_part(line) for line in hall.brand.privacy.splitlines() if line.strip()]
    template = _PAGES.from_string(PAGE.read_text("utf-8"))
    return template.render(brand=hall.brand, demo=hall.demonstration, kept=kept, own=own)


def _part(line: str) -> tuple[str, str]:
    """A line of an operator's own text: the element that it is, and its words."""
    return ("h2", line.removeprefix(HEADING)) if line.startswith(HEADING) else ("p", line)
