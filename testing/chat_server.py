"""An app for the tests of web chat and desk: the real store, hand-off and conversations, an engine that echoes."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sanic import Sanic

from bot.learning.lesson import Lessons
from bot.origins import read
from bot.proxies import NO_PROXIES, Proxies
from channels.http import install_errors
from hall.brand import demonstrations
from hall.clock import Clock
from hall.helpdesk.own import OwnDesk
from hall.policy import Policy
from hall.store.tables import metadata
from hall.store.unit import Store
from testing.fake_conversations import FakeConversations

SITES = "https://*.op.cn http://m.op.cn:8080"  # that may embed the chat
IDENTITY = "the identity secret of these tests"
NOW = datetime(2026, 3, 15, 4, 0, tzinfo=timezone.utc)


def build_hall(folder: Path, **more: Any) -> Any:
    """The hall of these tests, on SQLite in `folder`."""
    store = Store(f"sqlite:///{folder}/hall.db")
    values = {
        "store": store,
        "clock": Clock(NOW),
        "secret": b"secret of the tests",
        "demonstration": True,
        "public_url": "http://127.0.0.1:1",
        "brand": demonstrations(),
        "people": None,
        "policy": Policy.load(),
        "helpdesk": OwnDesk(),
    } | more
    return SimpleNamespace(**values)


@asynccontextmanager
async def chat_app(folder: Path, **more: Any) -> AsyncIterator[Any]:
    """An app of the real hall and echoing turns."""
    hall = build_hall(folder, **more)
    async with hall.store.write() as connection:
        await connection.run_sync(metadata.create_all)
    conversations = FakeConversations(hall)
    settings = SimpleNamespace(
        desk_admin_password="open sesame",
        widget_origins=read(SITES),
        widget_identity_secret=IDENTITY,
        trusted_proxies=NO_PROXIES,
    )
    yield SimpleNamespace(hall=hall, conversations=conversations, settings=settings, lessons=_lessons(hall))
    await conversations.finish()
    await hall.store.close()


def _lessons(hall: Any) -> Lessons:
    """Nobody learns in these tests, unless a test says how."""

    async def take() -> None:
        raise AssertionError("nothing was learnt")

    return Lessons(("false",), hall.clock, take)


@asynccontextmanager
async def served(
    app: Any, *blueprints: Callable[[Any], Any], port: int = 0, proxies: Proxies = NO_PROXIES
) -> AsyncIterator[str]:
    """A real server of these blueprints in this event loop; gives `127.0.0.1:<port>`."""
    Sanic.test_mode = True
    sanic: Sanic[Any, Any] = Sanic(f"chat-{uuid.uuid4().hex}", configure_logging=False)
    sanic.config.TOUCHUP = False  # rewrites Sanic itself, once a process
    sanic.ctx.proxies = proxies
    install_errors(sanic)
    for blueprint in blueprints:
        sanic.blueprint(blueprint(app))
    listening = socket.create_server(("127.0.0.1", port))
    server: Any = await sanic.create_server(sock=listening, return_asyncio_server=True)
    await server.startup()
    await server.start_serving()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.close()
        for connection in list(server.connections):
            connection.close()
        await server.wait_closed()
