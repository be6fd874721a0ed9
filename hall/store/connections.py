"""Connections to PostgreSQL for prepared statements: a pool of asyncpg's, and those of it that are at hand.

Giving a connection back to the pool is a task of its own, and with taking it a tenth of a turn: what a statement
leaves as it found it stays at hand for the next one instead. After an error it goes back: the pool cleans up
after a statement that was broken off, and opens another where the connection is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from hall.store.prepared import load_json

MAX_CONNECTIONS = 16  # connections; SQLAlchemy's engine has as many again, at most, for all other statements
CLOSE_WITHIN = 5.0  # seconds for statements that run
# a host that loses its power says no goodbye: its locks are freed when the server misses it
KEEP_ALIVE = {"tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3"}


class Connections:
    """At most `MAX_CONNECTIONS` connections; who finds none waits for one."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """`options`: those of `asyncpg.connect`."""
        self._options = options
        self._pool: asyncio.Task[asyncpg.Pool] | None = None
        self._idle: list[Any] = []
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows of one statement, which is a transaction by itself."""
        async with self._slots:
            pool = await self._open_pool()
            connection = await self._acquire(pool)
            try:
                rows: Sequence[Any] = await connection.fetch(text, *values)
            except BaseException:
                await pool.release(connection)
                raise
            self._idle.append(connection)
            return rows

    async def close(self) -> None:
        """Give back every connection, those in use when they are free."""
        opening, self._pool = self._pool, None
        if opening is None or not opening.done() or opening.exception():
            return
        pool = opening.result()
        try:
            await asyncio.wait_for(self._empty(pool), CLOSE_WITHIN)
        except TimeoutError:
            pool.terminate()
        self._slots, self._idle = asyncio.Semaphore(MAX_CONNECTIONS), []

    async def _empty(self, pool: asyncpg.Pool) -> None:
        for _ in range(MAX_CONNECTIONS):
            await self._slots.acquire()  # until nobody uses one any more
        while self._idle:
            await pool.release(self._idle.pop())
        await pool.close()

    async def _acquire(self, pool: asyncpg.Pool) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            await pool.release(connection)
        return await pool.acquire()

    async def _open_pool(self) -> asyncpg.Pool:
        if self._pool is None or (self._pool.done() and self._pool.exception()):
            self._pool = asyncio.create_task(self._create_pool())
        return self._pool.result() if self._pool.done() else await asyncio.shield(self._pool)

    async def _create_pool(self) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            **{"command_timeout": 30, **self._options},
            min_size=1,
            max_size=MAX_CONNECTIONS,
            init=_teach_json,
            reset=_keep_session,
        )


async def _keep_session(_connection: Any) -> None:
    """Prepared statements leave nothing in a session that would have to be reset by one more round trip."""


async def _teach_json(connection: Any) -> None:
    await connection.set_type_codec("json", encoder=str, decoder=load_json, schema="pg_catalog")
