"""A house for the tests of web chat and desk: the real store and hand-off, turns that echo."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sanic import Sanic
from sqlalchemy import insert, select, update

from bot.messages import Accepted, InboundMessage, Reply
from channels.http import install_errors
from hall import handoff
from hall.brand import demonstrations
from hall.clock import Clock
from hall.errors import Conflict, StoreUnavailable
from hall.privacy import mask_ids
from hall.store.notification import Notification, changed
from hall.store.tables import metadata
from hall.store.tables.core import conversations, inbox, messages
from hall.store.unit import Store, Unit

NOW = datetime(2026, 3, 15, 4, 0, tzinfo=timezone.utc)
WISH = "转人工"


class PubSub:
    """Subscriptions by name, published by the store."""

    def __init__(self, store: Store) -> None:
        self.events: dict[Notification, set[asyncio.Event]] = {}
        store.listen(self.publish)

    def publish(self, name: Notification) -> None:
        for event in self.events.get(name, set()):
            event.set()

    @asynccontextmanager
    async def subscribe(self, name: Notification) -> AsyncIterator[asyncio.Event]:
        event = asyncio.Event()
        self.events.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            self.events[name].discard(event)


class ChatConversations:
    """`Conversations` as web chat and desk see it. `says` makes the replies; `gate` keeps turns unfinished."""

    def __init__(self, hall: Any) -> None:
        self.hall, self.store, self.pubsub = hall, hall.store, PubSub(hall.store)
        self.says: Callable[[InboundMessage], list[Reply]] = lambda inbound: [Reply(f"收到：{inbound.text}")]
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False
        self.taken: list[InboundMessage] = []
        self.jobs: dict[tuple[str, str], asyncio.Task[tuple[Reply, ...]]] = {}
        self.lock = asyncio.Lock()
        hall.store.listen(self.events)

    async def accept(self, inbound: InboundMessage) -> Accepted:
        if self.broken:
            raise StoreUnavailable("OperationalError")
        name = (inbound.conversation, inbound.message_id)
        fresh = name not in self.jobs
        if fresh:
            self.taken.append(inbound)
            self.jobs[name] = asyncio.create_task(self.turn(inbound))
        return Accepted(*name, fresh)

    async def wait_for_reply(self, accepted: Accepted, within: float) -> tuple[Reply, ...] | None:
        try:
            job = self.jobs[accepted.conversation, accepted.message_id]
            return await asyncio.wait_for(asyncio.shield(job), within)
        except asyncio.TimeoutError:
            return None

    async def log(self, conversation: str, after: int = 0) -> list[Any]:
        found = select(messages).where(messages.c.conversation == conversation, messages.c.seq > after)
        rows = await self.store.all(found.order_by(messages.c.seq))
        return [SimpleNamespace(**dict(row._mapping) | {"buttons": tuple(row.buttons or ())}) for row in rows]

    async def post(self, unit: Unit, conversation: str, author: str, text: str) -> None:
        await self.append(unit, conversation, [{"author": author, "text": text}])

    async def turn(self, inbound: InboundMessage) -> tuple[Reply, ...]:
        await self.gate.wait()
        async with self.lock:
            unit, name = self.store.unit(), inbound.conversation
            row = await self.store.one(select(conversations).where(conversations.c.conversation == name))
            if row is None:
                await self.open(inbound)
            said = {"author": "customer", "text": mask_ids(inbound.text)[0], "client_id": inbound.message_id}
            replies = [] if row and row.owner == "person" else await self.answer(unit, inbound)
            await self.append(unit, name, [said, *({"author": "bot", **reply.as_dict()} for reply in replies)])
            await unit.commit()
        return tuple(replies)

    async def answer(self, unit: Unit, inbound: InboundMessage) -> list[Reply]:
        if inbound.text != WISH:
            return self.says(inbound)
        summary = {"task": "topup_data", "title": "充流量", "slots": [{"name": "号码", "value": "138****8000"}]}
        place = await handoff.request(self.hall, unit, handoff.NewHandoff(inbound.conversation, "asked", summary))
        unit.stage(
            update(conversations).where(conversations.c.conversation == inbound.conversation).values(owner="person")
        )
        return [Reply(f"已为您转接人工客服，您排在第 {place} 位，请稍候。")]

    async def open(self, inbound: InboundMessage) -> None:
        unit, now = self.store.unit(), self.hall.clock.now()
        unit.insert_once(
            conversations,
            conversation=inbound.conversation,
            channel=inbound.channel,
            account=inbound.account,
            sender=inbound.sender,
            created_at=now,
            touched_at=now,
        )
        await unit.commit()

    async def append(self, unit: Unit, conversation: str, lines: list[dict[str, Any]]) -> None:
        row = await self.store.one(select(conversations).where(conversations.c.conversation == conversation))
        assert row is not None
        for seq, line in enumerate(lines, row.last_seq + 1):
            unit.stage(insert(messages).values(conversation=conversation, seq=seq, at=self.hall.clock.now(), **line))
        unit.stage(
            update(conversations)
            .where(conversations.c.conversation == conversation, conversations.c.last_seq == row.last_seq)
            .values(last_seq=row.last_seq + len(lines)),
            expect=1,
        )
        unit.notify_after_commit(changed(conversation))

    def events(self, notification: Notification) -> None:
        if notification.kind == "changed":
            asyncio.get_running_loop().create_task(self.run_events(notification.conversation))

    async def run_events(self, conversation: str) -> None:
        """What the hall posted becomes a message of the bot."""
        async with self.lock:
            found = select(inbox).where(inbox.c.conversation == conversation, inbox.c.state == "new")
            for row in await self.store.all(found):
                unit = self.store.unit()
                await self.append(unit, conversation, [{"author": "bot", "text": row.body["response"]}])
                unit.stage(update(inbox).where(inbox.c.message_id == row.message_id).values(state="done"), expect=1)
                try:
                    await unit.commit()
                except Conflict:
                    self.events(changed(conversation))


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
    } | more
    return SimpleNamespace(**values)


@asynccontextmanager
async def chat_house(folder: Path, **more: Any) -> AsyncIterator[Any]:
    """A house of the real hall and echoing turns."""
    hall = build_hall(folder, **more)
    async with hall.store.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield SimpleNamespace(
        hall=hall, conversations=ChatConversations(hall), settings=SimpleNamespace(desk_admin_password="open sesame")
    )
    await hall.store.close()


@asynccontextmanager
async def served(app: Any, *blueprints: Callable[[Any], Any], port: int = 0) -> AsyncIterator[str]:
    """A real server of these blueprints in this event loop; gives `127.0.0.1:<port>`."""
    Sanic.test_mode = True
    sanic: Sanic[Any, Any] = Sanic(f"chat-{uuid.uuid4().hex}", configure_logging=False)
    sanic.config.TOUCHUP = False  # rewrites Sanic itself, once a process
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
