"""What the processes on one database owe each other: one at a time per conversation, and news.

On PostgreSQL a process holds one connection for this. Claims are advisory locks of that session, so
a process that dies lets them go when its connection ends, however it dies; news are NOTIFY. What is
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

log = logging.getLogger(__name__)

CHANNEL = "yingting"
LONGEST = 7000  # bytes of a notice; PostgreSQL takes 8,000
PATIENCE = 10.0  # seconds for an answer of the server
GATHER = 0.003  # seconds in which news are gathered
LET_GO = (
    0.02  # seconds in which releases wait for a claim to go with; who is refused tells us, so nobody waits for them
)
AGAIN = (0.2, 0.5, 1.0, 2.0)  # seconds between attempts to come back
LOST = "neighbours"  # the news that news may have been missed
GONE = (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_TALK = f"""SELECT
 (SELECT count(pg_advisory_unlock(k)) FROM unnest($1::bigint[]) AS k),
 ARRAY(SELECT pg_try_advisory_lock(k) FROM unnest($2::bigint[]) WITH ORDINALITY AS t(k, n) ORDER BY n),
 (SELECT count(pg_notify('{CHANNEL}', p)) FROM unnest($3::text[]) AS p)"""

Hear = Callable[[str], None]


class Cluster(Protocol):
    """The other processes on the same database."""

    many: bool  # whether there can be any

    async def claim(self, name: str) -> bool:
        """Whether `name` is ours now; False while another process has it. Raises StoreUnavailable."""
        ...

    def release(self, name: str) -> None:
        """Let it go."""
        ...

    def tell(self, name: str, *, now: bool = False) -> None:
        """Say to the others that there is something new about `name`; `now`: somebody waits for it."""
        ...

    async def listen(self) -> None:
        """Begin to hear what the others tell."""
        ...

    async def close(self) -> None:
        """Let everything go."""
        ...


class SingleProcess:
    """There are none."""

    many = False

    async def claim(self, name: str) -> bool:
        """It is ours."""
        return True

    def release(self, name: str) -> None:
        """Nothing to do."""

    def tell(self, name: str, *, now: bool = False) -> None:
        """There is nobody to tell."""

    async def listen(self) -> None:
        """There is nothing to hear."""

    async def close(self) -> None:
        """Nothing is held."""


class PostgresCluster:
    """One connection to PostgreSQL: claims as advisory locks, news as NOTIFY."""

    many = True

    def __init__(self, connect: Callable[[], Awaitable[Any]], hear: Hear) -> None:
        self._connect, self._hear = connect, hear
        self._me = secrets.token_hex(6)
        self._link: Any = None
        self._claims: list[tuple[int, asyncio.Future[bool]]] = []
        self._releases: list[int] = []
        self._news: dict[str, None] = {}
        self._talker: asyncio.Task[None] | None = None
        self._listening = False
        self._came_back = False
        self._timer: asyncio.TimerHandle | None = None

    async def claim(self, name: str) -> bool:
        """Whether `name` is ours now; False while another process has it. Raises StoreUnavailable."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._claims.append((_number(name), future))
        self._talk()
        return await future

    def release(self, name: str) -> None:
        """Let it go; at the latest together with the next claim."""
        self._releases.append(_number(name))
        self._talk_soon(LET_GO)

    def tell(self, name: str, *, now: bool = False) -> None:
        """Say to the others that there is something new about `name`; those who miss it look for themselves."""
        self._news[name] = None
        if now:
            self._talk()
        else:
            self._talk_soon(GATHER)

    async def listen(self) -> None:
        """Begin to hear; goes on through every loss of the connection."""
        self._listening = True
        self._talk()

    async def close(self) -> None:
        """End the session: what it held is free."""
        self._listening = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._talker is not None and not self._talker.done():
            self._talker.cancel()
            await asyncio.wait({self._talker}, timeout=1.0)
        self._fail("closed")
        link, self._link = self._link, None
        if link is not None and not link.is_closed():
            link.terminate()

    def _talk_soon(self, within: float) -> None:
        """Wait a moment for more to say: a claim takes it along."""
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + within:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = loop.call_later(within, self._talk)

    def _talk(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._talker is None or self._talker.done():
            self._talker = asyncio.create_task(self._talking())

    async def _talking(self) -> None:
        """Say everything that is to be said, in as few statements as possible."""
        attempt = 0
        while self._claims or self._releases or self._news or (self._listening and self._is_down()):
            try:
                await self._say()
                attempt = 0
            except GONE as error:
                self._fail(f"{type(error).__name__}")
                if not self._listening:
                    return
                await asyncio.sleep(AGAIN[min(attempt, len(AGAIN) - 1)])
                attempt += 1

    def _is_down(self) -> bool:
        return self._link is None or self._link.is_closed()

    async def _say(self) -> None:
        if self._is_down():
            await self._open()
        claims, self._claims = self._claims, []
        releases, self._releases = self._releases, []
        news, self._news = self._news, {}
        if not (claims or releases or news):
            return
        numbers = [number for number, _ in claims]
        try:
            row = await self._link.fetchrow(_TALK, releases, numbers, self._letters(news), timeout=PATIENCE)
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
        self._link = await self._connect()
        self._link.add_termination_listener(self._ended)
        await self._link.add_listener(CHANNEL, self._heard)
        if self._came_back:
            self._hear(LOST)
        self._came_back = True

    def _ended(self, _link: Any) -> None:
        if self._listening:
            log.warning("neighbours: the connection ended, coming back")
            self._talk()

    def _fail(self, why: str) -> None:
        """Whoever asked is told; the connection is given up, and with it all that it held."""
        claims, self._claims = self._claims, []
        self._news.clear()
        self._releases.clear()
        for _, future in claims:
            if not future.done():
                future.set_exception(StoreUnavailable(f"no claims: {why}"))
        link, self._link = self._link, None
        if link is not None and not link.is_closed():
            link.terminate()

    def _letters(self, names: Iterable[str]) -> list[str]:
        letters, size = [[self._me]], 0
        for name in names:
            size += len(name.encode()) + 8
            if size > LONGEST:
                letters.append([self._me])
                size = len(name.encode()) + 8
            letters[-1].append(name)
        return [orjson.dumps(letter).decode() for letter in letters if len(letter) > 1]

    def _heard(self, _link: Any, _pid: int, _channel: str, payload: str) -> None:
        sender, *names = orjson.loads(payload)
        if sender != self._me:
            for name in names:
                self._hear(name)


def _number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
