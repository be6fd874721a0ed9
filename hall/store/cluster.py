"""The processes on one database: who works on what, and notifications to each other.

On PostgreSQL a process holds one connection for this. Claims are advisory locks of that session, so
a process that dies lets them go when its connection ends, however it dies; notifications are NOTIFY. What is
asked for at the same time goes in one statement. A lost claim does no harm: every turn is guarded by
the conversation's version, so of two that run it only one commits. On SQLite there is one process.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from hashlib import blake2b
from typing import Any, Protocol

import asyncpg
import orjson

from hall.errors import StoreUnavailable
from hall.store.notification import MISSED, Notification

log = logging.getLogger(__name__)

CHANNEL = "yingting"
PROGRAMS = 0x79696E67_74696E67  # the lock that every program holds in common; hall/store/migrations waits for it
MAX_PAYLOAD_BYTES = 7000  # of one NOTIFY; PostgreSQL takes 8,000
REPLY_TIMEOUT = 10.0  # seconds for an answer of the server
GATHER_NOTIFICATIONS = 0.003  # seconds
GATHER_RELEASES = 0.02  # seconds, for a claim to go with; who was refused notifies us, so nobody waits for a release
RECONNECT_PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds; the last one is repeated
GONE = (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_EXCHANGE = f"""SELECT
 (SELECT count(pg_advisory_unlock(k)) FROM unnest($1::bigint[]) AS k),
 ARRAY(SELECT pg_try_advisory_lock(k) FROM unnest($2::bigint[]) WITH ORDINALITY AS t(k, n) ORDER BY n),
 (SELECT count(pg_notify('{CHANNEL}', p)) FROM unnest($3::text[]) AS p)"""

OnNotify = Callable[[Notification], None]


class Cluster(Protocol):
    """The other processes on the same database."""

    many: bool  # whether there can be any

    async def claim(self, name: str) -> bool:
        """Whether `name` is ours now; False while another process has it. Raises StoreUnavailable."""
        ...

    def release(self, name: str) -> None:
        """Let it go."""
        ...

    def notify(self, notification: Notification, *, now: bool = False) -> None:
        """Tell the others; `now`: somebody waits for it."""
        ...

    async def listen(self) -> None:
        """Begin to receive the notifications of the others."""
        ...

    async def close(self) -> None:
        """Let everything go."""
        ...


class SingleProcess:
    """There are no other processes."""

    many = False

    async def claim(self, name: str) -> bool:
        """It is ours."""
        return True

    def release(self, name: str) -> None:
        """Nothing to do."""

    def notify(self, notification: Notification, *, now: bool = False) -> None:
        """There is nobody to tell."""

    async def listen(self) -> None:
        """There is nothing to receive."""

    async def close(self) -> None:
        """Nothing is held."""


class PostgresCluster:
    """One connection to PostgreSQL: claims as advisory locks, notifications as NOTIFY."""

    many = True

    def __init__(self, connect: Callable[[], Awaitable[Any]], on_notify: OnNotify) -> None:
        self._connect, self._on_notify = connect, on_notify
        self._process = secrets.token_hex(6)
        self._connection: Any = None
        self._claims: list[tuple[int, asyncio.Future[bool]]] = []
        self._releases: list[int] = []
        self._notifications: dict[Notification, None] = {}
        self._exchanging: asyncio.Task[None] | None = None
        self._listening = False
        self._came_back = False
        self._timer: asyncio.TimerHandle | None = None

    async def claim(self, name: str) -> bool:
        """Whether `name` is ours now; False while another process has it. Raises StoreUnavailable."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._claims.append((_number(name), future))
        self._exchange_now()
        return await future

    def release(self, name: str) -> None:
        """Let it go; at the latest together with the next claim."""
        self._releases.append(_number(name))
        self._exchange_within(GATHER_RELEASES)

    def notify(self, notification: Notification, *, now: bool = False) -> None:
        """Tell the others; those who miss it look for themselves."""
        self._notifications[notification] = None
        if now:
            self._exchange_now()
        else:
            self._exchange_within(GATHER_NOTIFICATIONS)

    async def listen(self) -> None:
        """Begin to receive; goes on through every loss of the connection."""
        self._listening = True
        self._exchange_now()

    async def close(self) -> None:
        """End the session: what it held is free."""
        self._listening = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._exchanging is not None and not self._exchanging.done():
            self._exchanging.cancel()
            await asyncio.wait({self._exchanging}, timeout=1.0)
        self._fail("closed")
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    def _exchange_within(self, within: float) -> None:
        """Wait a moment for more to go along; a claim goes at once."""
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + within:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = loop.call_later(within, self._exchange_now)

    def _exchange_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._exchanging is None or self._exchanging.done():
            self._exchanging = asyncio.create_task(self._exchange_all())

    async def _exchange_all(self) -> None:
        """Send everything that is to be sent, in as few statements as possible."""
        attempt = 0
        while self._claims or self._releases or self._notifications or (self._listening and self._is_down()):
            try:
                await self._exchange()
                attempt = 0
            except GONE as error:
                self._fail(f"{type(error).__name__}")
                if not self._listening:
                    return
                await asyncio.sleep(RECONNECT_PAUSES[min(attempt, len(RECONNECT_PAUSES) - 1)])
                attempt += 1

    def _is_down(self) -> bool:
        return self._connection is None or self._connection.is_closed()

    async def _exchange(self) -> None:
        if self._is_down():
            await self._open()
        claims, self._claims = self._claims, []
        releases, self._releases = self._releases, []
        notifications, self._notifications = self._notifications, {}
        if not (claims or releases or notifications):
            return
        numbers = [number for number, _ in claims]
        try:
            row = await self._connection.fetchrow(
                _EXCHANGE, releases, numbers, self._payloads(notifications), timeout=REPLY_TIMEOUT
            )
        except BaseException:
            self._claims = claims + self._claims
            raise
        for (number, future), got in zip(claims, row[1], strict=True):
            if not future.done():
                future.set_result(bool(got))
            elif got:  # whoever asked was cancelled
                self._releases.append(number)

    async def _open(self) -> None:
        self._releases.clear()  # a session that ended has let everything go
        self._connection = await self._connect()
        if not await self._connection.fetchval(f"SELECT pg_try_advisory_lock_shared({PROGRAMS})"):
            raise ConnectionRefusedError("the database is being migrated")
        self._connection.add_termination_listener(self._disconnected)
        await self._connection.add_listener(CHANNEL, self._received)
        if self._came_back:
            self._on_notify(MISSED)
        self._came_back = True

    def _disconnected(self, _connection: Any) -> None:
        if self._listening:
            log.warning("cluster: the connection ended, coming back")
            self._exchange_now()

    def _fail(self, why: str) -> None:
        """Whoever asked is told; the connection is given up, and with it all that it held."""
        claims, self._claims = self._claims, []
        self._notifications.clear()
        self._releases.clear()
        for _, future in claims:
            if not future.done():
                future.set_exception(StoreUnavailable(f"no claims: {why}"))
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    def _payloads(self, notifications: Iterable[Notification]) -> list[str]:
        """JSON arrays of our name and then texts, each short enough for one NOTIFY."""
        payloads, size = [[self._process]], 0
        for notification in notifications:
            text = notification.encode()
            size += len(text.encode()) + 8
            if size > MAX_PAYLOAD_BYTES:
                payloads.append([self._process])
                size = len(text.encode()) + 8
            payloads[-1].append(text)
        return [orjson.dumps(payload).decode() for payload in payloads if len(payload) > 1]

    def _received(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        sender, *texts = orjson.loads(payload)
        if sender != self._process:
            for text in texts:
                self._on_notify(Notification.decode(text))


def _number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
