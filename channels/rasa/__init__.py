"""Chat widgets that speak Rasa's protocols: over Socket.IO, and by REST with polling. docs/contracts/rasa-widgets.md"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Blueprint

from channels.rasa import polling, transports

if TYPE_CHECKING:
    from bot.app import App


def blueprint(app: App) -> Any:
    """The routes of both."""
    return Blueprint.group(transports.blueprint(app), polling.blueprint(app))
