"""The SMS routes in one piece, for the server to attach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Sanic

from channels.sms import demo, kannel, push, signed

if TYPE_CHECKING:
    from bot.app import App


def attach(server: Sanic[Any, Any], app: App) -> None:
    """Add the SMS routes that have their secret, and let the dispatcher deliver every kind of SMS."""
    phone = demo.Phone(app.hall.clock)
    demonstration = app.settings.demonstration
    push.register(app.dispatcher, app, phone.deliver if demonstration else None)
    app.dispatcher.handle("sms:demo", demo.pushed)
    for routes in (kannel.blueprint(app), signed.blueprint(app), demo.blueprint(app, phone)):
        server.blueprint(routes)
