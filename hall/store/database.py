"""SQLite and PostgreSQL behind the same two calls: a read, and a short write transaction.

SQLite runs in the event loop: a statement takes some tens of microseconds, a tenth of what handing
it to a thread costs. PostgreSQL is spoken to asynchronously (asyncpg).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import CursorResult, Executable, Row, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

# secure_delete: what is scrubbed (codes, what customers wrote) is overwritten in the file, not only let go
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
T = TypeVar("T")


class Connection(Protocol):
    """A connection in a write transaction."""

    async def execute(self, statement: Executable) -> CursorResult[Any]: ...

    async def run_sync(self, fn: Callable[..., T], /, *arguments: Any, **options: Any) -> T: ...


class Database(Protocol):
    """Where the hall's tables are."""

    async def read(self, statement: Executable) -> Sequence[Row[Any]]: ...

    def write(self) -> AbstractAsyncContextManager[Connection]: ...

    async def close(self) -> None: ...


def open_database(url: str, patience: float) -> Database:
    """The database of an address. `patience`: seconds to wait for another writer of the same SQLite file.

    Raises ValueError when it is the address of neither SQLite nor PostgreSQL.
    """
    try:
        if url.startswith("sqlite:"):
            return Sqlite(url, patience)
        if url.startswith("postgresql+asyncpg:"):
            return Postgres(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError("is no address of a database") from None  # the reason would repeat its password
    raise ValueError("must begin with sqlite:/// or postgresql://")


class Sqlite:
    """One file, write-ahead log, every commit on the disk before it is acknowledged; one writer at a time."""

    def __init__(self, url: str, patience: float) -> None:
        self._engine = create_engine(
            url, connect_args={"timeout": patience}, json_serializer=_dump, hide_parameters=True
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._lock = asyncio.Lock()
        self._reader: sa.Connection | None = None
        self._writer: sa.Connection | None = None

    async def read(self, statement: Executable) -> Sequence[Row[Any]]:
        """Rows as they are now."""
        if self._reader is None:
            self._reader = self._engine.connect()
        try:
            return self._reader.execute(statement).all()
        finally:
            self._reader.rollback()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction that has the right to write from its beginning."""
        async with self._lock:
            if self._writer is None:
                self._writer = self._engine.connect().execution_options(writes=True)
            with self._writer.begin():
                yield _InLoop(self._writer)

    async def close(self) -> None:
        """Close the file."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None
        self._engine.dispose()


class _InLoop:
    """A synchronous connection with the asynchronous one's calls."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        return self._connection.execute(statement)

    async def run_sync(self, fn: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
        return fn(self._connection, *arguments, **options)


class Postgres:
    """A server, shared by any number of processes and hosts."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url, pool_size=8, max_overflow=8, pool_pre_ping=True, json_serializer=_dump, hide_parameters=True
        )
        self._reads = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, statement: Executable) -> Sequence[Row[Any]]:
        """Rows as they are now."""
        async with self._reads.connect() as connection:
            return (await connection.execute(statement)).all()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction."""
        async with self._engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Give back every connection."""
        await self._engine.dispose()


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: `_begin` does
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
