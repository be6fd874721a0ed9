"""An app for channel tests: real store, dispatcher and conversations, an engine that says what the test wants."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from sanic import Sanic
from sqlalchemy import select

from bot.proxies import networks_of
from channels import headers, health
from channels.http import HeadRouter, install_errors
from channels.sms.routes import attach
from channels.web import rest
from hall.brand import demonstrations
from hall.clock import Clock
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.tables.core import outbox
from hall.store.unit import Store
from testing.databases import SqliteTemplates
from testing.fake_conversations import FakeConversations, ScriptedEngine

NOW = datetime(2026, 3, 15, 4, 0, tzinfo=timezone.utc)


@dataclass
class App:
    """bot.app.App as channels see it."""

    hall: Any
    conversations: FakeConversations
    dispatcher: Dispatcher
    settings: SimpleNamespace

    @property
    def engine(self) -> ScriptedEngine:
        """The engine of its conversations."""
        return self.conversations.script

    async def health(self) -> tuple[bool, str]:
        """As its conversations are."""
        return await self.conversations.health()

    async def readiness(self) -> tuple[bool, str]:
        """As its conversations can be written."""
        return await self.conversations.writable()

    async def outbox(self) -> list[Any]:
        """The outbox."""
        return list(await self.hall.store.all(select(outbox).order_by(outbox.c.key)))

    async def passes(self, seconds: float) -> None:
        """Time moves on and the dispatcher does what is due."""
        self.hall.clock.advance(timedelta(seconds=seconds))
        await self.dispatcher.settle()


@pytest_asyncio.fixture
async def app(tmp_path: Path, templates: SqliteTemplates, policy: Policy) -> AsyncIterator[App]:
    """An app with every channel on, except pushing through Kannel."""
    store, clock = Store(templates.empty(tmp_path / "hall.db")), Clock(NOW)
    settings = SimpleNamespace(
        sms_kannel_key="k&%ey",
        sms_kannel_sendsms_url=None,
        sms_signed_secret="secret",
        rest_token="token",
        sms_answer_limit=5.0,
        demonstration=True,
        gateway_networks=networks_of("127.0.0.0/8 ::1"),
        public_url="http://127.0.0.1:8000",
    )
    hall = SimpleNamespace(
        store=store, clock=clock, policy=policy, demonstration=True, brand=demonstrations(), secret=b"of the tests"
    )
    app = App(hall, FakeConversations(hall), Dispatcher(store, clock), settings)
    yield app
    await app.conversations.finish()
    await store.close()


@pytest.fixture
def serve(app: App) -> Callable[[], Any]:
    """Builds the application with the present settings and gives a client of it."""

    def build() -> Any:
        Sanic.test_mode = True
        sanic: Sanic[Any, Any] = Sanic(f"test-{uuid.uuid4().hex}", configure_logging=False, router=HeadRouter())
        sanic.config.TOUCHUP = False
        install_errors(sanic)
        headers.install(sanic, app.settings.public_url)
        sanic.blueprint(health.blueprint(app))
        sanic.blueprint(rest.blueprint(app))
        attach(sanic, app)
        return sanic.asgi_client

    return build
