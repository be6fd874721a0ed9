"""The one process: the house, its doors and its pages on one port."""

from __future__ import annotations

import logging
from typing import Any

from sanic import Sanic

from bot.app import House, build
from bot.settings import Settings
from channels import health, pay
from channels.desk import api as desk
from channels.http import install_errors
from channels.sms.attach import attach as attach_sms
from channels.web import pages, rest, socket
from hall import agents
from hall.bss.demo.records import load as demonstration

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024  # bytes; the doors have smaller limits of their own
PLACES = (("/", "a phone and a web chat, side by side"), ("/desk", "the agents' desk"), ("/healthz", "health"))


def create_app(house: House) -> Sanic[Any, Any]:
    """The web application of a house."""
    app: Sanic[Any, Any] = Sanic("yingting", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.WEBSOCKET_MAX_SIZE = 64 * 1024
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3.0  # seconds for idle connections; turns are waited for by the house
    app.config.FALLBACK_ERROR_FORMAT = "json"
    install_errors(app)
    attach_sms(app, house)
    for room in (health, rest, socket, pages, desk, pay):
        app.blueprint(room.blueprint(house))

    @app.before_server_start
    async def _open(*_: Any) -> None:
        await house.open()
        if house.settings.desk_admin_password:
            await agents.ensure(house.hall, "demo", house.settings.desk_admin_password)

    @app.after_server_stop
    async def _close(*_: Any) -> None:
        await house.close()

    return app


def serve(settings: Settings, host: str, port: int) -> None:
    """Run until stopped. Prints where the pages are and, in the demonstration, who is who."""
    app = create_app(build(settings))

    @app.after_server_start
    async def _ready(*_: Any) -> None:
        print(_welcome(settings, f"http://{host}:{port}"), flush=True)

    app.run(host, port, single_process=True, motd=False, access_log=False)


def _welcome(settings: Settings, base: str) -> str:
    lines = ["", "yingting is open", *(f"  {base + path:<34} {what}" for path, what in PLACES)]
    if settings.demonstration:
        lines += [f"  desk: name demo, password {settings.desk_admin_password}"]
        lines += [f"  REST: Authorization: Bearer {settings.rest_token}", "", "demonstration numbers"]
        people = demonstration().customers
        lines += [f"  {p['msisdn']}  {p['carrier']} {p['city']}  {p['plan']}  {p['note']}" for p in people]
    return "\n".join(lines) + "\n"
