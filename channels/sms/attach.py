"""The SMS side in one piece, for bot's server to attach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Sanic

from channels.sms import demo, kannel, push, signed

if TYPE_CHECKING:
    from bot.app import House


def attach(app: Sanic[Any, Any], house: House) -> None:
    """Add the SMS routes that have their secret, and let the courier deliver every kind of SMS parcel."""
    phone = demo.Phone(house.hall.clock)
    demonstration = house.settings.demonstration
    push.register(house.courier, house, phone.deliver if demonstration else None)
    house.courier.handle("sms:demo", demo.pushed)
    for routes in (kannel.blueprint(house), signed.blueprint(house), demo.blueprint(house, phone)):
        app.blueprint(routes)
