"""A house for channel tests: a real store and dispatcher, and turns that are played by the test."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from sanic import Sanic
from sqlalchemy import create_engine, select

from bot.conversations.inline_replies import InlineReplies
from bot.conversations.reply import Response, answer
from bot.messages import Accepted, InboundMessage, Reply
from channels import health
from channels.http import install_errors
from channels.sms.routes import attach
from channels.web import rest
from hall.brand import demonstrations
from hall.clock import Clock
from hall.errors import StoreUnavailable
from hall.policy import Policy
from hall.store.dispatcher import Dispatcher
from hall.store.outbox import NewMessage, claim_held, enqueue_held, enqueue_sent, release_held, reply_key
from hall.store.tables import metadata
from hall.store.tables.core import outbox
from hall.store.unit import Store

NOW = datetime(2026, 3, 15, 4, 0, tzinfo=timezone.utc)
PHRASES = {
    "utter_sms_choice_lead": "回",
    "utter_sms_hint": "0返回 9人工",
    "utter_code_sms": "验证码{code}，5分钟内有效",
}


class Conversations:
    """`Conversations` as channels see it. `says` makes the replies; `gate`, when set, keeps turns unfinished."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock, self.inline_replies = store, clock, InlineReplies(store)
        self.says: Callable[[InboundMessage], tuple[Reply, ...]] = lambda inbound: (Reply(f"收到{inbound.text}"),)
        self.gate = asyncio.Event()
        self.gate.set()
        self.taken: list[InboundMessage] = []
        self.runs = 0
        self.broken = False
        self.well: tuple[bool, str] = (True, "")
        self.lines: list[Any] = []
        self._jobs: dict[tuple[str, str], asyncio.Task[tuple[Reply, ...]]] = {}

    async def accept(self, inbound: InboundMessage) -> Accepted:
        if self.broken:
            raise StoreUnavailable("OperationalError")
        name = (inbound.conversation, inbound.message_id)
        fresh = name not in self._jobs
        if fresh:
            self.taken.append(inbound)
            self._jobs[name] = asyncio.create_task(self._turn(inbound))
        return Accepted(*name, fresh)

    async def wait_for_reply(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None:
        job = self._jobs[accepted.conversation, accepted.message_id]
        try:
            return await asyncio.wait_for(asyncio.shield(job), within)
        except asyncio.TimeoutError:
            return None

    async def claim_reply(self, accepted: Accepted) -> tuple[Reply, ...]:
        name = (accepted.conversation, accepted.message_id)
        claimed = await claim_held(self.store, self.clock.now(), *name)
        return await self._jobs[name] if claimed else ()

    async def release_reply(self, accepted: Accepted) -> None:
        await release_held(self.store, self.clock.now(), accepted.conversation, accepted.message_id)

    async def answer(self, inbound: InboundMessage, within: float, *fits: Any, can_push: bool = False) -> Response:
        return await answer(self, inbound, within, *fits, can_push=can_push)

    async def log(self, conversation: str, after: int = 0) -> list[Any]:
        return [line for line in self.lines if line.seq > after]

    async def health(self) -> tuple[bool, str]:
        return self.well

    async def _turn(self, inbound: InboundMessage) -> tuple[Reply, ...]:
        await self.gate.wait()
        self.runs += 1
        replies = self.says(inbound)
        if inbound.channel == "sms" and replies:
            unit, name = self.store.unit(), (inbound.conversation, inbound.message_id)
            body = {"to": inbound.msisdn, "from": inbound.to, "replies": [reply.as_dict() for reply in replies]}
            message = NewMessage(
                reply_key(inbound.message_id),
                f"sms:{inbound.account}",
                body,
                inbound.conversation,
                self.clock.now() + timedelta(seconds=10),
            )
            put = enqueue_sent if self.inline_replies.reserve(name, replies) else enqueue_held
            put(unit, self.clock.now(), message)
            await unit.commit()
            self.inline_replies.confirm(name)
        return replies


@dataclass
class App:
    """bot.app.App as channels see it."""

    hall: Any
    conversations: Conversations
    dispatcher: Dispatcher
    settings: SimpleNamespace
    engine: Any = field(
        default_factory=lambda: SimpleNamespace(
            phrase=lambda response, channel="sms", **facts: PHRASES[response].format(**facts)
        )
    )

    async def health(self) -> tuple[bool, str]:
        """As `turns` say."""
        result: tuple[bool, str] = await self.conversations.health()
        return result

    async def outbox(self) -> list[Any]:
        """The outbox."""
        return list(await self.hall.store.all(select(outbox).order_by(outbox.c.key)))

    async def passes(self, seconds: float) -> None:
        """Time moves on and the dispatcher does what is due."""
        self.hall.clock.advance(timedelta(seconds=seconds))
        await self.dispatcher.settle()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables, made once: each test has a copy."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest_asyncio.fixture
async def app(tmp_path: Path, empty_database: Path) -> AsyncIterator[App]:
    """An app with every channel on, except pushing through Kannel."""
    shutil.copy(empty_database, tmp_path / "hall.db")
    store, clock = Store(f"sqlite:///{tmp_path}/hall.db"), Clock(NOW)
    settings = SimpleNamespace(
        sms_kannel_key="k&%ey",
        sms_kannel_sendsms_url=None,
        sms_signed_secret="secret",
        rest_token="token",
        sms_answer_limit=5.0,
        demonstration=True,
        public_url="http://127.0.0.1:8000",
    )
    policy = Policy.load()
    hall = SimpleNamespace(store=store, clock=clock, policy=policy, demonstration=True, brand=demonstrations())
    yield App(hall, Conversations(store, clock), Dispatcher(store, clock), settings)
    await store.close()


@pytest.fixture
def serve(app: App) -> Callable[[], Any]:
    """Builds the application with the house's present settings and gives a client of it."""

    def build() -> Any:
        Sanic.test_mode = True
        sanic: Sanic[Any, Any] = Sanic(f"test-{uuid.uuid4().hex}", configure_logging=False)
        sanic.config.TOUCHUP = False
        install_errors(sanic)
        sanic.blueprint(health.blueprint(app))
        sanic.blueprint(rest.blueprint(app))
        attach(sanic, app)
        return sanic.asgi_client

    return build
