"""The one process: the app, its channels and its pages on one port."""

from __future__ import annotations

import asyncio
import logging
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any

from sanic import Sanic

from bot.app import App, prepare
from bot.settings import Settings, SettingsError
from channels import deadline, documents, headers, health, helpdesk, pay, rasa, supplier
from channels.desk import api as desk
from channels.documents import privacy
from channels.http import HeadRouter, install_errors
from channels.operations import Operations
from channels.sms.routes import attach as attach_sms
from channels.web import files, pages, rest
from channels.web import socket as web_socket
from hall import agent_roles, agents
from yingting.wiring import build

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024  # routes have smaller limits of their own
BACKLOG = 1024  # connections waiting to be accepted: a gateway opens hundreds at once
PAGES = (("/", "a phone and a web chat, side by side"), ("/desk", "the agents' desk"), ("/healthz", "health"))


def create_app(app: App) -> Sanic[Any, Any]:
    """The web application: every channel's routes on one port."""
    server: Sanic[Any, Any] = Sanic("yingting", configure_logging=False, router=HeadRouter())
    server.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
    server.config.WEBSOCKET_MAX_SIZE = 64 * 1024
    server.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3.0  # seconds for idle connections; `app.close` waits for turns
    server.config.FALLBACK_ERROR_FORMAT = "json"
    server.ctx.proxies = app.settings.trusted_proxies
    deadline.set_times(server)
    install_errors(server)
    headers.install(server, app.settings.public_url)
    attach_sms(server, app)
    for routes in (health, rest, web_socket, rasa, helpdesk, files, pages, privacy, desk, pay, documents, supplier):
        server.blueprint(routes.blueprint(app))

    @server.before_server_start
    async def _open(*_: Any) -> None:
        await app.open()
        app.reload_on_hangup()
        if app.settings.desk_admin_password:
            await agents.ensure(app.hall, "demo", app.settings.desk_admin_password, role=agent_roles.SUPERVISOR)

    _add_operations(server, app)

    @server.after_server_start
    async def _deliver(*_: Any) -> None:
        app.deliver()

    @server.after_server_stop
    async def _close(*_: Any) -> None:
        await app.close()

    return server


def _add_operations(server: Sanic[Any, Any], app: App) -> None:
    """Open the operations port with the server, and say that no more messages are taken before it stops."""
    operations = Operations(app, *app.settings.operations) if app.settings.operations else None

    @server.after_server_start
    async def _open_operations(*_: Any) -> None:
        if operations is not None:
            await operations.open()

    @server.before_server_stop
    async def _stopping(*_: Any) -> None:
        app.stopping = True

    @server.after_server_stop
    async def _close_operations(*_: Any) -> None:
        if operations is not None:
            await operations.close()


def serve(settings: Settings, host: str, port: int) -> None:
    """Run until stopped. Prints where the pages are and, in the demonstration, who is who."""
    bound = _bound(host, port)  # before the model is loaded: a port in use is told at once
    app = build(settings)
    asyncio.run(_prepared(app))
    server = create_app(app)

    @server.after_server_start
    async def _ready(*_: Any) -> None:
        print(_welcome(app, f"http://{host}:{port}"), flush=True)

    server.run(
        sock=bound,
        protocol=deadline.WholeRequest,
        single_process=True,
        motd=False,
        access_log=False,
        backlog=BACKLOG,
    )


async def _prepared(app: App) -> None:
    """Migrate before the server starts: a database fault is one line here, and a traceback there."""
    try:
        await prepare(app.hall)
    finally:
        await app.hall.store.close()


def _bound(host: str, port: int) -> socket:
    """A bound socket that does not listen yet: connections are refused until the app is open."""
    bound = socket(AF_INET6 if ":" in host else AF_INET)
    bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise SettingsError(f"cannot listen on {host}:{port}: {error}") from None
    return bound


def _welcome(app: App, base: str) -> str:
    settings, people = app.settings, app.hall.people
    pages = PAGES if settings.demonstration else PAGES[1:]
    lines = ["", "yingting is open", *(f"  {base + path:<34} {what}" for path, what in pages)]
    if settings.demonstration and people:
        lines += [f"  desk: name demo, password {settings.desk_admin_password}"]
        lines += [f"  REST: Authorization: Bearer {settings.rest_token}", "", "demonstration numbers"]
        lines += [f"  {p['msisdn']}  {p['carrier']} {p['city']}  {p['plan']}  {p['note']}" for p in people.customers]
    return "\n".join(lines) + "\n"
